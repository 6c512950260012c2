/* SPDX-License-Identifier: MIT */
/* A row of host.db's users as a Linux user, admitted again on the way out. */
#pragma once

#include <stdbool.h>

#include "daemon/identity/admit.h"
#include "daemon/identity/identity.h"

#define USER_COLUMNS "name, sub, uid, enabled, status, gecos"

/* The row's first columns are USER_COLUMNS.  False: it is refused, or local users are unknown. */
bool row_read_user(const struct admission *by, const struct query *row,
		   struct identity_user *ret) UP_NONNULL UP_MUST_USE;

/* Whether a group's row may be a group here. */
bool row_group_is_admitted(const struct admission *by, const char *name,
			   int64_t gid) UP_NONNULL UP_MUST_USE;
