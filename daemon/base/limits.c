/* SPDX-License-Identifier: MIT */
#include "daemon/base/limits.h"

#include <stdlib.h>
#include <string.h>

#include "common/siphash.h"
#include <sys/random.h>

/* A token is as many parts as a minute has milliseconds, so that a rate a minute is as many parts a
 * millisecond, and whoever asks often loses nothing to rounding. */
#define TOKEN 60000

struct bucket {
	uint64_t key;         /* SipHash of the text under a key of this process; 0: free */
	int64_t level, at_ms; /* level: in parts of a token */
};

struct limits {
	size_t size;
	int64_t burst, per_minute;
	uint8_t secret[UP_SIPHASH_KEY_SIZE];
	struct bucket *bucket;
};

enum up_err limits_new(size_t keys, int64_t burst, int64_t per_minute, struct limits **ret)
{
	_auto_(limits_free) struct limits *limits = calloc(1, sizeof(*limits));

	if (limits == NULL)
		return UP_ERR_NOMEM;
	limits->bucket = calloc(keys, sizeof(*limits->bucket));
	if (limits->bucket == NULL)
		return UP_ERR_NOMEM;
	if (getrandom(limits->secret, sizeof(limits->secret), 0) != sizeof(limits->secret))
		return UP_ERR_SYSTEM;
	limits->size = keys;
	limits->burst = burst * TOKEN;
	limits->per_minute = per_minute;
	*ret = TAKE(limits);
	return UP_OK;
}

void limits_free(struct limits *limits)
{
	if (limits == NULL)
		return;
	free(limits->bucket);
	free(limits);
}

static int64_t level_at(const struct limits *limits, const struct bucket *bucket, int64_t now_ms)
{
	int64_t passed = now_ms - bucket->at_ms;

	if (passed <= 0)
		return bucket->level;
	/* One a minute is the slowest, and fills the bucket in that time. */
	if (passed >= limits->burst)
		return limits->burst;
	int64_t level = bucket->level + passed * limits->per_minute;
	return level < limits->burst ? level : limits->burst;
}

/* The key's bucket, a free one, or one that has refilled and so says nothing; NULL: all are busy.
 * Looks at a bounded run of places, from where the key belongs. */
static struct bucket *find(struct limits *limits, uint64_t key, int64_t now_ms)
{
	enum { RUN = 64 };
	struct bucket *spare = NULL;

	for (size_t i = 0; i < RUN && i < limits->size; i++) {
		struct bucket *bucket = &limits->bucket[(key + i) % limits->size];

		if (bucket->key == key)
			return bucket;
		if (spare == NULL &&
		    (bucket->key == 0 || level_at(limits, bucket, now_ms) == limits->burst))
			spare = bucket;
	}
	if (spare != NULL)
		*spare = (struct bucket){ key, limits->burst, now_ms };
	return spare;
}

bool limits_take(struct limits *limits, const char *key, int64_t now_ms)
{
	uint64_t hash = up_siphash(limits->secret, key, strlen(key)) | 1;
	struct bucket *bucket = find(limits, hash, now_ms);

	if (bucket == NULL)
		return false;
	bucket->level = level_at(limits, bucket, now_ms);
	bucket->at_ms = now_ms;
	if (bucket->level < TOKEN)
		return false;
	bucket->level -= TOKEN;
	return true;
}
