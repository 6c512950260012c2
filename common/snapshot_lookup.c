/* SPDX-License-Identifier: MIT */
/* Looking things up in a mapping: every index is compared before it is used. */
#include <string.h>

#include "common/ids.h"
#include "common/names.h"
#include "common/snapshot.h"

static const void *section(const struct up_snapshot *snapshot, enum up_section which)
{
	return snapshot->base + snapshot->head.section[which].offset;
}

static uint64_t count_of(const struct up_snapshot *snapshot, enum up_section which)
{
	return snapshot->head.section[which].count;
}

/* The last byte of the section is 0, so a string that starts inside ends inside. */
static const char *string_at(const struct up_snapshot *snapshot, uint32_t offset)
{
	if (offset >= count_of(snapshot, UP_SECTION_STRINGS))
		return NULL;
	return (const char *)section(snapshot, UP_SECTION_STRINGS) + offset;
}

static bool is_inside(const struct up_snapshot *snapshot, enum up_section which, uint32_t first,
		      uint32_t count)
{
	const uint64_t all = count_of(snapshot, which);

	return count <= UP_SNAPSHOT_MEMBERS_MAX && first <= all && count <= all - first;
}

static enum up_found absent(const struct up_snapshot *snapshot)
{
	return snapshot->head.is_complete != 0 ? UP_ABSENT : UP_UNKNOWN;
}

static enum up_found read_user(const struct up_snapshot *snapshot, uint32_t index,
			       struct up_snapshot_user *ret)
{
	const struct up_user_record *record =
		(const struct up_user_record *)section(snapshot, UP_SECTION_USERS) + index;
	const struct up_snapshot_user user = {
		.uid = record->uid,
		.gid = record->gid,
		.name = string_at(snapshot, record->name),
		.gecos = string_at(snapshot, record->gecos),
		.home = string_at(snapshot, record->home),
		.shell = string_at(snapshot, record->shell),
		.gids = (const uint32_t *)section(snapshot, UP_SECTION_GIDS) + record->first_gid,
		.gid_count = record->gid_count,
	};

	if (user.name == NULL || user.gecos == NULL || user.home == NULL || user.shell == NULL ||
	    !is_inside(snapshot, UP_SECTION_GIDS, record->first_gid, record->gid_count) ||
	    !up_login_name_is_valid(user.name) || !up_id_is_admissible(user.uid) ||
	    !up_id_is_admissible(user.gid))
		return UP_UNKNOWN;
	*ret = user;
	return UP_FOUND;
}

static enum up_found read_group(const struct up_snapshot *snapshot, uint32_t index,
				struct up_snapshot_group *ret)
{
	const struct up_group_record *record =
		(const struct up_group_record *)section(snapshot, UP_SECTION_GROUPS) + index;
	const struct up_snapshot_group group = {
		.gid = record->gid,
		.name = string_at(snapshot, record->name),
		.members = (const uint32_t *)section(snapshot, UP_SECTION_MEMBERS) +
			   record->first_member,
		.member_count = record->member_count,
	};

	if (group.name == NULL ||
	    !is_inside(snapshot, UP_SECTION_MEMBERS, record->first_member, record->member_count) ||
	    !up_login_name_is_valid(group.name) || !up_id_is_admissible(group.gid))
		return UP_UNKNOWN;
	*ret = group;
	return UP_FOUND;
}

/* Walks a table from where a key belongs; the places are compared by the caller. */
struct probe {
	const uint32_t *places;
	uint64_t mask, at;
	uint64_t records; /* an index from here on is damage */
};

static struct probe probe_start(const struct up_snapshot *snapshot, enum up_section table,
				enum up_section records, uint64_t hash)
{
	return (struct probe){ .places = section(snapshot, table),
			       .mask = count_of(snapshot, table) - 1,
			       .at = hash,
			       .records = count_of(snapshot, records) };
}

/* FOUND: a record to compare, its index in *ret.  ABSENT: a free place, the end. */
static enum up_found probe_next(struct probe *probe, uint32_t *ret)
{
	const uint32_t place = probe->places[probe->at & probe->mask];

	probe->at++;
	if (place == 0)
		return UP_ABSENT;
	if (place > probe->records)
		return UP_UNKNOWN;
	*ret = place - 1;
	return UP_FOUND;
}

