/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "daemon/base/limits.h"
#include "tests/lib/testing.h"

#define MINUTE 60000

static struct limits *make(size_t keys, int64_t burst, int64_t per_minute)
{
	struct limits *limits = NULL;

	assert_int_equal(limits_new(keys, burst, per_minute, &limits), UP_OK);
	return limits;
}

/* How many tokens can be taken at once. */
static int64_t take_all(struct limits *limits, const char *key, int64_t now)
{
	int64_t taken = 0;

	while (limits_take(limits, key, now))
		taken++;
	return taken;
}

static void gives_the_burst_and_no_more(void **state)
{
	static const int64_t bursts[] = { 1, 2, 60, 1000 };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(bursts); i++) {
		_auto_(limits_free) struct limits *limits = make(4, bursts[i], 60);

		assert_int_equal(take_all(limits, "alice", 5000), bursts[i]);
	}
}

static void tokens_come_back_at_the_rate(void **state)
{
	static const struct {
		int64_t burst, rate, wait_ms, back;
	} cases[] = {
		{ 60, 60, 999, 0 },
		{ 60, 60, 1000, 1 },
		{ 60, 60, 1001, 1 },
		{ 60, 60, MINUTE, 60 },
		{ 60, 60, 10 * MINUTE, 60 },
		{ 5, 1, MINUTE - 1, 0 },
		{ 5, 1, MINUTE, 1 },
		{ 5, 1, 4 * MINUTE, 4 },
		{ 5, 1, 5 * MINUTE, 5 },
		{ 5, 1, 100 * MINUTE, 5 },
		{ 10, 7, MINUTE, 7 },
		{ 3, 100000, 1, 1 },
		{ 3, 100000, INT64_MAX / 2, 3 },
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		_auto_(limits_free) struct limits *limits = make(4, cases[i].burst, cases[i].rate);

		assert_int_equal(take_all(limits, "k", 1000), cases[i].burst);
		assert_int_equal(take_all(limits, "k", 1000 + cases[i].wait_ms), cases[i].back);
	}
}

/* Who hammers may not lock out whoever shares the key: RES-02. */
static void asking_in_vain_does_not_stop_the_refill(void **state)
{
	static const int64_t rates[] = { 1, 7, 59, 60, 61, 1000 };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(rates); i++) {
		_auto_(limits_free) struct limits *limits = make(4, 5, rates[i]);
		int64_t given = 0;

		assert_int_equal(take_all(limits, "k", 0), 5);
		for (int64_t ms = 1; ms <= 10 * MINUTE; ms++)
			given += limits_take(limits, "k", ms);
		assert_int_equal(given, 10 * rates[i]);
	}
}

static void a_clock_that_goes_back_gives_nothing(void **state)
{
	(void)state;
	_auto_(limits_free) struct limits *limits = make(4, 3, 60);

	assert_int_equal(take_all(limits, "k", 100000), 3);
	assert_false(limits_take(limits, "k", 0));
	assert_false(limits_take(limits, "k", -5));
}

static void keys_do_not_touch_each_other(void **state)
{
	(void)state;
	_auto_(limits_free) struct limits *limits = make(64, 3, 60);

	assert_int_equal(take_all(limits, "alice", 0), 3);
	assert_int_equal(take_all(limits, "bob", 0), 3);
	assert_int_equal(take_all(limits, "", 0), 3);
	assert_false(limits_take(limits, "alice", 0));
}

static int fill(struct limits *limits, const char *prefix, int count, int64_t now)
{
	char key[32];
	int taken = 0;

	for (int i = 0; i < count; i++) {
		(void)snprintf(key, sizeof(key), "%s%d", prefix, i);
		taken += limits_take(limits, key, now);
	}
	return taken;
}

/* A flood of keys may not make room for itself by forgetting who is limited. */
static void a_full_table_refuses_strangers_and_forgets_nobody(void **state)
{
	(void)state;
	_auto_(limits_free) struct limits *limits = make(16, 1, 60);

	assert_true(limits_take(limits, "victim", 0));
	assert_int_equal(fill(limits, "flood", 1000, 0), 15);
	assert_false(limits_take(limits, "victim", 0));
	assert_false(limits_take(limits, "stranger", 999));
}

static void a_bucket_that_has_refilled_gives_way(void **state)
{
	static const int64_t rates[] = { 1, 60 };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(rates); i++) {
		_auto_(limits_free) struct limits *limits = make(16, 1, rates[i]);

		assert_int_equal(fill(limits, "a", 16, 0), 16);
		assert_int_equal(fill(limits, "b", 16, MINUTE / rates[i] - 1), 0);
		assert_int_equal(fill(limits, "c", 16, MINUTE / rates[i]), 16);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_burst_and_no_more),
		cmocka_unit_test(tokens_come_back_at_the_rate),
		cmocka_unit_test(asking_in_vain_does_not_stop_the_refill),
		cmocka_unit_test(a_clock_that_goes_back_gives_nothing),
		cmocka_unit_test(keys_do_not_touch_each_other),
		cmocka_unit_test(a_full_table_refuses_strangers_and_forgets_nobody),
		cmocka_unit_test(a_bucket_that_has_refilled_gives_way),
	};

	return cmocka_run_group_tests_name("base/limits", tests, NULL, NULL);
}
