/* SPDX-License-Identifier: MIT */
/* Logins through libpam, as any application makes them, and the bare hashes behind them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/attributes.h"

int64_t now_us(void); /* of a clock that only goes on */

struct account {
	const char *service, *user, *password;
	const char *secret; /* of the second factor, in base32; NULL: none */
};

/* pam_start, pam_authenticate, pam_acct_mgmt, pam_end; with a session opened and closed in
 * between if so wanted.  False: refused, and said on standard error by whom. */
bool login_once(const struct account *account, bool with_session) UP_NONNULL UP_MUST_USE;

/* The password hash of the embedded pool: its verification by the library's own call. */
bool argon2id_once(const char *password) UP_NONNULL UP_MUST_USE;

/*
 * The same in a process of its own that sleeps in between, as the pool's worker does: on a core
 * whose caches hold other things by then.  The time is that of the call alone, in microseconds;
 * negative: failed.  The process ends with this one.
 */
int64_t argon2id_apart(const char *password) UP_NONNULL UP_MUST_USE;

/* The hash that stands in /etc/shadow for `user`, computed anew from `password`. */
bool crypt_once(const char *user, const char *password) UP_NONNULL UP_MUST_USE;
