/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "cli/escape.h"
#include "tests/lib/testing.h"

/* PAM-04, NSS-04: what a pool may hold against whoever looks at it in a terminal. */
static const struct {
	const char *text, *line, *block;
} cases[] = {
	{ "", "", "" },
	{ "eve", "eve", "eve" },
	{ "J\u00f6rg \u6797", "J\u00f6rg \u6797", "J\u00f6rg \u6797" },
	{ "\u2588\u2580\u2584", "\u2588\u2580\u2584", "\u2588\u2580\u2584" },
	{ "\x1b[2J", "\\x1B[2J", "\\x1B[2J" },
	{ "\x1b]52;c;ZXZpbA==\a", "\\x1B]52;c;ZXZpbA==\\x07", "\\x1B]52;c;ZXZpbA==\\x07" },
	{ "a\nb\r", "a\\x0Ab\\x0D", "a\nb\\x0D" },
	{ "a\tb\x7f", "a\\x09b\\x7F", "a\\x09b\\x7F" },
	{ "\xc2\x9b"
	  "31m",
	  "\\x9B31m", "\\x9B31m" },
	{ "\xff\xc0\x80", "\\xFF\\xC0\\x80", "\\xFF\\xC0\\x80" },
	{ "\xe2\x82", "\\xE2\\x82", "\\xE2\\x82" },
	{ "\xed\xa0\x80", "\\u{D800}", "\\u{D800}" },
	{ "\xf4\x90\x80\x80", "\\u{110000}", "\\u{110000}" },
	{ "a\u202egpj.exe", "a\\u{202E}gpj.exe", "a\\u{202E}gpj.exe" },
	{ "\u2066x\u2069", "\\u{2066}x\\u{2069}", "\\u{2066}x\\u{2069}" },
	{ "a\u200bb\ufeff", "a\\u{200B}b\\u{FEFF}", "a\\u{200B}b\\u{FEFF}" },
	{ "%s%n", "%s%n", "%s%n" },
};

static void escapes_what_a_terminal_would_obey(void **state)
{
	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		char *line = escape_text(cases[i].text, false);
		char *block = escape_text(cases[i].text, true);

		assert_string_equal(line, cases[i].line);
		assert_string_equal(block, cases[i].block);
		free(line);
		free(block);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_what_a_terminal_would_obey),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
