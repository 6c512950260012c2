/* SPDX-License-Identifier: MIT */
#include "tests/lib/prop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUNS       500
#define BYTES_MAX  4096
#define FIRST_SEED 0x9d5c1a7be3f20461

/* What runs now, for the message of one that fails. */
static _Thread_local struct {
	const char *name; /* NULL: a fuzzer drives, and has its own input file */
	uint64_t seed;
} running;

void prop_fail(const char *claim, const char *file, int line)
{
	(void)fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, claim);
	if (running.name != NULL)
		(void)fprintf(stderr, "  in %s; to repeat it: PROP_SEED=0x%016llx\n", running.name,
			      (unsigned long long)running.seed);
	abort();
}

/* SplitMix64 (Steele, Lea and Flood, 2014). */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static void run_seed(uint64_t seed, void (*property)(struct up_reader *choices))
{
	uint64_t state = seed;
	const size_t len = next(&state) % (BYTES_MAX + 1);
	/* Its own size, so that a read past the end is seen. */
	uint8_t *bytes = malloc(len > 0 ? len : 1);

	if (bytes == NULL)
		abort();
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)next(&state);
	struct up_reader choices = up_reader_over(bytes, len);
	running.seed = seed;
	property(&choices);
	free(bytes);
}

void prop_run(const char *name, void (*property)(struct up_reader *choices))
{
	const char *seed = getenv("PROP_SEED"), *wanted = getenv("PROP_RUNS");
	const unsigned long long runs = wanted != NULL ? strtoull(wanted, NULL, 0) : RUNS;
	uint64_t state = FIRST_SEED;

	running.name = name;
	if (seed != NULL)
		run_seed(strtoull(seed, NULL, 0), property);
	for (unsigned long long i = 0; seed == NULL && i < runs; i++)
		run_seed(next(&state), property);
	running.name = NULL;
}

uint32_t prop_pick(struct up_reader *choices, uint32_t least, uint32_t most)
{
	const uint8_t kind = up_read_u8(choices);
	const uint64_t span = (uint64_t)most - least + 1;

	if (kind < 32)
		return kind < 16 ? least : most;
	return least + (uint32_t)(up_read_u32(choices) % span);
}

void prop_text(struct up_reader *choices, char *out, size_t size)
{
	const uint32_t longest = (uint32_t)size - 1;
	size_t len = prop_pick(choices, 0, 1) == 0
			     ? prop_pick(choices, 0, longest)
			     : prop_pick(choices, 0, longest < 12 ? longest : 12);

	for (size_t i = 0; i < len; i++)
		out[i] = (char)(up_read_u8(choices) % 255 + 1);
	out[len] = '\0';
}

struct up_span prop_rest(struct up_reader *choices)
{
	return up_read_fixed(choices, choices->left.len);
}
