/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto/encoding.h"
#include "tests/lib/prop.h"
#include "tests/lib/testing.h"

static uint8_t *decode_base64url(const char *text, size_t *len)
{
	return base64url_decode(text, strlen(text), len);
}

struct coding {
	char *(*encode)(struct up_span bytes);
	uint8_t *(*decode)(const char *text, size_t *len);
};

static const struct coding base64 = { base64_encode, base64_decode },
			   base64url = { base64url_encode, decode_base64url },
			   base32 = { base32_encode, base32_decode };

static struct up_span span_of(const char *text)
{
	return (struct up_span){ (const uint8_t *)text, strlen(text) };
}

/* RFC 4648 section 10; base32 and base64url go without padding here. */
static void encodes_and_decodes_the_examples_of_the_rfc(void **state)
{
	static const char *const cases[][4] = {
		{ "", "", "", "" },
		{ "f", "Zg==", "Zg", "MY" },
		{ "fo", "Zm8=", "Zm8", "MZXQ" },
		{ "foo", "Zm9v", "Zm9v", "MZXW6" },
		{ "foob", "Zm9vYg==", "Zm9vYg", "MZXW6YQ" },
		{ "fooba", "Zm9vYmE=", "Zm9vYmE", "MZXW6YTB" },
		{ "foobar", "Zm9vYmFy", "Zm9vYmFy", "MZXW6YTBOI" },
		{ "\xfb\xef\xff", "++//", "--__", "7PX76" },
	};
	static const struct coding *const codings[] = { &base64, &base64url, &base32 };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++)
		for (size_t c = 0; c < UP_COUNT(codings); c++) {
			size_t len = SIZE_MAX;
			_auto_(free) char *text = codings[c]->encode(span_of(cases[i][0]));
			_auto_(free) uint8_t *bytes = codings[c]->decode(cases[i][c + 1], &len);

			assert_string_equal(text, cases[i][c + 1]);
			assert_non_null(bytes);
			assert_int_equal(len, strlen(cases[i][0]));
			assert_string_equal((const char *)bytes, cases[i][0]);
		}
}

/* CRY-07: a text has one reading, so what has a shorter or another twin is refused. */
static void refuses_what_is_not_the_one_form(void **state)
{
	static const struct {
		const struct coding *coding;
		const char *text;
	} cases[] = {
		{ &base64, "Zg" },         { &base64, "Zg=" },      { &base64, "Zg===" },
		{ &base64, "Z===" },       { &base64, "====" },     { &base64, "=" },
		{ &base64, "Zh==" },       { &base64, "Zm9=" },     { &base64, "Zg==Zg==" },
		{ &base64, "Zm 9" },       { &base64, "Zm9v\n" },   { &base64, " Zm9v" },
		{ &base64, "--__" },       { &base64, "Zm9v\xc3" }, { &base64, "A" },
		{ &base64url, "Zg==" },    { &base64url, "Zm8=" },  { &base64url, "++//" },
		{ &base64url, "Z" },       { &base64url, "Zh" },    { &base64url, "Zm9" },
		{ &base64url, "Zm9v " },   { &base64url, "Zm.9" },  { &base64url, "Zm9v\r\n" },
		{ &base64url, "Zm9vY" },   { &base32, "my" },       { &base32, "M" },
		{ &base32, "MY======" },   { &base32, "MZ" },       { &base32, "MZX" },
		{ &base32, "MZXW6Y" },     { &base32, "M0" },       { &base32, "M1" },
		{ &base32, "M8" },         { &base32, "MZXW 6" },   { &base32, "MZXW-6" },
		{ &base32, "MZXW6YTBOJ" },
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		size_t len = 0;

		if (cases[i].coding->decode(cases[i].text, &len) != NULL)
			fail_msg("takes \"%s\"", cases[i].text);
	}
}

static void a_nul_inside_ends_no_text_early(void **state)
{
	size_t len = 0;

	(void)state;
	assert_null(base64url_decode("Zm9v\0Zm9v", 9, &len));
	assert_null(base64url_decode("\0", 1, &len));
}

static void any_bytes_come_back(struct up_reader *choices)
{
	static const struct coding *const codings[] = { &base64, &base64url, &base32 };
	const struct coding *coding = codings[prop_pick(choices, 0, 2)];
	struct up_span bytes = up_read_fixed(choices, prop_pick(choices, 1, 200));
	size_t len = 0;

	if (bytes.len == 0)
		return;
	_auto_(free) char *text = coding->encode(bytes);
	_auto_(free) uint8_t *again = coding->decode(text, &len);
	PROP(again != NULL && len == bytes.len && memcmp(again, bytes.data, len) == 0);
}

/* One character of a text exchanged for any other: refused, or another value. */
static void a_changed_text_is_another_value(struct up_reader *choices)
{
	static const struct coding *const codings[] = { &base64, &base64url, &base32 };
	const struct coding *coding = codings[prop_pick(choices, 0, 2)];
	struct up_span bytes = up_read_fixed(choices, prop_pick(choices, 1, 40));
	size_t len = 0;

	if (bytes.len == 0)
		return;
	_auto_(free) char *text = coding->encode(bytes);
	char *at = &text[up_read_u32(choices) % strlen(text)];
	const char other = (char)prop_pick(choices, 1, 255);
	if (*at == other)
		return;
	*at = other;
	_auto_(free) uint8_t *again = coding->decode(text, &len);
	PROP(again == NULL || len != bytes.len || memcmp(again, bytes.data, len) != 0);
}

static void texts_and_bytes_match_one_to_one(void **state)
{
	(void)state;
	prop_check(any_bytes_come_back);
	prop_check(a_changed_text_is_another_value);
}

static void hex_has_two_digits_a_byte(void **state)
{
	(void)state;
	_auto_(free) char *text =
		hex_encode((struct up_span){ (const uint8_t *)"\x00\x0f\xff", 3 });
	_auto_(free) char *none = hex_encode((struct up_span){ NULL, 0 });

	assert_string_equal(text, "000fff");
	assert_string_equal(none, "");
}

static void json_is_compact_and_free_takes_it_back(void **state)
{
	(void)state;
	json_t *json = json_pack("{s:[i,b], s:s}", "a", 1, 1, "b", "x\"y");
	_auto_(free) char *text = json_encode(json);

	assert_string_equal(text, "{\"a\":[1,true],\"b\":\"x\\\"y\"}");
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodes_and_decodes_the_examples_of_the_rfc),
		cmocka_unit_test(refuses_what_is_not_the_one_form),
		cmocka_unit_test(a_nul_inside_ends_no_text_early),
		cmocka_unit_test(texts_and_bytes_match_one_to_one),
		cmocka_unit_test(hex_has_two_digits_a_byte),
		cmocka_unit_test(json_is_compact_and_free_takes_it_back),
	};

	return cmocka_run_group_tests_name("crypto/encoding", tests, NULL, NULL);
}
