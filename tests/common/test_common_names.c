/* SPDX-License-Identifier: MIT */
/* The rules for names and ids: one place, every boundary.  NSS-02, NSS-04. */
#include <string.h>

#include "common/ids.h"
#include "common/names.h"
#include "tests/lib/testing.h"

static void names_of_the_right_form_are_valid(void **state)
{
	static const char *const names[] = {
		"a",     "_",         "z9",
		"alice", "alice-b_c", "_apt",
		"a-",    "a__",       "x1234567890123456789012345678901"
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(names); i++)
		if (!up_login_name_is_valid(names[i]))
			fail_msg("refuses \"%s\"", names[i]);
}

static void other_names_are_not(void **state)
{
	static const char *const names[] = {
		"",         ".",     "..",        "-x",
		"123",      "1a",    "+",         "+@ng",
		"a:b",      "a/b",   "a\nb",      "a\rb",
		" a",       "a ",    "a b",       "a\tb",
		"a\033b",   "a\177", "Alice",     "aLice",
		"a.b",      "a@b",   "a$",        "a,b",
		"a'b",      "a\"b",  "a\\b",      "a%b",
		"a*",       "~a",    "a\xc3\xb6", "\342\200\256a",
		"\xd0\xb0", "\xff",  "a\xff",     "a\xc2\x80",
		"a#b",      "a!",    "a=b",       "x12345678901234567890123456789012",
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(names); i++)
		if (up_login_name_is_valid(names[i]))
			fail_msg("takes \"%s\"", names[i]);
}

static void a_name_has_its_length(void **state)
{
	char name[300];

	(void)state;
	memset(name, 'a', sizeof(name));
	for (size_t len = 0; len < sizeof(name); len++) {
		name[len] = '\0';
		assert_int_equal(up_login_name_is_valid(name), len >= 1 && len <= 32);
		name[len] = 'a';
	}
}

static void every_byte_is_decided(void **state)
{
	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		const char first[] = { (char)byte, '\0' };
		const char second[] = { 'a', (char)byte, '\0' };
		const bool may_start = (byte >= 'a' && byte <= 'z') || byte == '_';
		const bool may_follow = may_start || (byte >= '0' && byte <= '9') || byte == '-';

		assert_int_equal(up_login_name_is_valid(first), may_start);
		assert_int_equal(up_login_name_is_valid(second), may_follow);
	}
}

static void capitals_are_folded_and_nothing_else_is_repaired(void **state)
{
	static const struct {
		const char *name, *folded;
	} cases[] = {
		{ "alice", "alice" },
		{ "Alice", "alice" },
		{ "ALICE-B", "alice-b" },
		{ "Z", "z" },
		{ "A2345678901234567890123456789012", "a2345678901234567890123456789012" },
		{ "", "" },
		{ "1A", "" },
		{ "A B", "" },
		{ "\xc3\x84rger", "" },
		{ "A23456789012345678901234567890123", "" },
		{ "@", "" },
		{ "[", "" },
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		char folded[UP_LOGIN_NAME_SIZE] = "before";

		assert_int_equal(up_login_name_fold(cases[i].name, folded),
				 cases[i].folded[0] != '\0');
		assert_string_equal(folded, cases[i].folded);
	}
}

/* L4 */
static void ids_of_others_are_refused_at_every_edge(void **state)
{
	static const struct {
		uint32_t id;
		bool is_good;
	} cases[] = {
		{ 0, false },          { 1, false },          { 999, false },
		{ 1000, true },        { 60000, true },       { 60001, false },
		{ 60513, false },      { 61184, false },      { 65519, false },
		{ 65534, false },      { 65535, false },      { 65536, true },
		{ 524287, true },      { 524288, false },     { 1879048191, false },
		{ 1879048192, true },  { 2147483647, true },  { 2147483648, false },
		{ 4294967294, false }, { 4294967295, false },
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++)
		if (up_id_is_admissible(cases[i].id) != cases[i].is_good)
			fail_msg("%u", cases[i].id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_the_right_form_are_valid),
		cmocka_unit_test(other_names_are_not),
		cmocka_unit_test(a_name_has_its_length),
		cmocka_unit_test(every_byte_is_decided),
		cmocka_unit_test(capitals_are_folded_and_nothing_else_is_repaired),
		cmocka_unit_test(ids_of_others_are_refused_at_every_edge),
	};

	return cmocka_run_group_tests_name("common/names", tests, NULL, NULL);
}
