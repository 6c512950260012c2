/* SPDX-License-Identifier: MIT */
/* What answers the same three questions: a module by its entry points, glibc, or a bare probe. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attributes.h"

#define SUBJECTS_MAX 8

/* Users are PREFIX0 ... with the uids from `first` on.  A question returns whether the answer was
 * right; `uid` is UINT32_MAX where nobody has the name. */
struct subject {
	const char *label;
	char prefix[16];
	uint32_t users, first;
	bool (*by_name)(const struct subject *subject, const char *name, uint32_t uid);
	bool (*by_uid)(const struct subject *subject, uint32_t uid);
	bool (*groups)(const struct subject *subject, const char *name, uint32_t uid);
	void *state;
};

/* `word` is "bare", "glibc:PREFIX:FIRST" or "MODULE:PREFIX:FIRST", where MODULE names
 * libnss_MODULE.so.2.  Ends the program when that cannot be had. */
void subject_make(const char *word, uint32_t users, struct subject *ret) UP_NONNULL;

/* bare.c: the least that a mapped hash table can cost. */
void bare_make(uint32_t users, struct subject *ret) UP_NONNULL;
