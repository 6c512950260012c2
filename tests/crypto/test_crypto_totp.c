/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto/encoding.h"
#include "daemon/crypto/totp.h"
#include "tests/lib/testing.h"

/* "12345678901234567890", as RFC 6238 has it, and the bytes 0 to 31. */
#define RFC_SECRET  "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
#define LONG_SECRET "AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYPQ"

#define NOW  1111111111
#define STEP (NOW / TOTP_PERIOD)

static const struct up_span secret = { (const uint8_t *)"12345678901234567890", 20 };

/* RFC 6238 appendix B, cut to six digits, and a secret as long as ours. */
static void gives_the_codes_of_the_rfc(void **state)
{
	static const struct {
		const char *secret;
		int64_t wall;
		const char *code;
	} cases[] = {
		{ RFC_SECRET, 59, "287082" },         { RFC_SECRET, 1111111109, "081804" },
		{ RFC_SECRET, 1111111111, "050471" }, { RFC_SECRET, 1234567890, "005924" },
		{ RFC_SECRET, 2000000000, "279037" }, { RFC_SECRET, 20000000000, "353130" },
		{ LONG_SECRET, 0, "414783" },         { LONG_SECRET, 29, "414783" },
		{ LONG_SECRET, 30, "555770" },        { LONG_SECRET, 1767776703, "301844" },
	};
	char code[TOTP_DIGITS + 1];

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		size_t len = 0;
		_auto_(free) uint8_t *bytes = base32_decode(cases[i].secret, &len);

		assert_int_equal(totp_code((struct up_span){ bytes, len },
					   cases[i].wall / TOTP_PERIOD, code),
				 UP_OK);
		assert_string_equal(code, cases[i].code);
	}
}

static enum totp_match check(const char *code, int64_t wall, int64_t last, int64_t *step)
{
	enum totp_match match = TOTP_RIGHT;

	assert_int_equal(totp_check(secret, code, wall, last, &match, step), UP_OK);
	return match;
}

/* CRY-10: one step before and after now, and no more. */
static void accepts_the_window_and_nothing_around_it(void **state)
{
	(void)state;
	for (int64_t off = -5; off <= 5; off++) {
		char code[TOTP_DIGITS + 1];
		int64_t step = -1;

		assert_int_equal(totp_code(secret, STEP + off, code), UP_OK);
		if (off >= -TOTP_WINDOW && off <= TOTP_WINDOW) {
			assert_int_equal(check(code, NOW, 0, &step), TOTP_RIGHT);
			assert_int_equal(step, STEP + off);
		} else {
			assert_int_equal(check(code, NOW, 0, &step), TOTP_WRONG);
			assert_int_equal(step, -1);
		}
	}
}

/* CRY-10: the accepted step strictly increases. */
static void a_step_counts_once_and_none_before_it_again(void **state)
{
	(void)state;
	for (int64_t off = -TOTP_WINDOW; off <= TOTP_WINDOW; off++)
		for (int64_t last = -TOTP_WINDOW - 1; last <= TOTP_WINDOW + 1; last++) {
			char code[TOTP_DIGITS + 1];
			int64_t step = -1;

			assert_int_equal(totp_code(secret, STEP + off, code), UP_OK);
			assert_int_equal(check(code, NOW, STEP + last, &step),
					 off > last ? TOTP_RIGHT : TOTP_USED);
			assert_int_equal(step, off > last ? STEP + off : -1);
		}
}

/* CRY-11: a clock that was set back makes no used step good again. */
static void a_clock_set_back_brings_no_step_back(void **state)
{
	static const int64_t back[] = { 60, 3600, 86400, NOW };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(back); i++) {
		char code[TOTP_DIGITS + 1];
		int64_t step = -1;

		assert_int_equal(totp_code(secret, (NOW - back[i]) / TOTP_PERIOD, code), UP_OK);
		assert_int_equal(check(code, NOW - back[i], STEP, &step), TOTP_USED);
		assert_int_equal(step, -1);
	}
}

/* CRY-10 */
static void refuses_what_only_looks_like_the_code(void **state)
{
	static const char *const codes[] = {
		"",
		"0",
		"50471",
		"0050471",
		"0504711",
		" 50471",
		"050471 ",
		" 050471",
		"050 471",
		"05047\n",
		"050471\n",
		"+50471",
		"-50471",
		"05047l",
		"O50471",
		"0x0504",
		"50471.",
		"05047",
		"050471050471",
		"\xd9\xa0\xd9\xa5\xd9\xa0",
		"\xef\xbc\x90\xef\xbc\x95",
	};
	int64_t step = -1;

	(void)state;
	for (size_t i = 0; i < UP_COUNT(codes); i++)
		if (check(codes[i], NOW, 0, &step) != TOTP_WRONG)
			fail_msg("takes \"%s\"", codes[i]);
	assert_int_equal(check("050471", NOW, 0, &step), TOTP_RIGHT);
}

static void every_wrong_digit_is_wrong(void **state)
{
	(void)state;
	for (int at = 0; at < TOTP_DIGITS; at++)
		for (char digit = '0'; digit <= '9'; digit++) {
			char code[] = "050471";
			int64_t step = -1;

			if (code[at] == digit)
				continue;
			code[at] = digit;
			assert_int_equal(check(code, NOW, 0, &step), TOTP_WRONG);
		}
}

static void time_before_the_epoch_is_no_trouble(void **state)
{
	int64_t step = -7;

	(void)state;
	assert_int_equal(check("000000", 0, 0, &step), TOTP_WRONG);
	assert_int_equal(check("000000", -1000, 0, &step), TOTP_WRONG);
	assert_int_equal(step, -7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_codes_of_the_rfc),
		cmocka_unit_test(accepts_the_window_and_nothing_around_it),
		cmocka_unit_test(a_step_counts_once_and_none_before_it_again),
		cmocka_unit_test(a_clock_set_back_brings_no_step_back),
		cmocka_unit_test(refuses_what_only_looks_like_the_code),
		cmocka_unit_test(every_wrong_digit_is_wrong),
		cmocka_unit_test(time_before_the_epoch_is_no_trouble),
	};

	return cmocka_run_group_tests_name("crypto/totp", tests, NULL, NULL);
}
