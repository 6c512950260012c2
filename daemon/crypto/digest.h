/* SPDX-License-Identifier: MIT */
/* SHA-256, HMAC-SHA-256 and comparison in constant time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "common/reader.h"

#define DIGEST_SIZE 32

UP_MUST_USE enum up_err digest_sha256(struct up_span message, uint8_t ret[DIGEST_SIZE]) UP_NONNULL;
UP_MUST_USE enum up_err digest_hmac_sha256(struct up_span key, struct up_span message,
					   uint8_t ret[DIGEST_SIZE]) UP_NONNULL;

/* Whether two secrets are equal; the time depends on the lengths only. */
bool digest_equal(struct up_span a, struct up_span b);
