/* SPDX-License-Identifier: MIT */
/* The Session of a challenge: whose it is, for how long, and for what. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/embedded/a_pool.h"

#define CODE "SOFTWARE_TOKEN_MFA_CODE"

struct attempt {
	const char *challenge, *client_id, *session, *user, *response, *value;
};

static json_t *request_from(struct a_pool *pool, const struct attempt *a)
{
	return request_of(pool, "RespondToAuthChallenge", "{s:s, s:s, s:s, s:{s:s, s:s}}",
			  "ChallengeName", a->challenge, "ClientId", a->client_id, "Session",
			  a->session, "ChallengeResponses", "USERNAME", a->user, a->response,
			  a->value);
}

static void attempt_refused(struct a_pool *pool, const struct attempt *a, const char *type,
			    const char *message)
{
	struct reply reply;

	ask_raw(pool, "RespondToAuthChallenge", request_from(pool, a), &reply);
	assert_null(reply.result);
	assert_string_equal(reply.type, type);
	assert_string_equal(reply.message, message);
}

/* What alice would send, all of it right. */
static struct attempt right_one(struct a_pool *pool, const char *secret)
{
	return (struct attempt){ .challenge = "SOFTWARE_TOKEN_MFA",
				 .client_id = pool->client_id,
				 .session = text_at(sign_in(pool, "alice", PASSWORD), "Session"),
				 .user = "alice",
				 .response = CODE,
				 .value = code_of(secret, 0) };
}

static const char *a_client_of(struct a_pool *pool, const char *pool_id)
{
	return text_at(ask(pool, "CreateUserPoolClient", "{s:s, s:s, s:[s]}", "UserPoolId", pool_id,
			   "ClientName", "other", "ExplicitAuthFlows", "ALLOW_USER_PASSWORD_AUTH"),
		       "UserPoolClient.ClientId");
}

static void a_session_is_of_one_user_and_one_client(void **state)
{
	struct a_pool *pool = *state;
	const struct attempt right = right_one(pool, enrol(pool, "alice"));
	const char *other_pool =
		text_at(ask(pool, "CreateUserPool", "{s:s}", "PoolName", "other"), "UserPool.Id");
	struct attempt wrong = right;

	(void)enrol(pool, "bob");
	wrong.user = "bob";
	attempt_refused(pool, &wrong, "NotAuthorizedException", NO_SESSION);
	wrong.user = "nobody";
	attempt_refused(pool, &wrong, "NotAuthorizedException", NO_SESSION);
	wrong = right;
	wrong.client_id = a_client_of(pool, pool->pool_id);
	attempt_refused(pool, &wrong, "NotAuthorizedException", NO_SESSION);
	wrong.client_id = a_client_of(pool, other_pool);
	attempt_refused(pool, &wrong, "NotAuthorizedException", NO_SESSION);
	wrong = right;
	wrong.session = text_at(sign_in(pool, "bob", PASSWORD), "Session");
	attempt_refused(pool, &wrong, "NotAuthorizedException", NO_SESSION);

	/* The admin's way has the same keys and looks at the pool too. */
	refused(pool, "ResourceNotFoundException", NULL, "AdminRespondToAuthChallenge",
		"{s:s, s:s, s:s, s:{s:s, s:s}}", "UserPoolId", other_pool, "ChallengeName",
		right.challenge, "Session", right.session, "ChallengeResponses", "USERNAME",
		"alice", CODE, right.value);
	json_t *tokens = ask(pool, "AdminRespondToAuthChallenge", "{s:s, s:s, s:{s:s, s:s}}",
			     "ChallengeName", right.challenge, "Session", right.session,
			     "ChallengeResponses", "USERNAME", "ALICE", CODE, right.value);
	assert_non_null(at(tokens, "AuthenticationResult"));
}

