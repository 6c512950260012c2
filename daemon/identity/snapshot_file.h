/* SPDX-License-Identifier: MIT */
/* Puts a new snapshot in the place of the old one. */
#pragma once

#include <stddef.h>
#include <sys/uio.h>

#include "common/attributes.h"
#include "common/errors.h"

/* The pieces, in order, become `directory`/`name`, mode 0644.  See snapshot_writer_publish_base().
 */
UP_MUST_USE enum up_err snapshot_file_replace(const char *directory, const char *name,
					      const struct iovec *pieces, size_t count) UP_NONNULL;
