/* SPDX-License-Identifier: MIT */
/* Tokens that a pool, or somebody in its place, may send, and the one kind that is taken. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "tests/lib/testing.h"
#include "tests/login/stage.h"

#define NOW 1750000000 /* the daemon's clock in these tests */

/* The tokens that the pool of the test gives. */
static struct {
	json_t *id, *access; /* claims */
	const struct jws_key *key;
} given;

static struct fake_reply give(const char *operation, json_t *request, void *arg)
{
	const struct stage *stage = arg;

	if (strcmp(operation, "InitiateAuth") != 0)
		return small_pool_answer(operation, request, (void *)(uintptr_t)&stage->pool);
	char *id = small_pool_sign(given.key, json_deep_copy(given.id));
	char *access = small_pool_sign(given.key, json_deep_copy(given.access));
	json_t *result = json_pack("{s:{s:s, s:s}}", "AuthenticationResult", "IdToken", id,
				   "AccessToken", access);

	free(id);
	free(access);
	return fake_result(result);
}

static void begin_tokens(struct stage *stage)
{
	clock_set_for_test(NOW);
	stage_init(stage, "[daemon]\nattempts_per_minute = 100000\n");
	fake_pool_answer_with(give, stage);
}

static void end_tokens(struct stage *stage)
{
	stage_clear(stage);
	clock_set_for_test(0);
}

/* How a login ends with the claims of alice but for one member, NULL for none; `value` is JSON. */
static enum up_verdict verdict_with(struct stage *stage, bool in_access, const char *member,
				    const char *value)
{
	const struct up_login_begin begin = talk_request();
	const char *const typed[] = { "right", NULL };
	struct talk talk;

	given.id = small_pool_claims(&stage->pool.user[0], false);
	given.access = small_pool_claims(&stage->pool.user[0], true);
	given.key = stage->pool.key;
	json_t *claims = in_access ? given.access : given.id;
	if (member != NULL && value == NULL)
		(void)json_object_del(claims, member);
	else if (member != NULL)
		(void)json_object_set_new(claims, member, json_loads(value, JSON_DECODE_ANY, NULL));
	talk_through(stage, &begin, PID_ROOT, 0, typed, &talk);
	json_decref(given.id);
	json_decref(given.access);
	assert_int_equal(talk.dones, 1);
	return talk.done.verdict;
}

/* PAM-10, CRY-05, CRY-06: each claim, in each of the two tokens. */
static void one_wrong_claim_is_enough(void **state)
{
	static const struct {
		const char *member, *value;
		enum up_verdict verdict;
	} cases[] = {
		{ NULL, NULL, UP_VERDICT_ALLOW },
		{ "sub", NULL, UP_VERDICT_DENY },
		{ "sub", "\"\"", UP_VERDICT_DENY },
		{ "sub", "7", UP_VERDICT_DENY },
		{ "sub", "\"" SUB_BOB "\"", UP_VERDICT_DENY },
		{ "sub", "\"" SUB_ALICE "x\"", UP_VERDICT_DENY },
		{ "iss", NULL, UP_VERDICT_DENY },
		{ "iss", "\"" SMALL_ISSUER "/\"", UP_VERDICT_DENY },
		{ "iss", "\"https://POOL.example/eu-test-1_Small0001\"", UP_VERDICT_DENY },
		{ "iss", "\"http://pool.example/eu-test-1_Small0001\"", UP_VERDICT_DENY },
		{ "iss", "[\"" SMALL_ISSUER "\"]", UP_VERDICT_DENY },
		{ "token_use", NULL, UP_VERDICT_DENY },
		{ "token_use", "\"refresh\"", UP_VERDICT_DENY },
		{ "exp", NULL, UP_VERDICT_DENY },
		{ "exp", "1750000001", UP_VERDICT_ALLOW },
		{ "exp", "1750000000", UP_VERDICT_DENY },
		{ "exp", "-1", UP_VERDICT_DENY },
		{ "exp", "\"1750003600\"", UP_VERDICT_DENY },
		{ "exp", "1750003600.5", UP_VERDICT_DENY },
		{ "iat", NULL, UP_VERDICT_DENY },
		{ "iat", "1750000060", UP_VERDICT_ALLOW },
		{ "iat", "1750000061", UP_VERDICT_DENY },
		{ "nbf", "1750000061", UP_VERDICT_DENY },
		{ "nbf", "1749999999", UP_VERDICT_ALLOW },
		{ "nbf", "\"soon\"", UP_VERDICT_DENY },
	};
	struct stage stage;

	(void)state;
	begin_tokens(&stage);
	for (size_t i = 0; i < 2 * UP_COUNT(cases); i++) {
		const bool in_access = i % 2 != 0;
		enum up_verdict verdict =
			verdict_with(&stage, in_access, cases[i / 2].member, cases[i / 2].value);

		if (verdict != cases[i / 2].verdict)
			fail_msg("%s token, %s = %s", in_access ? "access" : "id",
				 cases[i / 2].member,
				 cases[i / 2].value != NULL ? cases[i / 2].value : "nothing");
	}
	end_tokens(&stage);
}

