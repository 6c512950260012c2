/* SPDX-License-Identifier: MIT */
/*
 * Snapshot files of any bytes, mapped as a module maps them: the bytes as a base beside
 * an empty delta, and as a delta of a base that is whole.  Where there is room for a
 * header, its magic, length and sum are made right, so that what lies behind those
 * checks is reached.  NSS-20.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/common/image.h"
#include "tests/common/inspect.h"
#include "tests/lib/fuzz.h"
#include "tests/lib/scratch.h"

#define GENERATION 7

static void look_at(const char *directory, const struct image *base, const struct image *delta)
{
	struct up_snapshot_source source = { .base_path = NULL };
	_auto_(free) char *base_path = scratch_path(directory, UP_SNAPSHOT_BASE);
	_auto_(free) char *delta_path = scratch_path(directory, UP_SNAPSHOT_DELTA);

	scratch_write(directory, UP_SNAPSHOT_BASE, base->data, base->len, 0644);
	scratch_write(directory, UP_SNAPSHOT_DELTA, delta->data, delta->len, 0644);
	source.base_path = base_path;
	source.delta_path = delta_path;
	struct up_snapshot *snapshot = up_snapshot_acquire(&source);
	if (snapshot != NULL)
		inspect_snapshot(snapshot);
	up_snapshot_release(snapshot);
	/* Nothing newer will make room for itself, so the maps are let go here. */
	for (int i = 0; i < UP_SNAPSHOT_VIEWS; i++)
		up_mapping_close(&source.view[i].delta);
	for (int i = 0; i < UP_SNAPSHOT_BASES; i++)
		up_mapping_close(&source.base[i].mapping);
}

static struct image repaired(const uint8_t *data, size_t size, uint64_t of_base)
{
	struct image image = { .data = malloc(size), .len = size };

	if (image.data == NULL)
		abort();
	memcpy(image.data, data, size);
	struct up_snapshot_header *head = image_head(&image);
	head->magic = UP_SNAPSHOT_MAGIC;
	head->version = UP_SNAPSHOT_VERSION;
	head->byte_order = UP_SNAPSHOT_BYTE_ORDER;
	head->generation = GENERATION;
	head->of_base = of_base;
	head->length = size;
	head->is_complete &= 1;
	image_seal(&image);
	return image;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *directory;
	static struct image base, delta;

	if (directory == NULL) {
		directory = scratch_new();
		base = image_make(12, 3, true, GENERATION);
		delta = image_make_delta(0, 0, GENERATION, GENERATION);
	}
	if (size < sizeof(struct up_snapshot_header)) {
		const struct image raw = { (uint8_t *)(uintptr_t)data, size };

		look_at(directory, &raw, &delta);
		return 0;
	}
	struct image as_base = repaired(data, size, 0);
	look_at(directory, &as_base, &delta);
	image_free(&as_base);
	struct image as_delta = repaired(data, size, GENERATION);
	look_at(directory, &base, &as_delta);
	image_free(&as_delta);
	return 0;
}
