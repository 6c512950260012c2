/* SPDX-License-Identifier: MIT */
/*
 * The program that builds the base of a large pool beside the daemon, whose loop must
 * not wait for it: userpool-snapshot.  One at a time.
 */
#pragma once

#include <stdint.h>
#include <systemd/sd-event.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "daemon/base/config.h"

struct builder;

struct builder_options {
	const char *program;
	const char *state_dir;
	const struct config *config; /* what of it counts is handed over as arguments */
	uint64_t generation;
};

/* Called from the loop when the draft is written, or could not be. */
typedef void builder_done_fn(enum up_err err, void *arg);

UP_MUST_USE enum up_err builder_start(sd_event *loop, const struct builder_options *options,
				      builder_done_fn *done, void *arg,
				      struct builder **ret) UP_NONNULL;
/* Ends what is under way; `done` is not called.  NULL is fine. */
void builder_free(struct builder *builder);
