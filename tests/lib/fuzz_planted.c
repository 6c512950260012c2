/* SPDX-License-Identifier: MIT */
/* The control: whoever cannot find this one finds nothing. */
#include <stdlib.h>
#include <string.h>

#include "tests/lib/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size >= 4 && memcmp(data, "POOL", 4) == 0)
		abort();
	return 0;
}
