/* SPDX-License-Identifier: MIT */
/*
 * One file of a snapshot, mapped.  Owner, mode and the bounds of its sections are
 * checked when it is mapped; a record is checked when it is looked at, so that mapping
 * costs the same for ten users and for a million, and no byte of the file leads
 * outside of it.  A mapping never changes, so it may be read by many threads.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attributes.h"
#include "common/snapshot_format.h"

/* UNKNOWN: no snapshot, or a damaged one, or a partial one that does not have it.  It is neither
 * yes nor no. */
enum up_found { UP_UNKNOWN, UP_ABSENT, UP_FOUND };

struct up_table {
	const struct up_table_place *places;
	uint64_t mask;
};

struct up_mapping {
	const uint8_t *bytes; /* NULL: nothing is mapped */
	size_t size;
	uint64_t device, inode;
	uint64_t generation, of_base;
	uint8_t key[UP_SIPHASH_KEY_SIZE];
	bool is_complete, has_void_groups;
	const struct up_user_record *users;
	const struct up_group_record *groups;
	const uint32_t *members, *gids;
	const char *strings;
	uint64_t user_count, group_count, member_count, gid_count, strings_size;
	struct up_table by_name, by_uid, by_group, by_gid;
};

/* Maps the open file `fd`, which was found at `path`.  False: it is not to be trusted, or no whole
 * snapshot file; *ret is empty then.  The fd stays the caller's. */
bool up_mapping_open(int fd, const char *path, struct up_mapping *ret) UP_NONNULL UP_MUST_USE;
void up_mapping_close(struct up_mapping *mapping) UP_NONNULL;

/* Whether the open file `fd` is the one that is mapped. */
bool up_mapping_is_of(const struct up_mapping *mapping, int fd) UP_NONNULL UP_MUST_USE;

/* Whether a newer file has taken the name.  One load. */
bool up_mapping_is_retired(const struct up_mapping *mapping) UP_NONNULL UP_MUST_USE;

/* The record's index in *ret.  ABSENT says nothing about completeness. */
UP_MUST_USE enum up_found up_mapping_user_by_name(const struct up_mapping *mapping,
						  const char *name, uint32_t *ret) UP_NONNULL;
UP_MUST_USE enum up_found up_mapping_user_by_uid(const struct up_mapping *mapping, uint32_t uid,
						 uint32_t *ret) UP_NONNULL;
UP_MUST_USE enum up_found up_mapping_group_by_name(const struct up_mapping *mapping,
						   const char *name, uint32_t *ret) UP_NONNULL;
UP_MUST_USE enum up_found up_mapping_group_by_gid(const struct up_mapping *mapping, uint32_t gid,
						  uint32_t *ret) UP_NONNULL;

/* Whether the record is whole: its texts, lists and ids are what they may be.  ABSENT: it says that
 * the user or group is no more. */
UP_MUST_USE enum up_found up_mapping_check_user(const struct up_mapping *mapping,
						const struct up_user_record *user) UP_NONNULL;
UP_MUST_USE enum up_found up_mapping_check_group(const struct up_mapping *mapping,
						 const struct up_group_record *group) UP_NONNULL;
