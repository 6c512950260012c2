/* SPDX-License-Identifier: MIT */
#include "daemon/crypto/jws.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto/encoding.h"
#include "daemon/crypto/jws_key.h"
#include "daemon/crypto/openssl.h"

#define SIGNATURE_MAX 512

UP_DEFINE_AUTO(EVP_MD_CTX, EVP_MD_CTX_free);
UP_DEFINE_AUTO(json_t, json_decref);

static struct up_span span_of(const char *text, size_t len)
{
	return (struct up_span){ (const uint8_t *)text, len };
}

static char *encode_part(json_t *json)
{
	_auto_(free) char *text = json_encode(json);

	return text == NULL ? NULL : base64url_encode(span_of(text, strlen(text)));
}

static enum up_err sign(EVP_PKEY *pkey, const char *input, char **ret)
{
	_auto_(EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t signature[SIGNATURE_MAX];
	size_t len = sizeof(signature);

	if (ctx == NULL ||
	    EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, pkey, NULL) != 1 ||
	    EVP_DigestSign(ctx, signature, &len, (const uint8_t *)input, strlen(input)) != 1)
		return UP_ERR_CRYPTO;
	*ret = base64url_encode((struct up_span){ signature, len });
	return *ret != NULL ? UP_OK : UP_ERR_NOMEM;
}

enum up_err jws_sign(const struct jws_key *key, json_t *claims, char **ret)
{
	_auto_(json_decref) json_t *header =
		json_pack("{s:s, s:s}", "kid", jws_key_id(key), "alg", "RS256");
	_auto_(free) char *head = NULL, *body = NULL, *input = NULL, *signature = NULL;
	char *token = NULL;

	if (header == NULL || (head = encode_part(header)) == NULL ||
	    (body = encode_part(claims)) == NULL)
		return UP_ERR_NOMEM;
	if (asprintf(&input, "%s.%s", head, body) < 0) {
		input = NULL;
		return UP_ERR_NOMEM;
	}
	UP_TRY(sign(jws_key_pkey(key), input, &signature));
	if (asprintf(&token, "%s.%s", input, signature) < 0)
		return UP_ERR_NOMEM;
	if (strlen(token) > JWS_TOKEN_MAX) {
		free(token);
		return UP_ERR_TOO_LARGE;
	}
	*ret = token;
	return UP_OK;
}
