/* SPDX-License-Identifier: MIT */
/* Reader and writer: sticky failure, limits, and not one byte outside.  DMN-02. */
#include <stdlib.h>
#include <string.h>

#include "common/reader.h"
#include "common/writer.h"
#include "tests/lib/testing.h"

static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

static void integers_are_big_endian(void **state)
{
	struct up_reader r = up_reader_over(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(up_read_u8(&r), 0x01);
	assert_int_equal(up_read_u16(&r), 0x0203);
	assert_int_equal(up_read_u32(&r), 0x04050607);
	assert_true(up_read_u64(&r) == 0x08090a0b0c0d0e0f);
	assert_int_equal(up_reader_finish(&r), UP_OK);
}

static void a_reader_that_failed_stays_failed_and_gives_zeros(void **state)
{
	char text[8] = "before";

	(void)state;
	for (size_t len = 0; len < 8; len++) {
		struct up_reader r = up_reader_over(bytes, len);

		assert_true(up_read_u64(&r) == 0);
		assert_int_equal(r.err, UP_ERR_TRUNCATED);
		assert_int_equal(up_read_u8(&r), 0);
		assert_null(up_read_fixed(&r, 1).data);
		assert_null(up_read_bytes(&r, 100).data);
		up_read_text(&r, text, sizeof(text));
		assert_string_equal(text, "");
		assert_int_equal(up_reader_finish(&r), UP_ERR_TRUNCATED);
	}
}

static void the_first_failure_is_the_one_that_is_told(void **state)
{
	struct up_reader r = up_reader_over(bytes, sizeof(bytes));

	(void)state;
	up_reader_fail(&r, UP_ERR_MALFORMED);
	up_reader_fail(&r, UP_ERR_TOO_LARGE);
	(void)up_read_fixed(&r, 1000);
	assert_int_equal(up_reader_finish(&r), UP_ERR_MALFORMED);
}

static void bytes_left_over_are_an_error(void **state)
{
	struct up_reader r = up_reader_over(bytes, 2);

	(void)state;
	assert_int_equal(up_reader_finish(&r), UP_ERR_TRAILING);
	(void)up_read_u8(&r);
	assert_int_equal(up_reader_finish(&r), UP_ERR_TRAILING);
	(void)up_read_u8(&r);
	assert_int_equal(up_reader_finish(&r), UP_OK);
}

static void nothing_is_read_from_nothing(void **state)
{
	struct up_reader r = up_reader_over(NULL, 0);

	(void)state;
	assert_int_equal(up_read_fixed(&r, 0).len, 0);
	assert_int_equal(up_reader_finish(&r), UP_OK);
	assert_null(up_read_fixed(&r, 1).data);
	assert_int_equal(up_reader_finish(&r), UP_ERR_TRUNCATED);
}

/* A u32 length in front of `len` bytes, of which `there` are there. */
static struct up_reader reader_of_length(uint8_t *buffer, uint32_t len, size_t there)
{
	struct up_writer w = up_writer_into(buffer, 4);

	up_write_u32(&w, len);
	memset(buffer + 4, 'x', there);
	return up_reader_over(buffer, 4 + there);
}

static void a_length_is_compared_with_the_limit_and_with_what_is_there(void **state)
{
	static const struct {
		uint32_t len;
		size_t there, max;
		enum up_err err;
	} cases[] = {
		{ 0, 0, 0, UP_OK },
		{ 0, 0, 8, UP_OK },
		{ 7, 7, 8, UP_OK },
		{ 8, 8, 8, UP_OK },
		{ 9, 9, 8, UP_ERR_TOO_LARGE },
		{ 1, 1, 0, UP_ERR_TOO_LARGE },
		{ 8, 7, 8, UP_ERR_TRUNCATED },
		{ 8, 0, 8, UP_ERR_TRUNCATED },
		{ 7, 8, 8, UP_ERR_TRAILING },
		{ 0x7fffffff, 8, 8, UP_ERR_TOO_LARGE },
		{ 0xffffffff, 8, 8, UP_ERR_TOO_LARGE },
		{ 0xffffffff, 8, SIZE_MAX, UP_ERR_TRUNCATED },
	};
	uint8_t buffer[64];

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		struct up_reader r = reader_of_length(buffer, cases[i].len, cases[i].there);
		struct up_span span = up_read_bytes(&r, cases[i].max);

		assert_int_equal(up_reader_finish(&r), cases[i].err);
		if (cases[i].err == UP_OK)
			assert_int_equal(span.len, cases[i].len);
	}
}

static void a_text_fits_with_its_nul_or_not_at_all(void **state)
{
	uint8_t buffer[64];
	char text[9];

	(void)state;
	for (uint32_t len = 0; len <= 10; len++) {
		struct up_reader r = reader_of_length(buffer, len, len);

		memset(text, '!', sizeof(text));
		up_read_text(&r, text, 8);
		assert_int_equal(up_reader_finish(&r), len < 8 ? UP_OK : UP_ERR_TOO_LARGE);
		assert_int_equal(strlen(text), len < 8 ? len : 0);
		assert_int_equal(text[8], '!');
	}
}

