/* SPDX-License-Identifier: MIT */
/*
 * The pool's records as rows of host.db, and only what was admitted.  Each function is
 * one change inside a transaction of the caller's; a row that says the same already
 * is not written.  What a change means for the snapshot is noted by the database
 * itself, in `changes`.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "daemon/identity/admit.h"
#include "daemon/store/store.h"

/* Told of each record that is refused; `kind` is "user" or "group". */
typedef void records_refused_fn(const char *kind, const char *pool_name, enum admit why, void *arg);

struct records {
	struct store *store;
	struct admission by;
	const char *issuer;
	records_refused_fn *refused;
	void *arg;
};

struct record_user {
	const char *sub, *pool_name, *gecos, *status;
	const char *wish; /* the attribute custom:uid as it came, or NULL */
	bool enabled;
};

/* A user that may not be one here is forgotten. */
UP_MUST_USE enum up_err records_put_user(const struct records *r,
					 const struct record_user *user) UP_NONNULL;
/* With its memberships. */
UP_MUST_USE enum up_err records_forget_user(const struct records *r, const char *sub) UP_NONNULL;
/* All users with this login name but `sub`, which may be "". */
UP_MUST_USE enum up_err records_forget_name(const struct records *r, const char *name,
					    const char *sub) UP_NONNULL;

/* A group that may not be one here still counts for policies, by its pool name. */
UP_MUST_USE enum up_err records_put_group(const struct records *r,
					  const char *pool_name) UP_NONNULL;
UP_MUST_USE enum up_err records_forget_group(const struct records *r,
					     const char *pool_name) UP_NONNULL;

UP_MUST_USE enum up_err records_put_member(const struct records *r, const char *sub,
					   const char *pool_group) UP_NONNULL;
UP_MUST_USE enum up_err records_forget_member(const struct records *r, const char *sub,
					      const char *pool_group) UP_NONNULL;
