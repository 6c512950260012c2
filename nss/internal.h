/* SPDX-License-Identifier: MIT */
/* What the entry points of this module share. */
#pragma once

#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <stdatomic.h>

#include "common/snapshot.h"

/* The file that this process reads from. */
extern struct up_snapshot_source nss_source;

/* What a lookup's end means to glibc; *errnop is set unless it is SUCCESS. */
enum nss_status nss_status_of(enum up_found found, int *errnop);

/* Copy a record into the caller's buffer: SUCCESS, or TRYAGAIN with ERANGE when it is too small.
 * Nothing is written behind it, and `ret` only on success. */
enum nss_status nss_pack_user(const struct up_snapshot_user *user, struct passwd *ret, char *buffer,
			      size_t size, int *errnop);
enum nss_status nss_pack_group(const struct up_snapshot *snapshot,
			       const struct up_snapshot_group *group, struct group *ret,
			       char *buffer, size_t size, int *errnop);

/* How far an enumeration has come: the next record, for everybody in this process. */
struct nss_cursor {
	atomic_ullong next;
};
