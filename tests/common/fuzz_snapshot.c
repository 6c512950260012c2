/* SPDX-License-Identifier: MIT */
/*
 * A snapshot file of any bytes, mapped as a module maps it.  Where there is room for a
 * header, its magic, length and sum are made right, so that what lies behind those
 * checks is reached.  NSS-20.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/common/image.h"
#include "tests/common/inspect.h"
#include "tests/lib/fuzz.h"
#include "tests/lib/scratch.h"

static void look_at(const char *directory, const uint8_t *data, size_t size)
{
	struct up_snapshot_source source = { .path = NULL };
	_auto_(free) char *path = scratch_path(directory, UP_SNAPSHOT_FILE);

	scratch_write(directory, UP_SNAPSHOT_FILE, data, size, 0644);
	source.path = path;
	struct up_snapshot *snapshot = up_snapshot_acquire(&source);
	if (snapshot != NULL)
		inspect_snapshot(snapshot);
	up_snapshot_release(snapshot);
	/* Retired, and nothing newer there: acquiring unmaps nothing, so the slots are let go here.
	 */
	for (int i = 0; i < UP_SNAPSHOT_SLOTS; i++)
		if (source.slot[i].base != NULL)
			(void)munmap((void *)(uintptr_t)source.slot[i].base, source.slot[i].size);
}

static void look_at_repaired(const char *directory, const uint8_t *data, size_t size)
{
	struct image image = { .data = malloc(size), .len = size };

	if (image.data == NULL)
		abort();
	memcpy(image.data, data, size);
	struct up_snapshot_header *head = image_head(&image);
	head->magic = UP_SNAPSHOT_MAGIC;
	head->version = UP_SNAPSHOT_VERSION;
	head->byte_order = UP_SNAPSHOT_BYTE_ORDER;
	head->length = size;
	head->is_complete &= 1;
	image_seal(&image);
	look_at(directory, image.data, image.len);
	image_free(&image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *directory;

	if (directory == NULL)
		directory = scratch_new();
	if (size < sizeof(struct up_snapshot_header)) {
		look_at(directory, data, size);
		return 0;
	}
	look_at_repaired(directory, data, size);
	return 0;
}
