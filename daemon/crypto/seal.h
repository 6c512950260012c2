/* SPDX-License-Identifier: MIT */
/*
 * Secrets at rest and opaque handles: AES-256-GCM under a host key.  `context`
 * (record kind and id) is associated data, so that a sealed value cannot be moved
 * to another record.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "common/reader.h"

struct seal_key; /* immutable once open; thread-safe */

/*
 * Opens the key `name`: $CREDENTIALS_DIRECTORY/name if there is one, else
 * `directory`/name, which is created with 32 random bytes, mode 0600 and synced if
 * `create` and absent.  UP_ERR_UNTRUSTED when it is not a regular file of ours with
 * mode 0600 or less; UP_ERR_CORRUPT when it is not 32 bytes; UP_ERR_IO when absent.
 */
UP_MUST_USE enum up_err seal_key_open(const char *directory, const char *name, bool create,
				      struct seal_key **ret) UP_NONNULL;
void seal_key_free(struct seal_key *key); /* wipes */
UP_DEFINE_AUTO(struct seal_key, seal_key_free);

/* nonce, ciphertext and tag in a new buffer *ret of *len bytes, which the caller frees. */
UP_MUST_USE enum up_err seal(const struct seal_key *key, const char *context, struct up_span plain,
			     uint8_t **ret, size_t *len) UP_NONNULL;

/* The plain bytes, with a NUL behind them that *len does not count; the caller wipes and frees.
 * UP_ERR_CORRUPT: not sealed by this key for this context. */
UP_MUST_USE enum up_err unseal(const struct seal_key *key, const char *context,
			       struct up_span sealed, uint8_t **ret, size_t *len) UP_NONNULL;

/* 32 bytes derived from the key for `label` (HKDF-SHA-256, RFC 5869). */
UP_MUST_USE enum up_err seal_derive(const struct seal_key *key, const char *label,
				    uint8_t ret[32]) UP_NONNULL;
