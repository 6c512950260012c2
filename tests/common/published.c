/* SPDX-License-Identifier: MIT */
#include "tests/common/published.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/scratch.h"

#define DRAFT "draft"

void published_open(struct published *p)
{
	memset(p, 0, sizeof(*p));
	p->directory = scratch_new();
	p->base_path = scratch_path(p->directory, UP_SNAPSHOT_BASE);
	p->delta_path = scratch_path(p->directory, UP_SNAPSHOT_DELTA);
	p->source.base_path = p->base_path;
	p->source.delta_path = p->delta_path;
}

void published_reset(struct published *p)
{
	for (int i = 0; i < UP_SNAPSHOT_VIEWS; i++)
		up_mapping_close(&p->source.view[i].delta);
	for (int i = 0; i < UP_SNAPSHOT_BASES; i++)
		up_mapping_close(&p->source.base[i].mapping);
	memset(&p->source, 0, sizeof(p->source));
	p->source.base_path = p->base_path;
	p->source.delta_path = p->delta_path;
}

void published_close(struct published *p)
{
	published_reset(p);
	free(p->base_path);
	free(p->delta_path);
	scratch_free(p->directory);
}

void published_reopen(struct published *p)
{
	published_reset(p);
	(void)unlink(p->base_path);
	(void)unlink(p->delta_path);
}

void published_retire(struct published *p, const char *name)
{
	_auto_(free) char *path = scratch_path(p->directory, name);
	struct stat st;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && st.st_size >= (off_t)sizeof(struct up_snapshot_header)) {
		struct up_snapshot_header *head =
			mmap(NULL, sizeof(*head), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

		if (head == MAP_FAILED)
			abort();
		atomic_store(&head->retired, 1);
		(void)munmap(head, sizeof(*head));
	}
	(void)close(fd);
}

static void take_place(struct published *p, const char *name, const struct image *image)
{
	_auto_(free) char *draft = scratch_path(p->directory, DRAFT);
	_auto_(free) char *path = scratch_path(p->directory, name);

	scratch_write(p->directory, DRAFT, image->data, image->len, 0644);
	if (rename(draft, path) != 0)
		abort();
}

void published_put(struct published *p, const char *name, const struct image *image)
{
	published_retire(p, name);
	take_place(p, name, image);
}

void published_base(struct published *p, uint32_t users, uint32_t groups, bool is_complete,
		    uint32_t generation)
{
	struct image image = image_make(users, groups, is_complete, generation);

	published_put(p, UP_SNAPSHOT_BASE, &image);
	image_free(&image);
}

void published_delta(struct published *p, uint32_t users, uint32_t groups, uint32_t generation,
		     uint32_t of_base)
{
	struct image image = image_make_delta(users, groups, generation, of_base);

	published_put(p, UP_SNAPSHOT_DELTA, &image);
	image_free(&image);
}

void published_silently(struct published *p, const char *name, uint32_t users, uint32_t groups,
			uint32_t generation)
{
	struct image image = image_make(users, groups, true, generation);

	take_place(p, name, &image);
	image_free(&image);
}
