/* SPDX-License-Identifier: MIT */
#include "daemon/crypto/seal.h"

#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto/digest.h"
#include "daemon/crypto/gcrypt.h"
#include "daemon/crypto/key_file.h"
#include "daemon/crypto/random.h"

#define NONCE_SIZE 12
#define TAG_SIZE   16
#define PLAIN_MAX  (1 << 20)

struct seal_key {
	uint8_t bytes[SEAL_KEY_SIZE];
};

static void cipher_close_auto(gcry_cipher_hd_t *cipher)
{
	gcry_cipher_close(*cipher); /* NULL is fine, and it wipes */
}

enum up_err seal_key_open(const char *directory, const char *name, bool create,
			  struct seal_key **ret)
{
	_auto_(seal_key_free) struct seal_key *key = calloc(1, sizeof(*key));

	if (key == NULL)
		return UP_ERR_NOMEM;
	UP_TRY(key_file_read(directory, name, create, key->bytes));
	*ret = TAKE(key);
	return UP_OK;
}

void seal_key_free(struct seal_key *key)
{
	if (key == NULL)
		return;
	explicit_bzero(key, sizeof(*key));
	free(key);
}

static gcry_cipher_hd_t cipher_for(const struct seal_key *key, const char *context,
				   const uint8_t *nonce)
{
	gcry_cipher_hd_t cipher = NULL;

	if (gcry_cipher_open(&cipher, GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_GCM, 0) != 0)
		return NULL;
	if (gcry_cipher_setkey(cipher, key->bytes, sizeof(key->bytes)) == 0 &&
	    gcry_cipher_setiv(cipher, nonce, NONCE_SIZE) == 0 &&
	    gcry_cipher_authenticate(cipher, context, strlen(context)) == 0)
		return cipher;
	gcry_cipher_close(cipher);
	return NULL;
}

static bool encrypt(const struct seal_key *key, const char *context, struct up_span plain,
		    uint8_t *out)
{
	_auto_(cipher_close) gcry_cipher_hd_t cipher = cipher_for(key, context, out);
	uint8_t *body = out + NONCE_SIZE;

	return cipher != NULL &&
	       gcry_cipher_encrypt(cipher, body, plain.len, plain.data, plain.len) == 0 &&
	       gcry_cipher_gettag(cipher, body + plain.len, TAG_SIZE) == 0;
}

enum up_err seal(const struct seal_key *key, const char *context, struct up_span plain,
		 uint8_t **ret, size_t *len)
{
	const size_t size = NONCE_SIZE + plain.len + TAG_SIZE;

	if (plain.len > PLAIN_MAX || strlen(context) > PLAIN_MAX)
		return UP_ERR_TOO_LARGE;
	gcrypt_start();
	_auto_(free) uint8_t *out = malloc(size);
	if (out == NULL)
		return UP_ERR_NOMEM;
	UP_TRY(random_bytes(out, NONCE_SIZE));
	if (!encrypt(key, context, plain, out))
		return UP_ERR_CRYPTO;
	*ret = TAKE(out);
	*len = size;
	return UP_OK;
}

static bool decrypt(const struct seal_key *key, const char *context, struct up_span sealed,
		    uint8_t *out)
{
	_auto_(cipher_close) gcry_cipher_hd_t cipher = cipher_for(key, context, sealed.data);
	const size_t len = sealed.len - NONCE_SIZE - TAG_SIZE;
	const uint8_t *body = sealed.data + NONCE_SIZE;

	return cipher != NULL && gcry_cipher_decrypt(cipher, out, len, body, len) == 0 &&
	       gcry_cipher_checktag(cipher, body + len, TAG_SIZE) == 0;
}

enum up_err unseal(const struct seal_key *key, const char *context, struct up_span sealed,
		   uint8_t **ret, size_t *len)
{
	if (sealed.len < NONCE_SIZE + TAG_SIZE || sealed.len > PLAIN_MAX + NONCE_SIZE + TAG_SIZE ||
	    strlen(context) > PLAIN_MAX)
		return UP_ERR_CORRUPT;
	const size_t plain_len = sealed.len - NONCE_SIZE - TAG_SIZE;
	gcrypt_start();
	uint8_t *out = malloc(plain_len + 1);
	if (out == NULL)
		return UP_ERR_NOMEM;
	if (!decrypt(key, context, sealed, out)) {
		/* It was decrypted before it was found to be false. */
		explicit_bzero(out, plain_len);
		free(out);
		return UP_ERR_CORRUPT;
	}
	out[plain_len] = '\0';
	*ret = out;
	*len = plain_len;
	return UP_OK;
}

/* HKDF without salt, and one block is all of it: T(1) = HMAC(HMAC(0, key), label | 1). */
enum up_err seal_derive(const struct seal_key *key, const char *label, uint8_t ret[32])
{
	static const uint8_t no_salt[DIGEST_SIZE];
	uint8_t extracted[DIGEST_SIZE], one = 1;

	UP_TRY(digest_hmac_sha256((struct up_span){ no_salt, sizeof(no_salt) },
				  (struct up_span){ key->bytes, sizeof(key->bytes) }, extracted));
	const gcry_buffer_t parts[] = {
		{ .data = extracted, .len = sizeof(extracted) },
		{ .data = (void *)(uintptr_t)label, .len = strlen(label) },
		{ .data = &one, .len = 1 },
	};
	gcry_error_t rc = gcry_md_hash_buffers(GCRY_MD_SHA256, GCRY_MD_FLAG_HMAC, ret, parts, 3);
	explicit_bzero(extracted, sizeof(extracted));
	return rc == 0 ? UP_OK : UP_ERR_CRYPTO;
}
