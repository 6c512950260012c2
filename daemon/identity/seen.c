/* SPDX-License-Identifier: MIT */
#include "daemon/identity/seen.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/siphash.h"
#include "daemon/crypto/random.h"

#define LEAST 256

struct seen {
	uint64_t *places; /* 0: free */
	size_t size, count;
	uint8_t key[UP_SIPHASH_KEY_SIZE];
};

enum up_err seen_new(struct seen **ret)
{
	_auto_(seen_free) struct seen *seen = calloc(1, sizeof(*seen));

	if (seen == NULL)
		return UP_ERR_NOMEM;
	seen->size = LEAST;
	seen->places = calloc(seen->size, sizeof(*seen->places));
	if (seen->places == NULL)
		return UP_ERR_NOMEM;
	UP_TRY(random_bytes(seen->key, sizeof(seen->key)));
	*ret = TAKE(seen);
	return UP_OK;
}

void seen_free(struct seen *seen)
{
	if (seen == NULL)
		return;
	free(seen->places);
	free(seen);
}

/* Never 0.  Lengths keep "a", "bc" and "ab", "c" apart. */
static uint64_t hash_of(const struct seen *seen, char kind, const char *first, const char *second)
{
	uint64_t parts[3] = { (uint64_t)(unsigned char)kind,
			      up_siphash(seen->key, first, strlen(first)),
			      up_siphash(seen->key, second, strlen(second)) };
	uint64_t hash = up_siphash(seen->key, parts, sizeof(parts));

	return hash != 0 ? hash : 1;
}

/* The place of the hash, or the free one where it would stand. */
static uint64_t *find(uint64_t *places, size_t size, uint64_t hash)
{
	size_t at = hash & (size - 1);

	while (places[at] != 0 && places[at] != hash)
		at = (at + 1) & (size - 1);
	return &places[at];
}

static enum up_err grow(struct seen *seen)
{
	const size_t size = seen->size * 2;
	uint64_t *places = calloc(size, sizeof(*places));

	if (places == NULL)
		return UP_ERR_NOMEM;
	for (size_t i = 0; i < seen->size; i++)
		if (seen->places[i] != 0)
			*find(places, size, seen->places[i]) = seen->places[i];
	free(seen->places);
	seen->places = places;
	seen->size = size;
	return UP_OK;
}

enum up_err seen_add(struct seen *seen, char kind, const char *first, const char *second)
{
	const uint64_t hash = hash_of(seen, kind, first, second);

	if ((seen->count + 1) * 2 > seen->size)
		UP_TRY(grow(seen));
	uint64_t *place = find(seen->places, seen->size, hash);
	seen->count += *place == 0;
	*place = hash;
	return UP_OK;
}

bool seen_has(const struct seen *seen, char kind, const char *first, const char *second)
{
	const uint64_t hash = hash_of(seen, kind, first, second);

	return *find(seen->places, seen->size, hash) == hash;
}
