/* SPDX-License-Identifier: MIT */
/* Where the 32 bytes of a sealing key come from. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/attributes.h"
#include "common/errors.h"

#define SEAL_KEY_SIZE 32

/* See seal_key_open(). */
UP_MUST_USE enum up_err key_file_read(const char *directory, const char *name, bool create,
				      uint8_t ret[SEAL_KEY_SIZE]) UP_NONNULL;
