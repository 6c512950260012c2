/* SPDX-License-Identifier: MIT */
/* Files in the form of passwd(5), whole and odd.  L13, L15. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/localdb.h"
#include "tests/lib/prop.h"
#include "tests/lib/scratch.h"
#include "tests/lib/testing.h"

static char *directory, *path;

static int make_directory(void **state)
{
	(void)state;
	directory = scratch_new();
	path = scratch_path(directory, "passwd");
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	free(path);
	scratch_free(directory);
	return 0;
}

static void put(const char *text)
{
	scratch_write(directory, "passwd", text, strlen(text), 0644);
}

static enum up_local find(const char *name, uint32_t *id)
{
	return up_local_find_name(path, name, id);
}

#define USUAL                                                                                      \
	"root:x:0:0:root:/root:/bin/bash\n"                                                        \
	"daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"                                        \
	"alice:x:1000:1000:Alice,,,:/home/alice:/bin/bash\n"

static void finds_whole_names_and_ids(void **state)
{
	static const char *const absent[] = { "",  "roo", "rooot", "oot",   "root ",  "Root",
					      "x", "0",   "alic",  "Alice", "alice,", "bin" };
	uint32_t id = 77;

	(void)state;
	put(USUAL);
	assert_int_equal(find("root", &id), UP_LOCAL_YES);
	assert_int_equal(id, 0);
	assert_int_equal(find("alice", &id), UP_LOCAL_YES);
	assert_int_equal(id, 1000);
	assert_int_equal(find("alice", NULL), UP_LOCAL_YES);
	for (size_t i = 0; i < UP_COUNT(absent); i++)
		assert_int_equal(find(absent[i], NULL), UP_LOCAL_NO);
	assert_int_equal(up_local_has_id(path, 0), UP_LOCAL_YES);
	assert_int_equal(up_local_has_id(path, 1), UP_LOCAL_YES);
	assert_int_equal(up_local_has_id(path, 1000), UP_LOCAL_YES);
	assert_int_equal(up_local_has_id(path, 10), UP_LOCAL_NO);
	assert_int_equal(up_local_has_id(path, UINT32_MAX), UP_LOCAL_NO);
}

/* Whoever is named in a line, however odd the rest of it, is local. */
static void a_name_counts_however_odd_its_line_is(void **state)
{
	static const char *const lines[] = {
		"eve:",
		"eve:x",
		"eve:x:",
		"eve:x:abc:1:::",
		"eve::5:",
		"eve:x:-1:1::",
		"eve:x:99999999999:1::",
		"eve:x: 5:1::",
		"eve:x:5",
		"eve:!*:5:5:\xff\xfe:/:/",
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < UP_COUNT(lines); i++) {
		(void)snprintf(text, sizeof(text), "root:x:0:0::/:/\n%s\nlast:x:9:9::/:/\n",
			       lines[i]);
		put(text);
		assert_int_equal(find("eve", NULL), UP_LOCAL_YES);
		assert_int_equal(find("last", NULL), UP_LOCAL_YES);
		/* Without a newline at the end as well. */
		put(lines[i]);
		assert_int_equal(find("eve", NULL), UP_LOCAL_YES);
	}
}

static void lines_that_name_nobody_name_nobody(void **state)
{
	static const char *const texts[] = {
		"",           "\n",           "\n\n\n",       "eve",
		"eve\n",      "#eve:x:5:5\n", " eve:x:5:5\n", "\teve:x:5\n",
		"+eve:x:5\n", "-eve:x:5\n",   "+:::\n",       "+@eve:x:5\n",
		"x:eve:5:\n", "eve x:5:5\n",
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(texts); i++) {
		put(texts[i]);
		assert_int_equal(find("eve", NULL), UP_LOCAL_NO);
	}
}

/* NSS-02: what is no plain number is no id. */
static void an_id_is_a_plain_number(void **state)
{
	static const struct {
		const char *field;
		uint32_t id;
		enum up_local found;
	} cases[] = {
		{ "5", 5, UP_LOCAL_YES },
		{ "0005", 5, UP_LOCAL_YES },
		{ "4294967295", UINT32_MAX, UP_LOCAL_YES },
		{ "4294967296", 0, UP_LOCAL_NO },
		{ "18446744073709551621", 5, UP_LOCAL_NO },
		{ "99999999999999999999999999", 5, UP_LOCAL_NO },
		{ "-5", 5, UP_LOCAL_NO },
		{ "+5", 5, UP_LOCAL_NO },
		{ " 5", 5, UP_LOCAL_NO },
		{ "5 ", 5, UP_LOCAL_NO },
		{ "5x", 5, UP_LOCAL_NO },
		{ "0x5", 5, UP_LOCAL_NO },
		{ "5e0", 5, UP_LOCAL_NO },
		{ "", 0, UP_LOCAL_NO },
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		uint32_t id = 77;

		(void)snprintf(text, sizeof(text), "eve:x:%s:1::/:/\n", cases[i].field);
		put(text);
		assert_int_equal(up_local_has_id(path, cases[i].id), cases[i].found);
		assert_int_equal(find("eve", &id), UP_LOCAL_YES);
		if (cases[i].found == UP_LOCAL_YES)
			assert_int_equal(id, cases[i].id);
	}
	put("eve:x:5");
	assert_int_equal(up_local_has_id(path, 5), UP_LOCAL_NO);
}

