/* SPDX-License-Identifier: MIT */
#include "tests/common/inspect.h"

#include <string.h>

#include "common/ids.h"
#include "common/names.h"
#include "tests/lib/prop.h"

#define ASKED_MAX 200 /* records, so that a large count costs no more */

static bool lies_in(const struct up_mapping *m, const void *at, uint64_t len)
{
	const uintptr_t base = (uintptr_t)m->bytes, place = (uintptr_t)at;

	return m->bytes != NULL && place >= base && place - base <= m->size &&
	       len <= m->size - (place - base);
}

/* Whether `len` bytes at `at` are inside of one of the two files. */
static bool is_inside(const struct up_snapshot *snapshot, const void *at, uint64_t len)
{
	return lies_in(&snapshot->base->mapping, at, len) || lies_in(&snapshot->delta, at, len);
}

static bool is_string(const struct up_snapshot *snapshot, const char *text)
{
	const struct up_mapping *m =
		lies_in(&snapshot->delta, text, 1) ? &snapshot->delta : &snapshot->base->mapping;

	return lies_in(m, text, 1) &&
	       memchr(text, '\0', (size_t)(m->bytes + m->size - (const uint8_t *)text)) != NULL;
}

static const char *text_at(const struct up_mapping *m, uint32_t offset)
{
	return offset < m->strings_size ? m->strings + offset : "";
}

/* Without the tables: a user that was found must be one of the records. */
static bool has_user(const struct up_mapping *m, const struct up_snapshot_user *user)
{
	for (uint64_t i = 0; m->bytes != NULL && i < m->user_count; i++)
		if (m->users[i].uid == user->uid && m->users[i].gid == user->gid &&
		    strcmp(text_at(m, m->users[i].text), user->text) == 0)
			return true;
	return false;
}

static void inspect_user(const struct up_snapshot *snapshot, const struct up_snapshot_user *user)
{
	PROP(is_inside(snapshot, user->text, user->size));
	PROP(up_login_name_is_valid(user->text));
	PROP(user->gecos < user->home && user->home < user->shell && user->shell < user->size);
	PROP(user->text[user->size - 1] == '\0' && user->text[user->gecos - 1] == '\0');
	PROP(is_inside(snapshot, user->gids, user->gid_count * sizeof(*user->gids)));
	PROP(up_id_is_admissible(user->uid) && up_id_is_admissible(user->gid));
	PROP(has_user(&snapshot->delta, user) || has_user(&snapshot->base->mapping, user));
	for (uint32_t i = 0; i < user->gid_count && i < ASKED_MAX; i++) {
		uint32_t gid;

		if (up_snapshot_gid(snapshot, user, i, &gid) == UP_FOUND)
			PROP(gid == user->gids[i]);
	}
}

static bool has_group(const struct up_mapping *m, const struct up_snapshot_group *group)
{
	for (uint64_t i = 0; m->bytes != NULL && i < m->group_count; i++)
		if (m->groups[i].gid == group->gid &&
		    strcmp(text_at(m, m->groups[i].name), group->name) == 0)
			return true;
	return false;
}

static void inspect_group(const struct up_snapshot *snapshot, const struct up_snapshot_group *group)
{
	const uint64_t most = up_snapshot_members_most(group);

	PROP(is_string(snapshot, group->name) && up_login_name_is_valid(group->name));
	PROP(group->member_count == 0 ||
	     is_inside(snapshot, group->members, group->member_count * sizeof(*group->members)));
	PROP(group->more_count == 0 ||
	     is_inside(snapshot, group->more, group->more_count * sizeof(*group->more)));
	PROP(up_id_is_admissible(group->gid));
	PROP(has_group(&snapshot->delta, group) || has_group(&snapshot->base->mapping, group));
	for (uint64_t i = 0; i < most && i < ASKED_MAX; i++) {
		const char *member = NULL;

		if (up_snapshot_member(snapshot, group, i, &member) == UP_FOUND)
			PROP(is_string(snapshot, member));
	}
}

static void ask_name(const struct up_snapshot *snapshot, const char *name)
{
	struct up_snapshot_user user;
	struct up_snapshot_group group;

	if (up_snapshot_user_by_name(snapshot, name, &user) == UP_FOUND) {
		PROP(strcmp(user.text, name) == 0);
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
	uint64_t cursor = 0;

	for (int i = 0; i < ASKED_MAX; i++, cursor++) {
		if (up_snapshot_user_next(snapshot, &cursor, &user) != UP_FOUND)
			break;
		inspect_user(snapshot, &user);
	}
	cursor = 0;
	for (int i = 0; i < ASKED_MAX; i++, cursor++) {
		if (up_snapshot_group_next(snapshot, &cursor, &group) != UP_FOUND)
			break;
		inspect_group(snapshot, &group);
	}
	cursor = UINT32_MAX + (uint64_t)1;
	PROP(up_snapshot_user_next(snapshot, &cursor, &user) != UP_FOUND);
	PROP(up_snapshot_group_next(snapshot, &cursor, &group) != UP_FOUND);
}

static void ask_for_all_of(const struct up_snapshot *snapshot, const struct up_mapping *m)
{
	if (m->bytes == NULL)
		return;
	for (uint64_t i = 0; i < m->user_count && i < ASKED_MAX; i++) {
		ask_name(snapshot, text_at(m, m->users[i].text));
		ask_id(snapshot, m->users[i].uid);
	}
	for (uint64_t i = 0; i < m->group_count && i < ASKED_MAX; i++) {
		ask_name(snapshot, text_at(m, m->groups[i].name));
		ask_id(snapshot, m->groups[i].gid);
	}
}

void inspect_snapshot(const struct up_snapshot *snapshot)
{
	ask_for_all_of(snapshot, &snapshot->base->mapping);
	ask_for_all_of(snapshot, &snapshot->delta);
	ask_name(snapshot, "");
	ask_name(snapshot, "nobody-of-that-name");
	ask_id(snapshot, 0);
	ask_id(snapshot, UINT32_MAX);
	ask_in_order(snapshot);
}
