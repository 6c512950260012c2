/* SPDX-License-Identifier: MIT */
/* Several workers over one pool, as the daemon has them. */
#include <stdio.h>
#include <string.h>

#include "tests/embedded/a_pool.h"

#define WORKERS 4
#define ROUNDS  10
#define CODE    "SOFTWARE_TOKEN_MFA_CODE"

/* All workers are asked before the first has answered; they take over the requests. */
static void ask_all(struct channel *workers[WORKERS], const char *operation,
		    json_t *requests[WORKERS], struct reply ret[WORKERS])
{
	for (size_t i = 0; i < WORKERS; i++) {
		channel_send(workers[i], operation, requests[i]);
		json_decref(requests[i]);
	}
	for (size_t i = 0; i < WORKERS; i++)
		channel_receive(workers[i], &ret[i]);
}

static size_t count_good(struct reply replies[WORKERS])
{
	size_t good = 0;

	for (size_t i = 0; i < WORKERS; i++) {
		good += replies[i].result != NULL;
		json_decref(replies[i].result);
	}
	return good;
}

static void open_all(struct a_pool *pool, struct channel *ret[WORKERS])
{
	for (size_t i = 0; i < WORKERS; i++)
		ret[i] = channel_open(pool->directory);
}

static void close_all(struct channel *workers[WORKERS])
{
	for (size_t i = 0; i < WORKERS; i++)
		channel_close(workers[i]);
}

static json_t *password_request(struct a_pool *pool, const char *name, const char *password)
{
	return request_of(pool, "InitiateAuth", "{s:s, s:{s:s, s:s}}", "AuthFlow",
			  "USER_PASSWORD_AUTH", "AuthParameters", "USERNAME", name, "PASSWORD",
			  password);
}

static json_t *response(struct a_pool *pool, const char *challenge, const char *session,
			const char *name, const char *value)
{
	return request_of(pool, "RespondToAuthChallenge", "{s:s, s:s, s:{s:s, s:s}}",
			  "ChallengeName", challenge, "Session", session, "ChallengeResponses",
			  "USERNAME", "alice", name, value);
}

/* CRY-10, PAM-23: two people, or one thief, with the same code. */
static void a_code_is_accepted_once_by_all_workers_together(void **state)
{
	struct a_pool *pool = *state;
	struct channel *workers[WORKERS];
	const char *secret = enrol(pool, "alice");

	open_all(pool, workers);
	for (int round = 0; round < ROUNDS; round++) {
		json_t *requests[WORKERS];
		struct reply replies[WORKERS];

		clock_goes(30);
		const char *code = code_of(secret, 0);
		for (size_t i = 0; i < WORKERS; i++)
			requests[i] = response(pool, "SOFTWARE_TOKEN_MFA",
					       text_at(sign_in(pool, "alice", PASSWORD), "Session"),
					       CODE, code);
		ask_all(workers, "RespondToAuthChallenge", requests, replies);
		for (size_t i = 0; i < WORKERS; i++)
			if (replies[i].result == NULL)
				assert_string_equal(replies[i].type, "ExpiredCodeException");
		assert_int_equal(count_good(replies), 1);
		change_in(pool, "UPDATE users SET code_failures = 0");
	}
	close_all(workers);
	assert_int_equal(number_in(pool, "SELECT count(*) FROM families"), ROUNDS);
}

/* CRY-21 */
static void a_recovery_code_is_accepted_once_by_all_workers_together(void **state)
{
	struct a_pool *pool = *state;
	struct channel *workers[WORKERS];

	(void)enrol(pool, "alice");
	json_t *codes = ask(pool, "AdminCreateRecoveryCodes", "{s:s}", "Username", "alice"), *code;
	size_t round;
	open_all(pool, workers);
	json_array_foreach (at(codes, "RecoveryCodes"), round, code) {
		json_t *requests[WORKERS];
		struct reply replies[WORKERS];

		for (size_t i = 0; i < WORKERS; i++)
			requests[i] = response(pool, "SOFTWARE_TOKEN_MFA",
					       text_at(sign_in(pool, "alice", PASSWORD), "Session"),
					       "RECOVERY_CODE", json_string_value(code));
		ask_all(workers, "RespondToAuthChallenge", requests, replies);
		assert_int_equal(count_good(replies), 1);
		change_in(pool, "UPDATE users SET code_failures = 0");
	}
	close_all(workers);
	assert_int_equal(number_in(pool, "SELECT count(*) FROM recovery_codes"), 0);
}

/* The same answer, four times over. */
static void a_session_counts_once_for_all_workers_together(void **state)
{
	struct a_pool *pool = *state;
	struct channel *workers[WORKERS];
	json_t *requests[WORKERS];
	struct reply replies[WORKERS];
	const char *session = text_at(sign_in(pool, "carol", PASSWORD), "Session");

	open_all(pool, workers);
	for (size_t i = 0; i < WORKERS; i++) {
		char password[32];

		(void)snprintf(password, sizeof(password), ANOTHER "-%zu", i);
		requests[i] = request_of(pool, "RespondToAuthChallenge", "{s:s, s:s, s:{s:s, s:s}}",
					 "ChallengeName", "NEW_PASSWORD_REQUIRED", "Session",
					 session, "ChallengeResponses", "USERNAME", "carol",
					 "NEW_PASSWORD", password);
	}
	ask_all(workers, "RespondToAuthChallenge", requests, replies);
	size_t winner = WORKERS;
	for (size_t i = 0; i < WORKERS; i++)
		winner = replies[i].result != NULL ? i : winner;
	assert_int_equal(count_good(replies), 1);
	close_all(workers);
	char password[32];
	(void)snprintf(password, sizeof(password), ANOTHER "-%zu", winner);
	assert_non_null(at(sign_in(pool, "carol", password), "AuthenticationResult"));
}

