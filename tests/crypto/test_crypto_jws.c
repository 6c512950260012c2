/* SPDX-License-Identifier: MIT */
/*
 * Tokens and keys that must not be believed.  What the attacker can sign with our own
 * key here, to reach past the signature, a real one cannot: the header is refused by
 * itself.
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto/digest.h"
#include "daemon/crypto/encoding.h"
#include "daemon/crypto/jws.h"
#include "daemon/crypto/jws_key.h"
#include "tests/crypto/fixed_token.h"
#include "tests/lib/testing.h"

static struct {
	struct jws_key *key, *other;
	struct jws_keyset *keys; /* `key` only */
} fixture;

static json_t *jwks_of(json_t *jwk)
{
	return json_pack("{s:[o]}", "keys", jwk);
}

static int make_keys(void **state)
{
	(void)state;
	assert_int_equal(jws_key_generate(&fixture.key), UP_OK);
	assert_int_equal(jws_key_generate(&fixture.other), UP_OK);
	json_t *jwks = jwks_of(jws_key_public(fixture.key));
	assert_int_equal(jws_keyset_load(jwks, &fixture.keys), UP_OK);
	json_decref(jwks);
	return 0;
}

static int free_keys(void **state)
{
	(void)state;
	jws_keyset_free(fixture.keys);
	jws_key_free(fixture.key);
	jws_key_free(fixture.other);
	return 0;
}

static char *encode_text(const char *text)
{
	return base64url_encode((struct up_span){ (const uint8_t *)text, strlen(text) });
}

/* `pattern` with each "%s" replaced; the caller frees it. */
static char *expand(const char *pattern, const char *value)
{
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);

	for (const char *at = pattern; *at != '\0'; at++)
		if (strncmp(at, "%s", 2) == 0) {
			assert_true(fputs(value, stream) >= 0);
			at++;
		} else {
			assert_true(fputc(*at, stream) != EOF);
		}
	assert_int_equal(fclose(stream), 0);
	return text;
}

enum signing { SIGN_RS256, SIGN_RS512, SIGN_PS256, SIGN_HS256_PEM, SIGN_HS256_DER, SIGN_NOT };

static size_t sign_rsa(const char *input, enum signing how, uint8_t *out, size_t size)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pkey_ctx = NULL;
	size_t len = size;

	assert_int_equal(EVP_DigestSignInit_ex(ctx, &pkey_ctx,
					       how == SIGN_RS512 ? "SHA512" : "SHA256", NULL, NULL,
					       jws_key_pkey(fixture.key), NULL),
			 1);
	if (how == SIGN_PS256)
		assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(pkey_ctx, RSA_PKCS1_PSS_PADDING), 1);
	assert_int_equal(EVP_DigestSign(ctx, out, &len, (const uint8_t *)input, strlen(input)), 1);
	EVP_MD_CTX_free(ctx);
	return len;
}

/* The public key, which everybody has, as the secret of an HMAC. */
static size_t sign_hmac(const char *input, enum signing how, uint8_t out[DIGEST_SIZE])
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *secret = NULL;

	assert_int_equal(how == SIGN_HS256_PEM
				 ? PEM_write_bio_PUBKEY(bio, jws_key_pkey(fixture.key))
				 : i2d_PUBKEY_bio(bio, jws_key_pkey(fixture.key)),
			 1);
	const size_t len = (size_t)BIO_get_mem_data(bio, &secret);
	assert_int_equal(
		digest_hmac_sha256((struct up_span){ (const uint8_t *)secret, len },
				   (struct up_span){ (const uint8_t *)input, strlen(input) }, out),
		UP_OK);
	BIO_free(bio);
	return DIGEST_SIZE;
}

/* A token over any header and body; "%s" in the header is the key's kid. */
static char *forge(const char *header, const char *body, enum signing how)
{
	uint8_t signature[512];
	char *input = NULL, *token = NULL;
	size_t len = 0;

	_auto_(free) char *head = expand(header, jws_key_id(fixture.key));
	_auto_(free) char *first = encode_text(head), *second = encode_text(body);
	assert_true(asprintf(&input, "%s.%s", first, second) > 0);
	if (how == SIGN_HS256_PEM || how == SIGN_HS256_DER)
		len = sign_hmac(input, how, signature);
	else if (how != SIGN_NOT)
		len = sign_rsa(input, how, signature, sizeof(signature));
	_auto_(free) char *third = base64url_encode((struct up_span){ signature, len });
	assert_true(asprintf(&token, "%s.%s", input, third) > 0);
	free(input);
	return token;
}

