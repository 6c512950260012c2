/* SPDX-License-Identifier: MIT */
/* SipHash, the wiping allocator and the QR code: small and libc only, but for the last. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/qr.h"
#include "common/siphash.h"
#include "common/wipe.h"
#include "tests/lib/testing.h"

/* The reference implementation's vectors: key 00..0f, message 00..len-1. */
static void siphash_gives_the_known_answers(void **state)
{
	static const struct {
		size_t len;
		uint64_t hash;
	} cases[] = {
		{ 0, 0x726fdb47dd0e0e31 },  { 1, 0x74f839c593dc67fd }, { 2, 0x0d6c8009d9a94f5a },
		{ 3, 0x85676696d7fb7e2d },  { 7, 0xab0200f58b01d137 }, { 8, 0x93f5f5799a932462 },
		{ 15, 0xa129ca6149be45e5 },
	};
	uint8_t key[UP_SIPHASH_KEY_SIZE], message[64];

	(void)state;
	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)i;
	memcpy(key, message, sizeof(key));
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		/* At an odd address, and in a buffer of its own size. */
		uint8_t *exact = malloc(cases[i].len + 1);

		memcpy(exact + 1, message, cases[i].len);
		assert_true(up_siphash(key, exact + 1, cases[i].len) == cases[i].hash);
		free(exact);
	}
}

static void siphash_depends_on_every_bit_of_the_key(void **state)
{
	uint8_t key[UP_SIPHASH_KEY_SIZE] = { 0 };
	const uint64_t plain = up_siphash(key, "alice", 5);

	(void)state;
	for (size_t i = 0; i < 8 * sizeof(key); i++) {
		key[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_true(up_siphash(key, "alice", 5) != plain);
		key[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

static void wiped_memory_is_like_malloc_s(void **state)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 4096, 1 << 20 };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(sizes); i++) {
		void *memory = up_wiping_alloc(sizes[i]);

		assert_non_null(memory);
		assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
		memset(memory, 0x5a, sizes[i]);
		up_wiping_free(memory);
	}
	up_wiping_free(NULL);
	assert_null(up_wiping_alloc(SIZE_MAX));
	assert_null(up_wiping_alloc(SIZE_MAX - sizeof(max_align_t) + 1));
}

static void a_code_is_square_with_a_quiet_zone(void **state)
{
	static const char *const texts[] = {
		"x", "otpauth://totp/userpool:alice?secret=GEZDGNBVGY3TQOJQ&issuer=userpool"
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(texts); i++) {
		char *drawn = NULL;
		size_t size = 0, width = 0, lines = 0, characters = 0;
		FILE *stream = open_memstream(&drawn, &size);

		assert_true(qr_draw(stream, texts[i]));
		assert_int_equal(fclose(stream), 0);
		for (const char *at = drawn; *at != '\0'; at++) {
			if (*at == '\n') {
				assert_true(lines++ == 0 || characters == width);
				width = characters;
				characters = 0;
			} else {
				characters += ((unsigned char)*at & 0xc0) != 0x80;
			}
		}
		/* Version 1 has 21 modules a side, each further one 4 more; 2 quiet ones around. */
		assert_true(width >= 25 && (width - 25) % 4 == 0);
		assert_int_equal(lines, (width + 1) / 2);
		assert_int_equal(strncmp(drawn, "\u2588\u2588", 6), 0);
		free(drawn);
	}
}

static void a_text_too_long_for_a_code_draws_nothing(void **state)
{
	static char text[4000];
	char *drawn = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&drawn, &size);

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	assert_false(qr_draw(stream, text));
	assert_false(qr_draw(stream, ""));
	assert_int_equal(fclose(stream), 0);
	assert_int_equal(size, 0);
	free(drawn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(siphash_gives_the_known_answers),
		cmocka_unit_test(siphash_depends_on_every_bit_of_the_key),
		cmocka_unit_test(wiped_memory_is_like_malloc_s),
		cmocka_unit_test(a_code_is_square_with_a_quiet_zone),
		cmocka_unit_test(a_text_too_long_for_a_code_draws_nothing),
	};

	return cmocka_run_group_tests_name("common/hash", tests, NULL, NULL);
}
