/* SPDX-License-Identifier: MIT */
/*
 * passwd(1) and forced changes.  The first pass proves who asks and leaves a ticket;
 * the second asks for the new password and sets it.  Nothing is half-changed: the
 * one operation that sets it is the last thing done.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto/jws.h"
#include "daemon/login/internal.h"
#include "daemon/login/refusal.h"
#include "daemon/login/verdict.h"

static void leave_ticket(struct login *login, enum ticket_kind kind, const char *secret)
{
	const struct verdict verdict = verdict_on_change(login);
	struct ticket ticket = { .kind = kind, .process = login->tree.process[0] };

	if (verdict.verdict != UP_VERDICT_ALLOW) {
		verdict_give(login, &verdict);
		return;
	}
	memcpy(ticket.user, login->user.name, sizeof(ticket.user));
	if (secret != NULL)
		ticket.secret = strdup(secret);
	if ((secret != NULL && ticket.secret == NULL) ||
	    ticket_put(&login->engine->tickets, &ticket) != UP_OK) {
		login_refuse(login, UP_REASON_UNAVAILABLE, refusal_message(UP_REASON_UNAVAILABLE),
			     "out of memory");
		return;
	}
	verdict_give(login, &verdict);
}

void change_proved(struct login *login, enum ticket_kind kind, const char *secret)
{
	if (secret == NULL || strlen(secret) > JWS_TOKEN_MAX)
		login_refuse(login, UP_REASON_UNAVAILABLE, refusal_message(UP_REASON_UNAVAILABLE),
			     "nothing to change the password with");
	else
		leave_ticket(login, kind, secret);
}

/* PAM_CHANGE_EXPIRED_AUTHTOK: an application asks for a change only where one is due. */
static bool is_due(const struct login *login)
{
	return (login->begin.flags & UP_LOGIN_CHANGE_EXPIRED_ONLY) == 0 ||
	       strcmp(login->user.status, "CONFIRMED") != 0;
}

static bool is_root(const struct login *login)
{
	return login->peer.uid == 0 && login->real_uid == 0 &&
	       (login->begin.flags & UP_LOGIN_CHANGE_EXPIRED_ONLY) == 0;
}

void change_check_start(struct login *login)
{
	if (!login->is_known) {
		login_refuse(login, UP_REASON_USER_UNKNOWN, "", NULL);
		return;
	}
	if (!is_due(login)) {
		leave_ticket(login, TICKET_NOT_DUE, NULL);
		return;
	}
	if (is_root(login)) {
		leave_ticket(login, TICKET_ROOT, NULL);
		return;
	}
	/* The pool's own challenges decide what more it takes; the service's policy is for
	 * entering, and a standing session has no token to change a password with. */
	login->policy.need = FACTOR_PASSWORD;
	login->policy.second_factor_valid = 0;
	authenticate_start(login);
}

static void on_changed(struct login *login, const struct pool_reply *reply)
{
	const struct verdict verdict = verdict_on_change(login);
	char problem[UP_MESSAGE_SIZE];

	if (reply->error == NULL) {
		verdict_give(login, &verdict);
		return;
	}
	const enum up_reason reason = refusal_reason(reply);
	if (reason != UP_REASON_PASSWORD_REFUSED) {
		login_refuse(login, reason, refusal_message(reason), reply->error);
		return;
	}
	refusal_text(reply, problem, sizeof(problem));
	new_password_again(login, problem);
}

static void set_as_root(struct login *login, const char *text)
{
	login_call(login, "AdminSetUserPassword",
		   json_pack("{s:s, s:s, s:s, s:b}", "UserPoolId",
			     identity_pool_id(login->engine->identity), "Username",
			     login->begin.user, "Password", text, "Permanent", 1),
		   on_changed);
}

static void set_by_token(struct login *login, const char *text)
{
	login_call(login, "ChangePassword",
		   json_pack("{s:s, s:s, s:s}", "AccessToken", login->ticket.secret,
			     "PreviousPassword", login->old_password, "ProposedPassword", text),
		   on_changed);
}

static void set_by_challenge(struct login *login, const char *text)
{
	challenge_respond_then(
		login, json_pack("{s:s, s:s}", "USERNAME", login->begin.user, "NEW_PASSWORD", text),
		on_changed);
}

/* The module answers from what it asked for in the first pass. */
static void on_old_password(struct login *login, const char *text)
{
	size_t len = strnlen(text, sizeof(login->old_password) - 1);

	memcpy(login->old_password, text, len);
	login->old_password[len] = '\0';
	new_password_ask(login, set_by_token);
}

static void continue_challenge(struct login *login)
{
	static const char name[] = "NEW_PASSWORD_REQUIRED";

	memcpy(login->challenge, name, sizeof(name));
	if (login_keep_session(login, login->ticket.secret))
		new_password_ask(login, set_by_challenge);
	else
		login_refuse(login, UP_REASON_UNAVAILABLE, refusal_message(UP_REASON_UNAVAILABLE),
			     "out of memory");
}

void change_update_start(struct login *login)
{
	const struct verdict nothing_to_do = verdict_on_change(login);

	login->ticket =
		ticket_take(&login->engine->tickets, &login->tree.process[0], login->begin.user);
	switch (login->ticket.kind) {
	case TICKET_ROOT:
		new_password_ask(login, set_as_root);
		return;
	case TICKET_SIGNED_IN:
		login_ask(login, UP_PROMPT_OLD_PASSWORD, "Current password: ", on_old_password);
		return;
	case TICKET_CHALLENGE:
		continue_challenge(login);
		return;
	case TICKET_NOT_DUE:
		verdict_give(login, &nothing_to_do);
		return;
	case TICKET_NONE:
	default:
		login_refuse(login, UP_REASON_PERMISSION, "The password is not changed.",
			     "the first pass is missing");
	}
}
