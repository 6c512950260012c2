/* SPDX-License-Identifier: MIT */
#include "daemon/identity/snapshot_image.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/crypto/random.h"

#define TABLE_LEAST 16

static enum up_err grow(struct growing *array, size_t element, size_t more)
{
	if (array->count + more <= array->room)
		return UP_OK;
	size_t room = array->room == 0 ? 64 : array->room * 2;
	while (room < array->count + more)
		room *= 2;
	void *data = reallocarray(array->data, room, element);
	if (data == NULL)
		return UP_ERR_NOMEM;
	array->data = data;
	array->room = room;
	return UP_OK;
}

static enum up_err append(struct growing *array, const void *element, size_t size)
{
	if (array->count >= UINT32_MAX - 1)
		return UP_ERR_TOO_LARGE;
	UP_TRY(grow(array, size, 1));
	memcpy((char *)array->data + array->count * size, element, size);
	array->count++;
	return UP_OK;
}

static struct up_user_record *user_at(const struct snapshot_image *image, uint32_t index)
{
	return (struct up_user_record *)image->users.data + index;
}

static struct up_group_record *group_at(const struct snapshot_image *image, uint32_t index)
{
	return (struct up_group_record *)image->groups.data + index;
}

static const char *string_at(const struct snapshot_image *image, uint32_t offset)
{
	return (const char *)image->strings.data + offset;
}

/* What a table is searched for: an id, or a name if it is not NULL. */
struct key {
	uint32_t id;
	const char *name;
};

static uint32_t hash_of(const struct snapshot_image *image, const struct key *key)
{
	return key->name != NULL ? up_snapshot_hash_name(image->head.key, key->name)
				 : up_snapshot_hash_id(image->head.key, key->id);
}

static struct key key_at(const struct snapshot_image *image, const struct growing *table,
			 uint32_t index)
{
	if (table == &image->by_uid)
		return (struct key){ user_at(image, index)->uid, NULL };
	if (table == &image->by_gid)
		return (struct key){ group_at(image, index)->gid, NULL };
	if (table == &image->by_name)
		return (struct key){ 0, string_at(image, user_at(image, index)->text) };
	return (struct key){ 0, string_at(image, group_at(image, index)->name) };
}

static bool same_key(const struct key *a, const struct key *b)
{
	return a->name != NULL ? strcmp(a->name, b->name) == 0 : a->id == b->id;
}

/* The first free place from where `hash` belongs. */
static struct up_table_place *free_place(const struct growing *table, uint32_t hash)
{
	struct up_table_place *places = table->data;
	uint64_t at = hash;

	while (places[at & (table->room - 1)].record != 0)
		at++;
	return &places[at & (table->room - 1)];
}

/* Makes room for one more at half load; the hashes say where all belong. */
static enum up_err table_grow(struct growing *table)
{
	struct growing larger = { .count = table->count };

	if ((table->count + 1) * 2 <= table->room)
		return UP_OK;
	larger.room = table->room == 0 ? TABLE_LEAST : table->room * 2;
	larger.data = calloc(larger.room, sizeof(struct up_table_place));
	if (larger.data == NULL)
		return UP_ERR_NOMEM;
	const struct up_table_place *old = table->data;
	for (size_t i = 0; i < table->room; i++)
		if (old[i].record != 0)
			*free_place(&larger, old[i].hash) = old[i];
	free(table->data);
	*table = larger;
	return UP_OK;
}

static enum up_err table_add(const struct snapshot_image *image, struct growing *table,
			     size_t index)
{
	const struct key key = key_at(image, table, (uint32_t)index);
	const uint32_t hash = hash_of(image, &key);

	UP_TRY(table_grow(table));
	*free_place(table, hash) =
		(struct up_table_place){ .record = (uint32_t)index + 1, .hash = hash };
	table->count++;
	return UP_OK;
}

/* The record's index + 1, or 0. */
static uint32_t find(const struct snapshot_image *image, const struct growing *table,
		     const struct key *key)
{
	const struct up_table_place *places = table->data;
	const uint32_t hash = hash_of(image, key);

	for (uint64_t at = hash; table->room > 0; at++) {
		const struct up_table_place *place = &places[at & (table->room - 1)];

		if (place->record == 0)
			break;
		if (place->hash != hash)
			continue;
		const struct key other = key_at(image, table, place->record - 1);
		if (same_key(key, &other))
			return place->record;
	}
	return 0;
}

struct up_user_record *image_find_user(const struct snapshot_image *image, uint32_t uid)
{
	uint32_t place = find(image, &image->by_uid, &(struct key){ uid, NULL });

	return place == 0 ? NULL : user_at(image, place - 1);
}

struct up_group_record *image_find_group(const struct snapshot_image *image, uint32_t gid)
{
	uint32_t place = find(image, &image->by_gid, &(struct key){ gid, NULL });

