/* SPDX-License-Identifier: MIT */
/*
 * The schema of host.db, the daemon's own database.  Identity and session own the
 * rows; the file has one schema, so it stands in one place.
 */
#pragma once

#include <stddef.h>

/* For store_open().  A migration that was released is never changed: add one behind it. */
extern const char *const host_migrations[];
extern const size_t host_migration_count;
