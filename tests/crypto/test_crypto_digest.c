/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto/digest.h"
#include "daemon/crypto/encoding.h"
#include "tests/lib/testing.h"

static struct up_span span_of(const char *text)
{
	return (struct up_span){ (const uint8_t *)text, strlen(text) };
}

/* FIPS 180-2, appendix B. */
static void sha256_gives_the_known_answers(void **state)
{
	static const char *const cases[][2] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};
	uint8_t digest[DIGEST_SIZE];

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		assert_int_equal(digest_sha256(span_of(cases[i][0]), digest), UP_OK);
		_auto_(free) char *hex = hex_encode((struct up_span){ digest, sizeof(digest) });
		assert_string_equal(hex, cases[i][1]);
	}
}

/* RFC 4231, test cases 1, 2 and 6. */
static void hmac_gives_the_known_answers(void **state)
{
	static uint8_t key20[20], key131[131];
	const struct {
		struct up_span key, message;
		const char *hex;
	} cases[] = {
		{ { key20, sizeof(key20) },
		  span_of("Hi There"),
		  "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
		{ span_of("Jefe"), span_of("what do ya want for nothing?"),
		  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
		{ { key131, sizeof(key131) },
		  span_of("Test Using Larger Than Block-Size Key - Hash Key First"),
		  "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
	};
	uint8_t digest[DIGEST_SIZE];

	(void)state;
	memset(key20, 0x0b, sizeof(key20));
	memset(key131, 0xaa, sizeof(key131));
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		assert_int_equal(digest_hmac_sha256(cases[i].key, cases[i].message, digest), UP_OK);
		_auto_(free) char *hex = hex_encode((struct up_span){ digest, sizeof(digest) });
		assert_string_equal(hex, cases[i].hex);
	}
}

/* Cognito's SECRET_HASH: base64 of HMAC-SHA-256 by the client's secret of user name and client. */
static void hmac_makes_secret_hashes_as_clients_do(void **state)
{
	static const char *const cases[][3] = {
		{ "exampleClientSecret123EXAMPLE", "alice1example23456789",
		  "YxWVTB0KPd+1/ZoJwMiwsfYLymjHd7Nu2PhQIPqwkNo=" },
		{ "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdef",
		  "alice@example.com7abcdefghijklmnopqrstuvwxy",
		  "9vLxGdusKKnWtpDQ2s1r7HAzQIck0ZsSctWjQeazWsQ=" },
		{ "exampleClientSecret123EXAMPLE", "jos\303\251.\346\236\2271example23456789",
		  "1yV5ofLgw1ospky68NrsB7VCOU5dmI5vkZ7YLTDKrRY=" },
		{ "exampleClientSecret123EXAMPLE",
		  "3b1f7a52-9c0d-4e1a-8f42-6d5c4b3a2f101example23456789",
		  "NseIHxTiZr5j5zYC3MjxmgCLFHnwpUyYCOSjbqX/Ze0=" },
	};
	uint8_t digest[DIGEST_SIZE];

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		assert_int_equal(
			digest_hmac_sha256(span_of(cases[i][0]), span_of(cases[i][1]), digest),
			UP_OK);
		_auto_(free) char *text = base64_encode((struct up_span){ digest, sizeof(digest) });
		assert_string_equal(text, cases[i][2]);
	}
}

static void equal_means_every_byte_and_the_length(void **state)
{
	uint8_t a[33] = { 1, 2, 3 }, b[33] = { 1, 2, 3 };

	(void)state;
	assert_true(digest_equal((struct up_span){ a, 33 }, (struct up_span){ b, 33 }));
	assert_true(digest_equal((struct up_span){ NULL, 0 }, (struct up_span){ a, 0 }));
	assert_false(digest_equal((struct up_span){ a, 32 }, (struct up_span){ b, 33 }));
	assert_false(digest_equal((struct up_span){ NULL, 0 }, (struct up_span){ b, 1 }));
	for (size_t i = 0; i < sizeof(b); i++)
		for (int bit = 0; bit < 8; bit++) {
			b[i] ^= (uint8_t)(1 << bit);
			assert_false(
				digest_equal((struct up_span){ a, 33 }, (struct up_span){ b, 33 }));
			b[i] ^= (uint8_t)(1 << bit);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_gives_the_known_answers),
		cmocka_unit_test(hmac_gives_the_known_answers),
		cmocka_unit_test(hmac_makes_secret_hashes_as_clients_do),
		cmocka_unit_test(equal_means_every_byte_and_the_length),
	};

	return cmocka_run_group_tests_name("crypto/digest", tests, NULL, NULL);
}
