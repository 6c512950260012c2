/* SPDX-License-Identifier: MIT */
#include "daemon/crypto/gcrypt.h"

#include <gcrypt.h>

void gcrypt_start(void)
{
	if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P) != 0)
		return;
	(void)gcry_check_version(NULL);
	(void)gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	(void)gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}
