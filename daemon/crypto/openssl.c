/* SPDX-License-Identifier: MIT */
#include "daemon/crypto/openssl.h"

#include <openssl/crypto.h>

void openssl_start(void)
{
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS,
				  NULL);
}
