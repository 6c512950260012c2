/* SPDX-License-Identifier: MIT */
/* Randomness from the kernel (getrandom(2)); there is no other source and no fallback. */
#pragma once

#include <stddef.h>

#include "common/attributes.h"
#include "common/errors.h"

UP_MUST_USE enum up_err random_bytes(void *out, size_t len) UP_NONNULL;

/* A version 4 UUID in lower case, as Cognito's `sub` looks. */
#define UUID_SIZE 37
UP_MUST_USE enum up_err random_uuid(char ret[UUID_SIZE]) UP_NONNULL;

/* `len` characters drawn evenly from `alphabet` (2 to 256 characters), and a NUL. */
UP_MUST_USE enum up_err random_text(char *out, size_t len, const char *alphabet) UP_NONNULL;