static enum jws_result verify(const char *token)
{
	json_t *claims = NULL;
	enum jws_result result = jws_verify(fixture.keys, token, &claims);

	assert_int_equal(claims != NULL, result == JWS_GOOD);
	json_decref(claims);
	return result;
}

static void a_signed_token_gives_its_claims(void **state)
{
	char *token = NULL;
	json_t *claims = json_pack("{s:s, s:I}", "sub", "alice", "exp", (json_int_t)2000000000);
	json_t *read = NULL;

	(void)state;
	assert_int_equal(jws_sign(fixture.key, claims, &token), UP_OK);
	assert_int_equal(jws_verify(fixture.keys, token, &read), JWS_GOOD);
	assert_true(json_equal(claims, read));
	json_decref(claims);
	json_decref(read);
	free(token);
}

static void a_token_of_another_implementation_is_read(void **state)
{
	json_t *jwks = json_pack("{s:[{s:s, s:s, s:s, s:s}]}", "keys", "kty", "RSA", "kid",
				 FIXED_KID, "n", FIXED_MODULUS, "e", "AQAB");
	struct jws_keyset *keys = NULL;
	json_t *claims = NULL;

	(void)state;
	assert_int_equal(jws_keyset_load(jwks, &keys), UP_OK);
	assert_int_equal(jws_verify(keys, FIXED_TOKEN, &claims), JWS_GOOD);
	_auto_(free) char *text = json_encode(claims);
	assert_string_equal(text, FIXED_CLAIMS);
	json_decref(claims);
	json_decref(jwks);
	jws_keyset_free(keys);
}

/* CRY-01: the algorithm is ours to choose. */
static void no_header_chooses_another_algorithm(void **state)
{
	static const struct {
		const char *header;
		enum signing how;
	} cases[] = {
		{ "{\"kid\":\"%s\",\"alg\":\"none\"}", SIGN_NOT },
		{ "{\"kid\":\"%s\",\"alg\":\"None\"}", SIGN_NOT },
		{ "{\"kid\":\"%s\",\"alg\":\"nOnE\"}", SIGN_NOT },
		{ "{\"kid\":\"%s\",\"alg\":\"\"}", SIGN_NOT },
		{ "{\"kid\":\"%s\"}", SIGN_NOT },
		{ "{\"kid\":\"%s\",\"alg\":\"RS256\"}", SIGN_NOT },
		{ "{\"kid\":\"%s\",\"alg\":\"none\"}", SIGN_RS256 },
		{ "{\"kid\":\"%s\",\"alg\":\"\"}", SIGN_RS256 },
		{ "{\"kid\":\"%s\"}", SIGN_RS256 },
		{ "{\"kid\":\"%s\",\"alg\":null}", SIGN_RS256 },
		{ "{\"kid\":\"%s\",\"alg\":[\"RS256\"]}", SIGN_RS256 },
		{ "{\"kid\":\"%s\",\"alg\":{\"RS256\":1}}", SIGN_RS256 },
		{ "{\"kid\":\"%s\",\"alg\":256}", SIGN_RS256 },
		{ "{\"kid\":\"%s\",\"alg\":\"rs256\"}", SIGN_RS256 },
		{ "{\"kid\":\"%s\",\"alg\":\"RS256 \"}", SIGN_RS256 },
		{ "{\"kid\":\"%s\",\"alg\":\"RS25\"}", SIGN_RS256 },
		{ "{\"kid\":\"%s\",\"ALG\":\"RS256\"}", SIGN_RS256 },
		{ "{\"kid\":\"%s\",\"alg\":\"HS256\"}", SIGN_HS256_PEM },
		{ "{\"kid\":\"%s\",\"alg\":\"HS256\"}", SIGN_HS256_DER },
		{ "{\"kid\":\"%s\",\"alg\":\"RS256\"}", SIGN_HS256_PEM },
		{ "{\"kid\":\"%s\",\"alg\":\"RS512\"}", SIGN_RS512 },
		{ "{\"kid\":\"%s\",\"alg\":\"RS256\"}", SIGN_RS512 },
		{ "{\"kid\":\"%s\",\"alg\":\"PS256\"}", SIGN_PS256 },
		{ "{\"kid\":\"%s\",\"alg\":\"RS256\"}", SIGN_PS256 },
		{ "{\"kid\":\"%s\",\"alg\":\"ES256\"}", SIGN_RS256 },
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		_auto_(free) char *token =
			forge(cases[i].header, "{\"sub\":\"root\"}", cases[i].how);

		if (verify(token) != JWS_BAD)
			fail_msg("takes %s", cases[i].header);
	}
}