/* A line longer than the buffer hides neither itself nor the next one, and its middle is no line.
 */
static void long_lines_hide_nothing_and_invent_nothing(void **state)
{
	static char text[8192];

	(void)state;
	for (size_t pad = 480; pad < 1600; pad++) {
		int len = snprintf(text, sizeof(text), "long:x:7:7:%0*d:eve:x:8:8", (int)pad, 0);

		(void)snprintf(text + len, sizeof(text) - (size_t)len,
			       "::/:/bin/sh\nnext:x:9:9::/:/\nlast:x:10:10::/:/");
		put(text);
		assert_int_equal(find("long", NULL), UP_LOCAL_YES);
		assert_int_equal(up_local_has_id(path, 7), UP_LOCAL_YES);
		assert_int_equal(find("eve", NULL), UP_LOCAL_NO);
		assert_int_equal(up_local_has_id(path, 8), UP_LOCAL_NO);
		assert_int_equal(find("next", NULL), UP_LOCAL_YES);
		assert_int_equal(find("last", NULL), UP_LOCAL_YES);
	}
}

static void a_long_line_with_a_name_at_any_place_invents_nobody(void **state)
{
	static char text[4096];

	(void)state;
	for (size_t at = 1; at < 1500; at++) {
		memset(text, 'x', 1600);
		memcpy(text + at, "eve:x:5:5:", 10);
		text[1600] = '\0';
		put(text);
		assert_int_equal(find("eve", NULL), UP_LOCAL_NO);
	}
}

static void a_nul_in_the_file_is_only_an_odd_byte(void **state)
{
	static const char text[] = "a\0b:x:5:5\neve:x:6:6::/:/\n\0\0\nlast:x:7:7::/:/\n";

	(void)state;
	scratch_write(directory, "passwd", text, sizeof(text) - 1, 0644);
	assert_int_equal(find("eve", NULL), UP_LOCAL_YES);
	assert_int_equal(find("last", NULL), UP_LOCAL_YES);
	assert_int_equal(find("a", NULL), UP_LOCAL_NO);
}

/* L3: cannot tell is neither yes nor no. */
static void a_file_that_cannot_be_read_is_unknown(void **state)
{
	(void)state;
	assert_int_equal(find("root", NULL), UP_LOCAL_UNKNOWN);
	assert_int_equal(up_local_has_id(path, 0), UP_LOCAL_UNKNOWN);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(find("root", NULL), UP_LOCAL_UNKNOWN);
	assert_int_equal(rmdir(path), 0);
}

static void no_fd_is_left_open(void **state)
{
	(void)state;
	put(USUAL);
	int before = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_true(before >= 0);
	(void)close(before);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(find("root", NULL), UP_LOCAL_YES);
		assert_int_equal(find("nobody-there", NULL), UP_LOCAL_NO);
		assert_int_equal(up_local_has_id(path, 5), UP_LOCAL_NO);
	}
	assert_int_equal(open("/dev/null", O_RDONLY | O_CLOEXEC), before);
	(void)close(before);
}

/* Any bytes: what is found stands at the start of a line, before a colon. */
static void names_found_are_in_the_file(struct up_reader *choices)
{
	char name[8];
	char *data = NULL;
	size_t size = 0;

	for (size_t i = 0; i < 2; i++)
		name[i] = "ab"[up_read_u8(choices) % 2];
	name[2] = '\0';
	FILE *stream = open_memstream(&data, &size);
	for (uint32_t n = prop_pick(choices, 0, 2000); n > 0; n--)
		(void)fputc("ab:\n5x"[up_read_u8(choices) % 6], stream);
	(void)fclose(stream);
	scratch_write(directory, "passwd", data, size, 0644);
	bool is_there = false;
	for (const char *line = data; line != NULL && *line != '\0';) {
		is_there |= strncmp(line, name, 2) == 0 && line[2] == ':';
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	PROP(find(name, NULL) == (is_there ? UP_LOCAL_YES : UP_LOCAL_NO));
	free(data);
}

static void agrees_with_a_simple_model(void **state)
{
	(void)state;
	prop_check(names_found_are_in_the_file);
}

#define LOCAL_TEST(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOCAL_TEST(finds_whole_names_and_ids),
		LOCAL_TEST(a_name_counts_however_odd_its_line_is),
		LOCAL_TEST(lines_that_name_nobody_name_nobody),
		LOCAL_TEST(an_id_is_a_plain_number),
		LOCAL_TEST(long_lines_hide_nothing_and_invent_nothing),
		LOCAL_TEST(a_long_line_with_a_name_at_any_place_invents_nobody),
		LOCAL_TEST(a_nul_in_the_file_is_only_an_odd_byte),
		LOCAL_TEST(a_file_that_cannot_be_read_is_unknown),
		LOCAL_TEST(no_fd_is_left_open),
		LOCAL_TEST(agrees_with_a_simple_model),
	};

	return cmocka_run_group_tests_name("common/localdb", tests, NULL, NULL);
}
