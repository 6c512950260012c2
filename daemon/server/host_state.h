/* SPDX-License-Identifier: MIT */
/* The daemon's own directories, database and key. */
#pragma once

#include "common/attributes.h"
#include "common/errors.h"
#include "daemon/crypto/seal.h"
#include "daemon/store/store.h"

struct host_state {
	struct store *store;
	struct seal_key *key;
	char *identity_dir;
	int lock; /* of the directory; -1: none */
};

/* Makes what is missing in `state_dir`: host/ and pool/ for us alone, identity/ for everybody.
 * UP_ERR_CONFLICT: another daemon has it.  A key without its database is UP_ERR_CORRUPT.  *ret is
 * to be closed in any case. */
UP_MUST_USE enum up_err host_state_open(const char *state_dir, struct host_state *ret) UP_NONNULL;
void host_state_close(struct host_state *state) UP_NONNULL;