/* Who enrols while another does has the secret of the sign-in that was let through. */
static void one_enrolment_of_many_at_once_stands(void **state)
{
	struct a_pool *pool = *state;
	struct channel *workers[WORKERS];

	(void)ask(pool, "SetUserPoolMfaConfig", "{s:s, s:{s:b}}", "MfaConfiguration", "ON",
		  "SoftwareTokenMfaConfiguration", "Enabled", 1);
	open_all(pool, workers);
	for (int round = 0; round < ROUNDS / 2; round++) {
		json_t *requests[WORKERS];
		struct reply replies[WORKERS];
		const char *secrets[WORKERS];
		size_t winner = WORKERS;

		clock_goes(90);
		(void)ask(pool, "AdminDeleteSoftwareToken", "{s:s}", "Username", "alice");
		for (size_t i = 0; i < WORKERS; i++) {
			json_t *setup = sign_in(pool, "alice", PASSWORD);
			json_t *secret = ask(pool, "AssociateSoftwareToken", "{s:s}", "Session",
					     text_at(setup, "Session"));

			secrets[i] = text_at(secret, "SecretCode");
			json_t *done =
				ask(pool, "VerifySoftwareToken", "{s:s, s:s}", "Session",
				    text_at(secret, "Session"), "UserCode", code_of(secrets[i], 0));
			requests[i] =
				response(pool, "MFA_SETUP", text_at(done, "Session"), "X", "x");
		}
		ask_all(workers, "RespondToAuthChallenge", requests, replies);
		for (size_t i = 0; i < WORKERS; i++)
			winner = replies[i].result != NULL ? i : winner;
		assert_int_equal(count_good(replies), 1);
		assert_non_null(at(respond(pool, sign_in(pool, "alice", PASSWORD), "alice", CODE,
					   code_of(secrets[winner], 1)),
				   "AuthenticationResult"));
	}
	close_all(workers);
}

/* PAM-23: as many as were answered "wrong", not one fewer, with right ones in between. */
static void no_failure_is_lost_between_workers(void **state)
{
	struct a_pool *pool = *state;
	struct channel *workers[WORKERS];
	int64_t wrong = 0;

	open_all(pool, workers);
	(void)enrol(pool, "bob");
	for (int round = 0; round < ROUNDS; round++) {
		json_t *requests[WORKERS];
		struct reply replies[WORKERS];

		clock_goes(900); /* the longest wait, and not a second too quiet */
		for (size_t i = 0; i < WORKERS; i++)
			requests[i] = password_request(pool, "bob", i == 0 ? PASSWORD : ANOTHER);
		ask_all(workers, "InitiateAuth", requests, replies);
		for (size_t i = 0; i < WORKERS; i++) {
			if (replies[i].result == NULL && strcmp(replies[i].message, WRONG) == 0)
				wrong++;
			else if (replies[i].result == NULL)
				assert_string_equal(replies[i].message, LOCKED);
			json_decref(replies[i].result);
		}
	}
	close_all(workers);
	assert_true(wrong >= ROUNDS);
	/* The right passwords of bob, who never gave a code, took none of it back. */
	assert_int_equal(number_in(pool, "SELECT max(failures) FROM users"), wrong);
}

static void one_of_many_creates_the_user(void **state)
{
	struct a_pool *pool = *state;
	struct channel *workers[WORKERS];
	json_t *requests[WORKERS];
	struct reply replies[WORKERS];

	open_all(pool, workers);
	for (size_t i = 0; i < WORKERS; i++)
		requests[i] =
			request_of(pool, "AdminCreateUser", "{s:s, s:s}", "Username",
				   i % 2 == 0 ? "Dora" : "dora", "TemporaryPassword", PASSWORD);
	ask_all(workers, "AdminCreateUser", requests, replies);
	for (size_t i = 0; i < WORKERS; i++)
		if (replies[i].result == NULL)
			assert_string_equal(replies[i].type, "UsernameExistsException");
	assert_int_equal(count_good(replies), 1);
	close_all(workers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_POOL(a_code_is_accepted_once_by_all_workers_together),
		WITH_POOL(a_recovery_code_is_accepted_once_by_all_workers_together),
		WITH_POOL(a_session_counts_once_for_all_workers_together),
		WITH_POOL(one_enrolment_of_many_at_once_stands),
		WITH_POOL(no_failure_is_lost_between_workers),
		WITH_POOL(one_of_many_creates_the_user),
	};

	return cmocka_run_group_tests(tests, pools_begin, pools_end);
}
