/* SPDX-License-Identifier: MIT */
#include "daemon/identity/snapshot_check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mapping.h"

static uint64_t section_end(const struct up_snapshot_header *head, int i)
{
	return i + 1 < UP_SECTIONS ? head->section[i + 1].offset : head->length;
}

/* The sections follow one another, as the writer lays them out. */
static uint64_t sum_of(const struct up_mapping *mapping, const struct up_snapshot_header *head)
{
	uint64_t sums[UP_SECTIONS] = { 0 };

	for (int i = 0; i < UP_SECTIONS; i++) {
		const uint64_t start = head->section[i].offset, end = section_end(head, i);

		if (start > end || end > mapping->size)
			return 0;
		sums[i] = up_siphash(head->key, mapping->bytes + start, (size_t)(end - start));
	}
	return up_siphash(head->key, sums, sizeof(sums));
}

static const char *problem_of(const struct up_mapping *mapping, uint64_t generation)
{
	struct up_snapshot_header head;

	memcpy(&head, mapping->bytes, sizeof(head));
	if (head.generation != generation)
		return "of another generation";
	return sum_of(mapping, &head) == head.data_sum ? NULL : "its sum is wrong";
}

bool snapshot_base_is_whole(const char *directory, uint64_t generation, const char **why)
{
	_auto_(free) char *path = NULL;
	struct up_mapping mapping;

	*why = "it cannot be opened";
	if (asprintf(&path, "%s/" UP_SNAPSHOT_BASE, directory) < 0) {
		path = NULL;
		return false;
	}
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return false;
	*why = "wrong owner, mode, version or bounds";
	if (up_mapping_open(fd, path, &mapping)) {
		*why = problem_of(&mapping, generation);
		up_mapping_close(&mapping);
	}
	(void)close(fd);
	return *why == NULL;
}
