/* SPDX-License-Identifier: MIT */
/* The first factor: a password for the pool, or an SSH key that sshd has checked. */
#include <string.h>

#include "daemon/login/internal.h"
#include "daemon/login/refusal.h"
#include "daemon/login/verdict.h"

/* JSON has no other text, so no pool has such a password. */
static bool is_utf8(const char *text)
{
	json_t *as_it_is = json_string_nocheck(text), *checked = json_string(text);
	const bool is_valid = checked != NULL || as_it_is == NULL;

	json_decref(as_it_is);
	json_decref(checked);
	return is_valid;
}

static void on_password(struct login *login, const char *text)
{
	/* There is no account without a password. */
	if (text[0] == '\0' || !is_utf8(text)) {
		login_refuse(login, UP_REASON_AUTH_FAILED, "", "no password at all");
		return;
	}
	login->pending = FACTOR_PASSWORD;
	login_call(login, "InitiateAuth",
		   json_pack("{s:s, s:s, s:{s:s, s:s}, s:o}", "AuthFlow", "USER_PASSWORD_AUTH",
			     "ClientId", identity_client_id(login->engine->identity),
			     "AuthParameters", "USERNAME", login->begin.user, "PASSWORD", text,
			     "UserContextData", login_context(login)),
		   login_proved);
}

/*
 * sshd lists in SSH_AUTH_INFO_0 which methods have passed, a line each.  Only a
 * process of root's own may say so: anybody can set the variable of a set-uid program.
 */
static bool has_key(const struct login *login)
{
	static const char method[] = "publickey ";

	if (login->peer.uid != 0 || login->real_uid != 0)
		return false;
	for (const char *line = login->begin.auth_info; line != NULL && *line != '\0';) {
		if (strncmp(line, method, sizeof(method) - 1) == 0)
			return true;
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	return false;
}

/* No password is asked for, so the code is all that the pool sees. */
static void start_without_password(struct login *login)
{
	const struct identity *identity = login->engine->identity;

	if (!login->is_known) {
		login_refuse(login, UP_REASON_USER_UNKNOWN, "", NULL);
		return;
	}
	login_call(login, "AdminInitiateSecondFactor",
		   json_pack("{s:s, s:s, s:s}", "UserPoolId", identity_pool_id(identity),
			     "ClientId", identity_client_id(identity), "Username",
			     login->begin.user),
		   login_proved);
}

void authenticate_start(struct login *login)
{
	const unsigned int need = login->policy.need;

	if ((need & FACTOR_KEY) != 0) {
		if (!has_key(login)) {
			login_refuse(login, UP_REASON_PERMISSION,
				     "This service requires an SSH key first.", "no SSH key shown");
			return;
		}
		login->proved |= FACTOR_KEY;
	}
	if ((need & FACTOR_PASSWORD) != 0) {
		/* It starts while the person types. */
		pool_warm(login->engine->pool);
		login_ask(login, UP_PROMPT_PASSWORD, "Password: ", on_password);
	} else {
		start_without_password(login);
	}
}
