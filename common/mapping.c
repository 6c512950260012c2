/* SPDX-License-Identifier: MIT */
#include "common/mapping.h"

#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "common/ids.h"
#include "common/names.h"

#define LENGTH_MAX ((uint64_t)1 << 34)

static bool is_power_of_two(uint64_t n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

static bool sections_are_inside(const struct up_snapshot_header *head)
{
	for (int i = 0; i < UP_SECTIONS; i++) {
		const struct up_section_place *place = &head->section[i];

		if (place->offset % 8 != 0 || place->offset < sizeof(*head) ||
		    place->offset > head->length || place->count > UINT32_MAX ||
		    place->count > (head->length - place->offset) / up_section_element[i])
			return false;
	}
	return true;
}

static bool tables_are_tables(const struct up_snapshot_header *head)
{
	return is_power_of_two(head->section[UP_SECTION_BY_NAME].count) &&
	       is_power_of_two(head->section[UP_SECTION_BY_UID].count) &&
	       is_power_of_two(head->section[UP_SECTION_BY_GROUP].count) &&
	       is_power_of_two(head->section[UP_SECTION_BY_GID].count);
}

static bool header_is_good(const struct up_snapshot_header *head, size_t size)
{
	return head->magic == UP_SNAPSHOT_MAGIC && head->version == UP_SNAPSHOT_VERSION &&
	       head->byte_order == UP_SNAPSHOT_BYTE_ORDER && head->length == size &&
	       head->is_complete <= 1 && head->header_sum == up_snapshot_header_sum(head) &&
	       sections_are_inside(head) && tables_are_tables(head) &&
	       head->section[UP_SECTION_STRINGS].count > 0;
}

/* Written by root, or by who owns the directory it stands in, and by nobody else. */
static bool is_trusted(int fd, const char *path, struct stat *ret)
{
	char directory[PATH_MAX];
	const char *slash = strrchr(path, '/');
	struct stat st, parent;

	if (slash == NULL || slash == path || (size_t)(slash - path) >= sizeof(directory))
		return false;
	memcpy(directory, path, (size_t)(slash - path));
	directory[slash - path] = '\0';
	if (fstat(fd, &st) < 0 || stat(directory, &parent) < 0)
		return false;
	if (!S_ISREG(st.st_mode) || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0 ||
	    (st.st_uid != 0 && st.st_uid != parent.st_uid) ||
	    (parent.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return false;
	*ret = st;
	return true;
}

static const void *section(const struct up_mapping *mapping, const struct up_snapshot_header *head,
			   enum up_section which)
{
	return mapping->bytes + head->section[which].offset;
}

static struct up_table table(const struct up_mapping *mapping,
			     const struct up_snapshot_header *head, enum up_section which)
{
	return (struct up_table){ section(mapping, head, which), head->section[which].count - 1 };
}

/* The header is good. */
static void fill(struct up_mapping *m, const struct up_snapshot_header *head)
{
	m->generation = head->generation;
	m->of_base = head->of_base;
	m->is_complete = head->is_complete != 0;
	m->has_void_groups = head->void_groups != 0;
	memcpy(m->key, head->key, sizeof(m->key));
	m->users = section(m, head, UP_SECTION_USERS);
	m->groups = section(m, head, UP_SECTION_GROUPS);
	m->members = section(m, head, UP_SECTION_MEMBERS);
	m->gids = section(m, head, UP_SECTION_GIDS);
	m->strings = section(m, head, UP_SECTION_STRINGS);
	m->user_count = head->section[UP_SECTION_USERS].count;
	m->group_count = head->section[UP_SECTION_GROUPS].count;
	m->member_count = head->section[UP_SECTION_MEMBERS].count;
	m->gid_count = head->section[UP_SECTION_GIDS].count;
	m->strings_size = head->section[UP_SECTION_STRINGS].count;
	m->by_name = table(m, head, UP_SECTION_BY_NAME);
	m->by_uid = table(m, head, UP_SECTION_BY_UID);
	m->by_group = table(m, head, UP_SECTION_BY_GROUP);
	m->by_gid = table(m, head, UP_SECTION_BY_GID);
}

bool up_mapping_open(int fd, const char *path, struct up_mapping *ret)
{
	struct up_snapshot_header head;
	struct stat st;

	*ret = (struct up_mapping){ .bytes = NULL };
	if (!is_trusted(fd, path, &st) || st.st_size < (off_t)sizeof(head) ||
	    (uint64_t)st.st_size > LENGTH_MAX)
		return false;
	ret->size = (size_t)st.st_size;
	ret->device = st.st_dev;
	ret->inode = st.st_ino;
	void *bytes = mmap(NULL, ret->size, PROT_READ, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		return false;
	ret->bytes = bytes;
	memcpy(&head, bytes, sizeof(head));
	if (header_is_good(&head, ret->size)) {
		fill(ret, &head);
		/* A text that starts inside the section ends inside. */
		if (ret->strings[0] == '\0' && ret->strings[ret->strings_size - 1] == '\0')
			return true;
	}
	up_mapping_close(ret);
	return false;
}

void up_mapping_close(struct up_mapping *mapping)
{
	if (mapping->bytes != NULL)
		(void)munmap((void *)(uintptr_t)mapping->bytes, mapping->size);
	*mapping = (struct up_mapping){ .bytes = NULL };
}

bool up_mapping_is_of(const struct up_mapping *mapping, int fd)
{
	struct stat st;

	return mapping->bytes != NULL && fstat(fd, &st) == 0 && mapping->device == st.st_dev &&
	       mapping->inode == st.st_ino;
}

bool up_mapping_is_retired(const struct up_mapping *mapping)
{
	struct up_snapshot_header *head =
		(struct up_snapshot_header *)(uintptr_t)(const void *)mapping->bytes;

	return head != NULL && atomic_load_explicit(&head->retired, memory_order_acquire) != 0;
}

/* A key's way through a table. */
struct probe {
	const struct up_table *table;
	uint64_t records; /* an index from here on is damage */
	uint32_t hash;
	uint64_t steps;
};

/* FOUND: a record whose hash is the key's, its index in *ret.  ABSENT: a free place, the end; a
 * table without any is damaged, so no probe goes round twice. */
static inline enum up_found next(struct probe *probe, uint32_t *ret)
{
	const struct up_table *table = probe->table;

	while (probe->steps <= table->mask) {
		const struct up_table_place *place =
			&table->places[(probe->hash + probe->steps) & table->mask];

		probe->steps++;
		if (place->record == 0)
			return UP_ABSENT;
		if (place->hash != probe->hash)
			continue;
		if (place->record > probe->records)
			return UP_UNKNOWN;
		*ret = place->record - 1;
		return UP_FOUND;
	}
	return UP_UNKNOWN;
}

static inline bool is_text(const struct up_mapping *mapping, uint32_t offset, const char *text)
{
	return offset < mapping->strings_size && strcmp(mapping->strings + offset, text) == 0;
}

enum up_found up_mapping_user_by_name(const struct up_mapping *m, const char *name, uint32_t *ret)
{
	struct probe probe = { &m->by_name, m->user_count, up_snapshot_hash_name(m->key, name), 0 };
	enum up_found found;

	do
		found = next(&probe, ret);
	while (found == UP_FOUND && !is_text(m, m->users[*ret].text, name));
	return found;
}

enum up_found up_mapping_user_by_uid(const struct up_mapping *m, uint32_t uid, uint32_t *ret)
{
	struct probe probe = { &m->by_uid, m->user_count, up_snapshot_hash_id(m->key, uid), 0 };
	enum up_found found;

	do
		found = next(&probe, ret);
	while (found == UP_FOUND && m->users[*ret].uid != uid);
	return found;
}

enum up_found up_mapping_group_by_name(const struct up_mapping *m, const char *name, uint32_t *ret)
{
	struct probe probe = { &m->by_group, m->group_count, up_snapshot_hash_name(m->key, name),
			       0 };
	enum up_found found;

	do
		found = next(&probe, ret);
	while (found == UP_FOUND && !is_text(m, m->groups[*ret].name, name));
	return found;
}

enum up_found up_mapping_group_by_gid(const struct up_mapping *m, uint32_t gid, uint32_t *ret)
{
	struct probe probe = { &m->by_gid, m->group_count, up_snapshot_hash_id(m->key, gid), 0 };
	enum up_found found;

	do
		found = next(&probe, ret);
	while (found == UP_FOUND && m->groups[*ret].gid != gid);
	return found;
}

static bool is_inside(uint64_t all, uint32_t first, uint32_t count)
{
	return count <= UP_SNAPSHOT_MEMBERS_MAX && first <= all && count <= all - first;
}

/* The texts of a user stand one behind the other inside of theirs, and each ends where it should.
 */
static bool has_texts(const struct up_mapping *m, const struct up_user_record *user)
{
	if (user->text >= m->strings_size || user->size > m->strings_size - user->text ||
	    user->gecos < 4 || user->gecos >= user->home || user->home >= user->shell ||
	    user->shell >= user->size)
		return false;
	const char *text = m->strings + user->text;
	return text[user->gecos - 3] == '\0' && text[user->gecos - 1] == '\0' &&
	       text[user->home - 1] == '\0' && text[user->shell - 1] == '\0' &&
	       text[user->size - 1] == '\0';
}

enum up_found up_mapping_check_user(const struct up_mapping *m, const struct up_user_record *user)
{
	if (user->size == 0)
		return UP_ABSENT;
	if (!has_texts(m, user) || !is_inside(m->gid_count, user->first_gid, user->gid_count))
		return UP_UNKNOWN;
	return up_login_name_is_valid(m->strings + user->text) && up_id_is_admissible(user->uid) &&
			       up_id_is_admissible(user->gid)
		       ? UP_FOUND
		       : UP_UNKNOWN;
}

enum up_found up_mapping_check_group(const struct up_mapping *m,
				     const struct up_group_record *group)
{
	if (group->name >= m->strings_size ||
	    !is_inside(m->member_count, group->first_member, group->member_count))
		return UP_UNKNOWN;
	if (m->strings[group->name] == '\0')
		return UP_ABSENT;
	return up_login_name_is_valid(m->strings + group->name) && up_id_is_admissible(group->gid)
		       ? UP_FOUND
		       : UP_UNKNOWN;
}