	return place == 0 ? NULL : group_at(image, place - 1);
}

bool image_has_user_name(const struct snapshot_image *image, const char *name)
{
	return find(image, &image->by_name, &(struct key){ 0, name }) != 0;
}

bool image_has_group_name(const struct snapshot_image *image, const char *name)
{
	return find(image, &image->by_group, &(struct key){ 0, name }) != 0;
}

enum up_err image_start(struct snapshot_image *image)
{
	UP_TRY(random_bytes(image->head.key, sizeof(image->head.key)));
	/* Offset 0 of the strings is the empty one. */
	return append(&image->strings, "", 1);
}

void image_clear(struct snapshot_image *image)
{
	struct growing *arrays[] = { &image->users,   &image->groups,  &image->strings,
				     &image->links,   &image->members, &image->gids,
				     &image->by_name, &image->by_uid,  &image->by_group,
				     &image->by_gid };

	for (size_t i = 0; i < UP_COUNT(arrays); i++)
		free(arrays[i]->data);
}

/* Texts one behind the other, each with its NUL; `at` tells where each is from the first one on. */
static enum up_err add_texts(struct snapshot_image *image, const char *const *texts, size_t count,
			     uint32_t *ret, size_t *at)
{
	struct growing *strings = &image->strings;
	const size_t start = strings->count;

	for (size_t i = 0; i < count; i++) {
		const size_t size = strlen(texts[i]) + 1;

		if (strings->count > UINT32_MAX - size)
			return UP_ERR_TOO_LARGE;
		UP_TRY(grow(strings, 1, size));
		memcpy((char *)strings->data + strings->count, texts[i], size);
		at[i] = strings->count - start;
		strings->count += size;
	}
	*ret = (uint32_t)start;
	return UP_OK;
}

enum up_err image_add_user(struct snapshot_image *image, const struct image_user *user)
{
	const char *const texts[] = { user->name, "*", user->gecos, user->home, user->shell };
	struct up_user_record record = { .uid = user->uid, .gid = user->gid };
	size_t at[UP_COUNT(texts)];

	UP_TRY(add_texts(image, texts, UP_COUNT(texts), &record.text, at));
	const size_t size = image->strings.count - record.text;
	if (size > UINT16_MAX)
		return UP_ERR_TOO_LARGE;
	record.gecos = (uint16_t)at[2];
	record.home = (uint16_t)at[3];
	record.shell = (uint16_t)at[4];
	record.size = (uint16_t)size;
	UP_TRY(append(&image->users, &record, sizeof(record)));
	UP_TRY(table_add(image, &image->by_name, image->users.count - 1));
	return table_add(image, &image->by_uid, image->users.count - 1);
}

enum up_err image_add_gone_user(struct snapshot_image *image, uint32_t uid)
{
	const struct up_user_record record = { .uid = uid, .gid = uid };

	UP_TRY(append(&image->users, &record, sizeof(record)));
	return table_add(image, &image->by_uid, image->users.count - 1);
}

enum up_err image_add_group(struct snapshot_image *image, const char *name, uint32_t gid,
			    bool is_new)
{
	struct up_group_record record = { .gid = gid, .is_new = is_new };
	size_t at;

	UP_TRY(add_texts(image, &name, 1, &record.name, &at));
	UP_TRY(append(&image->groups, &record, sizeof(record)));
	image->head.void_groups += is_new;
	UP_TRY(table_add(image, &image->by_group, image->groups.count - 1));
	return table_add(image, &image->by_gid, image->groups.count - 1);
}

enum up_err image_add_gone_group(struct snapshot_image *image, uint32_t gid)
{
	const struct up_group_record record = { .gid = gid };

	UP_TRY(append(&image->groups, &record, sizeof(record)));
	image->head.void_groups++;
	return table_add(image, &image->by_gid, image->groups.count - 1);
}

enum up_err image_add_link(struct snapshot_image *image, uint32_t gid, uint32_t uid, bool is_listed)
{
	const struct snapshot_link link = { .gid = gid, .uid = uid, .is_listed = is_listed };

	return append(&image->links, &link, sizeof(link));
}

