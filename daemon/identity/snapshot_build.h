/* SPDX-License-Identifier: MIT */
/* From the rows of host.db, each admitted again, to the files of the snapshot. */
#pragma once

#include <stdint.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "daemon/identity/admit.h"
#include "daemon/store/store.h"

struct snapshot_build {
	struct store *store;
	struct admission by; /* `local` must be known */
	const char *directory;
};

/* Writes the base under its draft's name: snapshot_file_commit() puts it in force. */
UP_MUST_USE enum up_err snapshot_build_base(const struct snapshot_build *build,
					    uint64_t generation) UP_NONNULL;

/* Writes the delta to the base of generation `of_base`, from what is noted as changed, and puts it
 * in force.  Costs what the changes are, however large the pool. */
UP_MUST_USE enum up_err snapshot_build_delta(const struct snapshot_build *build,
					     uint64_t generation, uint64_t of_base) UP_NONNULL;
