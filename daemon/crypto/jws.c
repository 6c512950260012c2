/* SPDX-License-Identifier: MIT */
#include "daemon/crypto/jws.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto/encoding.h"
#include "daemon/crypto/jws_key.h"
#include "daemon/crypto/openssl.h"

#define SIGNATURE_MAX 512

struct jws_keyset {
	size_t count;
	struct {
		char *kid;
		EVP_PKEY *pkey;
	} key[JWS_KEYS_MAX];
};

UP_DEFINE_AUTO(EVP_MD_CTX, EVP_MD_CTX_free);
UP_DEFINE_AUTO(json_t, json_decref);

static struct up_span span_of(const char *text, size_t len)
{
	return (struct up_span){ (const uint8_t *)text, len };
}

static char *encode_part(json_t *json)
{
	_auto_(free) char *text = json_encode(json);

	return text == NULL ? NULL : base64url_encode(span_of(text, strlen(text)));
}

static enum up_err sign(EVP_PKEY *pkey, const char *input, char **ret)
{
	_auto_(EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t signature[SIGNATURE_MAX];
	size_t len = sizeof(signature);

	if (ctx == NULL ||
	    EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, pkey, NULL) != 1 ||
	    EVP_DigestSign(ctx, signature, &len, (const uint8_t *)input, strlen(input)) != 1)
		return UP_ERR_CRYPTO;
	*ret = base64url_encode((struct up_span){ signature, len });
	return *ret != NULL ? UP_OK : UP_ERR_NOMEM;
}

enum up_err jws_sign(const struct jws_key *key, json_t *claims, char **ret)
{
	_auto_(json_decref) json_t *header =
		json_pack("{s:s, s:s}", "kid", jws_key_id(key), "alg", "RS256");
	_auto_(free) char *head = NULL, *body = NULL, *input = NULL, *signature = NULL;
	char *token = NULL;

	if (header == NULL || (head = encode_part(header)) == NULL ||
	    (body = encode_part(claims)) == NULL)
		return UP_ERR_NOMEM;
	if (asprintf(&input, "%s.%s", head, body) < 0) {
		input = NULL;
		return UP_ERR_NOMEM;
	}
	UP_TRY(sign(jws_key_pkey(key), input, &signature));
	if (asprintf(&token, "%s.%s", input, signature) < 0)
		return UP_ERR_NOMEM;
	if (strlen(token) > JWS_TOKEN_MAX) {
		free(token);
		return UP_ERR_TOO_LARGE;
	}
	*ret = token;
	return UP_OK;
}

static bool is(json_t *object, const char *member, const char *wanted)
{
	const char *text = json_string_value(json_object_get(object, member));

	return text != NULL && strcmp(text, wanted) == 0;
}

/* A JWKS may hold keys for other uses; they are passed over, never a reason to trust less. */
static bool is_for_rs256(json_t *jwk)
{
	return is(jwk, "kty", "RSA") &&
	       (json_object_get(jwk, "alg") == NULL || is(jwk, "alg", "RS256")) &&
	       (json_object_get(jwk, "use") == NULL || is(jwk, "use", "sig"));
}

static enum up_err add_key(struct jws_keyset *keys, json_t *jwk)
{
	const char *kid = json_string_value(json_object_get(jwk, "kid"));

	if (!json_is_object(jwk) || json_object_get(jwk, "d") != NULL)
		return UP_ERR_MALFORMED;
	if (!is_for_rs256(jwk))
		return UP_OK;
	if (kid == NULL || kid[0] == '\0' || strlen(kid) > JWS_KID_MAX)
		return UP_ERR_MALFORMED;
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->key[i].kid, kid) == 0)
			return UP_ERR_MALFORMED;
	EVP_PKEY *pkey = jwk_to_key(jwk);
	char *copy = strdup(kid);
	if (pkey == NULL || copy == NULL) {
		EVP_PKEY_free(pkey);
		free(copy);
		return copy == NULL ? UP_ERR_NOMEM : UP_ERR_MALFORMED;
	}
	keys->key[keys->count].pkey = pkey;
	keys->key[keys->count++].kid = copy;
	return UP_OK;
}

