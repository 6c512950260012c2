/* SPDX-License-Identifier: MIT */
#include "tests/common/inspect.h"

#include <string.h>

#include "common/ids.h"
#include "common/names.h"
#include "tests/lib/prop.h"

#define ASKED_MAX 200 /* records, so that a large count costs no more */

/* Whether `len` bytes at `at` are inside of the mapping. */
static bool is_inside(const struct up_snapshot *snapshot, const void *at, uint64_t len)
{
	const uintptr_t base = (uintptr_t)snapshot->base, place = (uintptr_t)at;

	return place >= base && place - base <= snapshot->size &&
	       len <= snapshot->size - (place - base);
}

static bool is_string(const struct up_snapshot *snapshot, const char *text)
{
	const uint8_t *end = snapshot->base + snapshot->size;

	return is_inside(snapshot, text, 1) &&
	       memchr(text, '\0', (size_t)(end - (const uint8_t *)text)) != NULL;
}

static const void *records(const struct up_snapshot *snapshot, enum up_section which,
			   uint64_t *count)
{
	*count = snapshot->head.section[which].count;
	return snapshot->base + snapshot->head.section[which].offset;
}

static const char *text_at(const struct up_snapshot *snapshot, uint32_t offset)
{
	uint64_t count;
	const char *strings = records(snapshot, UP_SECTION_STRINGS, &count);

	return offset < count ? strings + offset : "";
}

void inspect_user(const struct up_snapshot *snapshot, const struct up_snapshot_user *user)
{
	uint64_t count;
	const struct up_user_record *all = records(snapshot, UP_SECTION_USERS, &count);
	bool is_there = false;

	PROP(is_string(snapshot, user->name) && up_login_name_is_valid(user->name));
	PROP(is_string(snapshot, user->gecos));
	PROP(is_string(snapshot, user->home));
	PROP(is_string(snapshot, user->shell));
	PROP(is_inside(snapshot, user->gids, user->gid_count * sizeof(*user->gids)));
	PROP(up_id_is_admissible(user->uid) && up_id_is_admissible(user->gid));
	for (uint64_t i = 0; i < count && !is_there; i++)
		is_there = all[i].uid == user->uid && all[i].gid == user->gid &&
			   strcmp(text_at(snapshot, all[i].name), user->name) == 0;
	PROP(is_there);
}

void inspect_group(const struct up_snapshot *snapshot, const struct up_snapshot_group *group)
{
	uint64_t count;
	const struct up_group_record *all = records(snapshot, UP_SECTION_GROUPS, &count);
	bool is_there = false;

	PROP(is_string(snapshot, group->name) && up_login_name_is_valid(group->name));
	PROP(is_inside(snapshot, group->members, group->member_count * sizeof(*group->members)));
	PROP(up_id_is_admissible(group->gid));
	for (uint64_t i = 0; i < count && !is_there; i++)
		is_there = all[i].gid == group->gid &&
			   strcmp(text_at(snapshot, all[i].name), group->name) == 0;
	PROP(is_there);
	for (uint32_t i = 0; i < group->member_count && i < ASKED_MAX; i++) {
		const char *member = up_snapshot_member(snapshot, group, i);

		PROP(member == NULL || is_string(snapshot, member));
	}
	PROP(up_snapshot_member(snapshot, group, group->member_count) == NULL);
}

static void ask_name(const struct up_snapshot *snapshot, const char *name)
{
	struct up_snapshot_user user;
	struct up_snapshot_group group;

	if (up_snapshot_user_by_name(snapshot, name, &user) == UP_FOUND) {
		PROP(strcmp(user.name, name) == 0);
		inspect_user(snapshot, &user);
	}
	if (up_snapshot_group_by_name(snapshot, name, &group) == UP_FOUND) {
		PROP(strcmp(group.name, name) == 0);
		inspect_group(snapshot, &group);
	}
}

static void ask_id(const struct up_snapshot *snapshot, uint32_t id)
{
	struct up_snapshot_user user;
	struct up_snapshot_group group;

	if (up_snapshot_user_by_uid(snapshot, id, &user) == UP_FOUND) {
		PROP(user.uid == id);
		inspect_user(snapshot, &user);
	}
	if (up_snapshot_group_by_gid(snapshot, id, &group) == UP_FOUND) {
		PROP(group.gid == id);
		inspect_group(snapshot, &group);
	}
}

static void ask_in_order(const struct up_snapshot *snapshot)
{
	struct up_snapshot_user user;
	struct up_snapshot_group group;

	for (uint32_t i = 0; i < ASKED_MAX; i++) {
		if (up_snapshot_user_at(snapshot, i, &user) == UP_FOUND)
			inspect_user(snapshot, &user);
		if (up_snapshot_group_at(snapshot, i, &group) == UP_FOUND)
			inspect_group(snapshot, &group);
	}
	PROP(up_snapshot_user_at(snapshot, UINT32_MAX, &user) == UP_ABSENT);
	PROP(up_snapshot_group_at(snapshot, UINT32_MAX, &group) == UP_ABSENT);
}

void inspect_snapshot(const struct up_snapshot *snapshot)
{
	uint64_t users, groups;
	const struct up_user_record *user = records(snapshot, UP_SECTION_USERS, &users);
	const struct up_group_record *group = records(snapshot, UP_SECTION_GROUPS, &groups);

	for (uint64_t i = 0; i < users && i < ASKED_MAX; i++) {
		ask_name(snapshot, text_at(snapshot, user[i].name));
		ask_id(snapshot, user[i].uid);
	}
	for (uint64_t i = 0; i < groups && i < ASKED_MAX; i++) {
		ask_name(snapshot, text_at(snapshot, group[i].name));
		ask_id(snapshot, group[i].gid);
	}
	ask_name(snapshot, "");
	ask_name(snapshot, "nobody-of-that-name");
	ask_id(snapshot, 0);
	ask_id(snapshot, UINT32_MAX);
	ask_in_order(snapshot);
}
