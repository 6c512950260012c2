/* SPDX-License-Identifier: MIT */
/* A snapshot in memory: growing arrays, and hash tables over them that become the file's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "common/snapshot_format.h"

struct growing {
	void *data;
	size_t count, room;
};

/* That `uid` is in `gid`; an own group's members are listed with the group too. */
struct snapshot_link {
	uint32_t gid, uid;
	bool is_listed;
};

struct snapshot_image {
	struct up_snapshot_header head;
	struct growing users, groups, strings, links, members, gids;
	struct growing by_name, by_uid, by_group, by_gid; /* tables: `room` places */
	/* The file, in order: the header, then the sections. */
	struct iovec piece[UP_SECTIONS + 1];
};

UP_MUST_USE enum up_err image_start(struct snapshot_image *image) UP_NONNULL;
void image_clear(struct snapshot_image *image) UP_NONNULL;

/* Records stay where they are until the next one is added. */
struct up_user_record *image_find_user(const struct snapshot_image *image, uint32_t uid) UP_NONNULL;
struct up_group_record *image_find_group(const struct snapshot_image *image,
					 uint32_t gid) UP_NONNULL;
bool image_has_user_name(const struct snapshot_image *image, const char *name) UP_NONNULL;
bool image_has_group_name(const struct snapshot_image *image, const char *name) UP_NONNULL;

struct image_user {
	const char *name, *gecos, *home, *shell;
	uint32_t uid, gid;
};
UP_MUST_USE enum up_err image_add_user(struct snapshot_image *image,
				       const struct image_user *user) UP_NONNULL;
/* `is_new`: see struct up_group_record. */
UP_MUST_USE enum up_err image_add_group(struct snapshot_image *image, const char *name,
					uint32_t gid, bool is_new) UP_NONNULL;
/* In a delta: what the base has of this id is no more. */
UP_MUST_USE enum up_err image_add_gone_user(struct snapshot_image *image, uint32_t uid) UP_NONNULL;
UP_MUST_USE enum up_err image_add_gone_group(struct snapshot_image *image, uint32_t gid) UP_NONNULL;
UP_MUST_USE enum up_err image_add_link(struct snapshot_image *image, uint32_t gid, uint32_t uid,
				       bool is_listed) UP_NONNULL;

/* Lays everything out in image->piece.  `of_base`: see struct up_snapshot_header. */
UP_MUST_USE enum up_err image_finish(struct snapshot_image *image, uint64_t generation,
				     uint64_t of_base) UP_NONNULL;
