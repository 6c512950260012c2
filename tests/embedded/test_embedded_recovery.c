/* SPDX-License-Identifier: MIT */
/* Recovery codes, for who has lost the phone. */
#include <stdio.h>
#include <string.h>

#include "tests/embedded/a_pool.h"

#define CODE     "SOFTWARE_TOKEN_MFA_CODE"
#define RECOVERY "RECOVERY_CODE"

static void a_recovery_code_is_good_once_instead_of_a_code(void **state)
{
	char upper[16], bare[16], longer[16], shorter[16];

	(void)enrol(*state, "alice");
	json_t *codes = at(ask(*state, "AdminCreateRecoveryCodes", "{s:s}", "Username", "alice"),
			   "RecoveryCodes");
	assert_int_equal(json_array_size(codes), 10);
	const char *first = text_at(codes, "0"), *second = text_at(codes, "1");

	json_t *challenge = asked_for_code(*state, "alice");
	(void)snprintf(longer, sizeof(longer), "%sx", first);
	(void)snprintf(shorter, sizeof(shorter), "%.10s", first);
	respond_refused(*state, "CodeMismatchException", WRONG_CODE, challenge, "alice", RECOVERY,
			longer);
	respond_refused(*state, "CodeMismatchException", WRONG_CODE, challenge, "alice", RECOVERY,
			shorter);
	respond_refused(*state, "CodeMismatchException", WRONG_CODE, challenge, "alice", CODE,
			first);
	assert_non_null(
		at(respond(*state, challenge, "alice", RECOVERY, first), "AuthenticationResult"));
	respond_refused(*state, "CodeMismatchException", WRONG_CODE,
			asked_for_code(*state, "alice"), "alice", RECOVERY, first);

	/* Typed as people type. */
	(void)snprintf(bare, sizeof(bare), "%.5s%s", second, second + 6);
	for (size_t i = 0; i <= strlen(second); i++)
		upper[i] =
			(char)(second[i] >= 'a' && second[i] <= 'z' ? second[i] - 32 : second[i]);
	assert_non_null(
		at(respond(*state, asked_for_code(*state, "alice"), "alice", RECOVERY, upper),
		   "AuthenticationResult"));
	respond_refused(*state, "CodeMismatchException", WRONG_CODE,
			asked_for_code(*state, "alice"), "alice", RECOVERY, bare);
	assert_int_equal(number_in(*state, "SELECT count(*) FROM recovery_codes"), 8);
}

static void recovery_codes_are_one_users_and_end_with_new_ones(void **state)
{
	struct a_pool *pool = *state;

	(void)enrol(pool, "alice");
	(void)enrol(pool, "bob");
	json_t *old = ask(pool, "AdminCreateRecoveryCodes", "{s:s}", "Username", "alice");
	respond_refused(pool, "CodeMismatchException", WRONG_CODE, asked_for_code(pool, "bob"),
			"bob", RECOVERY, text_at(old, "RecoveryCodes.0"));
	json_t *tokens = respond(pool, asked_for_code(pool, "alice"), "alice", RECOVERY,
				 text_at(old, "RecoveryCodes.1"));
	json_t *fresh = ask(pool, "CreateRecoveryCodes", "{s:s}", "AccessToken",
			    text_at(tokens, "AuthenticationResult.AccessToken"));
	respond_refused(pool, "CodeMismatchException", WRONG_CODE, asked_for_code(pool, "alice"),
			"alice", RECOVERY, text_at(old, "RecoveryCodes.2"));
	(void)respond(pool, asked_for_code(pool, "alice"), "alice", RECOVERY,
		      text_at(fresh, "RecoveryCodes.0"));
	/* Not in clear in the database. */
	assert_int_equal(number_in(pool, "SELECT min(length(digest)) FROM recovery_codes"), 32);
}

/* CRY-21 */
static void guesses_at_recovery_codes_are_counted_with_the_others(void **state)
{
	const char *secret = enrol(*state, "alice");
	json_t *codes = ask(*state, "AdminCreateRecoveryCodes", "{s:s}", "Username", "alice");

	for (int i = 0; i < 3; i++)
		respond_refused(*state, "CodeMismatchException", WRONG_CODE,
				asked_for_code(*state, "alice"), "alice", RECOVERY, "aaaaa-aaaaa");
	for (int i = 0; i < 2; i++)
		respond_refused(*state, "CodeMismatchException", WRONG_CODE,
				asked_for_code(*state, "alice"), "alice", CODE,
				wrong_code_of(secret));
	respond_refused(*state, "NotAuthorizedException", LOCKED, asked_for_code(*state, "alice"),
			"alice", RECOVERY, text_at(codes, "RecoveryCodes.0"));
	assert_int_equal(number_in(*state, "SELECT count(*) FROM recovery_codes"), 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_POOL(a_recovery_code_is_good_once_instead_of_a_code),
		WITH_POOL(recovery_codes_are_one_users_and_end_with_new_ones),
		WITH_POOL(guesses_at_recovery_codes_are_counted_with_the_others),
	};

	return cmocka_run_group_tests(tests, pools_begin, pools_end);
}
