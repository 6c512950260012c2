/* SPDX-License-Identifier: MIT */
/* What must hold of every answer from a snapshot, whatever bytes its files have. */
#pragma once

#include "common/snapshot.h"

/*
 * Asks for each name and id that the files hold, for some that they do not, and for
 * every record in order.  Ends the program (PROP) when an answer leads out of the
 * files, is not one of their records, or is about another name or id.
 */
void inspect_snapshot(const struct up_snapshot *snapshot) UP_NONNULL;
