/* SPDX-License-Identifier: MIT */
/*
 * A challenge under way.  Its Session is all of this, sealed, so that no row is
 * written before the sign-in is through; the nonce is noted when it is used up.
 */
#pragma once

#include "daemon/embedded/handlers.h"

#define CHALLENGE_NONCE  16
#define CHALLENGE_SECRET 32 /* a TOTP secret that is being enrolled */

enum challenge_kind {
	CHALLENGE_NEW_PASSWORD = 1,
	CHALLENGE_MFA_SETUP,
	CHALLENGE_MFA_SETUP_VERIFIED, /* the app has shown that it has the secret */
	CHALLENGE_SOFTWARE_TOKEN,
};

struct challenge {
	enum challenge_kind kind;
	char sub[UUID_SIZE], client_id[CLIENT_ID_SIZE];
	int64_t epoch, expires;
	uint8_t nonce[CHALLENGE_NONCE];
	uint8_t secret[CHALLENGE_SECRET];
	bool has_secret;
	int64_t step; /* of the code that verified the secret */
};

/* A new one for this user and client. */
UP_MUST_USE enum up_err challenge_make(const struct user_row *user, const struct client_row *client,
				       enum challenge_kind kind, struct challenge *ret) UP_NONNULL;

/* The Session: base64url, which the caller frees; NULL on failure. */
char *challenge_seal(struct embedded *e, const struct challenge *challenge) UP_NONNULL UP_MUST_USE;
/* Opens a Session and checks its time; false: refused. */
bool challenge_open(struct embedded *e, const char *session, struct challenge *ret,
		    struct pool_error *error) UP_NONNULL;

/* Inside the change that the challenge leads to: it can be used no more.  UP_ERR_CONFLICT: it has
 * been. */
UP_MUST_USE enum up_err challenge_use_up(struct embedded *e,
					 const struct challenge *challenge) UP_NONNULL;

/* {ChallengeName, Session, ChallengeParameters} of a new challenge. */
json_t *challenge_answer(struct embedded *e, const struct user_row *user,
			 const struct client_row *client, enum challenge_kind kind,
			 struct pool_error *error) UP_NONNULL;
