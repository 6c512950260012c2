/* SPDX-License-Identifier: MIT */
#include "daemon/login/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/login/internal.h"
#include "daemon/login/token.h"

struct verdict verdict_refuse(enum up_reason reason, const char *message, const char *detail)
{
	return (struct verdict){ UP_VERDICT_DENY, reason, message, detail };
}

static struct verdict allow(void)
{
	return (struct verdict){ UP_VERDICT_ALLOW, UP_REASON_OK, "", NULL };
}

static bool is_allowed(const struct verdict *verdict)
{
	return verdict->verdict == UP_VERDICT_ALLOW;
}

/* People think long at a prompt.  The user that began must be there still, and the same. */
static struct verdict on_presence(struct login *login)
{
	struct identity_user now;

	if (!login->is_known)
		return verdict_refuse(UP_REASON_USER_UNKNOWN, "", NULL);
	switch (identity_find_by_name(login->engine->identity, login->begin.user, &now)) {
	case IDENTITY_FOUND:
		if (now.uid != login->user.uid || strcmp(now.sub, login->user.sub) != 0)
			break;
		login->user = now;
		return allow();
	case IDENTITY_ABSENT:
		break;
	case IDENTITY_CANNOT_TELL:
	default:
		return verdict_refuse(UP_REASON_UNAVAILABLE, "Sign-in is not available now.",
				      "users unreadable");
	}
	return verdict_refuse(UP_REASON_USER_UNKNOWN, "", "no longer a user of this host");
}

/* Not disabled, and in a group that may enter. */
static struct verdict on_entry(const struct login *login, bool is_enabled)
{
	if (!is_enabled)
		return verdict_refuse(UP_REASON_DISABLED, "This account is disabled.", NULL);
	if (login->policy.groups[0] == NULL)
		return allow();
	switch (identity_in_groups(login->engine->identity, login->user.sub,
				   login->policy.groups)) {
	case IDENTITY_FOUND:
		return allow();
	case IDENTITY_ABSENT:
		return verdict_refuse(UP_REASON_PERMISSION,
				      "You may not use this service on this host.",
				      "in none of the policy's groups");
	case IDENTITY_CANNOT_TELL:
	default:
		return verdict_refuse(UP_REASON_UNAVAILABLE, "Sign-in is not available now.",
				      "group membership unknown");
	}
}

/* What every way in has in common, by what the host knows. */
static struct verdict on_user(struct login *login)
{
	struct verdict verdict = on_presence(login);

	return is_allowed(&verdict) ? on_entry(login, login->user.enabled) : verdict;
}

static struct verdict on_policy(const struct login *login)
{
	const unsigned int missing = login->policy.need & ~login->proved;

	if (missing == 0)
		return allow();
	if ((missing & FACTOR_CODE) != 0)
		return verdict_refuse(UP_REASON_PERMISSION,
				      "This service requires a second factor, and you have none "
				      "enrolled. Ask your administrator.",
				      "no second factor enrolled");
	return verdict_refuse(UP_REASON_PERMISSION, "This service requires another factor.",
			      "a factor is missing");
}

/* Whether `token` is a good one of the user that began. */
static struct verdict on_token(struct login *login, enum token_use use, const char *token)
{
	struct claims claims;

	if (!token_is_of(login->engine, use, token, login->begin.user, login->user.sub, &claims))
		return verdict_refuse(UP_REASON_UNAVAILABLE, "Sign-in is not available now.",
				      "token refused");
	if (login->tokens_until == 0 || claims.until < login->tokens_until)
		login->tokens_until = claims.until;
	return allow();
}

struct verdict verdict_on_tokens(struct login *login, const char *id_token,
				 const char *access_token)
{
	struct verdict verdict;

	/* The pool took a user that this host has not read yet, or refused to take over. */
	if (!login->is_known)
		return verdict_refuse(UP_REASON_USER_UNKNOWN,
				      "This account is not known to this host.",
				      "in the pool, not on the host");
	verdict = on_token(login, TOKEN_ID, id_token);
	if (is_allowed(&verdict))
		verdict = on_token(login, TOKEN_ACCESS, access_token);
	if (is_allowed(&verdict))
		verdict = on_user(login);
	return is_allowed(&verdict) ? on_policy(login) : verdict;
}

struct verdict verdict_on_standing_session(struct login *login)
{
	const int64_t valid = login->policy.second_factor_valid, now = clock_wall();
	struct verdict verdict = verdict_refuse(UP_REASON_AUTH_FAILED, "", "no standing session");
	struct session_standing standing;

