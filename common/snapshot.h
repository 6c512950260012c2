/* SPDX-License-Identifier: MIT */
/*
 * The published users and groups: an immutable file, mapped, that answers hits and
 * misses without a system call.  docs/snapshot.md has its layout.  The file is
 * checked as a whole when it is mapped (owner, mode, bounds of its sections); a
 * record is checked when it is looked at, so that mapping costs the same for ten
 * users and for a million, and no byte of the file leads outside of it.
 * Thread-safe, fork-safe, async-cancel-safe; no lock is waited for; no fd stays open.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attributes.h"
#include "common/snapshot_format.h"

/* UNKNOWN: no snapshot, or a damaged one, or a partial one that does not have it.  It is neither
 * yes nor no. */
enum up_found { UP_UNKNOWN, UP_ABSENT, UP_FOUND };

#define UP_SNAPSHOT_SLOTS 8

/* A mapping, or room for one.  `users` counts who reads it; see snapshot.c. */
struct up_snapshot {
	atomic_int users;
	const uint8_t *base;
	size_t size;
	uint64_t device, inode;
	struct up_snapshot_header head; /* a copy, checked */
};

/* Where a process reads from.  Zeroed but for the path; static, for it is never freed. */
struct up_snapshot_source {
	const char *path;
	atomic_int current; /* slot + 1; 0: none */
	atomic_int owner;   /* who maps now: its pid, or 0 */
	struct up_snapshot slot[UP_SNAPSHOT_SLOTS];
};

/* The newest snapshot, which stays mapped until up_snapshot_release(); NULL: there is none that can
 * be trusted.  Each lookup takes its own. */
struct up_snapshot *up_snapshot_acquire(struct up_snapshot_source *source) UP_NONNULL UP_MUST_USE;
void up_snapshot_release(struct up_snapshot *snapshot);

/* Records point into the mapping. */
struct up_snapshot_user {
	uint32_t uid, gid;
	const char *name, *gecos, *home, *shell;
	const uint32_t *gids; /* supplementary groups */
	uint32_t gid_count;
};

struct up_snapshot_group {
	uint32_t gid;
	const char *name;
	const uint32_t *members; /* for up_snapshot_member() */
	uint32_t member_count;
};

UP_MUST_USE enum up_found up_snapshot_user_by_name(const struct up_snapshot *snapshot,
						   const char *name,
						   struct up_snapshot_user *ret) UP_NONNULL;
UP_MUST_USE enum up_found up_snapshot_user_by_uid(const struct up_snapshot *snapshot, uint32_t uid,
						  struct up_snapshot_user *ret) UP_NONNULL;
UP_MUST_USE enum up_found up_snapshot_group_by_name(const struct up_snapshot *snapshot,
						    const char *name,
						    struct up_snapshot_group *ret) UP_NONNULL;
UP_MUST_USE enum up_found up_snapshot_group_by_gid(const struct up_snapshot *snapshot, uint32_t gid,
						   struct up_snapshot_group *ret) UP_NONNULL;

/* The records in the file's order, for enumeration: ABSENT past the end. */
UP_MUST_USE enum up_found up_snapshot_user_at(const struct up_snapshot *snapshot, uint32_t index,
					      struct up_snapshot_user *ret) UP_NONNULL;
UP_MUST_USE enum up_found up_snapshot_group_at(const struct up_snapshot *snapshot, uint32_t index,
					       struct up_snapshot_group *ret) UP_NONNULL;

/* The login name of a group's i-th member; NULL: the file is damaged. */
const char *up_snapshot_member(const struct up_snapshot *snapshot,
			       const struct up_snapshot_group *group, uint32_t i) UP_NONNULL;
