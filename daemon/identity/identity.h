/* SPDX-License-Identifier: MIT */
/*
 * Pool users and groups as Linux users and groups: the ledger of ids that are
 * given once and for ever, the last known records, and the published snapshot.
 * The key of a user is (issuer, sub); every record passes identity/admit on the way
 * in and on the way out of the store.  Event loop's thread only.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "common/protocol.h"
#include "daemon/base/config.h"
#include "daemon/crypto/jws.h"
#include "daemon/crypto/random.h"
#include "daemon/pool/pool.h"
#include "daemon/store/store.h"

struct identity;

struct identity_user {
	char name[UP_LOGIN_NAME_SIZE];
	char sub[UUID_SIZE];
	uint32_t uid;
	bool enabled;
	char status[32]; /* Cognito's UserStatus */
	char gecos[UP_GECOS_SIZE], home[UP_PATH_SIZE], shell[UP_PATH_SIZE];
};

/* CANNOT_TELL is neither yes nor no: the store failed. */
enum identity_found { IDENTITY_CANNOT_TELL, IDENTITY_ABSENT, IDENTITY_FOUND };

struct identity_options {
	/* Borrowed; they must outlive the identity. */
	const struct config *config;
	struct store *store; /* host.db */
	struct pool *pool;
	const char *directory; /* where the snapshot is published */
	/* The program that builds the base of a large pool, and what it is to be told; NULL: no
	 * pool is that large. */
	const char *builder, *state_dir;
};

UP_MUST_USE enum up_err identity_open(sd_event *loop, const struct identity_options *options,
				      struct identity **ret) UP_NONNULL;
void identity_close(struct identity *identity);
UP_DEFINE_AUTO(struct identity, identity_close);

/* After a reload: `config` replaces the old one. */
void identity_configure(struct identity *identity, const struct config *config) UP_NONNULL;

enum identity_found identity_find_by_name(struct identity *identity, const char *name,
					  struct identity_user *ret) UP_NONNULL UP_MUST_USE;
enum identity_found identity_find_by_uid(struct identity *identity, uint32_t uid,
					 struct identity_user *ret) UP_NONNULL UP_MUST_USE;

/* Whether the user with `sub` is in one of the pool groups (NULL-terminated).  CANNOT_TELL, ABSENT
 * (in none), FOUND. */
enum identity_found identity_in_groups(struct identity *identity, const char *sub,
				       char **groups) UP_NONNULL UP_MUST_USE;

/* Pool and client in force, and the issuer of its tokens; "" until the first sync has told. */
const char *identity_pool_id(const struct identity *identity) UP_NONNULL;
const char *identity_client_id(const struct identity *identity) UP_NONNULL;
const char *identity_issuer(const struct identity *identity) UP_NONNULL;
/* The keys that the pool signs with; NULL until the first sync.  Valid until the next sync. */
const struct jws_keyset *identity_keys(const struct identity *identity) UP_NONNULL;

/* Reads all users and groups from the pool, updates the ledger, publishes, then calls `done` with
 * the outcome (`done` may be NULL).  Calls that come while one runs share the next run. */
typedef void identity_done_fn(enum up_err err, void *arg);
void identity_sync(struct identity *identity, identity_done_fn *done, void *arg);
/* The same for one user or group that was changed, by its name in the pool. */
enum identity_kind { IDENTITY_USER, IDENTITY_GROUP };
void identity_refresh(struct identity *identity, enum identity_kind kind, const char *name,
		      identity_done_fn *done, void *arg);
/* Withdraws every waiting `done` with this `arg`. */
void identity_forget(struct identity *identity, void *arg);

/* For GetHostUser: {Username, Uid, Gid, Home, Shell, Groups: [{GroupName, Gid}], ...}, a new
 * reference in *ret when FOUND. */
enum identity_found identity_describe(struct identity *identity, const char *name,
				      json_t **ret) UP_NONNULL UP_MUST_USE;

struct identity_status {
	int64_t users, groups, refused; /* as of the last sync */
	int64_t synced_at;              /* wall clock, 0: never */
	int64_t generation;             /* of the published snapshot */
};
void identity_get_status(const struct identity *identity, struct identity_status *ret) UP_NONNULL;
