/* SPDX-License-Identifier: MIT */
/* SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash for tables that strangers fill. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/attributes.h"

#define UP_SIPHASH_KEY_SIZE 16

/* Thread-safe. */
uint64_t up_siphash(const uint8_t key[UP_SIPHASH_KEY_SIZE], const void *data,
		    size_t len) UP_NONNULL;
