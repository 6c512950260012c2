/* SPDX-License-Identifier: MIT */
/* Finding the sign-in that a token came of. */
#pragma once

#include "daemon/embedded/handlers.h"

struct family_row {
	char id[UUID_SIZE], sub[UUID_SIZE], client_id[CLIENT_ID_SIZE];
	int64_t auth_time, expires;
	bool is_revoked;
};

enum found family_by_refresh(struct embedded *e, const char *refresh,
			     struct family_row *ret) UP_NONNULL UP_MUST_USE;
enum found family_by_id(struct embedded *e, const char *id,
			struct family_row *ret) UP_NONNULL UP_MUST_USE;

/* {AuthenticationResult} for a refresh token of this client, or a refusal. */
json_t *refresh_tokens(struct embedded *e, const struct client_row *client, const char *refresh,
		       struct pool_error *error) UP_NONNULL;
