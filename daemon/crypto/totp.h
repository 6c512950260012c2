/* SPDX-License-Identifier: MIT */
/* Time-based one-time passwords: RFC 6238 with SHA-1, 30 s, 6 digits, as Cognito's. */
#pragma once

#include <stdint.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "common/reader.h"

#define TOTP_PERIOD       30
#define TOTP_DIGITS       6
#define TOTP_SECRET_BYTES 32 /* 52 characters of base32, as Cognito gives */
#define TOTP_WINDOW       1  /* steps before and after now that are accepted */

enum totp_match { TOTP_WRONG, TOTP_USED, TOTP_RIGHT };

/* The code of `step` (seconds since the epoch / 30) as six digits and a NUL. */
UP_MUST_USE enum up_err totp_code(struct up_span secret, int64_t step,
				  char ret[TOTP_DIGITS + 1]) UP_NONNULL;

/*
 * Compares `code` with the steps around `wall`.  RIGHT only for a step after
 * `last_step`, which is then *step and must be stored, durably, before the login
 * is told of it; USED when it matches a step that is not.  Constant time in the code.
 */
UP_MUST_USE enum up_err totp_check(struct up_span secret, const char *code, int64_t wall,
				   int64_t last_step, enum totp_match *ret,
				   int64_t *step) UP_NONNULL;
