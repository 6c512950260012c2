/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/codecs.h"
#include "tests/lib/prop.h"
#include "tests/lib/scratch.h"
#include "tests/lib/testing.h"

#define FRAME_MAX (UP_FRAME_HEADER_SIZE + UP_FRAME_PAYLOAD_MAX)

static void a_header_has_one_version_and_a_limit(void **state)
{
	static const struct {
		uint8_t bytes[UP_FRAME_HEADER_SIZE];
		size_t max;
		enum up_err err;
	} cases[] = {
		{ { 0, 0, 0, 0, 1, 1, 0, 1 }, 0, UP_OK },
		{ { 0, 0, 0, 99, 1, 1, 0, 1 }, 100, UP_OK },
		{ { 0, 0, 0, 100, 1, 1, 0, 1 }, 100, UP_OK },
		{ { 0, 0, 0, 101, 1, 1, 0, 1 }, 100, UP_ERR_TOO_LARGE },
		{ { 0, 0, 0, 1, 1, 1, 0, 1 }, 0, UP_ERR_TOO_LARGE },
		{ { 0x7f, 0xff, 0xff, 0xff, 1, 1, 0, 1 }, 65536, UP_ERR_TOO_LARGE },
		{ { 0xff, 0xff, 0xff, 0xff, 1, 1, 0, 1 }, 65536, UP_ERR_TOO_LARGE },
		{ { 0, 0, 0, 0, 1, 1, 0, 0 }, 100, UP_ERR_VERSION },
		{ { 0, 0, 0, 0, 1, 1, 0, 2 }, 100, UP_ERR_VERSION },
		{ { 0, 0, 0, 0, 1, 1, 1, 0 }, 100, UP_ERR_VERSION },
		/* DMN-06: text protocols are another version. */
		{ { 'G', 'E', 'T', ' ', '/', ' ', 'H', 'T' }, 65536, UP_ERR_VERSION },
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		struct up_frame_header header = { 7, 7 };

		assert_int_equal(up_frame_header_decode(cases[i].bytes, cases[i].max, &header),
				 cases[i].err);
		assert_int_equal(header.type, cases[i].err == UP_OK ? 0x0101 : 7);
	}
}

static void messages_come_back_as_they_were(void **state)
{
	(void)state;
	prop_check(a_message_comes_back_as_it_was);
}

static void payloads_are_refused_or_have_one_form(void **state)
{
	(void)state;
	prop_check(a_payload_is_refused_or_has_one_form);
	prop_check(a_header_is_refused_or_within_its_limit);
}

/* One message of each kind, with something in every field. */
static struct up_span sample(const struct codec *codec, uint8_t frame[FRAME_MAX])
{
	uint8_t bytes[256];
	struct up_writer w = up_writer_into(frame, FRAME_MAX);
	size_t len = 0;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(100 + i % 100);
	struct up_reader choices = up_reader_over(bytes, sizeof(bytes));
	assert_int_equal(codec->make(&choices, &w, &len), UP_OK);
	return (struct up_span){ frame + UP_FRAME_HEADER_SIZE, len - UP_FRAME_HEADER_SIZE };
}

/* Decodes in a buffer of exactly its size, so that a read past the end is seen. */
static enum up_err recode(const struct codec *codec, struct up_span payload, uint8_t *again,
			  size_t *len)
{
	struct up_writer w = up_writer_into(again, FRAME_MAX);
	_auto_(free) uint8_t *exact = malloc(payload.len > 0 ? payload.len : 1);

	memcpy(exact, payload.data, payload.len);
	return codec->recode((struct up_span){ exact, payload.len }, &w, len);
}

/* DMN-01 */
static void every_truncation_is_refused(void **state)
{
	static uint8_t frame[FRAME_MAX], again[FRAME_MAX];

	(void)state;
	for (size_t c = 0; c < CODECS; c++) {
		const struct up_span payload = sample(&codecs[c], frame);
		size_t len = 0;

		assert_int_equal(recode(&codecs[c], payload, again, &len), UP_OK);
		for (size_t cut = 0; cut < payload.len; cut++)
			assert_int_equal(recode(&codecs[c], (struct up_span){ payload.data, cut },
						again, &len),
					 UP_ERR_TRUNCATED);
	}
	prop_check(a_cut_message_is_refused);
}

