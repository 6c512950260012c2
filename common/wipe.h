/* SPDX-License-Identifier: MIT */
/* An allocator that wipes what it frees, for libraries that take one: what they hold may be a
 * secret. */
#pragma once

#include <stddef.h>

#include "common/attributes.h"

/* As malloc(3).  Thread-safe. */
void *up_wiping_alloc(size_t size) UP_MUST_USE;
/* Takes back what up_wiping_alloc() gave, or NULL. */
void up_wiping_free(void *memory);
