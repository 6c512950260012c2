/* SPDX-License-Identifier: MIT */
#include "daemon/crypto/digest.h"

#include <gcrypt.h>
#include <stdint.h>

#include "daemon/crypto/gcrypt.h"

enum up_err digest_sha256(struct up_span message, uint8_t ret[DIGEST_SIZE])
{
	const gcry_buffer_t whole = { .data = (void *)(uintptr_t)message.data, .len = message.len };

	gcrypt_start();
	return gcry_md_hash_buffers(GCRY_MD_SHA256, 0, ret, &whole, 1) == 0 ? UP_OK : UP_ERR_CRYPTO;
}

enum up_err digest_hmac_sha256(struct up_span key, struct up_span message, uint8_t ret[DIGEST_SIZE])
{
	/* libgcrypt takes the first buffer for the key. */
	const gcry_buffer_t parts[] = {
		{ .data = (void *)(uintptr_t)key.data, .len = key.len },
		{ .data = (void *)(uintptr_t)message.data, .len = message.len },
	};

	gcrypt_start();
	return gcry_md_hash_buffers(GCRY_MD_SHA256, GCRY_MD_FLAG_HMAC, ret, parts, 2) == 0
		       ? UP_OK
		       : UP_ERR_CRYPTO;
}

bool digest_equal(struct up_span a, struct up_span b)
{
	volatile uint8_t differences = 0;

	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		differences = (uint8_t)(differences | (a.data[i] ^ b.data[i]));
	return differences == 0;
}
