/* SPDX-License-Identifier: MIT */
#include "daemon/crypto/seal.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto/key_file.h"
#include "daemon/crypto/openssl.h"
#include "daemon/crypto/random.h"

#define NONCE_SIZE 12
#define TAG_SIZE   16
#define PLAIN_MAX  (1 << 20)

struct seal_key {
	uint8_t bytes[SEAL_KEY_SIZE];
};

UP_DEFINE_AUTO(EVP_CIPHER_CTX, EVP_CIPHER_CTX_free);

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

static bool encrypt(const struct seal_key *key, const char *context, struct up_span plain,
		    uint8_t *out)
{
	_auto_(EVP_CIPHER_CTX_free) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t *body = out + NONCE_SIZE;
	int len = 0;

	return ctx != NULL &&
	       EVP_EncryptInit_ex2(ctx, EVP_aes_256_gcm(), key->bytes, out, NULL) == 1 &&
	       EVP_EncryptUpdate(ctx, NULL, &len, (const uint8_t *)context, (int)strlen(context)) ==
		       1 &&
	       EVP_EncryptUpdate(ctx, body, &len, plain.data, (int)plain.len) == 1 &&
	       EVP_EncryptFinal_ex(ctx, body + len, &len) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, body + plain.len) == 1;
}

enum up_err seal(const struct seal_key *key, const char *context, struct up_span plain,
		 uint8_t **ret, size_t *len)
{
	const size_t size = NONCE_SIZE + plain.len + TAG_SIZE;

	if (plain.len > PLAIN_MAX || strlen(context) > PLAIN_MAX)
		return UP_ERR_TOO_LARGE;
	openssl_start();
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
	_auto_(EVP_CIPHER_CTX_free) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	const size_t plain_len = sealed.len - NONCE_SIZE - TAG_SIZE;
	const uint8_t *body = sealed.data + NONCE_SIZE;
	uint8_t tag[TAG_SIZE];
	int len = 0;

	memcpy(tag, body + plain_len, sizeof(tag));
	return ctx != NULL &&
	       EVP_DecryptInit_ex2(ctx, EVP_aes_256_gcm(), key->bytes, sealed.data, NULL) == 1 &&
	       EVP_DecryptUpdate(ctx, NULL, &len, (const uint8_t *)context, (int)strlen(context)) ==
		       1 &&
	       EVP_DecryptUpdate(ctx, out, &len, body, (int)plain_len) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) == 1 &&
	       EVP_DecryptFinal_ex(ctx, out + len, &len) == 1;
}

enum up_err unseal(const struct seal_key *key, const char *context, struct up_span sealed,
		   uint8_t **ret, size_t *len)
{
	if (sealed.len < NONCE_SIZE + TAG_SIZE || sealed.len > PLAIN_MAX + NONCE_SIZE + TAG_SIZE ||
	    strlen(context) > PLAIN_MAX)
		return UP_ERR_CORRUPT;
	const size_t plain_len = sealed.len - NONCE_SIZE - TAG_SIZE;
	openssl_start();
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

enum up_err seal_derive(const struct seal_key *key, const char *label, uint8_t ret[32])
{
	openssl_start();
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char[]){ "SHA256" }, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)key->bytes,
						  sizeof(key->bytes)),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)label,
						  strlen(label)),
		OSSL_PARAM_construct_end(),
	};
	bool ok = ctx != NULL && EVP_KDF_derive(ctx, ret, 32, params) == 1;

	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return ok ? UP_OK : UP_ERR_CRYPTO;
}
