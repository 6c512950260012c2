/* SPDX-License-Identifier: MIT */
/*
 * Argon2id password hashes (RFC 9106) as PHC strings: 19 MiB, t=2, p=1.
 * Blocking and costly on purpose: only workers call these.
 */
#pragma once

#include <stdbool.h>

#include "common/attributes.h"
#include "common/errors.h"

#define PASSWORD_MAX 1024 /* bytes; a longer one is refused unhashed */

/* "$argon2id$v=19$m=19456,t=2,p=1$..." in *ret, which the caller frees. */
UP_MUST_USE enum up_err password_hash(const char *password, char **ret) UP_NONNULL;

/* *ret tells whether `password` is the one behind `stored`, by the parameters that stand in it.
 * UP_ERR_CORRUPT: `stored` is no hash, or one that costs more than 64 MiB, 10 passes or 4 lanes. */
UP_MUST_USE enum up_err password_verify(const char *stored, const char *password,
					bool *ret) UP_NONNULL;

/* Whether `stored` has other parameters than password_hash() gives now. */
bool password_is_outdated(const char *stored) UP_NONNULL;

/* Spends the time of a verification, for a user that does not exist. */
UP_MUST_USE enum up_err password_verify_nobody(const char *password) UP_NONNULL;
