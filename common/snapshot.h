/* SPDX-License-Identifier: MIT */
/*
 * The published users and groups: two immutable files, a base and what has changed
 * since (the delta), mapped, that answer hits and misses without a system call.
 * docs/snapshot.md has layout and rules.  Thread-safe, fork-safe, cancel-safe; no lock
 * is waited for, but for a process's very first snapshot a thread waits up to 0.1 s
 * while another maps it; no fd stays open.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attributes.h"
#include "common/mapping.h"

#define UP_SNAPSHOT_VIEWS 8
#define UP_SNAPSHOT_BASES 4

struct up_snapshot_base {
	struct up_mapping mapping;
	int views; /* that have it; whoever maps counts */
};

/* A base with its delta, or room for one.  `users` counts who reads it; see snapshot.c. */
struct up_snapshot {
	atomic_int users;
	struct up_snapshot_base *base;
	struct up_mapping delta;
	bool is_changed;  /* the delta changes this base */
	bool is_complete; /* who is in neither does not exist */
};

/* Where a process reads from.  Zeroed but for the paths; static, for it is never freed. */
struct up_snapshot_source {
	const char *base_path, *delta_path;
	atomic_int current;    /* view + 1; 0: none */
	atomic_int owner;      /* who maps now: its pid, or 0 */
	atomic_llong looked_s; /* when somebody last looked for newer files */
	struct up_snapshot view[UP_SNAPSHOT_VIEWS];
	struct up_snapshot_base base[UP_SNAPSHOT_BASES];
};

/* The newest snapshot, which stays mapped until up_snapshot_release(); NULL: there is none that can
 * be trusted.  Each lookup takes its own. */
struct up_snapshot *up_snapshot_acquire(struct up_snapshot_source *source) UP_NONNULL UP_MUST_USE;
void up_snapshot_release(struct up_snapshot *snapshot);

/* A user's texts stand together as in struct up_user_record and point into the mapping. */
struct up_snapshot_user {
	uint32_t uid, gid;
	const char *text; /* the name, then the password field, and so on */
	uint16_t gecos, home, shell, size;
	const uint32_t *gids; /* supplementary groups: for up_snapshot_gid() */
	uint32_t gid_count;
	bool is_of_base;
};

struct up_snapshot_group {
	uint32_t gid;
	const char *name;
	/* For up_snapshot_member(): those in the base, then those in the delta. */
	const uint32_t *members, *more;
	uint32_t member_count, more_count;
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

/* For enumeration: the first record at or behind *cursor, which is moved to it; the next one is
 * looked for from *cursor + 1 on.  ABSENT: the end. */
UP_MUST_USE enum up_found up_snapshot_user_next(const struct up_snapshot *snapshot,
						uint64_t *cursor,
						struct up_snapshot_user *ret) UP_NONNULL;
UP_MUST_USE enum up_found up_snapshot_group_next(const struct up_snapshot *snapshot,
						 uint64_t *cursor,
						 struct up_snapshot_group *ret) UP_NONNULL;

/* How many members a group has at most, and the login name of the i-th.  ABSENT: the base lists one
 * that the delta knows better. */
uint64_t up_snapshot_members_most(const struct up_snapshot_group *group) UP_NONNULL;
UP_MUST_USE enum up_found up_snapshot_member(const struct up_snapshot *snapshot,
					     const struct up_snapshot_group *group, uint64_t i,
					     const char **ret) UP_NONNULL;

/* The i-th of a user's supplementary groups.  ABSENT: that group is no more. */
UP_MUST_USE enum up_found up_snapshot_gid(const struct up_snapshot *snapshot,
					  const struct up_snapshot_user *user, uint32_t i,
					  uint32_t *ret) UP_NONNULL;