static void a_session_is_for_one_challenge(void **state)
{
	struct a_pool *pool = *state;
	struct attempt wrong = right_one(pool, enrol(pool, "alice"));

	wrong.challenge = "NEW_PASSWORD_REQUIRED";
	wrong.response = "NEW_PASSWORD";
	wrong.value = ANOTHER;
	attempt_refused(pool, &wrong, "NotAuthorizedException", NO_SESSION);
	wrong.challenge = "MFA_SETUP";
	attempt_refused(pool, &wrong, "NotAuthorizedException", NO_SESSION);
	refused(pool, "NotAuthorizedException", NO_SESSION, "AssociateSoftwareToken", "{s:s}",
		"Session", wrong.session);
	refused(pool, "NotAuthorizedException", NO_SESSION, "VerifySoftwareToken", "{s:s, s:s}",
		"Session", wrong.session, "UserCode", "123456");
	static const char *const others[] = { "SMS_MFA", "PASSWORD_VERIFIER", "CUSTOM_CHALLENGE",
					      "SELECT_MFA_TYPE", "software_token_mfa" };
	for (size_t i = 0; i < UP_COUNT(others); i++) {
		wrong.challenge = others[i];
		attempt_refused(pool, &wrong, "InvalidParameterException",
				"Challenge not supported.");
	}

	/* A temporary password's session does not answer for a code. */
	json_t *challenge = sign_in(pool, "carol", PASSWORD);
	const struct attempt by_carol = { .challenge = "SOFTWARE_TOKEN_MFA",
					  .client_id = pool->client_id,
					  .session = text_at(challenge, "Session"),
					  .user = "carol",
					  .response = CODE,
					  .value = "123456" };
	attempt_refused(pool, &by_carol, "NotAuthorizedException", NO_SESSION);
}

static void no_letter_of_a_session_may_change(void **state)
{
	struct a_pool *pool = *state;
	struct attempt attempt = right_one(pool, enrol(pool, "alice"));
	const char *right = attempt.session;
	const size_t len = strlen(right);
	_auto_(free) char *changed = strdup(right);

	attempt.session = changed;
	for (size_t i = 0; i < len; i++) {
		changed[i] = right[i] == 'A' ? 'B' : 'A';
		attempt_refused(pool, &attempt, "NotAuthorizedException", NO_SESSION);
		changed[i] = right[i];
	}
	for (size_t cut = len - 1; cut >= 20; cut -= 7) {
		changed[cut] = '\0';
		attempt_refused(pool, &attempt, "NotAuthorizedException", NO_SESSION);
	}
	attempt.session = "AYABeFaKeFaKeFaKeFaKeFaKe";
	attempt_refused(pool, &attempt, "NotAuthorizedException", NO_SESSION);
	/* None of it has counted, and the right one is good still. */
	attempt.session = right;
	struct reply reply;
	ask_raw(pool, "RespondToAuthChallenge", request_from(pool, &attempt), &reply);
	assert_non_null(reply.result);
}

static void a_session_lasts_as_long_as_the_client_says(void **state)
{
	struct a_pool *pool = *state;
	const char *secret = enrol(pool, "alice");
	struct attempt attempt = right_one(pool, secret);

	clock_goes(179);
	attempt.value = wrong_code_of(secret);
	attempt_refused(pool, &attempt, "CodeMismatchException", WRONG_CODE);
	clock_goes(1);
	attempt.value = code_of(secret, 0);
	attempt_refused(pool, &attempt, "NotAuthorizedException",
			"Invalid session for the user, session is expired.");

	pool->client_id = text_at(ask(pool, "CreateUserPoolClient", "{s:s, s:[s], s:i}",
				      "ClientName", "slow", "ExplicitAuthFlows",
				      "ALLOW_USER_PASSWORD_AUTH", "AuthSessionValidity", 15),
				  "UserPoolClient.ClientId");
	attempt = right_one(pool, secret);
	clock_goes(899);
	attempt.value = code_of(secret, 0);
	struct reply reply;
	ask_raw(pool, "RespondToAuthChallenge", request_from(pool, &attempt), &reply);
	assert_non_null(reply.result);
}