	if (!login->is_known || valid == 0 ||
	    !session_find_standing(login->engine->sessions, login->user.sub, &login->tree,
				   &standing) ||
	    standing.second_factor_at > now || now - standing.second_factor_at > valid)
		return verdict;
	verdict = on_token(login, TOKEN_ACCESS, standing.access_token);
	if (is_allowed(&verdict))
		verdict = on_user(login);
	if (!is_allowed(&verdict))
		return verdict;
	login->proved |= FACTOR_CODE;
	return on_policy(login);
}

static struct verdict on_status(const char *status)
{
	if (strcmp(status, "CONFIRMED") == 0)
		return allow();
	if (strcmp(status, "FORCE_CHANGE_PASSWORD") == 0 || strcmp(status, "RESET_REQUIRED") == 0)
		return verdict_refuse(UP_REASON_PASSWORD_EXPIRED, "Your password must be changed.",
				      status);
	return verdict_refuse(UP_REASON_PERMISSION, "This account is not confirmed.", status);
}

struct verdict verdict_on_account(struct login *login, bool is_enabled, const char *status)
{
	struct verdict verdict = on_presence(login);

	if (is_allowed(&verdict))
		verdict = on_entry(login, is_enabled);
	return is_allowed(&verdict) ? on_status(status) : verdict;
}

struct verdict verdict_on_last_known(struct login *login)
{
	struct verdict verdict = on_user(login);

	return is_allowed(&verdict) ? on_status(login->user.status) : verdict;
}

struct verdict verdict_on_session(struct login *login)
{
	return on_user(login);
}

struct verdict verdict_on_close(struct login *login)
{
	(void)login;
	return allow();
}

struct verdict verdict_on_change(struct login *login)
{
	/* Who has to change it may be disabled by none of this, but must be a user of this host. */
	return on_user(login);
}

static const char *purpose_name(enum up_purpose purpose)
{
	static const char *const names[] = {
		[UP_PURPOSE_AUTHENTICATE] = "authenticate",
		[UP_PURPOSE_ACCOUNT] = "account",
		[UP_PURPOSE_OPEN_SESSION] = "open-session",
		[UP_PURPOSE_CLOSE_SESSION] = "close-session",
		[UP_PURPOSE_CHANGE_CHECK] = "change-check",
		[UP_PURPOSE_CHANGE_UPDATE] = "change-password",
	};

	return (size_t)purpose < UP_COUNT(names) && names[purpose] != NULL ? names[purpose] : "?";
}

static void audit(const struct login *login, const struct verdict *verdict)
{
	const struct up_login_begin *begin = &login->begin;
	char factors[FACTORS_TEXT_SIZE];

	factors_describe(login->proved, factors);
	log_event(EV_LOGIN, log_str("purpose", purpose_name(begin->purpose)),
		  log_str("user", begin->user), log_str("service", begin->service),
		  log_str("rhost", begin->rhost), log_str("tty", begin->tty),
		  log_int("peer_uid", login->peer.uid), log_int("peer_pid", login->peer.pid),
		  log_str("verdict", is_allowed(verdict) ? "allow" : "deny"),
		  log_str("factors", factors[0] != '\0' ? factors : NULL),
		  log_str("reason", up_reason_name(verdict->reason)),
		  log_str("detail", verdict->detail));
}

void verdict_give_with(struct login *login, const struct verdict *verdict, const char *variable)
{
	struct up_login_done done = { .verdict = verdict->verdict, .reason = verdict->reason };

	if (login->is_done)
		return;
	login->is_done = true;
	memcpy(done.nonce, login->begin.nonce, sizeof(done.nonce));
	memcpy(done.user, login->begin.user, sizeof(done.user));
	(void)snprintf(done.message, sizeof(done.message), "%s", verdict->message);
	if (is_allowed(verdict) && variable[0] != '\0') {
		(void)snprintf(done.environment[0], sizeof(done.environment[0]), "%s", variable);
		done.variables = 1;
	}
	audit(login, verdict);
	login->terminal.done(&done, login->terminal.arg);
}

void verdict_note_abandoned(const struct login *login)
{
	const struct verdict verdict = verdict_refuse(UP_REASON_NONE, "", "the caller left");

	audit(login, &verdict);
}

void verdict_give(struct login *login, const struct verdict *verdict)
{
	verdict_give_with(login, verdict, "");
}

void login_refuse(struct login *login, enum up_reason reason, const char *message,
		  const char *detail)
{
	const struct verdict verdict = verdict_refuse(reason, message, detail);

	verdict_give(login, &verdict);
}
