/* SPDX-License-Identifier: MIT */
/* Where sign-ins come from: who guesses elsewhere does not keep the user out (RES-02). */
#include <stdio.h>
#include <string.h>

#include "tests/embedded/a_pool.h"

#define HOME      "192.0.2.1"
#define ELSEWHERE "198.51.100.7"
#define CODE      "SOFTWARE_TOKEN_MFA_CODE"

static struct reply sign_in_from(struct a_pool *pool, const char *source, const char *password)
{
	struct reply reply;

	ask_raw(pool, "InitiateAuth",
		request_of(pool, "InitiateAuth", "{s:s, s:{s:s, s:s}, s:{s:s}}", "AuthFlow",
			   "USER_PASSWORD_AUTH", "AuthParameters", "USERNAME", "alice", "PASSWORD",
			   password, "UserContextData", "IpAddress", source),
		&reply);
	return reply;
}

static void works_from(struct a_pool *pool, const char *source)
{
	struct reply reply = sign_in_from(pool, source, PASSWORD);

	if (reply.result == NULL)
		fail_msg("from %s: %s", source, reply.message);
}

static void refused_from(struct a_pool *pool, const char *source, const char *password,
			 const char *message)
{
	struct reply reply = sign_in_from(pool, source, password);

	assert_null(reply.result);
	assert_string_equal(reply.message, message);
}

static void fail_from(struct a_pool *pool, const char *source, int times)
{
	for (int i = 0; i < times; i++)
		refused_from(pool, source, ANOTHER, WRONG);
}

static void who_guesses_elsewhere_keeps_nobody_out(void **state)
{
	works_from(*state, HOME);
	fail_from(*state, ELSEWHERE, 5);
	refused_from(*state, ELSEWHERE, PASSWORD, LOCKED);
	/* Neither a third place nor none at all is home. */
	refused_from(*state, "203.0.113.9", PASSWORD, LOCKED);
	sign_in_refused(*state, "NotAuthorizedException", LOCKED, "alice", PASSWORD);
	works_from(*state, HOME);
	/* And coming home tells nothing about the guesser. */
	refused_from(*state, ELSEWHERE, PASSWORD, LOCKED);
}

static void home_has_a_wait_of_its_own(void **state)
{
	works_from(*state, HOME);
	fail_from(*state, HOME, 5);
	refused_from(*state, HOME, PASSWORD, LOCKED);
	works_from(*state, ELSEWHERE);
	clock_goes(1);
	works_from(*state, HOME);
	/* A completed sign-in forgets what was counted there. */
	fail_from(*state, HOME, 5);
}

static void a_place_is_known_by_a_completed_sign_in_only(void **state)
{
	struct a_pool *pool = *state;

	(void)enrol(pool, "alice");
	works_from(pool, HOME); /* asked for a code, and gone */
	fail_from(pool, ELSEWHERE, 5);
	refused_from(pool, HOME, PASSWORD, LOCKED);
	assert_int_equal(number_in(pool, "SELECT count(*) FROM known_sources"), 0);
}

static void the_place_is_noted_with_the_last_answer(void **state)
{
	struct a_pool *pool = *state;
	const char *secret = enrol(pool, "alice");
	json_t *challenge = sign_in(pool, "alice", PASSWORD);

	(void)ask(pool, "RespondToAuthChallenge", "{s:s, s:s, s:{s:s, s:s}, s:{s:s}}",
		  "ChallengeName", "SOFTWARE_TOKEN_MFA", "Session", text_at(challenge, "Session"),
		  "ChallengeResponses", "USERNAME", "alice", CODE, code_of(secret, 0),
		  "UserContextData", "IpAddress", HOME);
	fail_from(pool, ELSEWHERE, 5);
	works_from(pool, HOME);
	/* Codes are counted by user alone. */
	challenge = sign_in_from(pool, HOME, PASSWORD).result;
	for (int i = 0; i < 5; i++)
		respond_refused(pool, "CodeMismatchException", WRONG_CODE, challenge, "alice", CODE,
				wrong_code_of(secret));
	respond_refused(pool, "NotAuthorizedException", LOCKED, challenge, "alice", CODE,
			code_of(secret, 1));
}

static void a_place_is_forgotten_after_a_month(void **state)
{
	works_from(*state, HOME);
	clock_goes(30 * 86400 - 1);
	fail_from(*state, ELSEWHERE, 5);
	works_from(*state, HOME);
	clock_goes(30 * 86400);
	fail_from(*state, ELSEWHERE, 5);
	refused_from(*state, HOME, PASSWORD, LOCKED);
}

static void a_user_has_thirty_two_places_at_most(void **state)
{
	struct a_pool *pool = *state;

	works_from(pool, HOME);
	change_in(pool, "INSERT INTO known_sources (sub, source, seen_at)"
			" WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
			" WHERE i < 40) SELECT sub, 'host' || i, 1800000000 + i FROM users, n"
			" WHERE username = 'alice'");
	clock_goes(100);
	works_from(pool, ELSEWHERE);
	assert_int_equal(number_in(pool, "SELECT count(*) FROM known_sources"), 32);
	assert_int_equal(number_in(pool, "SELECT count(*) FROM known_sources"
					 " WHERE source = '" HOME "'"),
			 0);
	assert_int_equal(number_in(pool, "SELECT count(*) FROM known_sources"
					 " WHERE source = '" ELSEWHERE "'"),
			 1);
}

static void a_place_of_one_user_is_not_anothers(void **state)
{
	struct a_pool *pool = *state;
	struct reply reply;

	works_from(pool, HOME);
	for (int i = 0; i < 5; i++)
		sign_in_refused(pool, "NotAuthorizedException", WRONG, "bob", ANOTHER);
	ask_raw(pool, "InitiateAuth",
		request_of(pool, "InitiateAuth", "{s:s, s:{s:s, s:s}, s:{s:s}}", "AuthFlow",
			   "USER_PASSWORD_AUTH", "AuthParameters", "USERNAME", "bob", "PASSWORD",
			   PASSWORD, "UserContextData", "IpAddress", HOME),
		&reply);
	assert_string_equal(reply.message, LOCKED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_POOL(who_guesses_elsewhere_keeps_nobody_out),
		WITH_POOL(home_has_a_wait_of_its_own),
		WITH_POOL(a_place_is_known_by_a_completed_sign_in_only),
		WITH_POOL(the_place_is_noted_with_the_last_answer),
		WITH_POOL(a_place_is_forgotten_after_a_month),
		WITH_POOL(a_user_has_thirty_two_places_at_most),
		WITH_POOL(a_place_of_one_user_is_not_anothers),
	};

	return cmocka_run_group_tests(tests, pools_begin, pools_end);
}
