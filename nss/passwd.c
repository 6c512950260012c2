/* SPDX-License-Identifier: MIT */
/* getpwnam(3), getpwuid(3), getpwent(3). */
#include "common/attributes.h"
#include "nss/internal.h"

static struct nss_cursor cursor;

UP_EXPORT enum nss_status _nss_userpool_getpwnam_r(const char *name, struct passwd *ret,
						   char *buffer, size_t size, int *errnop);
UP_EXPORT enum nss_status _nss_userpool_getpwuid_r(uid_t uid, struct passwd *ret, char *buffer,
						   size_t size, int *errnop);
UP_EXPORT enum nss_status _nss_userpool_setpwent(int stay_open);
UP_EXPORT enum nss_status _nss_userpool_getpwent_r(struct passwd *ret, char *buffer, size_t size,
						   int *errnop);
UP_EXPORT enum nss_status _nss_userpool_endpwent(void);

/* Packs what was found, and lets go of the snapshot. */
static enum nss_status finish(struct up_snapshot *snapshot, enum up_found found,
			      const struct up_snapshot_user *user, struct passwd *ret, char *buffer,
			      size_t size, int *errnop)
{
	enum nss_status status = nss_status_of(found, errnop);

	if (status == NSS_STATUS_SUCCESS)
		status = nss_pack_user(user, ret, buffer, size, errnop);
	up_snapshot_release(snapshot);
	return status;
}

enum nss_status _nss_userpool_getpwnam_r(const char *name, struct passwd *ret, char *buffer,
					 size_t size, int *errnop)
{
	struct up_snapshot *snapshot = up_snapshot_acquire(&nss_source);
	struct up_snapshot_user user;
	enum up_found found = UP_UNKNOWN;

	if (snapshot != NULL)
		found = up_snapshot_user_by_name(snapshot, name, &user);
	return finish(snapshot, found, &user, ret, buffer, size, errnop);
}

enum nss_status _nss_userpool_getpwuid_r(uid_t uid, struct passwd *ret, char *buffer, size_t size,
					 int *errnop)
{
	struct up_snapshot *snapshot = up_snapshot_acquire(&nss_source);
	struct up_snapshot_user user;
	enum up_found found = UP_UNKNOWN;

	if (snapshot != NULL)
		found = up_snapshot_user_by_uid(snapshot, uid, &user);
	return finish(snapshot, found, &user, ret, buffer, size, errnop);
}

enum nss_status _nss_userpool_setpwent(int stay_open)
{
	(void)stay_open;
	atomic_store(&cursor.next, 0);
	return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_userpool_endpwent(void)
{
	return _nss_userpool_setpwent(0);
}

/* A record that the buffer is too small for comes again, as glibc expects. */
enum nss_status _nss_userpool_getpwent_r(struct passwd *ret, char *buffer, size_t size, int *errnop)
{
	struct up_snapshot *snapshot = up_snapshot_acquire(&nss_source);
	unsigned long long next = atomic_load(&cursor.next);
	uint64_t at = next;
	struct up_snapshot_user user;
	enum up_found found = UP_UNKNOWN;

	if (snapshot != NULL)
		found = up_snapshot_user_next(snapshot, &at, &user);
	enum nss_status status = finish(snapshot, found, &user, ret, buffer, size, errnop);
	if (status == NSS_STATUS_SUCCESS)
		(void)atomic_compare_exchange_strong(&cursor.next, &next, at + 1);
	return status;
}
