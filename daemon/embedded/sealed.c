/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "daemon/embedded/internal.h"

static void context_of(const char *kind, const char *id, char out[256])
{
	(void)snprintf(out, 256, "%s:%s", kind, id);
}

enum up_err column_seal(struct embedded *e, const char *kind, const char *id, struct up_span plain,
			uint8_t **ret, size_t *len)
{
	char context[256];

	context_of(kind, id, context);
	return seal(e->key, context, plain, ret, len);
}

enum up_err column_unseal(struct embedded *e, const char *kind, const char *id,
			  struct up_span sealed, uint8_t **ret, size_t *len)
{
	char context[256];

	context_of(kind, id, context);
	return unseal(e->key, context, sealed, ret, len);
}
