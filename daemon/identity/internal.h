/* SPDX-License-Identifier: MIT */
/* What the files of this room share and nobody else sees. */
#pragma once

#include "daemon/identity/admit.h"
#include "daemon/identity/identity.h"
#include "daemon/identity/records.h"

struct identity_waiter {
	identity_done_fn *done;
	void *arg;
	bool next_run; /* came while a run was under way: that one may have read too early */
};

/* A reading of the pool under way; sync.c. */
struct identity_sync;

struct identity {
	sd_event *loop;
	sd_event_source *timer, *watch;
	const struct config *config;
	struct store *store;
	struct pool *pool;
	char *directory;
	struct local_names *local; /* NULL: unreadable, so nobody can be told apart */

	char *pool_id, *client_id, *issuer; /* NULL until the first sync */
	struct jws_keyset *keys;

	struct identity_sync *sync;
	struct identity_waiter *waiter;
	size_t waiters;
	bool telling; /* inside the waiters' callbacks */

	bool is_filled; /* host.db holds a reading of the pool */

	char **refused; /* what was logged as refused, so that it is logged once */
	size_t refused_count;
	int64_t synced_at, generation, users, groups;
};

/* sync.c */
UP_MUST_USE enum up_err identity_sync_start(struct identity *identity) UP_NONNULL;
void identity_sync_stop(struct identity *identity) UP_NONNULL;
/* identity.c: a run ended; tells the waiters and starts the next run if any wait for it. */
void identity_sync_ended(struct identity *identity, enum up_err err) UP_NONNULL;

/* publish.c: writes the snapshot from host.db, once that has been filled: before, nobody is known,
 * which a snapshot would turn into nobody being there. */
enum up_err identity_publish(struct identity *identity) UP_NONNULL;

/* lookup.c: what host.db's row says, admitted again; false: refused on the way out. */
UP_MUST_USE bool identity_read_user(const struct identity *identity, const struct query *row,
				    struct identity_user *ret) UP_NONNULL;
#define USER_COLUMNS "name, sub, uid, enabled, status, gecos"

/* identity.c: reads /etc/passwd and /etc/group again. */
void identity_load_local(struct identity *identity) UP_NONNULL;