static int compare_u32(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

static int by_gid(const void *a, const void *b)
{
	const struct snapshot_link *x = a, *y = b;
	int rc = compare_u32(x->gid, y->gid);

	return rc != 0 ? rc : compare_u32(x->uid, y->uid);
}

static int by_uid(const void *a, const void *b)
{
	const struct snapshot_link *x = a, *y = b;
	int rc = compare_u32(x->uid, y->uid);

	return rc != 0 ? rc : compare_u32(x->gid, y->gid);
}

static bool is_again(const struct snapshot_link *links, size_t i)
{
	return i > 0 && links[i].gid == links[i - 1].gid && links[i].uid == links[i - 1].uid;
}

static enum up_err lay_out_members(struct snapshot_image *image)
{
	const struct snapshot_link *links = image->links.data;

	if (image->links.count > 1)
		qsort(image->links.data, image->links.count, sizeof(*links), by_gid);
	for (size_t i = 0; i < image->links.count; i++) {
		if (!links[i].is_listed || is_again(links, i))
			continue;
		struct up_group_record *group = image_find_group(image, links[i].gid);
		const uint32_t place =
			find(image, &image->by_uid, &(struct key){ links[i].uid, NULL });
		if (group->member_count == UP_SNAPSHOT_MEMBERS_MAX)
			return UP_ERR_TOO_LARGE;
		if (group->member_count++ == 0)
			group->first_member = (uint32_t)image->members.count;
		UP_TRY(append(&image->members, &(uint32_t){ place - 1 }, sizeof(uint32_t)));
	}
	return UP_OK;
}

static enum up_err lay_out_gids(struct snapshot_image *image)
{
	const struct snapshot_link *links = image->links.data;

	if (image->links.count > 1)
		qsort(image->links.data, image->links.count, sizeof(*links), by_uid);
	for (size_t i = 0; i < image->links.count; i++) {
		if (is_again(links, i))
			continue;
		struct up_user_record *user = image_find_user(image, links[i].uid);
		if (user->gid_count == UP_SNAPSHOT_MEMBERS_MAX)
			return UP_ERR_TOO_LARGE;
		if (user->gid_count++ == 0)
			user->first_gid = (uint32_t)image->gids.count;
		UP_TRY(append(&image->gids, &links[i].gid, sizeof(uint32_t)));
	}
	return UP_OK;
}

/* A section's elements, and the zeros up to the next multiple of 8. */
static enum up_err place_section(struct snapshot_image *image, enum up_section which,
				 struct growing *array, size_t count, uint64_t *offset)
{
	const size_t element = up_section_element[which];
	const size_t size = count * element, padded = (size + 7) & ~(size_t)7;

	UP_TRY(grow(array, element, count - array->count + 8 / element + 1));
	memset((char *)array->data + size, 0, padded - size);
	image->head.section[which] = (struct up_section_place){ *offset, count };
	image->piece[which + 1] = (struct iovec){ array->data, padded };
	*offset += padded;
	return UP_OK;
}

/* A table of nothing still needs a free place. */
static enum up_err place_table(struct snapshot_image *image, enum up_section which,
			       struct growing *table, uint64_t *offset)
{
	UP_TRY(table_grow(table));
	image->head.section[which] = (struct up_section_place){ *offset, table->room };
	image->piece[which + 1] =
		(struct iovec){ table->data, table->room * sizeof(struct up_table_place) };
	*offset += table->room * sizeof(struct up_table_place);
	return UP_OK;
}

static uint64_t data_sum(const struct snapshot_image *image)
{
	uint64_t sums[UP_SECTIONS];

	for (int i = 0; i < UP_SECTIONS; i++)
		sums[i] = up_siphash(image->head.key, image->piece[i + 1].iov_base,
				     image->piece[i + 1].iov_len);
	return up_siphash(image->head.key, sums, sizeof(sums));
}

enum up_err image_finish(struct snapshot_image *image, uint64_t generation, uint64_t of_base)
{
	struct up_snapshot_header *head = &image->head;
	uint64_t offset = sizeof(*head);

	UP_TRY(lay_out_members(image));
	UP_TRY(lay_out_gids(image));
	UP_TRY(place_section(image, UP_SECTION_USERS, &image->users, image->users.count, &offset));
	UP_TRY(place_section(image, UP_SECTION_GROUPS, &image->groups, image->groups.count,
			     &offset));
	UP_TRY(place_section(image, UP_SECTION_MEMBERS, &image->members, image->members.count,
			     &offset));
	UP_TRY(place_section(image, UP_SECTION_GIDS, &image->gids, image->gids.count, &offset));
	UP_TRY(place_table(image, UP_SECTION_BY_NAME, &image->by_name, &offset));
	UP_TRY(place_table(image, UP_SECTION_BY_UID, &image->by_uid, &offset));
	UP_TRY(place_table(image, UP_SECTION_BY_GROUP, &image->by_group, &offset));
	UP_TRY(place_table(image, UP_SECTION_BY_GID, &image->by_gid, &offset));
	UP_TRY(place_section(image, UP_SECTION_STRINGS, &image->strings, image->strings.count,
			     &offset));
	head->magic = UP_SNAPSHOT_MAGIC;
	head->version = UP_SNAPSHOT_VERSION;
	head->byte_order = UP_SNAPSHOT_BYTE_ORDER;
	head->generation = generation;
	head->of_base = of_base;
	head->length = offset;
	head->is_complete = 1;
	head->data_sum = data_sum(image);
	head->header_sum = up_snapshot_header_sum(head);
	image->piece[0] = (struct iovec){ head, sizeof(*head) };
	return UP_OK;
}
