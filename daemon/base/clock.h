/* SPDX-License-Identifier: MIT */
/* Time, in one place, so that tests can set it.  Thread-safe but for clock_set_for_test(). */
#pragma once

#include <stdint.h>

/* Seconds since the epoch, CLOCK_REALTIME. */
int64_t clock_wall(void);

/* Milliseconds since boot, suspend included, CLOCK_BOOTTIME: for time-outs. */
int64_t clock_boot_ms(void);

/* From now on clock_wall() answers `wall`; 0 goes back to the real clock. */
void clock_set_for_test(int64_t wall);
