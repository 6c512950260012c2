/* SPDX-License-Identifier: MIT */
/*
 * The six entry points.  Each asks whose user it is, holds one conversation with the
 * daemon and returns what verdict_code() makes of it.  No path but that one ends in
 * PAM_SUCCESS, and none in PAM_IGNORE, save setcred's, which lets nobody in.
 */
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#define PAM_SM_AUTH
#define PAM_SM_ACCOUNT
#define PAM_SM_SESSION
#define PAM_SM_PASSWORD
#include <security/pam_ext.h>
#include <security/pam_modules.h>

#include "common/attributes.h"
#include "pam/conversation.h"
#include "pam/member.h"
#include "pam/options.h"
#include "pam/request.h"
#include "pam/talk.h"
#include "pam/variable.h"
#include "pam/verdict.h"

#define LOGIN_SOCKET UP_RUNTIMEDIR "/" UP_SOCKET_LOGIN

/* pam_unix waits as long, so that nobody learns from the time whose user it was. */
#define FAIL_DELAY_US 2000000

/* pam_set_data's key of the name that authenticate let in on this handle. */
#define MARK "userpool_user"

struct call {
	pam_handle_t *pamh;
	int flags;
	int argc;
	const char **argv;
	enum up_purpose purpose;
};

struct exchange {
	struct up_login_begin begin;
	struct up_login_done done;
};

static void exchange_free(struct exchange *exchange)
{
	free(exchange);
}
UP_DEFINE_AUTO(struct exchange, exchange_free);

/* *ret is NULL if nobody is set. */
static int current_user(pam_handle_t *pamh, const char **ret)
{
	const void *item = NULL;
	int rc = pam_get_item(pamh, PAM_USER, &item);

	*ret = rc == PAM_SUCCESS ? item : NULL;
	return rc;
}

static void free_mark(pam_handle_t *pamh, void *data, int status)
{
	(void)pamh, (void)status;
	free(data);
}

static bool set_mark(pam_handle_t *pamh, const char *user)
{
	char *copy = strdup(user);

	if (copy == NULL)
		return false;
	if (pam_set_data(pamh, MARK, copy, free_mark) == PAM_SUCCESS)
		return true;
	free(copy);
	return false;
}

static const char *find_mark(pam_handle_t *pamh)
{
	const void *data = NULL;

	return pam_get_data(pamh, MARK, &data) == PAM_SUCCESS ? data : NULL;
}

/* Only authenticate and chauthtok may ask who it is. */
static int find_user(const struct call *call, const char **ret)
{
	int rc = current_user(call->pamh, ret);

	if (rc != PAM_SUCCESS ||
	    (call->purpose != UP_PURPOSE_AUTHENTICATE && call->purpose != UP_PURPOSE_CHANGE_CHECK))
		return rc;
	if (*ret == NULL && !conversation_is_possible(call->pamh))
		return PAM_CONV_ERR;
	rc = pam_get_user(call->pamh, ret, NULL);
	return rc == PAM_CONV_AGAIN || rc == PAM_INCOMPLETE ? PAM_CONV_ERR : rc;
}

static bool set_environment(pam_handle_t *pamh, const struct up_login_done *done)
{
	for (size_t i = 0; i < done->variables; i++) {
		if (!variable_is_allowed(done->environment[i])) {
			pam_syslog(pamh, LOG_WARNING, "the daemon sent a variable it may not set");
			continue;
		}
		if (pam_putenv(pamh, done->environment[i]) != PAM_SUCCESS)
			return false;
	}
	return true;
}

/* Whether the account is another user's than the one who signed in: a module in between changed
 * PAM_USER, and OpenSSH before 9.9 does not look.  A session may be another's: sudo's is. */
static bool is_account_of_another(const struct call *call, const char *user)
{
	const char *mark = call->purpose == UP_PURPOSE_ACCOUNT ? find_mark(call->pamh) : NULL;

	return mark != NULL && strcmp(mark, user) != 0;
}

/* What an allowed conversation still has to pass: PAM_USER may have changed during it. */
static int accept_verdict(const struct call *call, const struct exchange *exchange)
{
	const char *user;

	if (current_user(call->pamh, &user) != PAM_SUCCESS || user == NULL ||
	    strcmp(user, exchange->begin.user) != 0 || strcmp(user, exchange->done.user) != 0) {
		pam_syslog(call->pamh, LOG_ERR, "the user changed during the login");
		return PAM_SYSTEM_ERR;
	}
	if (!set_environment(call->pamh, &exchange->done))
		return PAM_BUF_ERR;
	if (call->purpose == UP_PURPOSE_AUTHENTICATE && !set_mark(call->pamh, user))
		return PAM_BUF_ERR;
	return PAM_SUCCESS;
}

static void log_end(const struct call *call, const struct options *options, enum talk_end end,
		    const struct up_login_done *done)
{
	if (end == TALK_OFFLINE)
		pam_syslog(call->pamh, LOG_WARNING, "no answer from userpoold at %s", LOGIN_SOCKET);
	else if (end == TALK_BROKEN)
		pam_syslog(call->pamh, LOG_ERR, "the conversation with userpoold broke");
	else if (end == TALK_MUTE)
		pam_syslog(call->pamh, LOG_NOTICE, "the application could not ask the user");
	else if (end == TALK_DONE && options->debug)
		pam_syslog(call->pamh, LOG_DEBUG, "purpose %d: %s", (int)call->purpose,
			   up_reason_name(done->reason));
}

