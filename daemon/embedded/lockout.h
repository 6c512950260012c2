/* SPDX-License-Identifier: MIT */
/* How long somebody has to wait who answered wrongly. */
#pragma once

#include "daemon/crypto/digest.h"
#include "daemon/embedded/internal.h"

#define LOCKOUT_QUIET_S 900 /* without a wrong password, and they are forgotten */

enum lockout_kind { LOCKOUT_PASSWORD, LOCKOUT_CODE };

/* Fills in where `request` says that it comes from (UserContextData or ContextData: IpAddress), and
 * how the user stands with that source.  False: refused with why. */
bool lockout_see(struct embedded *e, struct user_row *user, json_t *request,
		 struct pool_error *error) UP_NONNULL;

/* Whether the user has to wait before another answer of this kind is looked at. */
bool lockout_holds(const struct user_row *user, enum lockout_kind kind, int64_t now) UP_NONNULL;

/* The same for passwords that were counted otherwise. */
bool lockout_holds_after(const struct attempts *attempts, int64_t now) UP_NONNULL;

/* Counts a wrong answer, durably; false: refused with why. */
bool lockout_count(struct embedded *e, const struct user_row *user, enum lockout_kind kind,
		   struct pool_error *error) UP_NONNULL;

/* Inside the change that completes a sign-in: what was counted is over, and the source is known. */
UP_MUST_USE enum up_err lockout_end(struct embedded *e, const struct user_row *user,
				    bool with_code) UP_NONNULL;

/* strangers.c: a name that no user of the pool has, and its wrong passwords. */
struct stranger {
	uint8_t digest[DIGEST_SIZE];
	struct attempts attempts;
};
bool stranger_see(struct embedded *e, const char *pool_id, const char *name, struct stranger *ret,
		  struct pool_error *error) UP_NONNULL;
bool stranger_count(struct embedded *e, const struct stranger *stranger,
		    struct pool_error *error) UP_NONNULL;