/* CRY-01, CRY-07: even with a right signature. */
static void a_header_that_asks_for_more_is_refused(void **state)
{
	static const char *const headers[] = {
		"{\"kid\":\"%s\",\"alg\":\"RS256\",\"crit\":[\"exp\"]}",
		"{\"kid\":\"%s\",\"alg\":\"RS256\",\"crit\":[]}",
		"{\"kid\":\"%s\",\"alg\":\"RS256\",\"crit\":null}",
		"{\"kid\":\"%s\",\"alg\":\"RS256\",\"b64\":false,\"crit\":[\"b64\"]}",
		"{\"kid\":\"%s\",\"alg\":\"RS256\",\"b64\":false}",
		"{\"kid\":\"%s\",\"alg\":\"RS256\",\"alg\":\"RS256\"}",
		"{\"kid\":\"x\",\"kid\":\"%s\",\"alg\":\"RS256\"}",
		"{\"kid\":\"%s\",\"alg\":\"RS256\"}x",
		"[{\"kid\":\"%s\",\"alg\":\"RS256\"}]",
		"{\"kid\":[\"%s\"],\"alg\":\"RS256\"}",
		"{\"kid\":null,\"alg\":\"RS256\"}",
		"{\"alg\":\"RS256\"}",
		"{\"kid\":\"%s\\u0000\",\"alg\":\"RS256\"}",
		"{\"kid\":\"%s\",\"alg\":\"RS256\\u0000x\"}",
		"{\"kid\":\"%s\",\"alg\":\"RS256\"",
		"\xff{\"kid\":\"%s\",\"alg\":\"RS256\"}",
		"{\"kid\":\"%s\",\"alg\":\"RS256\",\"x\":\"\xc3\"}",
		"",
		"null",
		"true",
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(headers); i++) {
		_auto_(free) char *token = forge(headers[i], "{\"sub\":\"alice\"}", SIGN_RS256);

		if (verify(token) != JWS_BAD)
			fail_msg("takes %s", headers[i]);
	}
	_auto_(free) char *good =
		forge("{\"typ\":\"JWT\",\"kid\":\"%s\",\"alg\":\"RS256\",\"x5u\":\"https://x/\","
		      "\"jku\":\"https://x/\",\"jwk\":{\"kty\":\"RSA\"}}",
		      "{\"sub\":\"alice\"}", SIGN_RS256);
	assert_int_equal(verify(good), JWS_GOOD);
}

/* CRY-07: a signed body is read one way or not at all. */
static void a_body_that_is_no_plain_object_is_refused(void **state)
{
	static const char *const bodies[] = {
		"",
		"null",
		"[]",
		"\"text\"",
		"1",
		"{\"sub\":\"alice\",\"sub\":\"root\"}",
		"{\"sub\":\"alice\\u0000root\"}",
		"{\"sub\":\"alice\"",
		"{\"sub\":\"alice\"}{}",
		"{\"sub\":\"ali\xc3\"}",
		"{\"sub\":\"\xed\xa0\x80\"}",
		"{sub:1}",
		"{'sub':'alice'}",
		"{\"a\":{\"b\":1,\"b\":2}}",
		"{\"exp\":1e999}",
		"{\"exp\":99999999999999999999}",
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(bodies); i++) {
		_auto_(free) char *token =
			forge("{\"kid\":\"%s\",\"alg\":\"RS256\"}", bodies[i], SIGN_RS256);

		if (verify(token) != JWS_BAD)
			fail_msg("takes %s", bodies[i]);
	}
}

static void deep_nesting_costs_no_stack(void **state)
{
	enum { DEPTH = 5000 };
	static char body[DEPTH + 1];

	(void)state;
	memset(body, '[', DEPTH);
	_auto_(free) char *token = forge("{\"kid\":\"%s\",\"alg\":\"RS256\"}", body, SIGN_RS256);
	assert_int_equal(verify(token), JWS_BAD);
}

static char *good_token(void)
{
	return forge("{\"kid\":\"%s\",\"alg\":\"RS256\"}", "{\"sub\":\"alice\"}", SIGN_RS256);
}

/* CRY-07: nothing around, between or instead of the characters of a good token. */
static void every_single_change_of_a_token_is_refused(void **state)
{
	static const char others[] = "Az0_-.=+/ \n%~\x01\xff";

	(void)state;
	_auto_(free) char *token = good_token();
	const size_t len = strlen(token);

	assert_int_equal(verify(token), JWS_GOOD);
	for (size_t i = 0; i < len; i++)
		for (size_t j = 0; j < sizeof(others) - 1; j++) {
			const char kept = token[i];

			if (kept == others[j])
				continue;
			token[i] = others[j];
			assert_int_not_equal(verify(token), JWS_GOOD);
			token[i] = kept;
		}
}

