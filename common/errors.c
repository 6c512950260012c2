/* SPDX-License-Identifier: MIT */
#include "common/errors.h"

#include <stddef.h>

const char *up_strerror(enum up_err err)
{
	static const char *const texts[] = { "no error",
#define X(id, text) text,
					     UP_ERRORS(X)
#undef X
	};
	size_t index = (size_t)err;

	return index < UP_COUNT(texts) ? texts[index] : "unknown error";
}
