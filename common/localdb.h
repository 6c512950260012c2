/* SPDX-License-Identifier: MIT */
/*
 * Whether a name or id is a local one, read from /etc/passwd and /etc/group as
 * files: no NSS, no daemon, no allocation.  Local users are never ours.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/attributes.h"

/* A test build may name another file. */
#ifndef UP_LOCAL_PASSWD
#define UP_LOCAL_PASSWD "/etc/passwd"
#endif
#define UP_LOCAL_GROUP "/etc/group"

/* UNKNOWN: the file could not be read.  It is neither yes nor no: fail closed. */
enum up_local { UP_LOCAL_UNKNOWN, UP_LOCAL_NO, UP_LOCAL_YES };

/* Whether the first field of a line of the passwd(5) or group(5) file at `path` is `name`; if so,
 * and `id` is not NULL, its third field is in *id.  Thread-safe, async-cancel-safe. */
enum up_local up_local_find_name(const char *path, const char *name, uint32_t *id) UP_MUST_USE;

/* Whether the third field of a line is `id`. */
enum up_local up_local_has_id(const char *path, uint32_t id) UP_MUST_USE;
