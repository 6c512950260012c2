/* SPDX-License-Identifier: MIT */
/* What a daemon needs of JWS: no more than to verify. */
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto/encoding.h"
#include "daemon/crypto/jws.h"
#include "daemon/crypto/rsa.h"

#define NUMBER_MAX 1024 /* base64url letters: more than RSA-4096 has */

struct jws_keyset {
	size_t count;
	struct {
		char *kid;
		struct rsa_key *key;
	} key[JWS_KEYS_MAX];
};

UP_DEFINE_AUTO(json_t, json_decref);

static struct up_span span_of(const char *text, size_t len)
{
	return (struct up_span){ (const uint8_t *)text, len };
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

static uint8_t *read_number(json_t *jwk, const char *member, size_t *len)
{
	const char *text = json_string_value(json_object_get(jwk, member));

	if (text == NULL || strlen(text) > NUMBER_MAX)
		return NULL;
	return base64url_decode(text, strlen(text), len);
}

static enum up_err read_key(json_t *jwk, struct rsa_key **ret)
{
	size_t n_len = 0, e_len = 0;
	_auto_(free) uint8_t *n = read_number(jwk, "n", &n_len);
	_auto_(free) uint8_t *e = read_number(jwk, "e", &e_len);

	if (n == NULL || e == NULL)
		return UP_ERR_MALFORMED;
	return rsa_key_new((struct up_span){ n, n_len }, (struct up_span){ e, e_len }, ret);
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
	_auto_(rsa_key_free) struct rsa_key *key = NULL;
	UP_TRY(read_key(jwk, &key));
	char *copy = strdup(kid);
	if (copy == NULL)
		return UP_ERR_NOMEM;
	keys->key[keys->count].key = TAKE(key);
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
		rsa_key_free(keys->key[i].key);
	}
	free(keys);
}

static const struct rsa_key *find_key(const struct jws_keyset *keys, const char *kid)
{
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->key[i].kid, kid) == 0)
			return keys->key[i].key;
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

static bool is_signed(const struct rsa_key *key, const struct parts *parts)
{
	size_t len = 0;
	_auto_(free) uint8_t *signature =
		base64url_decode((const char *)parts->signature.data, parts->signature.len, &len);

	return signature != NULL &&
	       rsa_is_signed(key, parts->input, (struct up_span){ signature, len });
}

enum jws_result jws_verify(const struct jws_keyset *keys, const char *token, json_t **claims)
{
	struct parts parts;

	if (!split(token, &parts))
		return JWS_BAD;
	_auto_(json_decref) json_t *header = decode_object(parts.head);
	const char *kid = json_string_value(json_object_get(header, "kid"));
	if (kid == NULL || !is(header, "alg", "RS256") || json_object_get(header, "crit") != NULL ||
	    json_object_get(header, "b64") != NULL)
		return JWS_BAD;
	const struct rsa_key *key = find_key(keys, kid);
	if (key == NULL)
		return JWS_UNKNOWN_KEY;
	if (!is_signed(key, &parts))
		return JWS_BAD;
	json_t *body = decode_object(parts.body);
	if (body == NULL)
		return JWS_BAD;
	*claims = body;
	return JWS_GOOD;
}
