/* SPDX-License-Identifier: MIT */
/*
 * Which id and which name belong to whom, for ever.  The first choice of an id is a
 * hash of (issuer, kind, subject), so that hosts that never spoke agree; a collision
 * takes the next free id and is on record.
 */
#pragma once

#include <stdint.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "daemon/identity/admit.h"
#include "daemon/store/store.h"

enum ledger_kind { LEDGER_USER, LEDGER_GROUP };

/* Whose: a user by its sub, a group by its name in the pool.  Texts are borrowed. */
struct ledger_key {
	const char *issuer;
	enum ledger_kind kind;
	const char *subject;
};

/*
 * The id of `key` in *ret: the one it has, else `wish` if that is not 0, else the
 * first free choice.  *admit tells why there is none: the id it has is not admissible
 * on this host any more, or the wish is not or is another's.  Inside a transaction.
 */
UP_MUST_USE enum up_err ledger_id(struct store *store, const struct admission *by,
				  const struct ledger_key *key, uint32_t wish, enum admit *admit,
				  uint32_t *ret) UP_NONNULL;

/* Gives `name` to `key`, unless it is another's: ADMIT_NAME_GIVEN then.  Inside a transaction. */
UP_MUST_USE enum up_err ledger_claim_name(struct store *store, const char *name,
					  const struct ledger_key *key,
					  enum admit *admit) UP_NONNULL;