enum up_err jws_keyset_load(json_t *jwks, struct jws_keyset **ret)
{
	json_t *list = json_object_get(jwks, "keys"), *jwk;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) > JWS_KEYS_MAX)
		return UP_ERR_MALFORMED;
	_auto_(jws_keyset_free) struct jws_keyset *keys = calloc(1, sizeof(*keys));
	if (keys == NULL)
		return UP_ERR_NOMEM;
	json_array_foreach (list, i, jwk)
		UP_TRY(add_key(keys, jwk));
	*ret = TAKE(keys);
	return UP_OK;
}

void jws_keyset_free(struct jws_keyset *keys)
{
	if (keys == NULL)
		return;
	for (size_t i = 0; i < keys->count; i++) {
		free(keys->key[i].kid);
		EVP_PKEY_free(keys->key[i].pkey);
	}
	free(keys);
}

static EVP_PKEY *find_key(const struct jws_keyset *keys, const char *kid)
{
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->key[i].kid, kid) == 0)
			return keys->key[i].pkey;
	return NULL;
}

/* The three parts of a compact token, each with bytes in it. */
struct parts {
	struct up_span head, body, signature, input;
};

static bool split(const char *token, struct parts *ret)
{
	const size_t len = strnlen(token, JWS_TOKEN_MAX + 1);
	const char *first = memchr(token, '.', len);

	if (len > JWS_TOKEN_MAX || first == NULL)
		return false;
	const size_t head = (size_t)(first - token);
	const char *second = memchr(first + 1, '.', len - head - 1);
	if (second == NULL)
		return false;
	const size_t input = (size_t)(second - token);
	if (memchr(second + 1, '.', len - input - 1) != NULL)
		return false;
	*ret = (struct parts){ .head = span_of(token, head),
			       .body = span_of(first + 1, input - head - 1),
			       .signature = span_of(second + 1, len - input - 1),
			       .input = span_of(token, input) };
	return ret->head.len > 0 && ret->body.len > 0 && ret->signature.len > 0;
}

/* A member twice could be read one way here and another way elsewhere. */
static json_t *decode_object(struct up_span part)
{
	size_t len = 0;
	_auto_(free) uint8_t *text = base64url_decode((const char *)part.data, part.len, &len);

	if (text == NULL)
		return NULL;
	json_t *json = json_loadb((const char *)text, len, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(json))
		return json;
	json_decref(json);
	return NULL;
}

static bool is_signed(EVP_PKEY *pkey, const struct parts *parts)
{
	_auto_(EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = 0;
	_auto_(free) uint8_t *signature =
		base64url_decode((const char *)parts->signature.data, parts->signature.len, &len);

	return ctx != NULL && signature != NULL &&
	       EVP_DigestVerifyInit_ex(ctx, NULL, "SHA256", NULL, NULL, pkey, NULL) == 1 &&
	       EVP_DigestVerify(ctx, signature, len, parts->input.data, parts->input.len) == 1;
}

enum jws_result jws_verify(const struct jws_keyset *keys, const char *token, json_t **claims)
{
	struct parts parts;

	openssl_start();
	if (!split(token, &parts))
		return JWS_BAD;
	_auto_(json_decref) json_t *header = decode_object(parts.head);
	const char *kid = json_string_value(json_object_get(header, "kid"));
	if (kid == NULL || !is(header, "alg", "RS256") || json_object_get(header, "crit") != NULL ||
	    json_object_get(header, "b64") != NULL)
		return JWS_BAD;
	EVP_PKEY *pkey = find_key(keys, kid);
	if (pkey == NULL)
		return JWS_UNKNOWN_KEY;
	if (!is_signed(pkey, &parts))
		return JWS_BAD;
	json_t *body = decode_object(parts.body);
	if (body == NULL)
		return JWS_BAD;
	*claims = body;
	return JWS_GOOD;
}
