/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

/* For store_open().  A migration that was released is never changed: add one behind it. */
extern const char *const embedded_migrations[];
extern const size_t embedded_migration_count;
