/* SPDX-License-Identifier: MIT */
/* Keys and sets of keys that must not be believed. */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto/encoding.h"
#include "daemon/crypto/jws.h"
#include "daemon/crypto/jws_key.h"
#include "tests/lib/testing.h"

static struct {
	struct jws_key *key;
	char *token; /* signed with it */
} fixture;

static json_t *jwks_of(json_t *jwk)
{
	return json_pack("{s:[o]}", "keys", jwk);
}

static int make_keys(void **state)
{
	(void)state;
	assert_int_equal(jws_key_generate(&fixture.key), UP_OK);
	json_t *claims = json_pack("{s:s}", "sub", "alice");
	assert_int_equal(jws_sign(fixture.key, claims, &fixture.token), UP_OK);
	json_decref(claims);
	return 0;
}

static int free_keys(void **state)
{
	(void)state;
	jws_key_free(fixture.key);
	free(fixture.token);
	return 0;
}

static enum up_err load(json_t *jwks)
{
	struct jws_keyset *keys = NULL;
	enum up_err err = jws_keyset_load(jwks, &keys);

	assert_int_equal(keys != NULL, err == UP_OK);
	jws_keyset_free(keys);
	json_decref(jwks);
	return err;
}

/* A modulus of so many bits, all of them set: odd, and nobody factors it here. */
static json_t *jwk_of_bits(int bits, const char *exponent)
{
	_auto_(free) uint8_t *bytes = calloc(1, (size_t)(bits + 7) / 8);
	const size_t len = (size_t)(bits + 7) / 8;

	memset(bytes, 0xff, len);
	if (bits % 8 != 0)
		bytes[0] = (uint8_t)((1 << bits % 8) - 1);
	_auto_(free) char *n = base64url_encode((struct up_span){ bytes, len });
	return json_pack("{s:s, s:s, s:s, s:s}", "kty", "RSA", "kid", "k", "n", n, "e", exponent);
}

/* CRY-04 */
static void a_key_must_be_of_a_good_size_with_the_usual_exponent(void **state)
{
	static const struct {
		int bits;
		const char *exponent;
		enum up_err err;
	} cases[] = {
		{ 512, "AQAB", UP_ERR_MALFORMED },
		{ 1024, "AQAB", UP_ERR_MALFORMED },
		{ 2047, "AQAB", UP_ERR_MALFORMED },
		{ 2048, "AQAB", UP_OK },
		{ 3072, "AQAB", UP_OK },
		{ 4096, "AQAB", UP_OK },
		{ 4097, "AQAB", UP_ERR_MALFORMED },
		{ 131072, "AQAB", UP_ERR_MALFORMED },
		{ 2048, "AQ", UP_ERR_MALFORMED },
		{ 2048, "Aw", UP_ERR_MALFORMED },
		{ 2048, "Ag", UP_ERR_MALFORMED },
		{ 2048, "AQAA", UP_ERR_MALFORMED },
		{ 2048, "", UP_ERR_MALFORMED },
		{ 2048, "AA", UP_ERR_MALFORMED },
		{ 2048, "AQAB=", UP_ERR_MALFORMED },
		{ 2048, "AQAC", UP_ERR_MALFORMED },
		{ 2048, "AQABAQAB", UP_ERR_MALFORMED },
		{ 2048, "65537", UP_ERR_MALFORMED },
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++)
		if (load(jwks_of(jwk_of_bits(cases[i].bits, cases[i].exponent))) != cases[i].err)
			fail_msg("%d bits, exponent \"%s\"", cases[i].bits, cases[i].exponent);
}

static json_t *with(const char *member, json_t *value)
{
	json_t *jwk = jws_key_public(fixture.key);

	if (value == NULL)
		(void)json_object_del(jwk, member);
	else
		(void)json_object_set_new(jwk, member, value);
	return jwks_of(jwk);
}

static json_t *text_of(size_t len)
{
	char text[256];

	memset(text, 'k', sizeof(text));
	return json_stringn(text, len);
}

/* CRY-04 */
static void a_key_of_a_wrong_form_is_refused(void **state)
{
	(void)state;
	assert_int_equal(load(with("x", json_true())), UP_OK);
	assert_int_equal(load(with("use", NULL)), UP_OK);
	assert_int_equal(load(with("alg", NULL)), UP_OK);
	assert_int_equal(load(with("kid", text_of(JWS_KID_MAX))), UP_OK);
	assert_int_equal(load(with("kid", text_of(JWS_KID_MAX + 1))), UP_ERR_MALFORMED);
	assert_int_equal(load(with("kid", json_string(""))), UP_ERR_MALFORMED);
	assert_int_equal(load(with("kid", json_integer(1))), UP_ERR_MALFORMED);
	assert_int_equal(load(with("kid", NULL)), UP_ERR_MALFORMED);
	assert_int_equal(load(with("n", NULL)), UP_ERR_MALFORMED);
	assert_int_equal(load(with("n", json_integer(3))), UP_ERR_MALFORMED);
	assert_int_equal(load(with("n", json_string(""))), UP_ERR_MALFORMED);
	assert_int_equal(load(with("n", json_string("AAAA"))), UP_ERR_MALFORMED);
	assert_int_equal(load(with("e", NULL)), UP_ERR_MALFORMED);
	/* A private key has no business in there. */
	assert_int_equal(load(with("d", json_string("AQAB"))), UP_ERR_MALFORMED);
	assert_int_equal(load(with("d", json_null())), UP_ERR_MALFORMED);
}

