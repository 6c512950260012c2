/* SPDX-License-Identifier: MIT */
/*
 * Challenges are rows of a table; what is not in it ends the login with a refusal.
 * The source of names and members is Cognito's RespondToAuthChallenge.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/login/internal.h"
#include "daemon/login/refusal.h"
#include "daemon/login/verdict.h"

#define ROUNDS_MAX  8
#define TRIES_MAX   3
#define SESSION_MAX 2048 /* Cognito's own limit */

bool login_keep_session(struct login *login, const char *session)
{
	char *copy = NULL;

	if (strlen(session) <= SESSION_MAX)
		copy = strdup(session);
	if (copy == NULL)
		return false;
	if (login->session != NULL)
		explicit_bzero(login->session, strlen(login->session));
	free(login->session);
	login->session = copy;
	return true;
}

bool code_tidy(const char *text, char ret[CODE_SIZE])
{
	size_t len = 0;

	for (; *text != '\0'; text++) {
		if (*text == ' ' || *text == '-')
			continue;
		if (len + 1 >= CODE_SIZE || *text < '!' || *text > '~')
			return false;
		ret[len++] = *text;
	}
	ret[len] = '\0';
	return len > 0;
}

bool code_is_totp(const char *code)
{
	return strlen(code) == 6 && strspn(code, "0123456789") == 6;
}

static void on_code(struct login *login, const char *text);

static void ask_code(struct login *login)
{
	login_ask(login, UP_PROMPT_CODE,
		  login->tries == 0 ? "Authenticator code: "
				    : "That code is not right. Authenticator code: ",
		  on_code);
}

static void wrong_code(struct login *login, const char *detail)
{
	if (++login->tries < TRIES_MAX)
		ask_code(login);
	else
		login_refuse(login, UP_REASON_AUTH_FAILED, "", detail);
}

static void on_code(struct login *login, const char *text)
{
	char code[CODE_SIZE];

	if (!code_tidy(text, code)) {
		wrong_code(login, "not a code");
		return;
	}
	login->pending = FACTOR_CODE;
	challenge_respond_then(
		login,
		json_pack("{s:s, s:s}", "USERNAME", login->begin.user,
			  code_is_totp(code) ? "SOFTWARE_TOKEN_MFA_CODE" : "RECOVERY_CODE", code),
		login_proved);
	explicit_bzero(code, sizeof(code));
}

static void software_token_start(struct login *login)
{
	if ((login->proved & FACTOR_PASSWORD) != 0) {
		const struct verdict verdict = verdict_on_standing_session(login);

		if (verdict.verdict == UP_VERDICT_ALLOW) {
			verdict_give(login, &verdict);
			return;
		}
	}
	ask_code(login);
}

/* Who may set a password or enrol an app has shown the password before, whatever the pool says: an
 * SSH key alone must not become a second factor of its own. */
static const struct {
	const char *name;
	unsigned int after; /* factors that must have been proved */
	void (*start)(struct login *login);
} challenges[] = {
	{ "NEW_PASSWORD_REQUIRED", FACTOR_PASSWORD, new_password_start },
	{ "MFA_SETUP", FACTOR_PASSWORD, enrol_start },
	{ "SOFTWARE_TOKEN_MFA", 0, software_token_start },
};

static void take_challenge(struct login *login, json_t *result, const char *name)
{
	const char *session = json_string_value(json_object_get(result, "Session"));

	if (++login->rounds > ROUNDS_MAX || session == NULL ||
	    !login_keep_session(login, session)) {
		login_refuse(login, UP_REASON_UNAVAILABLE, refusal_message(UP_REASON_UNAVAILABLE),
			     "no end of challenges");
		return;
	}
	for (size_t i = 0; i < UP_COUNT(challenges); i++) {
		if (strcmp(challenges[i].name, name) != 0 ||
		    (challenges[i].after & ~login->proved) != 0)
			continue;
		(void)snprintf(login->challenge, sizeof(login->challenge), "%s", name);
		login->tries = 0;
		challenges[i].start(login);
		return;
	}
	login_refuse(login, UP_REASON_PERMISSION,
		     "This account signs in by a way that this host cannot ask for.",
		     "unknown challenge");
}

