/* SPDX-License-Identifier: MIT */
/*
 * The user pool in SQLite: the handlers of every operation that operations.def gives
 * to the pool.  They may block; a worker process runs one at a time.
 */
#pragma once

#include <stddef.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "daemon/pool/backend.h"

struct embedded;

/*
 * Opens `state_dir`/pool with pool.db and pool.key.  Where neither is, both are
 * made, with the pool "default" and its client "host-login"; one without the other is
 * UP_ERR_CORRUPT, and nothing is written.  Other errors: those of store_open() and
 * seal_key_open().
 */
UP_MUST_USE enum up_err embedded_open(const char *state_dir, struct embedded **ret) UP_NONNULL;
void embedded_close(struct embedded *embedded);
UP_DEFINE_AUTO(struct embedded, embedded_close);

/* For backend_serve(), with the embedded pool as `backend`. */
extern const struct backend_operation embedded_operations[];
extern const size_t embedded_operation_count;
