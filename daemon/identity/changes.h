/* SPDX-License-Identifier: MIT */
/* What is different from the snapshot's base, as host.db has noted it, and what was published. */
#pragma once

#include <stdint.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "daemon/store/store.h"

UP_MUST_USE enum up_err changes_count(struct store *store, int64_t *ret) UP_NONNULL;
/* The place of the newest change in the order of all. */
UP_MUST_USE enum up_err changes_last(struct store *store, int64_t *ret) UP_NONNULL;
/* The changes up to and with `seq` are in the base. */
UP_MUST_USE enum up_err changes_forget(struct store *store, int64_t seq) UP_NONNULL;

/* Notes the pool's user and group of this name, or id, as changed, if there are any: not the pool
 * but the host has another opinion of them now. */
UP_MUST_USE enum up_err changes_note_name(struct store *store, const char *name) UP_NONNULL;
UP_MUST_USE enum up_err changes_note_id(struct store *store, uint32_t id) UP_NONNULL;

struct published {
	int64_t generation; /* of the file written last */
	int64_t base;       /* of the base; 0: there is none */
};
UP_MUST_USE enum up_err published_read(struct store *store, struct published *ret) UP_NONNULL;
UP_MUST_USE enum up_err published_write(struct store *store,
					const struct published *published) UP_NONNULL;
