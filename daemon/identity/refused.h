/* SPDX-License-Identifier: MIT */
/* Records that may not be users or groups here, so that each is told once and counted. */
#pragma once

#include <stddef.h>

#include "common/attributes.h"
#include "daemon/identity/admit.h"

struct refused {
	char **text; /* sorted up to `sorted` */
	size_t count, room, sorted;
};

/* Where a refusal is noted, and what was known before: records_refused_fn's argument. */
struct refusing {
	struct refused *now;
	const struct refused *before;
};

/* Logs the record unless `before` has it, and adds it to `now`; without memory it is logged again
 * next time. */
void refused_note(struct refused *now, const struct refused *before, const char *kind,
		  const char *pool_name, enum admit why) UP_NONNULL;
/* No more are added: it is asked from now on. */
void refused_close(struct refused *refused) UP_NONNULL;
void refused_clear(struct refused *refused) UP_NONNULL;
