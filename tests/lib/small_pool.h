/* SPDX-License-Identifier: MIT */
/*
 * A small user pool for fake_pool.h: what a reading of it says, and the tokens that it
 * signs.  A test changes its members and answers what goes beyond by itself.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/crypto/jws.h"
#include "tests/lib/fake_pool.h"

#define SMALL_POOL_ID   "eu-test-1_Small0001"
#define SMALL_CLIENT_ID "clientofthesmallpool"
#define SMALL_ISSUER    "https://pool.example/eu-test-1_Small0001"

#define SUB_ALICE "a11ce000-0000-4000-8000-000000000001"
#define SUB_BOB   "b0b00000-0000-4000-8000-000000000002"

struct small_user {
	const char *name, *sub;
	const char *full_name, *wish; /* attributes `name` and `custom:uid`, or NULL */
	const char *status;           /* NULL: CONFIRMED */
	bool disabled;
	const char *groups[4];
};

struct small_pool {
	const struct small_user *user;
	size_t users;
	const char *const *group; /* NULL-terminated, or NULL */
	size_t page;              /* records in a page; 0: all */
	struct jws_key *key;
};

/* alice and bob, confirmed, in no group.  small_pool_clear() frees what it has. */
void small_pool_init(struct small_pool *pool);
void small_pool_clear(struct small_pool *pool);

/* A fake_pool_fn: the operations that read, for `arg` a struct small_pool.  Others are answered as
 * unknown. */
struct fake_reply small_pool_answer(const char *operation, json_t *request, void *arg);

/* The claims of a good token of `user`, by the clock of the daemon; a new reference. */
json_t *small_pool_claims(const struct small_user *user, bool is_access);
/* A token over `claims`, which are taken over; the caller frees it. */
char *small_pool_sign(const struct jws_key *key, json_t *claims);
/* {"AuthenticationResult": {...}} with good tokens. */
json_t *small_pool_tokens(const struct small_pool *pool, const struct small_user *user);
/* {"ChallengeName": name, "Session": ..., "ChallengeParameters": {}} */
json_t *small_pool_challenge(const char *name);
