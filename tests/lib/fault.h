/* SPDX-License-Identifier: MIT */
/*
 * Makes one allocation of the code under test fail: of ours, of jansson's and of
 * SQLite's.  A program that links it passes $(fault_ldflags) to the linker and calls
 * fault_init() before anything else.
 */
#pragma once

#include <stdbool.h>

#include "common/attributes.h"
#include "common/errors.h"

void fault_init(void);

/* The n-th allocation from now on fails, n from 1, and no other. */
void fault_arm(unsigned int n);
/* The n-th and all behind it fail. */
void fault_arm_lasting(unsigned int n);
/* Whether it came to that. */
bool fault_disarm(void);

/* What the test itself allocates in between does not count and does not fail. */
void fault_suspend(void);
void fault_resume(void);

/*
 * Runs the scenario with its first allocation failing, then its second, and so on until
 * it makes fewer than that; then again with all from the n-th on failing.  What must
 * hold of each run is the scenario's to look at; untouched it must end with UP_OK.
 * Returns the number of its allocations.
 */
unsigned int fault_every_allocation(enum up_err (*scenario)(void *arg), void *arg);
