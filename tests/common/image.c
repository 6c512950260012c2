/* SPDX-License-Identifier: MIT */
#include "tests/common/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRING_MAX 32
#define TEXT_MAX   96 /* all texts of a user */

static uint64_t table_size(uint32_t records)
{
	uint64_t size = 16;

	while (size < 2 * (uint64_t)records)
		size *= 2;
	return size;
}

/* Places the sections one behind the other, each at a multiple of 8. */
static uint64_t lay_out(struct up_snapshot_header *head, uint32_t users, uint32_t groups)
{
	const uint64_t counts[UP_SECTIONS] = {
		[UP_SECTION_USERS] = users,
		[UP_SECTION_GROUPS] = groups,
		[UP_SECTION_MEMBERS] = groups > 0 ? users : 0,
		[UP_SECTION_GIDS] = groups > 0 ? users : 0,
		[UP_SECTION_BY_NAME] = table_size(users),
		[UP_SECTION_BY_UID] = table_size(users),
		[UP_SECTION_BY_GROUP] = table_size(groups),
		[UP_SECTION_BY_GID] = table_size(groups),
		[UP_SECTION_STRINGS] =
			1 + (uint64_t)users * TEXT_MAX + (uint64_t)groups * STRING_MAX + 1,
	};
	uint64_t offset = sizeof(*head);

	for (int i = 0; i < UP_SECTIONS; i++) {
		head->section[i] = (struct up_section_place){ offset, counts[i] };
		offset += (counts[i] * up_section_element[i] + 7) & ~(uint64_t)7;
	}
	return offset;
}

struct up_snapshot_header *image_head(const struct image *image)
{
	return (struct up_snapshot_header *)(void *)image->data;
}

void *image_section(const struct image *image, enum up_section which)
{
	return image->data + image_head(image)->section[which].offset;
}

void image_seal(const struct image *image)
{
	image_head(image)->header_sum = up_snapshot_header_sum(image_head(image));
}

/* Behind the empty string: the texts of the users, then the names of the groups. */
static void set_texts(const struct image *image, uint32_t i, struct up_user_record *record)
{
	const uint32_t offset = 1 + i * TEXT_MAX;
	const unsigned int generation = (unsigned int)image_head(image)->generation;
	char *at = (char *)image_section(image, UP_SECTION_STRINGS) + offset;
	int len = snprintf(at, TEXT_MAX, "user%u%c*", i, 0) + 1;

	record->text = offset;
	record->gecos = (uint16_t)len;
	len += snprintf(at + len, TEXT_MAX - (size_t)len, "g%u", generation) + 1;
	record->home = (uint16_t)len;
	len += snprintf(at + len, TEXT_MAX - (size_t)len, "/home/g%u", generation) + 1;
	record->shell = (uint16_t)len;
	len += snprintf(at + len, TEXT_MAX - (size_t)len, "/bin/sh") + 1;
	record->size = (uint16_t)len;
}

static uint32_t set_name(const struct image *image, uint32_t users, uint32_t i)
{
	const uint32_t offset = 1 + users * TEXT_MAX + i * STRING_MAX;

	(void)snprintf((char *)image_section(image, UP_SECTION_STRINGS) + offset, STRING_MAX,
		       "group%u", i);
	return offset;
}

static void enter(const struct image *image, enum up_section table, uint32_t hash, uint32_t index)
{
	struct up_table_place *places = image_section(image, table);
	const uint64_t mask = image_head(image)->section[table].count - 1;
	uint64_t at = hash;

	while (places[at & mask].record != 0)
		at++;
	places[at & mask] = (struct up_table_place){ .record = index + 1, .hash = hash };
}

static void fill_users(const struct image *image, uint32_t users, uint32_t groups)
{
	struct up_user_record *records = image_section(image, UP_SECTION_USERS);
	uint32_t *gids = image_section(image, UP_SECTION_GIDS);
	const uint8_t *key = image_head(image)->key;
	char name[STRING_MAX];

	for (uint32_t i = 0; i < users; i++) {
		(void)snprintf(name, sizeof(name), "user%u", i);
		records[i] = (struct up_user_record){
			.uid = IMAGE_FIRST_UID + i,
			.gid = IMAGE_FIRST_UID + i,
			.first_gid = groups > 0 ? i : 0,
			.gid_count = groups > 0,
		};
		set_texts(image, i, &records[i]);
		if (groups > 0)
			gids[i] = IMAGE_FIRST_GID + i % groups;
		enter(image, UP_SECTION_BY_NAME, up_snapshot_hash_name(key, name), i);
		enter(image, UP_SECTION_BY_UID, up_snapshot_hash_id(key, IMAGE_FIRST_UID + i), i);
	}
}

static void fill_groups(const struct image *image, uint32_t users, uint32_t groups)
{
	struct up_group_record *records = image_section(image, UP_SECTION_GROUPS);
	uint32_t *members = image_section(image, UP_SECTION_MEMBERS);
	const uint8_t *key = image_head(image)->key;
	char name[STRING_MAX];
	uint32_t used = 0;

	for (uint32_t i = 0; i < groups; i++) {
		(void)snprintf(name, sizeof(name), "group%u", i);
		records[i] = (struct up_group_record){
			.gid = IMAGE_FIRST_GID + i,
			.name = set_name(image, users, i),
			.first_member = used,
		};
		for (uint32_t user = i; user < users; user += groups)
			members[used++] = user;
		records[i].member_count = used - records[i].first_member;
		enter(image, UP_SECTION_BY_GROUP, up_snapshot_hash_name(key, name), i);
		enter(image, UP_SECTION_BY_GID, up_snapshot_hash_id(key, IMAGE_FIRST_GID + i), i);
	}
}

struct image image_make(uint32_t users, uint32_t groups, bool is_complete, uint32_t generation)
{
	struct up_snapshot_header head = {
		.magic = UP_SNAPSHOT_MAGIC,
		.version = UP_SNAPSHOT_VERSION,
		.byte_order = UP_SNAPSHOT_BYTE_ORDER,
		.generation = generation,
		.key = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
		.is_complete = is_complete,
	};
	struct image image = { .len = lay_out(&head, users, groups) };

	head.length = image.len;
	image.data = calloc(1, image.len);
	if (image.data == NULL)
		abort();
	memcpy(image.data, &head, sizeof(head));
	fill_users(&image, users, groups);
	fill_groups(&image, users, groups);
	image_seal(&image);
	return image;
}

struct image image_make_delta(uint32_t users, uint32_t groups, uint32_t generation,
			      uint32_t of_base)
{
	struct image image = image_make(users, groups, true, generation);

	image_head(&image)->of_base = of_base;
	image_seal(&image);
	return image;
}

void image_free(struct image *image)
{
	free(image->data);
	*image = (struct image){ 0 };
}
