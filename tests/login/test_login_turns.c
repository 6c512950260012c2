/* SPDX-License-Identifier: MIT */
/* Whose turn it is: the person's, the pool's, or nobody's any more. */
#include <stdlib.h>
#include <string.h>

#include "tests/lib/testing.h"
#include "tests/login/stage.h"

/* DMN-13: a worker that hangs and is ended, and a caller who leaves meanwhile. */
static void a_silent_pool_ends_in_unavailable(void **state)
{
	static const struct line lines[] = { { .operation = "InitiateAuth", .answer = SILENCE },
					     { 0 } };
	const struct up_login_begin begin = talk_request();
	struct stage stage;
	struct talk talk;

	(void)state;
	stage_init(&stage, "");
	stage_script(&stage, lines);
	assert_true(talk_begin(&talk, &stage, &begin, PID_ROOT, 0));
	assert_int_equal(talk_type(&talk, "right"), UP_OK);
	assert_int_equal(talk.dones, 0);
	assert_int_equal(talk_type(&talk, "again"), UP_ERR_MALFORMED);
	fake_pool_break();
	assert_int_equal(talk.dones, 1);
	assert_int_equal(talk.done.reason, UP_REASON_UNAVAILABLE);
	talk_end(&talk);

	stage_script(&stage, lines);
	assert_true(talk_begin(&talk, &stage, &begin, PID_ROOT, 0));
	assert_int_equal(talk_type(&talk, "right"), UP_OK);
	talk_end(&talk);
	assert_int_equal(fake_pool_waiting(), 0);
	stage_clear(&stage);
}

/* PAM-06: the caller leaves at each prompt, a thousand times. */
static void nothing_is_left_of_who_leaves(void **state)
{
	static const struct line lines[] = { PASSWORD_MFA, { 0 } };
	const struct up_login_begin begin = talk_request();
	struct stage stage;
	struct talk talk;

	(void)state;
	stage_init(&stage, "[daemon]\nattempts_per_minute = 100000\n");
	for (int i = 0; i < 1000; i++) {
		stage_script(&stage, lines);
		assert_true(talk_begin(&talk, &stage, &begin, PID_ROOT, 0));
		if (i % 2 == 1)
			assert_int_equal(talk_type(&talk, "right"), UP_OK);
		talk_end(&talk);
	}
	assert_int_equal(login_count(stage.engine), 0);
	assert_int_equal(fake_pool_waiting(), 0);
	stage_clear(&stage);
}

/* PAM-02: an answer that nobody asked for, one of another conversation, one too many. */
static void refuses_answers_out_of_order(void **state)
{
	static const struct line lines[] = { PASSWORD_OK, { 0 } };
	const struct up_login_begin begin = talk_request();
	struct up_login_answer foreign = { .nonce = "another's nonce", .text = "right" };
	struct stage stage;
	struct talk talk;

	(void)state;
	stage_init(&stage, "");
	stage_script(&stage, lines);
	assert_true(talk_begin(&talk, &stage, &begin, PID_ROOT, 0));
	assert_int_equal(login_answer(talk.login, &foreign), UP_ERR_MALFORMED);
	assert_int_equal(talk_type(&talk, "right"), UP_OK);
	assert_int_equal(talk.done.verdict, UP_VERDICT_ALLOW);
	assert_int_equal(talk_type(&talk, "right"), UP_ERR_MALFORMED);
	assert_int_equal(talk.dones, 1);
	talk_end(&talk);
	stage_clear(&stage);
}

/* PAM-07: what sshd's password method would answer by itself is a password and nothing else. */
static void only_passwords_are_hidden(void **state)
{
	static const struct line lines[] = { PASSWORD_MFA, { 0 } };
	const struct up_login_begin begin = talk_request();
	struct stage stage;
	struct talk talk;

	(void)state;
	stage_init(&stage, "");
	stage_script(&stage, lines);
	assert_true(talk_begin(&talk, &stage, &begin, PID_ROOT, 0));
	assert_int_equal(talk.prompt.kind, UP_PROMPT_PASSWORD);
	assert_false(talk.prompt.echo);
	assert_int_equal(talk_type(&talk, "right"), UP_OK);
	assert_int_equal(talk.prompt.kind, UP_PROMPT_CODE);
	assert_true(talk.prompt.echo);
	talk_end(&talk);
	stage_clear(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_silent_pool_ends_in_unavailable),
		cmocka_unit_test(nothing_is_left_of_who_leaves),
		cmocka_unit_test(refuses_answers_out_of_order),
		cmocka_unit_test(only_passwords_are_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
