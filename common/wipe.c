/* SPDX-License-Identifier: MIT */
#include "common/wipe.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Each block carries its size in front, so that it can be wiped when it is freed. */
void *up_wiping_alloc(size_t size)
{
	max_align_t *block = NULL;

	if (size > SIZE_MAX - sizeof(*block))
		return NULL;
	block = malloc(sizeof(*block) + size);
	if (block == NULL)
		return NULL;
	memcpy(block, &size, sizeof(size));
	return block + 1;
}

void up_wiping_free(void *memory)
{
	max_align_t *block = memory;
	size_t size = 0;

	if (block == NULL)
		return;
	block--;
	memcpy(&size, block, sizeof(size));
	explicit_bzero(block, sizeof(*block) + size);
	free(block);
}
