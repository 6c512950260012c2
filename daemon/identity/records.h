/* SPDX-License-Identifier: MIT */
/*
 * The pool as it was last read: a roster in memory while it is being read, the
 * admitted part of it in host.db afterwards.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "daemon/crypto/random.h"
#include "daemon/identity/admit.h"
#include "daemon/store/store.h"

#define STATUS_SIZE 32 /* Cognito's UserStatus */

struct roster_user {
	char sub[UUID_SIZE];
	char *pool_name;
	char *gecos;
	char *wish; /* the attribute custom:uid as it came, or NULL */
	char status[STATUS_SIZE];
	bool enabled;
};

struct roster_member {
	char sub[UUID_SIZE];
	size_t group; /* index */
};

struct roster {
	struct roster_user *user;
	char **group;
	struct roster_member *member;
	size_t users, groups, members;
	size_t user_room, group_room, member_room;
};

void roster_clear(struct roster *roster) UP_NONNULL;

/* Each copies.  UP_ERR_NOMEM leaves the roster as it was. */
UP_MUST_USE enum up_err roster_add_user(struct roster *roster,
					const struct roster_user *user) UP_NONNULL;
UP_MUST_USE enum up_err roster_add_group(struct roster *roster, const char *name) UP_NONNULL;
UP_MUST_USE enum up_err roster_add_member(struct roster *roster, const char *sub,
					  size_t group) UP_NONNULL;

/* Told of each record that is refused; `kind` is "user" or "group". */
typedef void records_refused_fn(const char *kind, const char *pool_name, enum admit why, void *arg);

/*
 * Makes host.db agree with the roster, in one transaction: new ids and names are in
 * the ledger when it returns.  *changed tells whether anything is different from
 * before.  On failure nothing has changed.
 */
UP_MUST_USE enum up_err records_apply(struct store *store, const struct admission *by,
				      const char *issuer, const struct roster *roster,
				      records_refused_fn *refused, void *arg,
				      bool *changed) UP_NONNULL;