static void a_session_counts_once(void **state)
{
	struct a_pool *pool = *state;
	const char *secret = enrol(pool, "alice");
	struct attempt attempt = right_one(pool, secret);
	struct reply reply;

	ask_raw(pool, "RespondToAuthChallenge", request_from(pool, &attempt), &reply);
	assert_non_null(reply.result);
	clock_goes(30);
	attempt.value = code_of(secret, 0);
	attempt_refused(pool, &attempt, "NotAuthorizedException", USED);
	/* The code of the refused attempt was not used up by it. */
	struct attempt next = right_one(pool, secret);
	ask_raw(pool, "RespondToAuthChallenge", request_from(pool, &next), &reply);
	assert_non_null(reply.result);
	/* What was used is forgotten when it would have expired. */
	clock_goes(400);
	next = right_one(pool, secret);
	ask_raw(pool, "RespondToAuthChallenge", request_from(pool, &next), &reply);
	assert_non_null(reply.result);
	assert_int_equal(number_in(pool, "SELECT count(*) FROM used_sessions"), 1);
}

static void what_happens_to_the_user_ends_the_session(void **state)
{
	static const struct {
		const char *operation, *member, *value;
	} cases[] = {
		{ "AdminDisableUser", NULL, NULL },
		{ "AdminEnableUser", NULL, NULL },
		{ "AdminUserGlobalSignOut", NULL, NULL },
		{ "AdminSetUserPassword", "Password", PASSWORD },
		{ "AdminDeleteSoftwareToken", NULL, NULL },
		{ "AdminDeleteUser", NULL, NULL },
	};
	struct a_pool *pool = *state;

	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		const char *secret = enrol(pool, "alice");
		struct attempt attempt = right_one(pool, secret);

		(void)ask(pool, cases[i].operation, "{s:s, s:s?}", "Username", "alice",
			  cases[i].member != NULL ? cases[i].member : "X", cases[i].value);
		attempt_refused(pool, &attempt, "NotAuthorizedException", NO_SESSION);
		clock_goes(30);
		if (strcmp(cases[i].operation, "AdminDisableUser") == 0)
			(void)ask(pool, "AdminEnableUser", "{s:s}", "Username", "alice");
		if (strcmp(cases[i].operation, "AdminSetUserPassword") == 0)
			(void)ask(pool, "AdminSetUserPassword", "{s:s, s:s, s:b}", "Username",
				  "alice", "Password", PASSWORD, "Permanent", 1);
	}
}

static void a_session_is_needed_and_so_is_the_name(void **state)
{
	struct a_pool *pool = *state;

	refused(pool, "InvalidParameterException", "Missing required parameter Session",
		"RespondToAuthChallenge", "{s:s, s:{s:s, s:s}}", "ChallengeName",
		"SOFTWARE_TOKEN_MFA", "ChallengeResponses", "USERNAME", "alice", CODE, "123456");
	json_t *challenge = sign_in(pool, "carol", PASSWORD);
	refused(pool, "InvalidParameterException", "Missing required parameter USERNAME",
		"RespondToAuthChallenge", "{s:s, s:s, s:{s:s}}", "ChallengeName",
		"NEW_PASSWORD_REQUIRED", "Session", text_at(challenge, "Session"),
		"ChallengeResponses", "NEW_PASSWORD", ANOTHER);
	refused(pool, "InvalidParameterException", "Missing required parameter USERNAME",
		"RespondToAuthChallenge", "{s:s, s:s}", "ChallengeName", "NEW_PASSWORD_REQUIRED",
		"Session", text_at(challenge, "Session"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_POOL(a_session_is_of_one_user_and_one_client),
		WITH_POOL(a_session_is_for_one_challenge),
		WITH_POOL(no_letter_of_a_session_may_change),
		WITH_POOL(a_session_lasts_as_long_as_the_client_says),
		WITH_POOL(a_session_counts_once),
		WITH_POOL(what_happens_to_the_user_ends_the_session),
		WITH_POOL(a_session_is_needed_and_so_is_the_name),
	};

	return cmocka_run_group_tests(tests, pools_begin, pools_end);
}
