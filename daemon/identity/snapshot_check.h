/* SPDX-License-Identifier: MIT */
/* Whether what was published is still what was written. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/attributes.h"

/* Reads the base in `directory` as a whole: its generation and the sum of all its bytes.  False
 * with *why, a static text, when it is another one, damaged or not there. */
bool snapshot_base_is_whole(const char *directory, uint64_t generation,
			    const char **why) UP_NONNULL UP_MUST_USE;
