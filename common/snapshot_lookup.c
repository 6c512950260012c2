/* SPDX-License-Identifier: MIT */
/*
 * Base and delta as one.  The delta's word is the last one about every id that it has:
 * a user of the base counts only where the delta says nothing of that uid, and the
 * members of a group are the base's users that count and the delta's own.
 */
#include "common/snapshot.h"

/* What it means that neither file has it. */
static enum up_found absent(const struct up_snapshot *snapshot)
{
	return snapshot->is_complete ? UP_ABSENT : UP_UNKNOWN;
}

static enum up_found read_user(const struct up_mapping *m, uint32_t index,
			       struct up_snapshot_user *ret)
{
	const struct up_user_record *user = &m->users[index];
	enum up_found found = up_mapping_check_user(m, user);

	if (found == UP_FOUND)
		*ret = (struct up_snapshot_user){
			.uid = user->uid,
			.gid = user->gid,
			.text = m->strings + user->text,
			.gecos = user->gecos,
			.home = user->home,
			.shell = user->shell,
			.size = user->size,
			.gids = m->gids + user->first_gid,
			.gid_count = user->gid_count,
			.is_of_base = m->of_base == 0,
		};
	return found;
}

/* Whether the delta has a word on this uid. */
static enum up_found has_user(const struct up_snapshot *snapshot, uint32_t uid)
{
	uint32_t index;

	return snapshot->is_changed ? up_mapping_user_by_uid(&snapshot->delta, uid, &index)
				    : UP_ABSENT;
}

static enum up_found has_group(const struct up_snapshot *snapshot, uint32_t gid, uint32_t *index)
{
	return snapshot->is_changed ? up_mapping_group_by_gid(&snapshot->delta, gid, index)
				    : UP_ABSENT;
}

/* What was found in the base, by what the delta says of its id: FOUND if nothing. */
static enum up_found base_counts(const struct up_snapshot *snapshot, enum up_found in_delta)
{
	if (in_delta == UP_ABSENT)
		return UP_FOUND;
	return in_delta == UP_FOUND ? absent(snapshot) : UP_UNKNOWN;
}

enum up_found up_snapshot_user_by_name(const struct up_snapshot *snapshot, const char *name,
				       struct up_snapshot_user *ret)
{
	const struct up_mapping *base = &snapshot->base->mapping;
	uint32_t index;
	enum up_found found;

	if (snapshot->is_changed) {
		found = up_mapping_user_by_name(&snapshot->delta, name, &index);
		if (found != UP_ABSENT)
			return found == UP_FOUND ? read_user(&snapshot->delta, index, ret) : found;
	}
	found = up_mapping_user_by_name(base, name, &index);
	if (found == UP_FOUND)
		found = read_user(base, index, ret);
	if (found == UP_FOUND)
		return base_counts(snapshot, has_user(snapshot, ret->uid));
	return found == UP_ABSENT ? absent(snapshot) : UP_UNKNOWN;
}

enum up_found up_snapshot_user_by_uid(const struct up_snapshot *snapshot, uint32_t uid,
				      struct up_snapshot_user *ret)
{
	const struct up_mapping *files[] = { &snapshot->delta, &snapshot->base->mapping };
	uint32_t index;

	for (size_t i = snapshot->is_changed ? 0 : 1; i < UP_COUNT(files); i++) {
		enum up_found found = up_mapping_user_by_uid(files[i], uid, &index);

		if (found == UP_ABSENT)
			continue;
		if (found == UP_FOUND)
			found = read_user(files[i], index, ret);
		return found == UP_ABSENT ? absent(snapshot) : found;
	}
	return absent(snapshot);
}

/* The base's part of a group that is in both. */
static enum up_found add_base(const struct up_snapshot *snapshot, struct up_snapshot_group *group)
{
	const struct up_mapping *base = &snapshot->base->mapping;
	uint32_t index;
	enum up_found found = up_mapping_group_by_gid(base, group->gid, &index);

	if (found == UP_ABSENT)
		return UP_FOUND;
	if (found == UP_FOUND)
		found = up_mapping_check_group(base, &base->groups[index]);
	if (found != UP_FOUND)
		return UP_UNKNOWN;
	group->members = base->members + base->groups[index].first_member;
	group->member_count = base->groups[index].member_count;
	return UP_FOUND;
}

static enum up_found read_changed_group(const struct up_snapshot *snapshot, uint32_t index,
					struct up_snapshot_group *ret)
{
	const struct up_mapping *delta = &snapshot->delta;
	const struct up_group_record *group = &delta->groups[index];
	enum up_found found = up_mapping_check_group(delta, group);

	if (found != UP_FOUND)
		return found == UP_ABSENT ? absent(snapshot) : UP_UNKNOWN;
	*ret = (struct up_snapshot_group){ .gid = group->gid,
					   .name = delta->strings + group->name,
					   .more = delta->members + group->first_member,
					   .more_count = group->member_count };
	return group->is_new != 0 ? UP_FOUND : add_base(snapshot, ret);
}

static enum up_found read_group(const struct up_snapshot *snapshot, uint32_t index,
				struct up_snapshot_group *ret)
{
	const struct up_mapping *base = &snapshot->base->mapping;
	const struct up_group_record *group = &base->groups[index];
	uint32_t other;

	if (up_mapping_check_group(base, group) != UP_FOUND)
		return UP_UNKNOWN;
	*ret = (struct up_snapshot_group){ .gid = group->gid,
					   .name = base->strings + group->name,
					   .members = base->members + group->first_member,
					   .member_count = group->member_count };
	/* Where the delta has it, it has another name now, or is no more. */
	return base_counts(snapshot, has_group(snapshot, group->gid, &other));
}

