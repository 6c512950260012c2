/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "nss/internal.h"

/* A test build may name another directory; nothing in the environment can. */
#ifndef NSS_DIRECTORY
#define NSS_DIRECTORY UP_STATEDIR "/identity/"
#endif

struct up_snapshot_source nss_source = { .base_path = NSS_DIRECTORY UP_SNAPSHOT_BASE,
					 .delta_path = NSS_DIRECTORY UP_SNAPSHOT_DELTA };

enum nss_status nss_status_of(enum up_found found, int *errnop)
{
	switch (found) {
	case UP_FOUND:
		return NSS_STATUS_SUCCESS;
	case UP_ABSENT:
		*errnop = ENOENT;
		return NSS_STATUS_NOTFOUND;
	case UP_UNKNOWN:
	default:
		/* Never NOTFOUND: who believes that a user does not exist deletes his files. */
		*errnop = EAGAIN;
		return NSS_STATUS_UNAVAIL;
	}
}