/* DMN-02 */
static void every_single_byte_changed_is_refused_or_another_message(void **state)
{
	static uint8_t frame[FRAME_MAX], again[FRAME_MAX];
	size_t refused = 0;

	(void)state;
	for (size_t c = 0; c < CODECS; c++) {
		const struct up_span payload = sample(&codecs[c], frame);
		uint8_t *bytes = frame + UP_FRAME_HEADER_SIZE;

		for (size_t i = 0; i < payload.len; i++)
			for (unsigned int byte = 0; byte < 256; byte++) {
				const uint8_t kept = bytes[i];
				size_t len = 0;

				bytes[i] = (uint8_t)byte;
				if (recode(&codecs[c], payload, again, &len) == UP_OK)
					assert_memory_equal(again + UP_FRAME_HEADER_SIZE, bytes,
							    payload.len);
				else
					refused++;
				bytes[i] = kept;
			}
	}
	assert_true(refused > 1000);
}

static void a_byte_more_is_refused(void **state)
{
	static uint8_t frame[FRAME_MAX], again[FRAME_MAX];

	(void)state;
	for (size_t c = 0; c < CODECS; c++) {
		struct up_span payload = sample(&codecs[c], frame);
		size_t len = 0;

		payload.len++;
		assert_int_equal(recode(&codecs[c], payload, again, &len), UP_ERR_TRAILING);
	}
}

/* A begin frame whose one field is `len` bytes long, the others empty. */
static enum up_err begin_with(size_t field, size_t len)
{
	static uint8_t bytes[16384];
	struct up_writer w = up_writer_into(bytes, sizeof(bytes));
	static char text[8192];
	struct up_login_begin m;

	memset(text, 'x', sizeof(text));
	up_write_fixed(&w, "0123456789abcdef", UP_NONCE_SIZE);
	up_write_u32(&w, UP_PURPOSE_AUTHENTICATE);
	up_write_u32(&w, 0);
	for (size_t i = 0; i < 6; i++)
		up_write_bytes(&w, (struct up_span){ (const uint8_t *)text, i == field ? len : 0 });
	return up_login_begin_decode((struct up_span){ bytes, w.len }, &m);
}

static void every_field_has_its_limit(void **state)
{
	static const size_t sizes[] = { UP_SERVICE_SIZE, UP_USER_FIELD_SIZE, UP_RHOST_SIZE,
					UP_TTY_SIZE,     UP_FACTORS_SIZE,    UP_AUTH_INFO_SIZE };

	(void)state;
	for (size_t field = 0; field < UP_COUNT(sizes); field++) {
		assert_int_equal(begin_with(field, sizes[field] - 2), UP_OK);
		assert_int_equal(begin_with(field, sizes[field] - 1), UP_OK);
		assert_int_equal(begin_with(field, sizes[field]), UP_ERR_TOO_LARGE);
	}
}

static enum up_err done_with(uint32_t verdict, uint32_t reason, uint32_t variables)
{
	uint8_t bytes[256];
	struct up_writer w = up_writer_into(bytes, sizeof(bytes));
	struct up_login_done m;

	up_write_fixed(&w, "0123456789abcdef", UP_NONCE_SIZE);
	up_write_u32(&w, verdict);
	up_write_u32(&w, reason);
	up_write_text(&w, "alice");
	up_write_text(&w, "");
	up_write_u32(&w, variables);
	for (uint32_t i = 0; i < variables && i < 20; i++)
		up_write_text(&w, "A=b");
	return up_login_done_decode((struct up_span){ bytes, w.len }, &m);
}

