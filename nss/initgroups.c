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

struct list {
	long *used, *size;
	gid_t **groups;
	long limit;
};

enum added { ADDED, FULL, NO_MEMORY };

static enum added add(const struct list *list, gid_t gid)
{
	if (*list->used >= *list->size) {
		long larger = *list->size > 0 ? *list->size * 2 : 16;

		if (list->limit > 0 && *list->size >= list->limit)
			return FULL;
		if (list->limit > 0 && larger > list->limit)
			larger = list->limit;
		gid_t *grown = reallocarray(*list->groups, (size_t)larger, sizeof(*grown));
		if (grown == NULL)
			return NO_MEMORY;
		*list->groups = grown;
		*list->size = larger;
	}
	(*list->groups)[(*list->used)++] = gid;
	return ADDED;
}

static bool is_there(const gid_t *groups, long count, gid_t gid)
{
	for (long i = 0; i < count; i++)
		if (groups[i] == gid)
			return true;
	return false;
}

static enum nss_status add_all(const struct up_snapshot *snapshot,
			       const struct up_snapshot_user *user, gid_t primary,
			       const struct list *list, int *errnop)
{
	/* Ours are listed once; only what other modules put there before can be there already. */
	const long before = *list->used;

	for (uint32_t i = 0; i < user->gid_count; i++) {
		uint32_t gid;
		enum up_found found = up_snapshot_gid(snapshot, user, i, &gid);

		if (found == UP_UNKNOWN)
			return nss_status_of(UP_UNKNOWN, errnop);
		if (found == UP_ABSENT || gid == primary || is_there(*list->groups, before, gid))
			continue;
		switch (add(list, gid)) {
		case ADDED:
			break;
		case FULL:
			return NSS_STATUS_SUCCESS;
		case NO_MEMORY:
		default:
			*errnop = ENOMEM;
			return NSS_STATUS_TRYAGAIN;
		}
	}
	return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_userpool_initgroups_dyn(const char *user, gid_t group, long *start, long *size,
					     gid_t **groups, long limit, int *errnop)
{
	const struct list list = { start, size, groups, limit };
	struct up_snapshot *snapshot = up_snapshot_acquire(&nss_source);
	struct up_snapshot_user found_user;
	enum up_found found = UP_UNKNOWN;

	if (snapshot != NULL)
		found = up_snapshot_user_by_name(snapshot, user, &found_user);
	enum nss_status status = nss_status_of(found, errnop);
	if (status == NSS_STATUS_SUCCESS)
		status = add_all(snapshot, &found_user, group, &list, errnop);
	up_snapshot_release(snapshot);
	return status;
}
