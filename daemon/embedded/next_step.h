/* SPDX-License-Identifier: MIT */
/* What a sign-in needs after a step that was right. */
#pragma once

#include "daemon/embedded/challenge.h"

/* What a finishing step changes, in the same transaction as the tokens' family. */
struct finish {
	const struct challenge *challenge; /* used up */
	int64_t step;                      /* the TOTP step used, or 0 */
	const char *recovery_code;         /* used, or NULL */
};

/*
 * Tokens, or MFA_SETUP or SOFTWARE_TOKEN_MFA where the pool and the user have it so.
 * `finish` is NULL after the password; with it the second factor is done.
 */
json_t *next_step(struct embedded *e, const struct pool_row *pool, const struct client_row *client,
		  const struct user_row *user, const struct finish *finish,
		  struct pool_error *error);

/* The sign-in is complete: one transaction, durable before the answer if `finish` uses up a code.
 */
json_t *finish_sign_in(struct embedded *e, const struct pool_row *pool,
		       const struct client_row *client, const struct user_row *user,
		       const struct finish *finish, struct pool_error *error);