static void every_cut_and_every_addition_is_refused(void **state)
{
	(void)state;
	_auto_(free) char *token = good_token();
	const size_t len = strlen(token);

	for (size_t i = 0; i < len; i++) {
		_auto_(free) char *cut = strndup(token, i), *longer = NULL;

		assert_int_not_equal(verify(cut), JWS_GOOD);
		assert_true(asprintf(&longer, "%.*sA%s", (int)i, token, token + i) > 0);
		assert_int_not_equal(verify(longer), JWS_GOOD);
	}
}

static void only_three_parts_with_something_in_them_are_a_token(void **state)
{
	static const char *const shapes[] = {
		"",
		".",
		"..",
		"...",
		"a",
		"a.b",
		"%s.",
		".%s",
		"%s.x",
		"%s.x.y",
		"%s=",
		"%s==",
		" %s",
		"%s ",
		"%s\n",
		"Bearer %s",
		"\"%s\"",
		"%s.%s",
		"e30..",
		"e30.e30.",
		".e30.e30",
		"e30.e30.e30.e30",
		"e30.e30.e30.e30.e30",
	};

	(void)state;
	_auto_(free) char *good = good_token();
	for (size_t i = 0; i < UP_COUNT(shapes); i++) {
		_auto_(free) char *token = expand(shapes[i], good);

		if (verify(token) != JWS_BAD)
			fail_msg("takes the shape \"%s\"", shapes[i]);
	}
}

static void a_token_has_its_limit(void **state)
{
	static char body[JWS_TOKEN_MAX];
	size_t longest = 0;

	(void)state;
	for (size_t pad = 11850; pad < 12050; pad++) {
		(void)snprintf(body, sizeof(body), "{\"x\":\"%0*d\"}", (int)pad, 0);
		_auto_(free) char *token =
			forge("{\"kid\":\"%s\",\"alg\":\"RS256\"}", body, SIGN_RS256);
		const size_t len = strlen(token);

		assert_int_equal(verify(token), len <= JWS_TOKEN_MAX ? JWS_GOOD : JWS_BAD);
		if (len > JWS_TOKEN_MAX)
			break;
		longest = len;
	}
	assert_in_range(longest, JWS_TOKEN_MAX - 2, JWS_TOKEN_MAX);
}

static void we_sign_nothing_that_we_would_not_read(void **state)
{
	static char text[JWS_TOKEN_MAX];
	char *token = NULL;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	json_t *claims = json_pack("{s:s}", "x", text);
	assert_int_equal(jws_sign(fixture.key, claims, &token), UP_ERR_TOO_LARGE);
	assert_null(token);
	json_decref(claims);
}

static void a_token_of_another_key_is_told_from_a_false_one(void **state)
{
	char *token = NULL;
	json_t *claims = json_pack("{s:s}", "sub", "alice");

	(void)state;
	assert_int_equal(jws_sign(fixture.other, claims, &token), UP_OK);
	assert_int_equal(verify(token), JWS_UNKNOWN_KEY);
	json_decref(claims);
	/* The other's signature under the name of ours. */
	_auto_(free) char *ours = good_token();
	_auto_(free) char *mixed = NULL;
	assert_true(asprintf(&mixed, "%.*s%s", (int)(strrchr(ours, '.') - ours), ours,
			     strrchr(token, '.')) > 0);
	assert_int_equal(verify(mixed), JWS_BAD);
	free(token);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signed_token_gives_its_claims),
		cmocka_unit_test(a_token_of_another_implementation_is_read),
		cmocka_unit_test(no_header_chooses_another_algorithm),
		cmocka_unit_test(a_header_that_asks_for_more_is_refused),
		cmocka_unit_test(a_body_that_is_no_plain_object_is_refused),
		cmocka_unit_test(deep_nesting_costs_no_stack),
		cmocka_unit_test(every_single_change_of_a_token_is_refused),
		cmocka_unit_test(every_cut_and_every_addition_is_refused),
		cmocka_unit_test(only_three_parts_with_something_in_them_are_a_token),
		cmocka_unit_test(a_token_has_its_limit),
		cmocka_unit_test(we_sign_nothing_that_we_would_not_read),
		cmocka_unit_test(a_token_of_another_key_is_told_from_a_false_one),
	};

	return cmocka_run_group_tests_name("crypto/jws", tests, make_keys, free_keys);
}
