/* SPDX-License-Identifier: MIT */
/*
 * JSON Web Signatures as Cognito uses them: compact form, RS256, RSA-2048
 * (RFC 7515, RFC 7517, RFC 7518), and nothing else.  The algorithm is ours to
 * choose, never the token's; docs/decisions says why this is not a JOSE library.
 */
#pragma once

#include <jansson.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "common/reader.h"

#define JWS_TOKEN_MAX 16384 /* bytes of a compact token */
#define JWS_KEYS_MAX  16    /* keys in a set */
#define JWS_KID_MAX   128

/* A private signing key with its kid.  Thread-safe. */
struct jws_key;

UP_MUST_USE enum up_err jws_key_generate(struct jws_key **ret) UP_NONNULL;
/* The key as DER (PKCS #8) for sealing, and back.  The caller wipes and frees *ret. */
UP_MUST_USE enum up_err jws_key_export(const struct jws_key *key, uint8_t **ret,
				       size_t *len) UP_NONNULL;
UP_MUST_USE enum up_err jws_key_import(struct up_span der, struct jws_key **ret) UP_NONNULL;
void jws_key_free(struct jws_key *key);
UP_DEFINE_AUTO(struct jws_key, jws_key_free);

/* The kid: the RFC 7638 thumbprint.  Lives as long as the key. */
const char *jws_key_id(const struct jws_key *key) UP_NONNULL;
/* A new reference: the public JWK {kty, n, e, kid, use: "sig", alg: "RS256"}; NULL out of memory.
 */
json_t *jws_key_public(const struct jws_key *key) UP_NONNULL UP_MUST_USE;

/* {"alg":"RS256","kid":...} over `claims`, compact, in *ret, which the caller frees. */
UP_MUST_USE enum up_err jws_sign(const struct jws_key *key, json_t *claims, char **ret) UP_NONNULL;

/* The keys that a pool signs with, from its JWKS document {"keys": [...]}. */
struct jws_keyset;

/* UP_ERR_MALFORMED: not a JWKS, more than JWS_KEYS_MAX keys, a private key, RSA under 2048 or over
 * 4096 bits, or an exponent other than 65537 in a key that is for RS256 signatures. */
UP_MUST_USE enum up_err jws_keyset_load(json_t *jwks, struct jws_keyset **ret) UP_NONNULL;
void jws_keyset_free(struct jws_keyset *keys);
UP_DEFINE_AUTO(struct jws_keyset, jws_keyset_free);

enum jws_result { JWS_BAD, JWS_UNKNOWN_KEY, JWS_GOOD };

/*
 * Verifies a compact token and gives its claims (a new reference) on JWS_GOOD only.
 * JWS_BAD: longer than JWS_TOKEN_MAX, not three strict base64url parts, a header with
 * `crit` or `b64`, another alg than exactly RS256, duplicate members, or a signature that is
 * not the key's.  JWS_UNKNOWN_KEY: the kid is in no key: the JWKS may be old.
 */
UP_MUST_USE enum jws_result jws_verify(const struct jws_keyset *keys, const char *token,
				       json_t **claims) UP_NONNULL;
