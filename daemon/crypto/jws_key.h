/* SPDX-License-Identifier: MIT */
/* RSA keys as JWKs. */
#pragma once

#include <jansson.h>
#include <openssl/evp.h>

#include "common/attributes.h"
#include "common/errors.h"

struct jws_key;

/* The public half: {kty, n, e, use, alg}, without kid; NULL on failure. */
json_t *jwk_from_key(EVP_PKEY *pkey) UP_NONNULL UP_MUST_USE;

/* The RFC 7638 thumbprint of an RSA JWK, base64url; the caller frees it. */
char *jwk_thumbprint(json_t *jwk) UP_NONNULL UP_MUST_USE;

/* The private key; lives as long as the key. */
EVP_PKEY *jws_key_pkey(const struct jws_key *key) UP_NONNULL;
