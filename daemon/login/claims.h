/* SPDX-License-Identifier: MIT */
/* Reads and checks the tokens of a pool: signature, issuer, client, use, time and user. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/attributes.h"
#include "common/protocol.h"
#include "daemon/crypto/jws.h"
#include "daemon/crypto/random.h"

enum token_use { TOKEN_ID, TOKEN_ACCESS };

/* What the host knows and a token must agree with. */
struct claims_context {
	const struct jws_keyset *keys; /* NULL: nothing verifies */
	const char *issuer, *client_id;
	int64_t now;
};

struct claims {
	char sub[UUID_SIZE];
	char username[UP_LOGIN_NAME_SIZE]; /* folded */
	int64_t until;                     /* exp */
};

enum claims_result { CLAIMS_BAD, CLAIMS_UNKNOWN_KEY, CLAIMS_GOOD };

/* On CLAIMS_BAD *why is a static text for the log. */
enum claims_result claims_verify(const struct claims_context *context, enum token_use use,
				 const char *token, struct claims *ret,
				 const char **why) UP_NONNULL UP_MUST_USE;
