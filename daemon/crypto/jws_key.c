/* SPDX-License-Identifier: MIT */
#include "daemon/crypto/jws_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto/digest.h"
#include "daemon/crypto/encoding.h"
#include "daemon/crypto/jws.h"
#include "daemon/crypto/openssl.h"

#define MODULUS_MAX 512 /* bytes: RSA-4096 */
#define BITS_LEAST  2048

struct jws_key {
	EVP_PKEY *pkey;
	char *kid;
};

static char *number_of(EVP_PKEY *pkey, const char *which)
{
	BIGNUM *number = NULL;
	uint8_t bytes[MODULUS_MAX];
	char *text = NULL;

	if (EVP_PKEY_get_bn_param(pkey, which, &number) != 1)
		return NULL;
	if (BN_num_bytes(number) <= (int)sizeof(bytes)) {
		int len = BN_bn2bin(number, bytes);

		text = base64url_encode((struct up_span){ bytes, (size_t)len });
	}
	BN_free(number);
	return text;
}

json_t *jwk_from_key(EVP_PKEY *pkey)
{
	_auto_(free) char *n = number_of(pkey, OSSL_PKEY_PARAM_RSA_N);
	_auto_(free) char *e = number_of(pkey, OSSL_PKEY_PARAM_RSA_E);

	if (n == NULL || e == NULL)
		return NULL;
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "kty", "RSA", "n", n, "e", e, "use", "sig",
			 "alg", "RS256");
}

/* RFC 7638 section 3: the required members in order of their names, without spaces. */
char *jwk_thumbprint(json_t *jwk)
{
	const char *n = json_string_value(json_object_get(jwk, "n"));
	const char *e = json_string_value(json_object_get(jwk, "e"));
	uint8_t digest[DIGEST_SIZE];
	_auto_(free) char *text = NULL;

	if (n == NULL || e == NULL ||
	    asprintf(&text, "{\"e\":\"%s\",\"kty\":\"RSA\",\"n\":\"%s\"}", e, n) < 0) {
		text = NULL;
		return NULL;
	}
	if (digest_sha256((struct up_span){ (const uint8_t *)text, strlen(text) }, digest) != UP_OK)
		return NULL;
	return base64url_encode((struct up_span){ digest, sizeof(digest) });
}

/* Takes over `pkey` in any case. */
static enum up_err make_key(EVP_PKEY *pkey, struct jws_key **ret)
{
	_auto_(jws_key_free) struct jws_key *key = calloc(1, sizeof(*key));

	if (key == NULL) {
		EVP_PKEY_free(pkey);
		return UP_ERR_NOMEM;
	}
	key->pkey = pkey;
	json_t *jwk = jwk_from_key(pkey);
	if (jwk != NULL)
		key->kid = jwk_thumbprint(jwk);
	json_decref(jwk);
	if (key->kid == NULL)
		return UP_ERR_CRYPTO;
	*ret = TAKE(key);
	return UP_OK;
}

enum up_err jws_key_generate(struct jws_key **ret)
{
	openssl_start();
	EVP_PKEY *pkey = EVP_RSA_gen(BITS_LEAST);

	return pkey == NULL ? UP_ERR_CRYPTO : make_key(pkey, ret);
}

enum up_err jws_key_export(const struct jws_key *key, uint8_t **ret, size_t *len)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key->pkey);
	uint8_t *der = NULL;
	int size = info != NULL ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;

	PKCS8_PRIV_KEY_INFO_free(info);
	if (size <= 0)
		return UP_ERR_CRYPTO;
	/* The caller frees with free(), whatever OPENSSL_malloc() is. */
	uint8_t *copy = malloc((size_t)size);
	if (copy != NULL)
		memcpy(copy, der, (size_t)size);
	OPENSSL_clear_free(der, (size_t)size);
	if (copy == NULL)
		return UP_ERR_NOMEM;
	*ret = copy;
	*len = (size_t)size;
	return UP_OK;
}

enum up_err jws_key_import(struct up_span der, struct jws_key **ret)
{
	const uint8_t *at = der.data;

	openssl_start();
	EVP_PKEY *pkey = d2i_AutoPrivateKey_ex(NULL, &at, (long)der.len, NULL, NULL);
	if (pkey == NULL)
		return UP_ERR_CORRUPT;
	if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_RSA || at != der.data + der.len) {
		EVP_PKEY_free(pkey);
		return UP_ERR_CORRUPT;
	}
	return make_key(pkey, ret);
}

void jws_key_free(struct jws_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->pkey);
	free(key->kid);
	free(key);
}

const char *jws_key_id(const struct jws_key *key)
{
	return key->kid;
}

json_t *jws_key_public(const struct jws_key *key)
{
	json_t *jwk = jwk_from_key(key->pkey);

	if (jwk != NULL && json_object_set_new(jwk, "kid", json_string(key->kid)) != 0) {
		json_decref(jwk);
		return NULL;
	}
	return jwk;
}

EVP_PKEY *jws_key_pkey(const struct jws_key *key)
{
	return key->pkey;
}
