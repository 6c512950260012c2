/* SPDX-License-Identifier: MIT */
/* The account phase, complete by itself because public keys pass nothing else; and sessions. */
#include <stdio.h>
#include <string.h>

#include "daemon/login/internal.h"
#include "daemon/login/refusal.h"
#include "daemon/login/verdict.h"

#define VARIABLE "USERPOOL_SESSION="

/* The pool does not answer: what it said last still binds, and still lets in. */
static void judge_by_last_known(struct login *login)
{
	const struct verdict verdict = verdict_on_last_known(login);

	verdict_give(login, &verdict);
}

static const char *find_sub(json_t *record)
{
	json_t *attribute;
	size_t i;

	json_array_foreach (json_object_get(record, "UserAttributes"), i, attribute) {
		const char *name = json_string_value(json_object_get(attribute, "Name"));

		if (name != NULL && strcmp(name, "sub") == 0)
			return json_string_value(json_object_get(attribute, "Value"));
	}
	return NULL;
}

static void judge_by_record(struct login *login, json_t *record)
{
	const char *status = json_string_value(json_object_get(record, "UserStatus"));
	const char *sub = find_sub(record);

	/* Deleted and made anew under the same name: another person. */
	if (sub == NULL || strcmp(sub, login->user.sub) != 0) {
		login_refuse(login, UP_REASON_DISABLED, refusal_message(UP_REASON_DISABLED),
			     "another user has this name now");
		return;
	}
	const struct verdict verdict =
		verdict_on_account(login, json_is_true(json_object_get(record, "Enabled")),
				   status != NULL ? status : "");
	verdict_give(login, &verdict);
}

static void on_record(struct login *login, const struct pool_reply *reply)
{
	const enum up_reason reason = reply->error == NULL ? UP_REASON_OK : refusal_reason(reply);

	if (reason == UP_REASON_OK)
		judge_by_record(login, reply->result);
	else if (reason == UP_REASON_UNAVAILABLE || reason == UP_REASON_BUSY)
		judge_by_last_known(login);
	else if (reason == UP_REASON_USER_UNKNOWN)
		login_refuse(login, UP_REASON_DISABLED, refusal_message(UP_REASON_DISABLED),
			     "deleted from the pool");
	else
		login_refuse(login, UP_REASON_PERMISSION, refusal_message(UP_REASON_PERMISSION),
			     reply->error);
}

/* Tokens of this user were given to this very process a moment ago: the pool would only say again
 * that the account is confirmed. */
static void judge_by_proof(struct login *login)
{
	const struct verdict verdict = verdict_on_account(login, login->user.enabled, "CONFIRMED");

	verdict_give(login, &verdict);
}

void account_start(struct login *login)
{
	if (!login->is_known) {
		login_refuse(login, UP_REASON_USER_UNKNOWN, "", NULL);
		return;
	}
	if (session_was_just_proved(login->engine->sessions, login->user.sub, login->begin.service,
				    &login->tree)) {
		judge_by_proof(login);
		return;
	}
	if (identity_pool_id(login->engine->identity)[0] == '\0') {
		judge_by_last_known(login);
		return;
	}
	login_call(login, "AdminGetUser",
		   json_pack("{s:s, s:s}", "UserPoolId", identity_pool_id(login->engine->identity),
			     "Username", login->begin.user),
		   on_record);
}

void login_describe(const struct login *login, struct session_proof *proof)
{
	proof->uid = login->user.uid;
	proof->tree = login->tree;
	(void)snprintf(proof->sub, sizeof(proof->sub), "%s", login->user.sub);
	(void)snprintf(proof->name, sizeof(proof->name), "%s", login->user.name);
	copy_printable(proof->service, sizeof(proof->service), login->begin.service);
	copy_printable(proof->rhost, sizeof(proof->rhost), login->begin.rhost);
	copy_printable(proof->tty, sizeof(proof->tty), login->begin.tty);
}

void session_open_start(struct login *login)
{
	const struct verdict verdict = verdict_on_session(login);
	char variable[sizeof(VARIABLE) + SESSION_ID_SIZE] = VARIABLE;
	struct session_proof proof = { 0 };

	if (verdict.verdict != UP_VERDICT_ALLOW) {
		verdict_give(login, &verdict);
		return;
	}
	login_describe(login, &proof);
	enum up_err err =
		session_begin(login->engine->sessions, &proof, variable + sizeof(VARIABLE) - 1);
	if (err != UP_OK)
		login_refuse(login, UP_REASON_UNAVAILABLE, refusal_message(UP_REASON_UNAVAILABLE),
			     up_strerror(err));
	else
		verdict_give_with(login, &verdict, variable);
}

void session_close_start(struct login *login)
{
	const struct verdict verdict = verdict_on_close(login);

	if (login->is_known)
		(void)session_end(login->engine->sessions, login->user.uid, login->begin.service,
				  &login->tree);
	verdict_give(login, &verdict);
}
