/* SPDX-License-Identifier: MIT */
/*
 * Logins that wait for their session, in memory only: a daemon that restarts in
 * between opens the session without tokens.
 */
#pragma once

#include <stdbool.h>

#include "daemon/session/internal.h"

/* Whether `process` itself, not one that got its pid later, is in the tree. */
bool tree_has(const struct process_tree *tree, const struct process *process) UP_NONNULL;

/* Takes over the tokens of *session on UP_OK, in the place of an older login of the same process.
 * Where too many wait, the oldest of the same user, or the oldest of all, waits no more. */
UP_MUST_USE enum up_err pending_add(struct sessions *sessions, const struct session *session,
				    const struct process_tree *tree) UP_NONNULL;

/* The newest login of `uid` and `service` whose tree has `opener`; it waits no more, and its tokens
 * are the caller's. */
bool pending_take(struct sessions *sessions, uint32_t uid, const char *service,
		  const struct process *opener, struct session *ret) UP_NONNULL;

/* Whether the process itself, not one around it, has signed `sub` in to `service` a moment before
 * `now_ms`. */
bool pending_is_fresh(const struct sessions *sessions, const char *sub, const char *service,
		      const struct process *process, int64_t now_ms) UP_NONNULL;

/* Drops those that waited too long, or all. */
void pending_expire(struct sessions *sessions, bool all) UP_NONNULL;