static void an_even_modulus_is_refused(void **state)
{
	uint8_t bytes[256];

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	bytes[255] = 0xfe;
	_auto_(free) char *n = base64url_encode((struct up_span){ bytes, sizeof(bytes) });
	assert_int_equal(load(with("n", json_string(n))), UP_ERR_MALFORMED);
}

/* Keys for other uses are passed over; a token may not name them. */
static void keys_for_other_uses_verify_nothing(void **state)
{
	static const struct {
		const char *member, *value;
	} cases[] = {
		{ "kty", "EC" },    { "kty", "oct" },   { "kty", "rsa" },   { "use", "enc" },
		{ "alg", "RS512" }, { "alg", "PS256" }, { "alg", "HS256" }, { "alg", "RSA-OAEP" },
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		json_t *jwks = with(cases[i].member, json_string(cases[i].value));
		struct jws_keyset *keys = NULL;
		json_t *claims = NULL;

		assert_int_equal(jws_keyset_load(jwks, &keys), UP_OK);
		assert_int_equal(jws_verify(keys, fixture.token, &claims), JWS_UNKNOWN_KEY);
		assert_null(claims);
		jws_keyset_free(keys);
		json_decref(jwks);
	}
}

/* CRY-04 */
static void a_set_has_its_limit_and_no_key_twice(void **state)
{
	(void)state;
	for (int count = 0; count <= JWS_KEYS_MAX + 1; count++) {
		json_t *list = json_array();

		for (int i = 0; i < count; i++) {
			char kid[16];
			json_t *jwk = jws_key_public(fixture.key);

			(void)snprintf(kid, sizeof(kid), "kid%d", i);
			(void)json_object_set_new(jwk, "kid", json_string(kid));
			(void)json_array_append_new(list, jwk);
		}
		assert_int_equal(load(json_pack("{s:o}", "keys", list)),
				 count <= JWS_KEYS_MAX ? UP_OK : UP_ERR_MALFORMED);
	}
	assert_int_equal(load(json_pack("{s:[o,o]}", "keys", jws_key_public(fixture.key),
					jws_key_public(fixture.key))),
			 UP_ERR_MALFORMED);
}

static void what_is_no_jwks_is_refused(void **state)
{
	(void)state;
	assert_int_equal(load(json_object()), UP_ERR_MALFORMED);
	assert_int_equal(load(json_array()), UP_ERR_MALFORMED);
	assert_int_equal(load(json_null()), UP_ERR_MALFORMED);
	assert_int_equal(load(json_pack("{s:{}}", "keys")), UP_ERR_MALFORMED);
	assert_int_equal(load(json_pack("{s:[i]}", "keys", 1)), UP_ERR_MALFORMED);
	assert_int_equal(load(json_pack("{s:[n]}", "keys")), UP_ERR_MALFORMED);
	assert_int_equal(load(json_pack("{s:[]}", "keys")), UP_OK);
}

static void a_key_is_exported_and_imported_whole(void **state)
{
	uint8_t *der = NULL;
	size_t len = 0;
	struct jws_key *again = NULL;

	(void)state;
	assert_int_equal(jws_key_export(fixture.key, &der, &len), UP_OK);
	assert_int_equal(jws_key_import((struct up_span){ der, len }, &again), UP_OK);
	assert_string_equal(jws_key_id(again), jws_key_id(fixture.key));
	jws_key_free(again);
	again = NULL;
	for (size_t cut = 0; cut < len; cut += 1 + cut / 8)
		assert_int_equal(jws_key_import((struct up_span){ der, cut }, &again),
				 UP_ERR_CORRUPT);
	uint8_t *longer = calloc(1, len + 1);
	memcpy(longer, der, len);
	assert_int_equal(jws_key_import((struct up_span){ longer, len + 1 }, &again),
			 UP_ERR_CORRUPT);
	assert_null(again);
	free(longer);
	free(der);
}

static void a_key_that_is_not_rsa_is_not_imported(void **state)
{
	EVP_PKEY *ec = EVP_EC_gen("P-256");
	uint8_t *der = NULL;
	int len = i2d_PrivateKey(ec, &der);
	struct jws_key *key = NULL;

	(void)state;
	assert_true(len > 0);
	assert_int_equal(jws_key_import((struct up_span){ der, (size_t)len }, &key),
			 UP_ERR_CORRUPT);
	assert_null(key);
	OPENSSL_free(der);
	EVP_PKEY_free(ec);
}

/* RFC 7638 section 3.1. */
static void the_kid_is_the_thumbprint_of_the_rfc(void **state)
{
	json_t *jwk = json_pack(
		"{s:s, s:s, s:s, s:s, s:s}", "kty", "RSA", "n",
		"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tS"
		"oc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65"
		"YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyr"
		"dkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzK"
		"nqDKgw",
		"e", "AQAB", "alg", "RS256", "kid", "2011-04-29");

	(void)state;
	_auto_(free) char *thumbprint = jwk_thumbprint(jwk);
	assert_string_equal(thumbprint, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
	json_decref(jwk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_must_be_of_a_good_size_with_the_usual_exponent),
		cmocka_unit_test(a_key_of_a_wrong_form_is_refused),
		cmocka_unit_test(an_even_modulus_is_refused),
		cmocka_unit_test(keys_for_other_uses_verify_nothing),
		cmocka_unit_test(a_set_has_its_limit_and_no_key_twice),
		cmocka_unit_test(what_is_no_jwks_is_refused),
		cmocka_unit_test(a_key_is_exported_and_imported_whole),
		cmocka_unit_test(a_key_that_is_not_rsa_is_not_imported),
		cmocka_unit_test(the_kid_is_the_thumbprint_of_the_rfc),
	};

	return cmocka_run_group_tests_name("crypto/jwks", tests, make_keys, free_keys);
}