static int talk(const struct call *call, const struct options *options, const char *user)
{
	const bool is_session = call->purpose == UP_PURPOSE_OPEN_SESSION ||
				call->purpose == UP_PURPOSE_CLOSE_SESSION;
	struct conversation conversation = { .pamh = call->pamh,
					     .options = options,
					     .purpose = call->purpose,
					     .is_silent = ((unsigned int)call->flags &
							   PAM_SILENT) != 0 };
	const struct talk_terminal terminal = conversation_terminal(&conversation);
	const struct talk_patience patience = talk_patience_for(call->purpose);
	/* sshd fails every prompt of these two phases, so none is to be sent. */
	const struct request request = {
		.purpose = call->purpose,
		.flags = (unsigned int)call->flags,
		.options = options,
		.user = user,
		.may_prompt = !is_session && conversation_is_possible(call->pamh),
	};
	_auto_(exchange_free) struct exchange *exchange = calloc(1, sizeof(*exchange));

	if (exchange == NULL)
		return PAM_BUF_ERR;
	if (!request_encode(call->pamh, &request, &exchange->begin))
		return PAM_SYSTEM_ERR;
	enum talk_end end =
		talk_at(LOGIN_SOCKET, &exchange->begin, &terminal, &patience, &exchange->done);
	int code = verdict_code(call->purpose, end, &exchange->done);
	log_end(call, options, end, &exchange->done);
	if (end == TALK_DONE)
		conversation_tell(&conversation, exchange->done.message, code != PAM_SUCCESS);
	return code == PAM_SUCCESS ? accept_verdict(call, exchange) : code;
}

/* Before anything that can be broken or slow: root and local users are not ours. */
static int run(const struct call *call)
{
	struct options options;
	const char *wrong = options_parse(call->argc, call->argv, &options);
	const char *user = NULL;

	if (wrong != NULL)
		pam_syslog(call->pamh, LOG_ERR, "unknown option %s", wrong);
	int rc = find_user(call, &user);
	if (rc != PAM_SUCCESS)
		return rc;
	enum member member = member_of(user);
	if (member == MEMBER_FOREIGN)
		return PAM_USER_UNKNOWN;
	if (wrong != NULL)
		return PAM_SERVICE_ERR;
	if (is_account_of_another(call, user)) {
		pam_syslog(call->pamh, LOG_ERR, "the user changed after the login");
		return PAM_SYSTEM_ERR;
	}
	if (member == MEMBER_UNKNOWN) {
		pam_syslog(call->pamh, LOG_ERR, "cannot read the local users");
		return verdict_code(call->purpose, TALK_OFFLINE, &(struct up_login_done){ 0 });
	}
	return talk(call, &options, user);
}

UP_EXPORT int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	const struct call call = { pamh, flags, argc, argv, UP_PURPOSE_AUTHENTICATE };

	/* Of whoever was let in on this handle before. */
	(void)pam_set_data(pamh, MARK, NULL, NULL);
	int rc = run(&call);
	if (rc != PAM_SUCCESS)
		(void)pam_fail_delay(pamh, FAIL_DELAY_US);
	return rc;
}

/*
 * We give no credentials here; what counts is that the stack goes the same way as it went for
 * authenticate.  libpam replays that way when both ran on one handle, and takes our code for
 * the result where we let the user in: it must be PAM_SUCCESS then, and sudo has meanwhile
 * made PAM_USER the target.  Where authenticate ran elsewhere (sshd: in a child, or never
 * with a public key; cron: never) our code also picks the way: PAM_USER_UNKNOWN for a local
 * user, so that the stack goes on to pam_unix.  There it is the name that tells.  A user of
 * neither kind (LDAP) then counts as ours; nothing is lost but the setcred of modules behind
 * us, and nobody gets in by setcred.
 */
UP_EXPORT int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	const char *user;

	(void)flags, (void)argc, (void)argv;
	if (find_mark(pamh) != NULL)
		return PAM_SUCCESS;
	if (current_user(pamh, &user) != PAM_SUCCESS)
		return PAM_CRED_UNAVAIL;
	switch (member_of(user)) {
	case MEMBER_POSSIBLE:
		return PAM_SUCCESS;
	case MEMBER_FOREIGN:
		return PAM_USER_UNKNOWN;
	case MEMBER_UNKNOWN:
	default:
		return PAM_CRED_UNAVAIL;
	}
}

UP_EXPORT int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	const struct call call = { pamh, flags, argc, argv, UP_PURPOSE_ACCOUNT };

	return run(&call);
}

UP_EXPORT int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	const struct call call = { pamh, flags, argc, argv, UP_PURPOSE_OPEN_SESSION };

	return run(&call);
}

UP_EXPORT int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	const struct call call = { pamh, flags, argc, argv, UP_PURPOSE_CLOSE_SESSION };

	return run(&call);
}

UP_EXPORT int pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	const bool is_check = ((unsigned int)flags & PAM_PRELIM_CHECK) != 0;
	const struct call call = { pamh, flags, argc, argv,
				   is_check ? UP_PURPOSE_CHANGE_CHECK : UP_PURPOSE_CHANGE_UPDATE };

	/* Exactly one of the two passes, or the caller is not libpam as we know it. */
	if (is_check == (((unsigned int)flags & PAM_UPDATE_AUTHTOK) != 0))
		return PAM_SYSTEM_ERR;
	return run(&call);
}
