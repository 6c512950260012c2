/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "nss/internal.h"

/* A test build may name another file; nothing in the environment can. */
#ifndef NSS_SNAPSHOT
#define NSS_SNAPSHOT UP_STATEDIR "/identity/" UP_SNAPSHOT_FILE
#endif

struct up_snapshot_source nss_source = { .path = NSS_SNAPSHOT };

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