static void note_login(struct login *login, json_t *tokens)
{
	struct session_proof proof = {
		.second_factor_at = (login->proved & FACTOR_CODE) != 0 ? clock_wall() : 0,
		.id_token = json_string_value(json_object_get(tokens, "IdToken")),
		.access_token = json_string_value(json_object_get(tokens, "AccessToken")),
		.refresh_token = json_string_value(json_object_get(tokens, "RefreshToken")),
		.tokens_until = login->tokens_until,
	};

	/* Only root's programs open sessions; a screen locker's own user does not. */
	if (login->peer.uid != 0)
		return;
	login_describe(login, &proof);
	/* Without it the session has no tokens; the login itself is as good. */
	enum up_err err = session_note_login(login->engine->sessions, &proof);
	if (err != UP_OK)
		log_event(EV_STORE_FAILED, log_str("what", "remembered login"), log_err(err));
}

static void take_tokens(struct login *login, json_t *tokens)
{
	const char *id_token = json_string_value(json_object_get(tokens, "IdToken"));
	const char *access_token = json_string_value(json_object_get(tokens, "AccessToken"));

	if (id_token == NULL || access_token == NULL) {
		login_refuse(login, UP_REASON_UNAVAILABLE, refusal_message(UP_REASON_UNAVAILABLE),
			     "no tokens");
		return;
	}
	const struct verdict verdict = verdict_on_tokens(login, id_token, access_token);
	if (verdict.verdict != UP_VERDICT_ALLOW) {
		verdict_give(login, &verdict);
	} else if (login->begin.purpose == UP_PURPOSE_CHANGE_CHECK) {
		change_proved(login, TICKET_SIGNED_IN, access_token);
	} else {
		note_login(login, tokens);
		verdict_give(login, &verdict);
	}
}

static void take_error(struct login *login, const struct pool_reply *reply)
{
	const enum up_reason reason = refusal_reason(reply);

	/* "Expired" is a code that was used before: the app shows another one soon. */
	if (strcmp(login->challenge, "SOFTWARE_TOKEN_MFA") == 0 &&
	    (strcmp(reply->error, "CodeMismatchException") == 0 ||
	     strcmp(reply->error, "ExpiredCodeException") == 0))
		wrong_code(login, reply->error);
	else
		login_refuse(login, reason, refusal_message(reason), reply->error);
}

void challenge_take(struct login *login, const struct pool_reply *reply)
{
	if (reply->error != NULL) {
		take_error(login, reply);
		return;
	}
	json_t *tokens = json_object_get(reply->result, "AuthenticationResult");
	const char *name = json_string_value(json_object_get(reply->result, "ChallengeName"));

	if (json_is_object(tokens))
		take_tokens(login, tokens);
	else if (name != NULL && strcmp(name, "NEW_PASSWORD_REQUIRED") == 0 &&
		 login->begin.purpose == UP_PURPOSE_CHANGE_CHECK)
		change_proved(login, TICKET_CHALLENGE,
			      json_string_value(json_object_get(reply->result, "Session")));
	else if (name != NULL)
		take_challenge(login, reply->result, name);
	else
		login_refuse(login, UP_REASON_UNAVAILABLE, refusal_message(UP_REASON_UNAVAILABLE),
			     "no answer in the answer");
}

void challenge_respond_then(struct login *login, json_t *responses, login_reply_fn *next)
{
	json_t *request =
		json_pack("{s:s, s:s, s:s, s:o, s:o}", "ClientId",
			  identity_client_id(login->engine->identity), "ChallengeName",
			  login->challenge, "Session", login->session, "ChallengeResponses",
			  responses, "UserContextData", login_context(login));

	login_call(login, "RespondToAuthChallenge", request, next);
}

void login_proved(struct login *login, const struct pool_reply *reply)
{
	if (reply->error == NULL)
		login->proved |= login->pending;
	login->pending = 0;
	challenge_take(login, reply);
}
