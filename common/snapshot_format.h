/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a snapshot's two files, in the byte order of the machine that wrote
 * them; docs/snapshot.md says why there are two.  Sections are arrays; offsets are
 * from the start of the file and multiples of 8.  Tables are powers of two, at most
 * half full, probed linearly from the hash of the key.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "common/siphash.h"

#define UP_SNAPSHOT_MAGIC       0x31706e53646f4f50 /* "POodSnp1" */
#define UP_SNAPSHOT_VERSION     2
#define UP_SNAPSHOT_BYTE_ORDER  0x01020304
#define UP_SNAPSHOT_BASE        "identity.base"
#define UP_SNAPSHOT_DELTA       "identity.delta"
#define UP_SNAPSHOT_MEMBERS_MAX 4194304 /* of one group, and groups of one user */

enum up_section {
	UP_SECTION_USERS,    /* struct up_user_record */
	UP_SECTION_GROUPS,   /* struct up_group_record */
	UP_SECTION_MEMBERS,  /* u32: indexes of users */
	UP_SECTION_GIDS,     /* u32: gids */
	UP_SECTION_BY_NAME,  /* struct up_table_place: of users */
	UP_SECTION_BY_UID,   /* struct up_table_place: of users */
	UP_SECTION_BY_GROUP, /* struct up_table_place: of groups, by name */
	UP_SECTION_BY_GID,   /* struct up_table_place: of groups */
	UP_SECTION_STRINGS,  /* bytes; the first and the last one are 0 */
	UP_SECTIONS,
};

/* The whole hash stands beside the index, so that a probe looks at no record but the right one. */
struct up_table_place {
	uint32_t record; /* index + 1; 0: a free place */
	uint32_t hash;
};

struct up_section_place {
	uint64_t offset, count; /* of elements */
};

struct up_snapshot_header {
	uint64_t magic;
	uint32_t version, byte_order;
	uint64_t generation;
	uint64_t of_base; /* in a delta: the generation of the base that it changes; else 0 */
	uint64_t length;  /* of the whole file */
	uint8_t key[UP_SIPHASH_KEY_SIZE];
	uint32_t is_complete; /* 1: who is not in it does not exist */
	uint32_t void_groups; /* in a delta: groups of the base that are no more, or others now */
	struct up_section_place section[UP_SECTIONS];
	uint64_t header_sum;      /* SipHash by `key` of all above */
	uint64_t data_sum;        /* the same of all behind the header; the daemon's to check */
	_Atomic uint32_t retired; /* set in place when a newer file takes the name */
	uint32_t padding;
};

/*
 * A user's texts stand together, so that one copy takes them all:
 * name NUL "*" NUL gecos NUL home NUL shell NUL.  A record of size 0 says, in a delta,
 * that the user is no more; it is in the table by uid only.
 */
struct up_user_record {
	uint32_t uid, gid;
	uint32_t first_gid, gid_count; /* in gids */
	uint32_t text;                 /* in strings */
	uint16_t gecos, home, shell;   /* from `text` on */
	uint16_t size;                 /* of all, the last NUL included */
	uint32_t padding;
};

/*
 * A name that is empty says, in a delta, that the group is no more; it is in the table
 * by gid only.  The members in a delta are the delta's own users; those in the base
 * count too, unless the group is new: then the base's were those of another.
 */
struct up_group_record {
	uint32_t gid, name;                  /* in strings */
	uint32_t first_member, member_count; /* in members */
	uint32_t is_new, padding;
};

/* Where the probe for a key starts, before it is cut to the table's size. */
uint32_t up_snapshot_hash_name(const uint8_t key[UP_SIPHASH_KEY_SIZE], const char *name);
uint32_t up_snapshot_hash_id(const uint8_t key[UP_SIPHASH_KEY_SIZE], uint32_t id);

/* The sums of a header, with `retired` left out. */
uint64_t up_snapshot_header_sum(const struct up_snapshot_header *header);

extern const uint64_t up_section_element[UP_SECTIONS]; /* sizes */
