/* SPDX-License-Identifier: MIT */
#include "daemon/crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "daemon/crypto/openssl.h"

enum up_err digest_sha256(struct up_span message, uint8_t ret[DIGEST_SIZE])
{
	openssl_start();
	return EVP_Q_digest(NULL, "SHA256", NULL, message.data, message.len, ret, NULL) == 1
		       ? UP_OK
		       : UP_ERR_CRYPTO;
}

enum up_err digest_hmac_sha256(struct up_span key, struct up_span message, uint8_t ret[DIGEST_SIZE])
{
	size_t len = 0;

	openssl_start();
	if (EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key.data, key.len, message.data,
		      message.len, ret, DIGEST_SIZE, &len) == NULL ||
	    len != DIGEST_SIZE)
		return UP_ERR_CRYPTO;
	return UP_OK;
}

bool digest_equal(struct up_span a, struct up_span b)
{
	return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.data, b.data, a.len) == 0);
}
