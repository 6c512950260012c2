/* SPDX-License-Identifier: MIT */
/* RSA public keys and PKCS #1 v1.5 signatures with SHA-256 (RFC 8017 section 8.2.2). */
#pragma once

#include <stdbool.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "common/reader.h"

struct rsa_key;

/* A key of 2048 to 4096 bits with exponent 65537, from big-endian numbers.  UP_ERR_MALFORMED: it
 * is none. */
UP_MUST_USE enum up_err rsa_key_new(struct up_span modulus, struct up_span exponent,
				    struct rsa_key **ret) UP_NONNULL;
void rsa_key_free(struct rsa_key *key); /* NULL is fine */
UP_DEFINE_AUTO(struct rsa_key, rsa_key_free);

/* A signature is as long as the modulus and smaller, so that each has one form. */
bool rsa_is_signed(const struct rsa_key *key, struct up_span message,
		   struct up_span signature) UP_NONNULL;
