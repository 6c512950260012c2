/* SPDX-License-Identifier: MIT */
/* Puts a new snapshot in the place of the old one. */
#pragma once

#include <stddef.h>
#include <sys/uio.h>

#include "common/attributes.h"
#include "common/errors.h"

/* The pieces, in order, become the draft of `directory`/`name`, mode 0644, on disk. */
UP_MUST_USE enum up_err snapshot_file_write(const char *directory, const char *name,
					    const struct iovec *pieces, size_t count) UP_NONNULL;

/* The draft takes the place of the file, which is retired.  On failure the old one stays. */
UP_MUST_USE enum up_err snapshot_file_commit(const char *directory, const char *name) UP_NONNULL;
