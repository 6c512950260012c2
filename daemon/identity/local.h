/* SPDX-License-Identifier: MIT */
/*
 * What /etc/passwd and /etc/group name, read once for many questions.  Users and
 * groups count alike: a pool user brings a group of the same name and number.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "daemon/store/store.h"

struct local_names; /* immutable; thread-safe */

/* UP_ERR_IO: a file cannot be read, so nobody can be told from a local user. */
UP_MUST_USE enum up_err local_names_load(const char *passwd, const char *group,
					 struct local_names **ret) UP_NONNULL;
void local_names_free(struct local_names *local);
UP_DEFINE_AUTO(struct local_names, local_names_free);

bool local_names_has(const struct local_names *local, const char *name) UP_NONNULL;
bool local_names_has_id(const struct local_names *local, uint32_t id) UP_NONNULL;

/* The gid of a group of /etc/group. */
bool local_names_group(const struct local_names *local, const char *name, uint32_t *ret) UP_NONNULL;

/* Notes in `store` as changed whom the two have another opinion of. */
UP_MUST_USE enum up_err local_note_differences(const struct local_names *before,
					       const struct local_names *now,
					       struct store *store) UP_NONNULL;
