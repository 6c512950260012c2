/* SPDX-License-Identifier: MIT */
#include "daemon/crypto/rsa.h"

#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto/digest.h"
#include "daemon/crypto/gcrypt.h"

#define SIZE_LEAST 256 /* bytes: RSA-2048 */
#define SIZE_MOST  512

struct rsa_key {
	gcry_sexp_t public;
	size_t size;
	uint8_t modulus[SIZE_MOST];
};

static void sexp_release_auto(gcry_sexp_t *sexp)
{
	gcry_sexp_release(*sexp);
}

static struct up_span without_zeros(struct up_span number)
{
	while (number.len > 0 && number.data[0] == 0) {
		number.data++;
		number.len--;
	}
	return number;
}

/* With 2048 bits at least the first byte counts whole. */
static bool is_usable(struct up_span n, struct up_span e)
{
	static const uint8_t exponent[] = { 1, 0, 1 };

	return n.len >= SIZE_LEAST && n.len <= SIZE_MOST &&
	       (n.len > SIZE_LEAST || (n.data[0] & 0x80) != 0) && (n.data[n.len - 1] & 1) != 0 &&
	       e.len == sizeof(exponent) && memcmp(e.data, exponent, sizeof(exponent)) == 0;
}

enum up_err rsa_key_new(struct up_span modulus, struct up_span exponent, struct rsa_key **ret)
{
	const struct up_span n = without_zeros(modulus), e = without_zeros(exponent);
	_auto_(rsa_key_free) struct rsa_key *key = NULL;

	if (!is_usable(n, e))
		return UP_ERR_MALFORMED;
	gcrypt_start();
	key = calloc(1, sizeof(*key));
	if (key == NULL)
		return UP_ERR_NOMEM;
	if (gcry_sexp_build(&key->public, NULL, "(public-key (rsa (n %b) (e %b)))", (int)n.len,
			    n.data, (int)e.len, e.data) != 0)
		return UP_ERR_CRYPTO;
	key->size = n.len;
	memcpy(key->modulus, n.data, n.len);
	*ret = TAKE(key);
	return UP_OK;
}

void rsa_key_free(struct rsa_key *key)
{
	if (key == NULL)
		return;
	gcry_sexp_release(key->public);
	free(key);
}

bool rsa_is_signed(const struct rsa_key *key, struct up_span message, struct up_span signature)
{
	_auto_(sexp_release) gcry_sexp_t data = NULL, value = NULL;
	uint8_t digest[DIGEST_SIZE];

	return signature.len == key->size && memcmp(signature.data, key->modulus, key->size) < 0 &&
	       digest_sha256(message, digest) == UP_OK &&
	       gcry_sexp_build(&data, NULL, "(data (flags pkcs1) (hash sha256 %b))",
			       (int)sizeof(digest), digest) == 0 &&
	       gcry_sexp_build(&value, NULL, "(sig-val (rsa (s %b)))", (int)signature.len,
			       signature.data) == 0 &&
	       gcry_pk_verify(value, data, key->public) == 0;
}
