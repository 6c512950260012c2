/* SPDX-License-Identifier: MIT */
/*
 * Snapshot files made in memory, without the daemon's writer, so that a test can
 * bend every byte of them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attributes.h"
#include "common/snapshot_format.h"

#define IMAGE_FIRST_UID 1879048192u
#define IMAGE_FIRST_GID 1900000000u

struct image {
	uint8_t *data;
	size_t len;
};

/*
 * A base: user0 ... with the uids from IMAGE_FIRST_UID on, group0 ... with the gids from
 * IMAGE_FIRST_GID on; user i is in group i % groups.  The generation stands in
 * every user's gecos ("g7") and home ("/home/g7").
 */
struct image image_make(uint32_t users, uint32_t groups, bool is_complete, uint32_t generation);
/* A delta of that base with the same records, or none. */
struct image image_make_delta(uint32_t users, uint32_t groups, uint32_t generation,
			      uint32_t of_base);
void image_free(struct image *image) UP_NONNULL;

struct up_snapshot_header *image_head(const struct image *image) UP_NONNULL;

/* The first element of a section. */
void *image_section(const struct image *image, enum up_section which) UP_NONNULL;

/* Makes the header's sum right again after a change. */
void image_seal(const struct image *image) UP_NONNULL;
