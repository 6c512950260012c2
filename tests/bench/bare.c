/* SPDX-License-Identifier: MIT */
/*
 * The physical limit: a mapped file of a table and records, the hash of the name, one
 * compare, one copy of the record's texts.  Nothing is checked and nothing is counted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/siphash.h"
#include "tests/bench/subject.h"

#define TEXT_SIZE 48

struct record {
	uint32_t uid, size;
	char text[TEXT_SIZE]; /* as a passwd entry has them */
};

struct bare {
	uint64_t mask;
	uint8_t key[UP_SIPHASH_KEY_SIZE];
	const uint32_t *by_name, *by_uid;
	const struct record *records;
};

static uint64_t hash_id(const struct bare *bare, uint32_t id)
{
	return up_siphash(bare->key, &id, sizeof(id));
}

static uint64_t hash_name(const struct bare *bare, const char *name)
{
	return up_siphash(bare->key, name, strlen(name));
}

static bool take(const struct record *record, uint32_t uid)
{
	char out[TEXT_SIZE];

	memcpy(out, record->text, record->size);
	__asm__ volatile("" ::"r"(out) : "memory");
	return record->uid == uid;
}

static bool by_name(const struct subject *subject, const char *name, uint32_t uid)
{
	const struct bare *bare = subject->state;

	for (uint64_t at = hash_name(bare, name);; at++) {
		const uint32_t place = bare->by_name[at & bare->mask];

		if (place == 0)
			return uid == UINT32_MAX;
		if (strcmp(bare->records[place - 1].text, name) == 0)
			return take(&bare->records[place - 1], uid);
	}
}

static bool by_uid(const struct subject *subject, uint32_t uid)
{
	const struct bare *bare = subject->state;

	for (uint64_t at = hash_id(bare, uid);; at++) {
		const uint32_t place = bare->by_uid[at & bare->mask];

		if (place == 0)
			return false;
		if (bare->records[place - 1].uid == uid)
			return take(&bare->records[place - 1], uid);
	}
}

static void enter(uint32_t *places, uint64_t mask, uint64_t at, uint32_t index)
{
	while (places[at & mask] != 0)
		at++;
	places[at & mask] = index + 1;
}

void bare_make(uint32_t users, struct subject *ret)
{
	char path[] = "/tmp/bench_bare.XXXXXX";
	struct bare *bare = calloc(1, sizeof(*bare));
	uint64_t places = 16;
	int fd = mkstemp(path);

	while (places < 2 * (uint64_t)users)
		places *= 2;
	const size_t tables = 2 * places * sizeof(uint32_t);
	const size_t size = tables + users * sizeof(struct record);
	if (bare == NULL || fd < 0 || unlink(path) < 0 || ftruncate(fd, (off_t)size) < 0)
		abort();
	uint32_t *file = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (file == MAP_FAILED)
		abort();
	*bare = (struct bare){ .mask = places - 1,
			       .key = "sixteen bytes...",
			       .by_name = file,
			       .by_uid = file + places };
	struct record *records = (struct record *)(void *)((char *)file + tables);
	bare->records = records;
	*ret = (struct subject){ .label = "bare",
				 .prefix = "u",
				 .users = users,
				 .first = 100000,
				 .by_name = by_name,
				 .by_uid = by_uid,
				 .state = bare };
	for (uint32_t i = 0; i < users; i++) {
		records[i].uid = ret->first + i;
		records[i].size =
			(uint32_t)snprintf(records[i].text, TEXT_SIZE,
					   "u%u%c*%cUser%c/home/u%u%c/bin/bash", i, 0, 0, 0, i, 0) +
			1;
		enter(file, bare->mask, hash_name(bare, records[i].text), i);
		enter(file + places, bare->mask, hash_id(bare, records[i].uid), i);
	}
	(void)close(fd);
}
