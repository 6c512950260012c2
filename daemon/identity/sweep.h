/* SPDX-License-Identifier: MIT */
/* Forgets what a whole reading of the pool has not met, a piece at a time. */
#pragma once

#include <stdbool.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "daemon/identity/records.h"
#include "daemon/identity/seen.h"

/* How far it has come; zeroed at the start. */
struct sweep {
	int kind;
	char first[513], second[513];
};

/* Looks at some hundred rows.  *is_over: there are no more. */
UP_MUST_USE enum up_err sweep_piece(struct sweep *sweep, const struct records *r,
				    const struct seen *seen, bool *is_over) UP_NONNULL;