static void only_a_whole_verdict_with_its_reason_is_one(void **state)
{
	(void)state;
	assert_int_equal(done_with(UP_VERDICT_ALLOW, UP_REASON_OK, 0), UP_OK);
	for (uint32_t reason = 0; reason <= UP_REASON_NO_TERMINAL + 1; reason++) {
		const bool is_reason = reason > UP_REASON_OK && reason <= UP_REASON_NO_TERMINAL;

		assert_int_equal(done_with(UP_VERDICT_DENY, reason, 0),
				 is_reason ? UP_OK : UP_ERR_MALFORMED);
		if (reason != UP_REASON_OK)
			assert_int_equal(done_with(UP_VERDICT_ALLOW, reason, 0), UP_ERR_MALFORMED);
	}
	for (int bit = 0; bit < 32; bit++) {
		assert_int_equal(done_with(UP_VERDICT_ALLOW ^ 1U << bit, UP_REASON_OK, 0),
				 UP_ERR_MALFORMED);
		assert_int_equal(done_with(UP_VERDICT_DENY ^ 1U << bit, UP_REASON_OK, 0),
				 UP_ERR_MALFORMED);
	}
	assert_int_equal(done_with(0, UP_REASON_OK, 0), UP_ERR_MALFORMED);
}

static void a_done_frame_has_few_variables(void **state)
{
	(void)state;
	for (uint32_t n = 0; n <= UP_ENVIRONMENT_MAX + 2; n++)
		assert_int_equal(done_with(UP_VERDICT_ALLOW, UP_REASON_OK, n),
				 n <= UP_ENVIRONMENT_MAX ? UP_OK : UP_ERR_MALFORMED);
	assert_int_equal(done_with(UP_VERDICT_ALLOW, UP_REASON_OK, UINT32_MAX), UP_ERR_MALFORMED);
}

static void a_message_that_does_not_fit_is_not_written(void **state)
{
	static uint8_t frame[FRAME_MAX], room[FRAME_MAX];

	(void)state;
	for (size_t c = 0; c < CODECS; c++) {
		const struct up_span payload = sample(&codecs[c], frame);

		for (size_t size = 0; size <= UP_FRAME_HEADER_SIZE + payload.len; size++) {
			struct up_writer w = up_writer_into(room, size);
			size_t len = 0;
			enum up_err err = codecs[c].recode(payload, &w, &len);

			assert_int_equal(err, size < UP_FRAME_HEADER_SIZE + payload.len
						      ? UP_ERR_TOO_LARGE
						      : UP_OK);
		}
	}
}

/* The fuzzer's seeds are messages of this version still. */
static void the_seeds_of_the_fuzzer_decode(void **state)
{
	static uint8_t again[FRAME_MAX];
	_auto_(free) char *path = scratch_path(getenv("TOP_SRCDIR"), "tests/common/corpus_frame");
	DIR *directory = opendir(path);
	struct dirent *entry;
	int decoded = 0;

	(void)state;
	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL) {
		size_t size = 0, len = 0;

		if (entry->d_name[0] == '.')
			continue;
		_auto_(free) char *name = scratch_path(path, entry->d_name);
		_auto_(free) char *data = scratch_read(name, &size);
		if (data[0] != 0)
			continue;
		const struct codec *codec = &codecs[(uint8_t)data[1] % CODECS];
		if (recode(codec, (struct up_span){ (uint8_t *)data + 2, size - 2 }, again, &len) !=
		    UP_OK)
			fail_msg("%s is no %s", name, codec->name);
		decoded++;
	}
	(void)closedir(directory);
	assert_true(decoded >= CODECS);
}

static void every_reason_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int a = UP_REASON_NONE; a <= UP_REASON_NO_TERMINAL; a++) {
		assert_string_not_equal(up_reason_name((enum up_reason)a), "unknown");
		for (int b = UP_REASON_NONE; b < a; b++)
			assert_string_not_equal(up_reason_name((enum up_reason)a),
						up_reason_name((enum up_reason)b));
	}
	assert_string_equal(up_reason_name((enum up_reason)99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_has_one_version_and_a_limit),
		cmocka_unit_test(messages_come_back_as_they_were),
		cmocka_unit_test(payloads_are_refused_or_have_one_form),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(every_single_byte_changed_is_refused_or_another_message),
		cmocka_unit_test(a_byte_more_is_refused),
		cmocka_unit_test(every_field_has_its_limit),
		cmocka_unit_test(only_a_whole_verdict_with_its_reason_is_one),
		cmocka_unit_test(a_done_frame_has_few_variables),
		cmocka_unit_test(a_message_that_does_not_fit_is_not_written),
		cmocka_unit_test(the_seeds_of_the_fuzzer_decode),
		cmocka_unit_test(every_reason_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests_name("common/frame", tests, NULL, NULL);
}
