/* SPDX-License-Identifier: MIT */
/* getgrouplist(3) and initgroups(3): one probe gives all groups of a user. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "common/attributes.h"
#include "nss/internal.h"

/* glibc's contract: *start is used, *size allocated, limit the most it may become (0 or less: no
 * limit); the array belongs to the caller and is from malloc(3). */
UP_EXPORT enum nss_status _nss_userpool_initgroups_dyn(const char *user, gid_t group, long *start,
						       long *size, gid_t **groups, long limit,
						       int *errnop);

enum added { ADDED, FULL, NO_MEMORY };

static enum added make_room(long *size, gid_t **groups, long limit)
{
	if (limit > 0 && *size >= limit)
		return FULL;
	long larger = *size > 0 ? *size * 2 : 16;
	if (limit > 0 && larger > limit)
		larger = limit;
	gid_t *grown = reallocarray(*groups, (size_t)larger, sizeof(*grown));
	if (grown == NULL)
		return NO_MEMORY;
	*groups = grown;
	*size = larger;
	return ADDED;
}

static bool is_there(const gid_t *groups, long count, gid_t gid)
{
	for (long i = 0; i < count; i++)
		if (groups[i] == gid)
			return true;
	return false;
}

static enum nss_status add_all(const struct up_snapshot_user *user, gid_t group, long *start,
			       long *size, gid_t **groups, long limit, int *errnop)
{
	/* Ours are listed once; only what other modules put there before can be there already. */
	const long before = *start;

	for (uint32_t i = 0; i < user->gid_count; i++) {
		const gid_t gid = user->gids[i];

		if (gid == group || is_there(*groups, before, gid))
			continue;
		enum added added = *start < *size ? ADDED : make_room(size, groups, limit);
		if (added == FULL)
			return NSS_STATUS_SUCCESS;
		if (added == NO_MEMORY) {
			*errnop = ENOMEM;
			return NSS_STATUS_TRYAGAIN;
		}
		(*groups)[(*start)++] = gid;
	}
	return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_userpool_initgroups_dyn(const char *user, gid_t group, long *start, long *size,
					     gid_t **groups, long limit, int *errnop)
{
	struct up_snapshot *snapshot = up_snapshot_acquire(&nss_source);
	struct up_snapshot_user found_user;
	enum up_found found = UP_UNKNOWN;

	if (snapshot != NULL)
		found = up_snapshot_user_by_name(snapshot, user, &found_user);
	enum nss_status status = nss_status_of(found, errnop);
	if (status == NSS_STATUS_SUCCESS)
		status = add_all(&found_user, group, start, size, groups, limit, errnop);
	up_snapshot_release(snapshot);
	return status;
}
