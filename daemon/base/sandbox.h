/* SPDX-License-Identifier: MIT */
/*
 * What a process gives up when it has started: core dumps, new privileges, the file
 * system but for its own directories (Landlock), and system calls that it never
 * makes (seccomp).  Best effort: an older kernel is reported and served.
 */
#pragma once

#include <stddef.h>

#include "common/attributes.h"
#include "common/errors.h"

/* A directory and all below it. */
struct sandbox_path {
	const char *path;
	enum sandbox_access { SANDBOX_READ, SANDBOX_WRITE, SANDBOX_EXECUTE } access;
};

enum sandbox_calls {
	SANDBOX_NO_EXEC = 1 << 0, /* no execve */
	SANDBOX_NO_INET = 1 << 1, /* no sockets but Unix ones */
};

/* A path that is not there is passed over.  What the kernel lacks is logged as sandbox-limited;
 * an error is returned only where it should have worked. */
UP_MUST_USE enum up_err sandbox_enter(const struct sandbox_path *paths, size_t count,
				      unsigned int calls) UP_NONNULL;
