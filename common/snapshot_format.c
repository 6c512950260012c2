/* SPDX-License-Identifier: MIT */
#include "common/snapshot_format.h"

#include <stddef.h>
#include <string.h>

const uint64_t up_section_element[UP_SECTIONS] = {
	[UP_SECTION_USERS] = sizeof(struct up_user_record),
	[UP_SECTION_GROUPS] = sizeof(struct up_group_record),
	[UP_SECTION_MEMBERS] = sizeof(uint32_t),
	[UP_SECTION_GIDS] = sizeof(uint32_t),
	[UP_SECTION_BY_NAME] = sizeof(struct up_table_place),
	[UP_SECTION_BY_UID] = sizeof(struct up_table_place),
	[UP_SECTION_BY_GROUP] = sizeof(struct up_table_place),
	[UP_SECTION_BY_GID] = sizeof(struct up_table_place),
	[UP_SECTION_STRINGS] = 1,
};

uint32_t up_snapshot_hash_name(const uint8_t key[UP_SIPHASH_KEY_SIZE], const char *name)
{
	return (uint32_t)up_siphash(key, name, strlen(name));
}

uint32_t up_snapshot_hash_id(const uint8_t key[UP_SIPHASH_KEY_SIZE], uint32_t id)
{
	return (uint32_t)up_siphash(key, &id, sizeof(id));
}

uint64_t up_snapshot_header_sum(const struct up_snapshot_header *header)
{
	return up_siphash(header->key, header, offsetof(struct up_snapshot_header, header_sum));
}
