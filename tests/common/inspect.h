/* SPDX-License-Identifier: MIT */
/* What must hold of every answer from a snapshot, whatever bytes its file has. */
#pragma once

#include "common/snapshot.h"

/*
 * Asks for each name and id that the file holds, for some that it does not, and for
 * every record in order.  Ends the program (PROP) when an answer leads out of the
 * file, is not one of its records, or is about another name or id.
 */
void inspect_snapshot(const struct up_snapshot *snapshot) UP_NONNULL;

/* The mapping as plain bytes against the same questions, without the tables: a user that the
 * reader finds must be one of the records, found by looking at all of them. */
void inspect_user(const struct up_snapshot *snapshot, const struct up_snapshot_user *user);
void inspect_group(const struct up_snapshot *snapshot, const struct up_snapshot_group *group);