enum up_found up_snapshot_group_by_name(const struct up_snapshot *snapshot, const char *name,
					struct up_snapshot_group *ret)
{
	uint32_t index;
	enum up_found found;

	if (snapshot->is_changed) {
		found = up_mapping_group_by_name(&snapshot->delta, name, &index);
		if (found != UP_ABSENT)
			return found == UP_FOUND ? read_changed_group(snapshot, index, ret) : found;
	}
	found = up_mapping_group_by_name(&snapshot->base->mapping, name, &index);
	if (found == UP_FOUND)
		return read_group(snapshot, index, ret);
	return found == UP_ABSENT ? absent(snapshot) : UP_UNKNOWN;
}

enum up_found up_snapshot_group_by_gid(const struct up_snapshot *snapshot, uint32_t gid,
				       struct up_snapshot_group *ret)
{
	uint32_t index;
	enum up_found found;

	if (snapshot->is_changed) {
		found = up_mapping_group_by_gid(&snapshot->delta, gid, &index);
		if (found != UP_ABSENT)
			return found == UP_FOUND ? read_changed_group(snapshot, index, ret) : found;
	}
	found = up_mapping_group_by_gid(&snapshot->base->mapping, gid, &index);
	if (found == UP_FOUND)
		return read_group(snapshot, index, ret);
	return found == UP_ABSENT ? absent(snapshot) : UP_UNKNOWN;
}

/* A record of the base is there where the delta has none of its id. */
static enum up_found opposite(enum up_found in_delta)
{
	if (in_delta == UP_UNKNOWN)
		return UP_UNKNOWN;
	return in_delta == UP_FOUND ? UP_ABSENT : UP_FOUND;
}

/* ABSENT: the record at `cursor` is to be passed over. */
static enum up_found user_at(const struct up_snapshot *snapshot, uint64_t cursor,
			     struct up_snapshot_user *ret)
{
	const struct up_mapping *base = &snapshot->base->mapping;

	if (cursor >= base->user_count)
		return read_user(&snapshot->delta, (uint32_t)(cursor - base->user_count), ret);
	enum up_found found = read_user(base, (uint32_t)cursor, ret);
	return found == UP_FOUND ? opposite(has_user(snapshot, ret->uid)) : UP_UNKNOWN;
}

enum up_found up_snapshot_user_next(const struct up_snapshot *snapshot, uint64_t *cursor,
				    struct up_snapshot_user *ret)
{
	const uint64_t end = snapshot->base->mapping.user_count +
			     (snapshot->is_changed ? snapshot->delta.user_count : 0);

	for (; *cursor < end; ++*cursor) {
		enum up_found found = user_at(snapshot, *cursor, ret);

		if (found != UP_ABSENT)
			return found;
	}
	return absent(snapshot);
}

static enum up_found group_at(const struct up_snapshot *snapshot, uint64_t cursor,
			      struct up_snapshot_group *ret)
{
	const struct up_mapping *base = &snapshot->base->mapping, *delta = &snapshot->delta;
	uint32_t index;

	if (cursor < base->group_count) {
		enum up_found counts =
			opposite(has_group(snapshot, base->groups[cursor].gid, &index));

		return counts == UP_FOUND ? read_group(snapshot, (uint32_t)cursor, ret) : counts;
	}
	index = (uint32_t)(cursor - base->group_count);
	if (up_mapping_check_group(delta, &delta->groups[index]) == UP_ABSENT)
		return UP_ABSENT;
	return read_changed_group(snapshot, index, ret);
}

enum up_found up_snapshot_group_next(const struct up_snapshot *snapshot, uint64_t *cursor,
				     struct up_snapshot_group *ret)
{
	const uint64_t end = snapshot->base->mapping.group_count +
			     (snapshot->is_changed ? snapshot->delta.group_count : 0);

	for (; *cursor < end; ++*cursor) {
		enum up_found found = group_at(snapshot, *cursor, ret);

		if (found != UP_ABSENT)
			return found;
	}
	return absent(snapshot);
}

uint64_t up_snapshot_members_most(const struct up_snapshot_group *group)
{
	return (uint64_t)group->member_count + group->more_count;
}

enum up_found up_snapshot_member(const struct up_snapshot *snapshot,
				 const struct up_snapshot_group *group, uint64_t i,
				 const char **ret)
{
	const bool is_of_base = i < group->member_count;
	const struct up_mapping *m = is_of_base ? &snapshot->base->mapping : &snapshot->delta;
	const uint32_t index =
		is_of_base ? group->members[i] : group->more[i - group->member_count];
	struct up_snapshot_user user;

	if (index >= m->user_count || read_user(m, index, &user) != UP_FOUND)
		return UP_UNKNOWN;
	*ret = user.text;
	return is_of_base ? opposite(has_user(snapshot, user.uid)) : UP_FOUND;
}

enum up_found up_snapshot_gid(const struct up_snapshot *snapshot,
			      const struct up_snapshot_user *user, uint32_t i, uint32_t *ret)
{
	const struct up_mapping *delta = &snapshot->delta;
	uint32_t index;

	*ret = user->gids[i];
	if (!user->is_of_base || !delta->has_void_groups)
		return UP_FOUND;
	enum up_found found = has_group(snapshot, *ret, &index);
	if (found != UP_FOUND)
		return opposite(found);
	if (delta->groups[index].is_new != 0)
		return UP_ABSENT;
	return up_mapping_check_group(delta, &delta->groups[index]);
}
