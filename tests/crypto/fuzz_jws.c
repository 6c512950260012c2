/* SPDX-License-Identifier: MIT */
/* Tokens of any bytes against one key: only the one token that was signed with it is good. */
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto/jws.h"
#include "tests/crypto/fixed_token.h"
#include "tests/lib/fuzz.h"
#include "tests/lib/prop.h"

static struct jws_keyset *load_keys(void)
{
	struct jws_keyset *keys = NULL;
	json_t *jwks = json_pack("{s:[{s:s, s:s, s:s, s:s}]}", "keys", "kty", "RSA", "kid",
				 FIXED_KID, "n", FIXED_MODULUS, "e", "AQAB");

	PROP(jwks != NULL && jws_keyset_load(jwks, &keys) == UP_OK);
	json_decref(jwks);
	return keys;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct jws_keyset *keys;
	_auto_(free) char *token = strndup((const char *)data, size);
	json_t *claims = NULL;

	if (token == NULL)
		abort();
	if (keys == NULL)
		keys = load_keys();
	enum jws_result result = jws_verify(keys, token, &claims);
	PROP((result == JWS_GOOD) == (strcmp(token, FIXED_TOKEN) == 0));
	PROP((result == JWS_GOOD) == (claims != NULL));
	json_decref(claims);
	return 0;
}
