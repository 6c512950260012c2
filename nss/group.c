/* SPDX-License-Identifier: MIT */
/* getgrnam(3), getgrgid(3), getgrent(3). */
#include "common/attributes.h"
#include "nss/internal.h"

static struct nss_cursor cursor;

UP_EXPORT enum nss_status _nss_userpool_getgrnam_r(const char *name, struct group *ret,
						   char *buffer, size_t size, int *errnop);
UP_EXPORT enum nss_status _nss_userpool_getgrgid_r(gid_t gid, struct group *ret, char *buffer,
						   size_t size, int *errnop);
UP_EXPORT enum nss_status _nss_userpool_setgrent(int stay_open);
UP_EXPORT enum nss_status _nss_userpool_getgrent_r(struct group *ret, char *buffer, size_t size,
						   int *errnop);
UP_EXPORT enum nss_status _nss_userpool_endgrent(void);

/* Packs what was found, and lets go of the snapshot. */
static enum nss_status finish(struct up_snapshot *snapshot, enum up_found found,
			      const struct up_snapshot_group *group, struct group *ret,
			      char *buffer, size_t size, int *errnop)
{
	enum nss_status status = nss_status_of(found, errnop);

	if (status == NSS_STATUS_SUCCESS)
		status = nss_pack_group(snapshot, group, ret, buffer, size, errnop);
	up_snapshot_release(snapshot);
	return status;
}

enum nss_status _nss_userpool_getgrnam_r(const char *name, struct group *ret, char *buffer,
					 size_t size, int *errnop)
{
	struct up_snapshot *snapshot = up_snapshot_acquire(&nss_source);
	struct up_snapshot_group group;
	enum up_found found = UP_UNKNOWN;

	if (snapshot != NULL)
		found = up_snapshot_group_by_name(snapshot, name, &group);
	return finish(snapshot, found, &group, ret, buffer, size, errnop);
}

enum nss_status _nss_userpool_getgrgid_r(gid_t gid, struct group *ret, char *buffer, size_t size,
					 int *errnop)
{
	struct up_snapshot *snapshot = up_snapshot_acquire(&nss_source);
	struct up_snapshot_group group;
	enum up_found found = UP_UNKNOWN;

	if (snapshot != NULL)
		found = up_snapshot_group_by_gid(snapshot, gid, &group);
	return finish(snapshot, found, &group, ret, buffer, size, errnop);
}

enum nss_status _nss_userpool_setgrent(int stay_open)
{
	(void)stay_open;
	atomic_store(&cursor.next, 0);
	return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_userpool_endgrent(void)
{
	return _nss_userpool_setgrent(0);
}

enum nss_status _nss_userpool_getgrent_r(struct group *ret, char *buffer, size_t size, int *errnop)
{
	struct up_snapshot *snapshot = up_snapshot_acquire(&nss_source);
	unsigned long long next = atomic_load(&cursor.next);
	uint64_t at = next;
	struct up_snapshot_group group;
	enum up_found found = UP_UNKNOWN;

	if (snapshot != NULL)
		found = up_snapshot_group_next(snapshot, &at, &group);
	enum nss_status status = finish(snapshot, found, &group, ret, buffer, size, errnop);
	if (status == NSS_STATUS_SUCCESS)
		(void)atomic_compare_exchange_strong(&cursor.next, &next, at + 1);
	return status;
}
