/* SPDX-License-Identifier: MIT */
#include <time.h>

#include "common/attributes.h"
#include "daemon/base/clock.h"
#include "tests/lib/testing.h"

static void tells_the_time(void **state)
{
	struct timespec boot;
	const int64_t wall = time(NULL);

	(void)state;
	assert_in_range(clock_wall() - wall, 0, 5);
	assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &boot), 0);
	assert_in_range(clock_boot_ms() - (int64_t)boot.tv_sec * 1000, 0, 6000);
}

static void milliseconds_never_go_back(void **state)
{
	int64_t last = clock_boot_ms();

	(void)state;
	for (int i = 0; i < 100000; i++) {
		int64_t now = clock_boot_ms();

		assert_true(now >= last);
		last = now;
	}
}

static void a_test_sets_the_wall_clock_and_gives_it_back(void **state)
{
	static const int64_t times[] = { 1, -1, 59, 20000000000, INT64_MAX };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(times); i++) {
		clock_set_for_test(times[i]);
		assert_int_equal(clock_wall(), times[i]);
	}
	clock_set_for_test(0);
	assert_in_range(clock_wall() - time(NULL), 0, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_time),
		cmocka_unit_test(milliseconds_never_go_back),
		cmocka_unit_test(a_test_sets_the_wall_clock_and_gives_it_back),
	};

	return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}