enum up_found up_snapshot_user_by_name(const struct up_snapshot *snapshot, const char *name,
				       struct up_snapshot_user *ret)
{
	struct probe probe = probe_start(snapshot, UP_SECTION_BY_NAME, UP_SECTION_USERS,
					 up_snapshot_hash_name(snapshot->head.key, name));
	uint32_t index = 0;

	for (uint64_t i = 0; i <= probe.mask; i++) {
		enum up_found found = probe_next(&probe, &index);

		if (found == UP_FOUND)
			found = read_user(snapshot, index, ret);
		if (found == UP_FOUND && strcmp(ret->name, name) == 0)
			return UP_FOUND;
		if (found != UP_FOUND)
			return found == UP_ABSENT ? absent(snapshot) : UP_UNKNOWN;
	}
	return UP_UNKNOWN;
}

enum up_found up_snapshot_user_by_uid(const struct up_snapshot *snapshot, uint32_t uid,
				      struct up_snapshot_user *ret)
{
	struct probe probe = probe_start(snapshot, UP_SECTION_BY_UID, UP_SECTION_USERS,
					 up_snapshot_hash_id(snapshot->head.key, uid));
	uint32_t index = 0;

	for (uint64_t i = 0; i <= probe.mask; i++) {
		enum up_found found = probe_next(&probe, &index);

		if (found == UP_FOUND)
			found = read_user(snapshot, index, ret);
		if (found == UP_FOUND && ret->uid == uid)
			return UP_FOUND;
		if (found != UP_FOUND)
			return found == UP_ABSENT ? absent(snapshot) : UP_UNKNOWN;
	}
	return UP_UNKNOWN;
}

enum up_found up_snapshot_group_by_name(const struct up_snapshot *snapshot, const char *name,
					struct up_snapshot_group *ret)
{
	struct probe probe = probe_start(snapshot, UP_SECTION_BY_GROUP, UP_SECTION_GROUPS,
					 up_snapshot_hash_name(snapshot->head.key, name));
	uint32_t index = 0;

	for (uint64_t i = 0; i <= probe.mask; i++) {
		enum up_found found = probe_next(&probe, &index);

		if (found == UP_FOUND)
			found = read_group(snapshot, index, ret);
		if (found == UP_FOUND && strcmp(ret->name, name) == 0)
			return UP_FOUND;
		if (found != UP_FOUND)
			return found == UP_ABSENT ? absent(snapshot) : UP_UNKNOWN;
	}
	return UP_UNKNOWN;
}

enum up_found up_snapshot_group_by_gid(const struct up_snapshot *snapshot, uint32_t gid,
				       struct up_snapshot_group *ret)
{
	struct probe probe = probe_start(snapshot, UP_SECTION_BY_GID, UP_SECTION_GROUPS,
					 up_snapshot_hash_id(snapshot->head.key, gid));
	uint32_t index = 0;

	for (uint64_t i = 0; i <= probe.mask; i++) {
		enum up_found found = probe_next(&probe, &index);

		if (found == UP_FOUND)
			found = read_group(snapshot, index, ret);
		if (found == UP_FOUND && ret->gid == gid)
			return UP_FOUND;
		if (found != UP_FOUND)
			return found == UP_ABSENT ? absent(snapshot) : UP_UNKNOWN;
	}
	return UP_UNKNOWN;
}

enum up_found up_snapshot_user_at(const struct up_snapshot *snapshot, uint32_t index,
				  struct up_snapshot_user *ret)
{
	if (index >= count_of(snapshot, UP_SECTION_USERS))
		return UP_ABSENT;
	return read_user(snapshot, index, ret);
}

enum up_found up_snapshot_group_at(const struct up_snapshot *snapshot, uint32_t index,
				   struct up_snapshot_group *ret)
{
	if (index >= count_of(snapshot, UP_SECTION_GROUPS))
		return UP_ABSENT;
	return read_group(snapshot, index, ret);
}

const char *up_snapshot_member(const struct up_snapshot *snapshot,
			       const struct up_snapshot_group *group, uint32_t i)
{
	struct up_snapshot_user user;

	if (i >= group->member_count ||
	    up_snapshot_user_at(snapshot, group->members[i], &user) != UP_FOUND)
		return NULL;
	return user.name;
}
