/* SPDX-License-Identifier: MIT */
/* The tokens of a live session are renewed ahead of their end, and only by the pool's own word. */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/login/internal.h"
#include "daemon/login/renewal.h"
#include "tests/lib/testing.h"
#include "tests/login/stage.h"

#define NOW      1750000000
#define LIFETIME 3600 /* of the small pool's tokens */
#define REFRESH  "InitiateAuth"

static struct stage stage;

static int begin(void **state)
{
	(void)state;
	clock_set_for_test(NOW);
	stage_init(&stage, STANDING);
	stage_begin_session(&stage);
	return 0;
}

static int end(void **state)
{
	(void)state;
	stage_clear(&stage);
	clock_set_for_test(0);
	return 0;
}

/* The access token that alice's session holds now; NULL: none.  The caller frees it. */
static char *held(void)
{
	char *token = NULL;

	if (session_access_token(stage.host.sessions, stage.uid_alice, &token) != UP_OK)
		return NULL;
	return token;
}

/* Looks at `at`, when the pool would say `line` to a refresh.  Whether it was asked. */
static bool look_at(int64_t at, const struct line *line)
{
	const struct line lines[] = { *line, { 0 } };

	clock_set_for_test(at);
	stage_script(&stage, lines);
	renewal_look(stage.engine->renewal);
	fake_host_settle(&stage.host);
	return stage.line != lines;
}

static void leaves_tokens_alone_that_last(void **state)
{
	static const struct line line = { .operation = REFRESH, .answer = TOKENS };

	(void)state;
	_auto_(free) char *before = held();
	assert_non_null(before);
	assert_false(look_at(NOW + LIFETIME - 600, &line));
	_auto_(free) char *after = held();
	assert_string_equal(before, after);
}

static void takes_new_ones_before_the_old_ones_end(void **state)
{
	static const struct line line = { .operation = REFRESH, .answer = TOKENS };

	(void)state;
	_auto_(free) char *before = held();
	assert_true(look_at(NOW + LIFETIME - 60, &line));
	_auto_(free) char *after = held();
	assert_non_null(after);
	assert_string_not_equal(before, after);
	/* They last as long as the first ones did. */
	assert_false(look_at(NOW + LIFETIME + 600, &line));
}

static void believes_no_tokens_of_another_user(void **state)
{
	static const struct line line = { .operation = REFRESH, .answer = TOKENS };

	(void)state;
	_auto_(free) char *before = held();
	stage.alice.name = "bob";
	stage.alice.sub = SUB_BOB;
	assert_true(look_at(NOW + LIFETIME - 60, &line));
	_auto_(free) char *after = held();
	assert_string_equal(before, after);
}

static void believes_no_answer_without_tokens(void **state)
{
	static const struct line line = { .operation = REFRESH, .answer = JSON, .text = "{}" };

	(void)state;
	_auto_(free) char *before = held();
	assert_true(look_at(NOW + LIFETIME - 60, &line));
	_auto_(free) char *after = held();
	assert_string_equal(before, after);
}

static void drops_them_when_the_pool_says_no(void **state)
{
	static const struct line line = { .operation = REFRESH,
					  .answer = ERROR,
					  .text = "NotAuthorizedException",
					  .message = "Refresh Token has been revoked" };

	(void)state;
	assert_true(look_at(NOW + LIFETIME - 60, &line));
	assert_null(held());
	/* Nothing is left to be renewed. */
	assert_false(look_at(NOW + LIFETIME - 50, &line));
}

static void keeps_them_when_the_pool_does_not_answer(void **state)
{
	static const struct line line = { .operation = REFRESH,
					  .answer = ERROR,
					  .text = POOL_UNAVAILABLE,
					  .message = "The pool does not answer." };

	(void)state;
	_auto_(free) char *before = held();
	assert_true(look_at(NOW + LIFETIME - 60, &line));
	_auto_(free) char *after = held();
	assert_string_equal(before, after);
	/* Not again within a minute. */
	assert_false(look_at(NOW + LIFETIME - 50, &line));
}

static void survives_the_end_of_the_session_in_between(void **state)
{
	static const struct line lines[] = { { .operation = REFRESH, .answer = SILENCE }, { 0 } };

	(void)state;
	clock_set_for_test(NOW + LIFETIME - 60);
	stage_script(&stage, lines);
	renewal_look(stage.engine->renewal);
	fake_host_settle(&stage.host);
	session_end_all(stage.host.sessions, SUB_ALICE);
	fake_pool_break();
	assert_null(held());
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(leaves_tokens_alone_that_last, begin, end),
		cmocka_unit_test_setup_teardown(takes_new_ones_before_the_old_ones_end, begin, end),
		cmocka_unit_test_setup_teardown(believes_no_tokens_of_another_user, begin, end),
		cmocka_unit_test_setup_teardown(believes_no_answer_without_tokens, begin, end),
		cmocka_unit_test_setup_teardown(drops_them_when_the_pool_says_no, begin, end),
		cmocka_unit_test_setup_teardown(keeps_them_when_the_pool_does_not_answer, begin,
						end),
		cmocka_unit_test_setup_teardown(survives_the_end_of_the_session_in_between, begin,
						end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
