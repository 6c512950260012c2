/* SPDX-License-Identifier: MIT */
/* The daemon put together: rooms, sockets, signals. */
#pragma once

#include "common/attributes.h"
#include "common/errors.h"
#include "daemon/base/log.h"

struct server_options {
	const char *config_file; /* NULL: the merged set */
	const char *state_dir, *runtime_dir;
	const char *worker, *builder; /* programs: of the pool, and of the snapshot's base */
	enum log_target log;
};

/* Runs until SIGTERM or SIGINT, then lets logins finish.  What kept it from starting has been
 * logged. */
UP_MUST_USE enum up_err server_run(const struct server_options *options) UP_NONNULL;
