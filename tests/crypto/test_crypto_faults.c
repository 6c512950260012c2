/* SPDX-License-Identifier: MIT */
/* Every allocation of ours and of jansson's fails once, and all from it on: DMN-08. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto/encoding.h"
#include "daemon/crypto/jws.h"
#include "daemon/crypto/password.h"
#include "daemon/crypto/seal.h"
#include "tests/crypto/fixed_token.h"
#include "tests/lib/fault.h"
#include "tests/lib/prop.h"
#include "tests/lib/scratch.h"
#include "tests/lib/testing.h"

static const struct up_span plain = { (const uint8_t *)"a secret", 8 };

static enum up_err encode_and_decode(void *arg)
{
	size_t len = 0;
	_auto_(free) char *text = base32_encode(plain);
	_auto_(free) uint8_t *bytes = text != NULL ? base32_decode(text, &len) : NULL;
	_auto_(free) char *again =
		bytes != NULL ? base64url_encode((struct up_span){ bytes, len }) : NULL;

	(void)arg;
	PROP(bytes == NULL || len == plain.len);
	return again != NULL ? UP_OK : UP_ERR_NOMEM;
}

static enum up_err verify_with(json_t *jwks)
{
	_auto_(jws_keyset_free) struct jws_keyset *keys = NULL;
	json_t *claims = NULL;
	enum up_err err = jws_keyset_load(jwks, &keys);

	PROP((err == UP_OK) == (keys != NULL));
	if (err != UP_OK)
		return err;
	enum jws_result result = jws_verify(keys, FIXED_TOKEN, &claims);
	PROP((result == JWS_GOOD) == (claims != NULL));
	json_decref(claims);
	return result == JWS_GOOD ? UP_OK : UP_ERR_NOMEM;
}

static enum up_err load_and_verify(void *arg)
{
	json_t *jwks = json_pack("{s:[{s:s, s:s, s:s, s:s}]}", "keys", "kty", "RSA", "kid",
				 FIXED_KID, "n", FIXED_MODULUS, "e", "AQAB");
	enum up_err err = UP_ERR_NOMEM;

	(void)arg;
	if (jwks != NULL)
		err = verify_with(jwks);
	json_decref(jwks);
	return err;
}

static enum up_err sign(void *arg)
{
	char *token = NULL;
	json_t *claims = json_pack("{s:s}", "sub", "alice");
	enum up_err err = UP_ERR_NOMEM;

	if (claims != NULL)
		err = jws_sign(arg, claims, &token);
	PROP((err == UP_OK) == (token != NULL));
	json_decref(claims);
	free(token);
	return err;
}

static enum up_err export_and_import(void *arg)
{
	uint8_t *der = NULL;
	size_t len = 0;
	struct jws_key *again = NULL;

	UP_TRY(jws_key_export(arg, &der, &len));
	enum up_err err = jws_key_import((struct up_span){ der, len }, &again);
	PROP((err == UP_OK) == (again != NULL));
	json_t *jwk = again != NULL ? jws_key_public(again) : NULL;
	if (err == UP_OK && jwk == NULL)
		err = UP_ERR_NOMEM;
	json_decref(jwk);
	jws_key_free(again);
	free(der);
	return err;
}

static enum up_err seal_and_unseal(void *arg)
{
	_auto_(seal_key_free) struct seal_key *key = NULL;
	_auto_(free) uint8_t *sealed = NULL, *opened = NULL;
	size_t len = 0, opened_len = 0;
	uint8_t derived[32];

	UP_TRY(seal_key_open(arg, "key", true, &key));
	UP_TRY(seal(key, "c", plain, &sealed, &len));
	UP_TRY(unseal(key, "c", (struct up_span){ sealed, len }, &opened, &opened_len));
	PROP(opened_len == plain.len && memcmp(opened, plain.data, plain.len) == 0);
	return seal_derive(key, "label", derived);
}

static enum up_err hash_and_verify(void *arg)
{
	_auto_(free) char *stored = NULL;
	bool matches = false;

	(void)arg;
	UP_TRY(password_hash("correct horse", &stored));
	UP_TRY(password_verify(stored, "wrong horse", &matches));
	PROP(!matches);
	UP_TRY(password_verify(stored, "correct horse", &matches));
	PROP(matches);
	return UP_OK;
}

static void nothing_is_half_done_without_memory(void **state)
{
	struct jws_key *key = NULL;
	_auto_(scratch_free) char *directory = scratch_new();

	(void)state;
	fault_init();
	assert_int_equal(jws_key_generate(&key), UP_OK);
	assert_true(fault_every_allocation(encode_and_decode, NULL) >= 3);
	assert_true(fault_every_allocation(load_and_verify, NULL) >= 10);
	assert_true(fault_every_allocation(sign, key) >= 5);
	assert_true(fault_every_allocation(export_and_import, key) >= 5);
	assert_true(fault_every_allocation(seal_and_unseal, directory) >= 3);
	assert_true(fault_every_allocation(hash_and_verify, NULL) >= 1);
	jws_key_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_half_done_without_memory),
	};

	return cmocka_run_group_tests_name("crypto/faults", tests, NULL, NULL);
}
