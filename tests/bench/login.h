/* SPDX-License-Identifier: MIT */
/* Logins through libpam, as any application makes them, and the bare hashes behind them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/attributes.h"

struct account {
	const char *service, *user, *password;
	const char *secret; /* of the second factor, in base32; NULL: none */
};

/* pam_start, pam_authenticate, pam_acct_mgmt, pam_end; with a session opened and closed in
 * between if so wanted.  False: refused, and said on standard error by whom. */
bool login_once(const struct account *account, bool with_session) UP_NONNULL UP_MUST_USE;

/* The password hash of the embedded pool, by the library's own call, and its verification. */
bool argon2id_once(const char *password) UP_NONNULL UP_MUST_USE;

/* The hash that stands in /etc/shadow for `user`, computed anew from `password`. */
bool crypt_once(const char *user, const char *password) UP_NONNULL UP_MUST_USE;
