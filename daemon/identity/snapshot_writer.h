/* SPDX-License-Identifier: MIT */
/*
 * Builds and publishes the snapshot that common/snapshot.h reads.  Records must have
 * passed identity/admit.  One thread.
 */
#pragma once

#include <stdint.h>

#include "common/attributes.h"
#include "common/errors.h"

struct snapshot_writer;

/* A user's primary group has the user's own name and uid as gid; the writer adds it. */
struct snapshot_user {
	const char *name, *gecos, *home, *shell;
	uint32_t uid;
};

UP_MUST_USE enum up_err snapshot_writer_new(struct snapshot_writer **ret) UP_NONNULL;
void snapshot_writer_free(struct snapshot_writer *writer);
UP_DEFINE_AUTO(struct snapshot_writer, snapshot_writer_free);

/* Errors: UP_ERR_NOMEM, UP_ERR_TOO_LARGE, UP_ERR_CONFLICT (name or id is there already). */
UP_MUST_USE enum up_err snapshot_writer_add_user(struct snapshot_writer *writer,
						 const struct snapshot_user *user) UP_NONNULL;
UP_MUST_USE enum up_err snapshot_writer_add_group(struct snapshot_writer *writer, const char *name,
						  uint32_t gid) UP_NONNULL;
/* In a delta: the members that the base has of this gid are not this group's. */
UP_MUST_USE enum up_err snapshot_writer_add_new_group(struct snapshot_writer *writer,
						      const char *name, uint32_t gid) UP_NONNULL;
/* Both must have been added. */
UP_MUST_USE enum up_err snapshot_writer_add_member(struct snapshot_writer *writer, uint32_t gid,
						   uint32_t uid) UP_NONNULL;
/* Makes a user a member of a group that is not in the snapshot (a local group, by map_groups): only
 * its initgroups list gets the gid. */
UP_MUST_USE enum up_err snapshot_writer_add_foreign_gid(struct snapshot_writer *writer,
							uint32_t uid, uint32_t gid) UP_NONNULL;

/* In a delta: the user with this uid (and its own group), or the group, is no more.  CONFLICT: it
 * has been added. */
UP_MUST_USE enum up_err snapshot_writer_add_gone_user(struct snapshot_writer *writer,
						      uint32_t uid) UP_NONNULL;
UP_MUST_USE enum up_err snapshot_writer_add_gone_group(struct snapshot_writer *writer,
						       uint32_t gid) UP_NONNULL;

/* Writes the base beside the one in force, as its draft, which snapshot_file_commit() renames. */
UP_MUST_USE enum up_err snapshot_writer_write_base(struct snapshot_writer *writer,
						   const char *directory,
						   uint64_t generation) UP_NONNULL;

/*
 * Each writes its file beside the old one, allocating the space first, syncs, sets the
 * old one's `retired` word and renames.  On failure the old file stays in force.  A
 * base is followed by a delta of its generation, be it empty: readers tell by the delta
 * when there is something newer.
 */
UP_MUST_USE enum up_err snapshot_writer_publish_base(struct snapshot_writer *writer,
						     const char *directory,
						     uint64_t generation) UP_NONNULL;
UP_MUST_USE enum up_err snapshot_writer_publish_delta(struct snapshot_writer *writer,
						      const char *directory, uint64_t generation,
						      uint64_t of_base) UP_NONNULL;
