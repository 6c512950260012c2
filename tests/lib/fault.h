/* SPDX-License-Identifier: MIT */
/*
 * Makes one allocation of the code under test fail: of ours, of jansson's and of
 * SQLite's.  A program that links it passes $(fault_ldflags) to the linker and calls
 * fault_init() before anything else.
 */
#pragma once

#include <stdbool.h>

void fault_init(void);

/* The n-th allocation from now on fails, n from 1, and no other. */
void fault_arm(unsigned int n);
/* Whether it came to that. */
bool fault_disarm(void);

/* What the test itself allocates in between does not count and does not fail. */
void fault_suspend(void);
void fault_resume(void);
