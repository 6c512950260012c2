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

enum nss_status nss_pack_user(const struct up_snapshot_user *user, struct passwd *ret, char *buffer,
			      size_t size, int *errnop)
{
	struct room room = { buffer, size };
	const struct passwd passwd = {
		.pw_name = put(&room, user->name),
		.pw_passwd = put(&room, no_password),
		.pw_uid = user->uid,
		.pw_gid = user->gid,
		.pw_gecos = put(&room, user->gecos),
		.pw_dir = put(&room, user->home),
		.pw_shell = put(&room, user->shell),
	};

	if (passwd.pw_name == NULL || passwd.pw_passwd == NULL || passwd.pw_gecos == NULL ||
	    passwd.pw_dir == NULL || passwd.pw_shell == NULL)
		return too_small(errnop);
	*ret = passwd;
	return NSS_STATUS_SUCCESS;
}

enum nss_status nss_pack_group(const struct up_snapshot *snapshot,
			       const struct up_snapshot_group *group, struct group *ret,
			       char *buffer, size_t size, int *errnop)
{
	struct room room = { buffer, size };
	char **members = put_pointers(&room, (size_t)group->member_count + 1);
	const struct group packed = {
		.gr_name = put(&room, group->name),
		.gr_passwd = put(&room, no_password),
		.gr_gid = group->gid,
		.gr_mem = members,
	};

	if (members == NULL || packed.gr_name == NULL || packed.gr_passwd == NULL)
		return too_small(errnop);
	for (uint32_t i = 0; i < group->member_count; i++) {
		const char *name = up_snapshot_member(snapshot, group, i);

		if (name == NULL)
			return nss_status_of(UP_UNKNOWN, errnop);
		members[i] = put(&room, name);
		if (members[i] == NULL)
			return too_small(errnop);
	}
	members[group->member_count] = NULL;
	*ret = packed;
	return NSS_STATUS_SUCCESS;
}
