/* SPDX-License-Identifier: MIT */
/* A directory of a test's own, and files in it.  Whatever fails here ends the program. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "common/attributes.h"

/* An empty directory, mode 0700, below $TMPDIR or /tmp; the caller frees the path. */
char *scratch_new(void) UP_MUST_USE;

/* Removes the directory with all in it, and frees the path. */
void scratch_free(char *directory);
UP_DEFINE_AUTO(char, scratch_free);

/* "directory/name"; the caller frees it. */
char *scratch_path(const char *directory, const char *name) UP_NONNULL UP_MUST_USE;

/* Makes or replaces directory/name, with exactly this mode. */
void scratch_write(const char *directory, const char *name, const void *data, size_t len,
		   mode_t mode);

/* The whole of the file at `path`, with a NUL behind it; the caller frees it. */
char *scratch_read(const char *path, size_t *len) UP_NONNULL UP_MUST_USE;
