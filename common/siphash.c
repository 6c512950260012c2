/* SPDX-License-Identifier: MIT */
#include "common/siphash.h"

#include <endian.h>
#include <string.h>

static uint64_t rotate(uint64_t value, unsigned int bits)
{
	return value << bits | value >> (64 - bits);
}

static uint64_t load(const uint8_t *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return le64toh(value);
}

static void mix(uint64_t v[4], int rounds)
{
	while (rounds-- > 0) {
		v[0] += v[1];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[0] = rotate(v[0], 32);
		v[2] += v[3];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[2] = rotate(v[2], 32);
	}
}

uint64_t up_siphash(const uint8_t key[UP_SIPHASH_KEY_SIZE], const void *data, size_t len)
{
	const uint64_t k0 = load(key), k1 = load(key + 8);
	/* "somepseudorandomlygeneratedbytes", as the paper starts it. */
	uint64_t v[4] = { k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
			  k1 ^ 0x7465646279746573 };
	const uint8_t *at = data;
	uint8_t last[8] = { 0 };

	for (size_t left = len; left >= 8; left -= 8, at += 8) {
		uint64_t word = load(at);

		v[3] ^= word;
		mix(v, 2);
		v[0] ^= word;
	}
	memcpy(last, at, len % 8);
	last[7] = (uint8_t)(len & 0xff);
	v[3] ^= load(last);
	mix(v, 2);
	v[0] ^= load(last);
	v[2] ^= 0xff;
	mix(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
