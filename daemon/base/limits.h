/* SPDX-License-Identifier: MIT */
/*
 * Token buckets by key: how often something may happen from one source.  Memory is
 * bounded; when it is full, a bucket that has refilled gives way, and if there is
 * none a stranger is refused rather than a busy key forgotten.  Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attributes.h"
#include "common/errors.h"

struct limits;

/* At most `keys` buckets, each of `burst` tokens that come back at `per_minute`. */
UP_MUST_USE enum up_err limits_new(size_t keys, int64_t burst, int64_t per_minute,
				   struct limits **ret) UP_NONNULL;
void limits_free(struct limits *limits);
UP_DEFINE_AUTO(struct limits, limits_free);

/* Takes a token of `key`.  `now_ms` is clock_boot_ms(), handed in for tests. */
bool limits_take(struct limits *limits, const char *key, int64_t now_ms) UP_NONNULL UP_MUST_USE;