static void a_nul_inside_a_text_is_malformed(void **state)
{
	(void)state;
	for (size_t at = 0; at < 5; at++) {
		uint8_t buffer[16];
		char text[8];
		struct up_reader r = reader_of_length(buffer, 5, 5);

		buffer[4 + at] = 0;
		up_read_text(&r, text, sizeof(text));
		assert_int_equal(up_reader_finish(&r), UP_ERR_MALFORMED);
		assert_string_equal(text, "");
	}
}

static void a_span_is_borrowed_from_the_input(void **state)
{
	uint8_t buffer[16];
	struct up_reader r = reader_of_length(buffer, 3, 3);

	(void)state;
	assert_ptr_equal(up_read_bytes(&r, 3).data, buffer + 4);
}

static void a_writer_fills_its_room_and_not_a_byte_more(void **state)
{
	(void)state;
	for (size_t size = 0; size <= 16; size++) {
		uint8_t room[17];
		size_t len = 99;

		memset(room, 0xee, sizeof(room));
		struct up_writer w = up_writer_into(room, size);
		up_write_u8(&w, 1);
		up_write_u16(&w, 0x0203);
		up_write_u32(&w, 0x04050607);
		up_write_u64(&w, 0x08090a0b0c0d0e0f);
		assert_int_equal(up_writer_finish(&w, &len), size >= 15 ? UP_OK : UP_ERR_TOO_LARGE);
		assert_int_equal(len, size >= 15 ? 15 : 99);
		if (size >= 15)
			assert_memory_equal(room, bytes, sizeof(bytes));
		for (size_t i = size; i < sizeof(room); i++)
			assert_int_equal(room[i], 0xee);
	}
}

static void a_writer_that_failed_stays_failed(void **state)
{
	uint8_t room[8];
	size_t len = 0;
	struct up_writer w = up_writer_into(room, 4);

	(void)state;
	up_write_u64(&w, 1);
	up_write_u8(&w, 1);
	up_write_text(&w, "");
	assert_int_equal(w.len, 0);
	assert_int_equal(up_writer_finish(&w, &len), UP_ERR_TOO_LARGE);
}

static void texts_and_bytes_have_their_length_in_front(void **state)
{
	static const uint8_t expected[] = {
		0, 0, 0, 2, 'a', 'b', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
	};
	uint8_t room[64];
	size_t len = 0;
	struct up_writer w = up_writer_into(room, sizeof(room));

	(void)state;
	up_write_text(&w, "ab");
	up_write_text(&w, "");
	up_write_text(&w, NULL);
	up_write_bytes(&w, (struct up_span){ NULL, 0 });
	assert_int_equal(up_writer_finish(&w, &len), UP_OK);
	assert_int_equal(len, sizeof(expected));
	assert_memory_equal(room, expected, sizeof(expected));
}

static void bytes_too_long_for_a_u32_are_refused(void **state)
{
	uint8_t room[8];
	size_t len = 0;
	struct up_writer w = up_writer_into(room, sizeof(room));

	(void)state;
	up_write_bytes(&w, (struct up_span){ room, (size_t)UINT32_MAX + 1 });
	assert_int_equal(up_writer_finish(&w, &len), UP_ERR_TOO_LARGE);
}

static void every_error_has_a_text_of_its_own(void **state)
{
	(void)state;
	for (int a = UP_OK; a <= UP_ERR_SYSTEM; a++) {
		assert_string_not_equal(up_strerror((enum up_err)a), "unknown error");
		for (int b = UP_OK; b < a; b++)
			assert_string_not_equal(up_strerror((enum up_err)a),
						up_strerror((enum up_err)b));
	}
	assert_string_equal(up_strerror((enum up_err)(UP_ERR_SYSTEM + 1)), "unknown error");
	assert_string_equal(up_strerror((enum up_err) - 1), "unknown error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_big_endian),
		cmocka_unit_test(a_reader_that_failed_stays_failed_and_gives_zeros),
		cmocka_unit_test(the_first_failure_is_the_one_that_is_told),
		cmocka_unit_test(bytes_left_over_are_an_error),
		cmocka_unit_test(nothing_is_read_from_nothing),
		cmocka_unit_test(a_length_is_compared_with_the_limit_and_with_what_is_there),
		cmocka_unit_test(a_text_fits_with_its_nul_or_not_at_all),
		cmocka_unit_test(a_nul_inside_a_text_is_malformed),
		cmocka_unit_test(a_span_is_borrowed_from_the_input),
		cmocka_unit_test(a_writer_fills_its_room_and_not_a_byte_more),
		cmocka_unit_test(a_writer_that_failed_stays_failed),
		cmocka_unit_test(texts_and_bytes_have_their_length_in_front),
		cmocka_unit_test(bytes_too_long_for_a_u32_are_refused),
		cmocka_unit_test(every_error_has_a_text_of_its_own),
	};

	return cmocka_run_group_tests_name("common/wire", tests, NULL, NULL);
}
