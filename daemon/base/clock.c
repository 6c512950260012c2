/* SPDX-License-Identifier: MIT */
#include "daemon/base/clock.h"

#include <time.h>

static int64_t test_wall;

void clock_set_for_test(int64_t wall)
{
	test_wall = wall;
}

int64_t clock_wall(void)
{
	struct timespec now = { 0 };

	if (test_wall != 0)
		return test_wall;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}

int64_t clock_boot_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