/* The names of the members differ between the two tokens, and neither stands in for the other. */
static void each_token_has_its_own_members(void **state)
{
	static const struct {
		bool in_access;
		const char *member, *value;
	} cases[] = {
		{ false, "aud", "\"anotherclient\"" },
		{ false, "aud", "[\"" SMALL_CLIENT_ID "\"]" },
		{ false, "aud", NULL },
		{ false, "token_use", "\"access\"" },
		{ false, "cognito:username", "\"bob\"" },
		{ false, "cognito:username", "\"al\\u0130ce\"" },
		{ false, "cognito:username", NULL },
		{ true, "client_id", "\"anotherclient\"" },
		{ true, "client_id", NULL },
		{ true, "token_use", "\"id\"" },
		{ true, "username", "\"bob\"" },
		{ true, "username", NULL },
	};
	struct stage stage;

	(void)state;
	begin_tokens(&stage);
	for (size_t i = 0; i < UP_COUNT(cases); i++)
		if (verdict_with(&stage, cases[i].in_access, cases[i].member, cases[i].value) !=
		    UP_VERDICT_DENY)
			fail_msg("%s = %s", cases[i].member,
				 cases[i].value != NULL ? cases[i].value : "nothing");
	/* The pool may spell the name as it was created. */
	assert_int_equal(verdict_with(&stage, false, "cognito:username", "\"ALICE\""),
			 UP_VERDICT_ALLOW);
	end_tokens(&stage);
}

/* A token of a key that the pool does not name; its keys are read again, but once a minute. */
static void a_foreign_key_signs_nothing(void **state)
{
	const struct up_login_begin begin = talk_request();
	const char *const typed[] = { "right", NULL };
	struct jws_key *foreign = NULL;
	struct stage stage;
	struct talk talk;

	(void)state;
	begin_tokens(&stage);
	assert_int_equal(jws_key_generate(&foreign), UP_OK);
	given.id = small_pool_claims(&stage.pool.user[0], false);
	given.access = small_pool_claims(&stage.pool.user[0], true);
	given.key = foreign;
	for (int i = 0; i < 5; i++) {
		talk_through(&stage, &begin, PID_ROOT, 0, typed, &talk);
		assert_int_equal(talk.dones, 1);
		assert_int_equal(talk.done.verdict, UP_VERDICT_DENY);
		assert_int_equal(talk.done.reason, UP_REASON_UNAVAILABLE);
	}
	/* CRY-03 */
	assert_int_equal(fake_pool_calls("GetJsonWebKeySet"), 1);
	json_decref(given.id);
	json_decref(given.access);
	jws_key_free(foreign);
	end_tokens(&stage);
}

/* The pool has a new key since the host read it: one login pays for that, the next does not. */
static void a_new_key_is_found(void **state)
{
	const struct up_login_begin begin = talk_request();
	const char *const typed[] = { "right", NULL };
	struct jws_key *old;
	struct stage stage;
	struct talk talk;

	(void)state;
	begin_tokens(&stage);
	old = stage.pool.key;
	assert_int_equal(jws_key_generate(&stage.pool.key), UP_OK);
	given.id = small_pool_claims(&stage.pool.user[0], false);
	given.access = small_pool_claims(&stage.pool.user[0], true);
	given.key = stage.pool.key;
	talk_through(&stage, &begin, PID_ROOT, 0, typed, &talk);
	assert_int_equal(talk.done.verdict, UP_VERDICT_DENY);
	talk_through(&stage, &begin, PID_ROOT, 0, typed, &talk);
	assert_int_equal(talk.done.verdict, UP_VERDICT_ALLOW);
	json_decref(given.id);
	json_decref(given.access);
	jws_key_free(old);
	end_tokens(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_wrong_claim_is_enough),
		cmocka_unit_test(each_token_has_its_own_members),
		cmocka_unit_test(a_foreign_key_signs_nothing),
		cmocka_unit_test(a_new_key_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
