/* SPDX-License-Identifier: MIT */
/* What the files of this room share and nobody else sees. */
#pragma once

#include "daemon/identity/builder.h"
#include "daemon/identity/changes.h"
#include "daemon/identity/identity.h"
#include "daemon/identity/records.h"
#include "daemon/identity/refused.h"

struct identity_waiter {
	identity_done_fn *done;
	void *arg;
	bool next_run; /* came while a run was under way: that one may have read too early */
};

struct identity_sync;    /* a reading of the pool under way; sync.c */
struct identity_refresh; /* a reading of one user or group; refresh.c */

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
	/* The first is under way.  Readings of the pool come one after another, for an older answer
	 * must not replace a newer one: a sync waits between two pages. */
	struct identity_refresh *refresh, **refresh_end;

	bool is_filled; /* host.db holds a reading of the pool */
	struct published published;
	char *builder_program, *state_dir; /* NULL: the base is built here */
	struct builder *builder;
	int64_t build_seq, build_generation; /* of the base that is being built */
	bool build_again;

	struct refused refused; /* by the last reading, so that each is logged once */
	struct refusing refusing;
	int64_t delta_seq; /* the newest change that the delta has; -1: there is none of ours */
	int64_t synced_at, users, groups;
};

/* sync.c */
UP_MUST_USE enum up_err identity_sync_start(struct identity *identity) UP_NONNULL;
void identity_sync_stop(struct identity *identity) UP_NONNULL;
/* Goes on where a reading of one user came in between. */
void identity_sync_resume(struct identity *identity) UP_NONNULL;
/* Whether an answer of the pool is awaited. */
bool identity_sync_is_asking(const struct identity *identity) UP_NONNULL;
/* What is read beside a sync must not be swept out by it. */
UP_MUST_USE enum up_err identity_sync_note(struct identity *identity, char kind, const char *first,
					   const char *second) UP_NONNULL;
/* identity.c: a run ended; tells the waiters and starts the next run if any wait for it. */
void identity_sync_ended(struct identity *identity, enum up_err err) UP_NONNULL;

/* refresh.c: starts the first one in the queue, if it is not under way. */
void identity_refresh_next(struct identity *identity) UP_NONNULL;
void identity_refresh_stop(struct identity *identity) UP_NONNULL;

/* user.c: a user as ListUsers (`attributes` is "Attributes") or AdminGetUser ("UserAttributes")
 * gives it, to be put. */
UP_MUST_USE enum up_err identity_put_user(const struct records *r, json_t *record,
					  const char *attributes) UP_NONNULL;
const char *identity_sub_of(json_t *record, const char *attributes) UP_NONNULL;
/* refresh.c: identity_forget() for who waits for one record. */
void identity_refresh_forget(struct identity *identity, const void *arg) UP_NONNULL;

/* publish.c: nothing is published before host.db is filled: before, nobody is known, which a
 * snapshot would turn into nobody being there.  Each logs why it failed. */
/* Everything anew: here, or by the builder where there are many. */
enum up_err identity_publish_all(struct identity *identity) UP_NONNULL;
/* What has changed since the base. */
enum up_err identity_publish_changes(struct identity *identity) UP_NONNULL;

/* identity.c: reads /etc/passwd and /etc/group again and notes whom that changes.  Not UP_OK: what
 * was or is there is unknown, so everything may be different. */
UP_MUST_USE enum up_err identity_look_at_local(struct identity *identity) UP_NONNULL;
struct records identity_records(struct identity *identity, const char *issuer,
				struct refusing *refusing) UP_NONNULL;
