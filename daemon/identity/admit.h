/* SPDX-License-Identifier: MIT */
/*
 * The one chokepoint between a pool and this host: what a record must be before it
 * may become a Linux user or group.  Asked on the way into the store and again on the
 * way out.  A record that fails is refused whole, never repaired.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/attributes.h"
#include "common/protocol.h"
#include "daemon/base/config.h"
#include "daemon/identity/local.h"

#define ADMITS(X)                                                                                  \
	X(ADMIT_OK, "admitted")                                                                    \
	X(ADMIT_BAD_NAME, "the name cannot be a login name: ^[a-z_][a-z0-9_-]{0,31}$")             \
	X(ADMIT_LOCAL_NAME, "the name is that of a local user or group")                           \
	X(ADMIT_PRIVILEGED_NAME, "the name is that of a group with local privileges")              \
	X(ADMIT_NAME_GIVEN, "the name was given to another user or group before")                  \
	X(ADMIT_BAD_ID, "the id asked for is outside the configured range")                        \
	X(ADMIT_LOCAL_ID, "the id is that of a local user or group")                               \
	X(ADMIT_ID_GIVEN, "the id was given to another user or group before")                      \
	X(ADMIT_BAD_RECORD, "the record lacks what a user must have")

enum admit {
#define X(id, text) id,
	ADMITS(X)
#undef X
};

/* For logs and people.  Static. */
const char *admit_reason(enum admit admit) UP_MUST_USE;

struct admission {
	const struct config *config;
	const struct local_names *local;
};

/* Folds a pool's name to a login name in *ret and says whether it may be one here. */
UP_MUST_USE enum admit admit_name(const struct admission *by, const char *pool_name,
				  char ret[UP_LOGIN_NAME_SIZE]) UP_NONNULL;
UP_MUST_USE enum admit admit_id(const struct admission *by, uint32_t id) UP_NONNULL;

/* Whether `text` may stand in the gecos field: printable, without ':' and within bounds. */
bool admit_gecos(const char *text) UP_NONNULL;
