/* SPDX-License-Identifier: MIT */
/*
 * Which records a reading of the pool has met, so that the others can be swept out: a
 * set of keyed 64-bit hashes, 16 bytes a record however long its name.  Two records of
 * the same hash would spare one of them until the next reading; nothing worse.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/attributes.h"
#include "common/errors.h"

struct seen;

UP_MUST_USE enum up_err seen_new(struct seen **ret) UP_NONNULL;
void seen_free(struct seen *seen);
UP_DEFINE_AUTO(struct seen, seen_free);

/* `second` is "" where a record has one name. */
UP_MUST_USE enum up_err seen_add(struct seen *seen, char kind, const char *first,
				 const char *second) UP_NONNULL;
bool seen_has(const struct seen *seen, char kind, const char *first,
	      const char *second) UP_NONNULL UP_MUST_USE;
