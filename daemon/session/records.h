/* SPDX-License-Identifier: MIT */
/*
 * The rows of live sessions, which outlive a restart of the daemon but not of the
 * machine, so that no write of them has to wait for the disk.
 */
#pragma once

#include "daemon/session/internal.h"

/* Reads the sessions of this boot into `sessions`, and deletes the others. */
UP_MUST_USE enum up_err records_load(struct sessions *sessions) UP_NONNULL;
UP_MUST_USE enum up_err record_insert(struct sessions *sessions,
				      const struct session *session) UP_NONNULL;
UP_MUST_USE enum up_err record_update_tokens(struct sessions *sessions, const char *id,
					     const struct tokens *tokens, int64_t until) UP_NONNULL;
UP_MUST_USE enum up_err record_delete(struct sessions *sessions, const char *id) UP_NONNULL;
