/* SPDX-License-Identifier: MIT */
/* A directory with a snapshot in it, replaced as the daemon replaces it, and a reader of it. */
#pragma once

#include "common/snapshot.h"
#include "tests/common/image.h"

struct published {
	char *directory, *base_path, *delta_path;
	struct up_snapshot_source source;
};

void published_open(struct published *p) UP_NONNULL;
void published_close(struct published *p) UP_NONNULL;

/* Empties the directory and lets go of all maps; published_reset() does the latter only. */
void published_reopen(struct published *p) UP_NONNULL;
void published_reset(struct published *p) UP_NONNULL;

/* Retires what has the name, and puts the image in its place: base or delta. */
void published_put(struct published *p, const char *name, const struct image *image) UP_NONNULL;
void published_base(struct published *p, uint32_t users, uint32_t groups, bool is_complete,
		    uint32_t generation) UP_NONNULL;
void published_delta(struct published *p, uint32_t users, uint32_t groups, uint32_t generation,
		     uint32_t of_base) UP_NONNULL;

/* Each of the two steps without the other. */
void published_retire(struct published *p, const char *name) UP_NONNULL;
void published_silently(struct published *p, const char *name, uint32_t users, uint32_t groups,
			uint32_t generation) UP_NONNULL;
