/* SPDX-License-Identifier: MIT */
/* Asking for a new password, and the challenge that demands one. */
#include <stdio.h>
#include <string.h>

#include "daemon/login/internal.h"
#include "daemon/login/refusal.h"
#include "daemon/login/verdict.h"

#define TRIES_MAX 3

static void forget(struct login *login)
{
	explicit_bzero(login->new_password, sizeof(login->new_password));
}

static void on_again(struct login *login, const char *text)
{
	const bool is_same = strcmp(login->new_password, text) == 0;

	forget(login);
	if (is_same)
		login->on_new_password(login, text);
	else
		new_password_again(login, "The two passwords differ.");
}

static void on_first(struct login *login, const char *text)
{
	if (text[0] == '\0') {
		login_refuse(login, UP_REASON_PASSWORD_REFUSED, "The password is not changed.",
			     "empty new password");
		return;
	}
	(void)snprintf(login->new_password, sizeof(login->new_password), "%s", text);
	login_ask(login, UP_PROMPT_NEW_PASSWORD_AGAIN, "New password again: ", on_again);
}

static void ask_first(struct login *login, const char *problem)
{
	char text[UP_MESSAGE_SIZE + 32];

	(void)snprintf(text, sizeof(text), "%s%sNew password: ", problem,
		       problem[0] != '\0' ? "\n" : "");
	login_ask(login, UP_PROMPT_NEW_PASSWORD, text, on_first);
}

void new_password_ask(struct login *login, login_typed_fn *next)
{
	login->on_new_password = next;
	login->tries = 0;
	ask_first(login, "");
}

void new_password_again(struct login *login, const char *problem)
{
	if (++login->tries < TRIES_MAX)
		ask_first(login, problem);
	else
		login_refuse(login, UP_REASON_PASSWORD_REFUSED, problem,
			     "no new password agreed on");
}

static void on_responded(struct login *login, const struct pool_reply *reply)
{
	char problem[UP_MESSAGE_SIZE];

	if (reply->error == NULL || refusal_reason(reply) != UP_REASON_PASSWORD_REFUSED) {
		challenge_take(login, reply);
		return;
	}
	refusal_text(reply, problem, sizeof(problem));
	new_password_again(login, problem);
}

static void respond(struct login *login, const char *text)
{
	challenge_respond_then(
		login, json_pack("{s:s, s:s}", "USERNAME", login->begin.user, "NEW_PASSWORD", text),
		on_responded);
}

static void on_confirmed(struct login *login, const char *text)
{
	(void)text;
	new_password_ask(login, respond);
}

/*
 * sshd's password method answers every hidden prompt with the one password it has,
 * so a prompt that is not hidden comes first and ends that method here.
 */
void new_password_start(struct login *login)
{
	login_ask(login, UP_PROMPT_CONFIRM,
		  "Your password must be changed before you can sign in. Press Enter: ",
		  on_confirmed);
}
