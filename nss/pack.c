/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "nss/internal.h"

/* No password ever matches it, and no tool looks for a shadow entry. */
static const char no_password[] = "*";

/* The room that is left in the caller's buffer. */
struct room {
	char *at;
	size_t left;
};

static char *put(struct room *room, const char *text)
{
	const size_t size = strlen(text) + 1;

	if (size > room->left)
		return NULL;
	char *copy = memcpy(room->at, text, size);
	room->at += size;
	room->left -= size;
	return copy;
}

static char **put_pointers(struct room *room, size_t count)
{
	const size_t odd = (uintptr_t)room->at % _Alignof(char *);
	const size_t skip = odd == 0 ? 0 : _Alignof(char *) - odd;

	if (skip > room->left || count > (room->left - skip) / sizeof(char *))
		return NULL;
	char **pointers = (char **)(void *)(room->at + skip);
	room->at += skip + count * sizeof(char *);
	room->left -= skip + count * sizeof(char *);
	return pointers;
}

static enum nss_status too_small(int *errnop)
{
	*errnop = ERANGE;
	return NSS_STATUS_TRYAGAIN;
}

/* The texts of a record are one piece, "*" for the password behind the name. */
enum nss_status nss_pack_user(const struct up_snapshot_user *user, struct passwd *ret, char *buffer,
			      size_t size, int *errnop)
{
	if (user->size > size)
		return too_small(errnop);
	memcpy(buffer, user->text, user->size);
	*ret = (struct passwd){
		.pw_name = buffer,
		.pw_passwd = buffer + user->gecos - sizeof(no_password),
		.pw_uid = user->uid,
		.pw_gid = user->gid,
		.pw_gecos = buffer + user->gecos,
		.pw_dir = buffer + user->home,
		.pw_shell = buffer + user->shell,
	};
	return NSS_STATUS_SUCCESS;
}

/* How many members there are; UNKNOWN: the file is damaged. */
static enum up_found count_members(const struct up_snapshot *snapshot,
				   const struct up_snapshot_group *group, size_t *ret)
{
	const uint64_t most = up_snapshot_members_most(group);
	const char *name;
	size_t count = 0;

	if (!snapshot->is_changed) {
		*ret = most;
		return UP_FOUND;
	}
	for (uint64_t i = 0; i < most; i++) {
		enum up_found found = up_snapshot_member(snapshot, group, i, &name);

		if (found == UP_UNKNOWN)
			return UP_UNKNOWN;
		count += found == UP_FOUND;
	}
	*ret = count;
	return UP_FOUND;
}

static enum nss_status put_members(const struct up_snapshot *snapshot,
				   const struct up_snapshot_group *group, struct room *room,
				   char **members, int *errnop)
{
	const uint64_t most = up_snapshot_members_most(group);
	const char *name;

	for (uint64_t i = 0; i < most; i++) {
		enum up_found found = up_snapshot_member(snapshot, group, i, &name);

		if (found == UP_UNKNOWN)
			return nss_status_of(UP_UNKNOWN, errnop);
		if (found == UP_ABSENT)
			continue;
		*members = put(room, name);
		if (*members++ == NULL)
			return too_small(errnop);
	}
	*members = NULL;
	return NSS_STATUS_SUCCESS;
}

enum nss_status nss_pack_group(const struct up_snapshot *snapshot,
			       const struct up_snapshot_group *group, struct group *ret,
			       char *buffer, size_t size, int *errnop)
{
	struct room room = { buffer, size };
	size_t count = 0;

	if (count_members(snapshot, group, &count) != UP_FOUND)
		return nss_status_of(UP_UNKNOWN, errnop);
	char **members = put_pointers(&room, count + 1);
	const struct group packed = {
		.gr_name = put(&room, group->name),
		.gr_passwd = put(&room, no_password),
		.gr_gid = group->gid,
		.gr_mem = members,
	};

	if (members == NULL || packed.gr_name == NULL || packed.gr_passwd == NULL)
		return too_small(errnop);
	enum nss_status status = put_members(snapshot, group, &room, members, errnop);
	if (status == NSS_STATUS_SUCCESS)
		*ret = packed;
	return status;
}
