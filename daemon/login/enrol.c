/* SPDX-License-Identifier: MIT */
/* MFA_SETUP: enrolment of an authenticator app at the prompt, where the pool requires one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/qr.h"
#include "daemon/login/internal.h"
#include "daemon/login/refusal.h"
#include "daemon/login/verdict.h"

#define TRIES_MAX   3
#define SECRET_MAX  128
#define BASE32      "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
#define ISSUER_NAME "userpool"

/* The otpauth URI that authenticator apps read (Key URI Format); login names need no escape. */
static void draw(FILE *stream, const char *user, const char *secret)
{
	char uri[SECRET_MAX + UP_USER_FIELD_SIZE + 64];

	(void)snprintf(uri, sizeof(uri),
		       "otpauth://totp/" ISSUER_NAME ":%s?secret=%s&issuer=" ISSUER_NAME, user,
		       secret);
	(void)qr_draw(stream, uri);
	explicit_bzero(uri, sizeof(uri));
}

/* The caller wipes and frees it; NULL: out of memory. */
static char *make_prompt(const struct login *login, const char *secret)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	if (stream == NULL)
		return NULL;
	(void)fputs("You need an authenticator app to sign in. Scan this code with it:\n\n",
		    stream);
	draw(stream, login->begin.user, secret);
	(void)fprintf(stream,
		      "\nor type this secret into it: %s\nCode that the app shows: ", secret);
	if (fclose(stream) == 0 && size < UP_PROMPT_SIZE)
		return text;
	free(text);
	return NULL;
}

static void on_code(struct login *login, const char *text);

static void wrong_code(struct login *login, enum up_reason reason, const char *detail)
{
	if (reason == UP_REASON_AUTH_FAILED && ++login->tries < TRIES_MAX)
		login_ask(login, UP_PROMPT_CODE,
			  "That code is not right. Code that the app shows: ", on_code);
	else
		login_refuse(login, reason, refusal_message(reason), detail);
}

static void on_verified(struct login *login, const struct pool_reply *reply)
{
	if (reply->error != NULL) {
		wrong_code(login, refusal_reason(reply), reply->error);
		return;
	}
	const char *session = json_string_value(json_object_get(reply->result, "Session"));
	const char *status = json_string_value(json_object_get(reply->result, "Status"));
	if (session == NULL || status == NULL || strcmp(status, "SUCCESS") != 0 ||
	    !login_keep_session(login, session)) {
		login_refuse(login, UP_REASON_UNAVAILABLE, refusal_message(UP_REASON_UNAVAILABLE),
			     "not verified");
		return;
	}
	login->pending = FACTOR_CODE;
	challenge_respond_then(login, json_pack("{s:s}", "USERNAME", login->begin.user),
			       login_proved);
}

static void on_code(struct login *login, const char *text)
{
	char code[CODE_SIZE];

	if (code_tidy(text, code) && code_is_totp(code))
		login_call(login, "VerifySoftwareToken",
			   json_pack("{s:s, s:s}", "Session", login->session, "UserCode", code),
			   on_verified);
	else
		wrong_code(login, UP_REASON_AUTH_FAILED, "not a code");
}

static void on_associated(struct login *login, const struct pool_reply *reply)
{
	const char *secret = NULL, *session = NULL;
	char *prompt = NULL;

	if (reply->error == NULL) {
		secret = json_string_value(json_object_get(reply->result, "SecretCode"));
		session = json_string_value(json_object_get(reply->result, "Session"));
	}
	/* The secret goes to a terminal: letters and digits only. */
	if (secret != NULL && strlen(secret) <= SECRET_MAX &&
	    strspn(secret, BASE32) == strlen(secret) && session != NULL &&
	    login_keep_session(login, session))
		prompt = make_prompt(login, secret);
	if (prompt == NULL) {
		login_refuse(login, UP_REASON_UNAVAILABLE, refusal_message(UP_REASON_UNAVAILABLE),
			     "no TOTP secret");
		return;
	}
	login_ask(login, UP_PROMPT_CODE, prompt, on_code);
	explicit_bzero(prompt, strlen(prompt));
	free(prompt);
}

void enrol_start(struct login *login)
{
	login_call(login, "AssociateSoftwareToken", json_pack("{s:s}", "Session", login->session),
		   on_associated);
}
