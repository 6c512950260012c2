/* SPDX-License-Identifier: MIT */
/* Lines on standard error, read back from a pipe. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/log.h"
#include "tests/lib/testing.h"

#define OUTPUT_MAX 8192

static struct {
	int saved, pipe[2];
	char text[OUTPUT_MAX];
} output;

static void begin_capture(void)
{
	output.saved = dup(STDERR_FILENO);
	assert_int_equal(pipe2(output.pipe, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(dup2(output.pipe[1], STDERR_FILENO), STDERR_FILENO);
	log_setup("test", LOG_TARGET_STDERR, LOG_INFO);
}

static const char *end_capture(void)
{
	assert_int_equal(dup2(output.saved, STDERR_FILENO), STDERR_FILENO);
	(void)close(output.saved);
	(void)close(output.pipe[1]);
	ssize_t got = read(output.pipe[0], output.text, sizeof(output.text) - 1);
	(void)close(output.pipe[0]);
	output.text[got > 0 ? got : 0] = '\0';
	return output.text;
}

static const char *line_of(struct log_field field)
{
	begin_capture();
	log_event(EV_STARTED, field);
	return end_capture();
}

static void a_value_is_written_so_that_it_ends_where_it_ends(void **state)
{
	static const struct {
		const char *value, *written;
	} cases[] = {
		{ "alice", "alice" },
		{ "", "\"\"" },
		{ "two words", "\"two words\"" },
		{ "a=b", "\"a=b\"" },
		{ "a\"b", "\"a\\\"b\"" },
		{ "a\\b", "\"a\\\\b\"" },
		{ "a\nuser=root", "\"a\\x0auser=root\"" },
		{ "\r", "\"\\x0d\"" },
		{ "\033[2J", "\"\\x1b[2J\"" },
		{ "\177", "\"\\x7f\"" },
		{ "\001", "\"\\x01\"" },
		{ "J\303\266rg", "\"J\\xc3\\xb6rg\"" },
		{ "\342\200\256evil", "\"\\xe2\\x80\\xaeevil\"" },
		{ "%s%n%x", "%s%n%x" },
	};
	char expected[256];

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		(void)snprintf(expected, sizeof(expected), "<5>test: started user=%s\n",
			       cases[i].written);
		assert_string_equal(line_of(log_str("user", cases[i].value)), expected);
	}
}

static void every_byte_in_a_name_gives_one_line(void **state)
{
	char value[4] = "a?b";

	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		value[1] = (char)byte;
		const char *line = line_of(log_str("user", value));
		const size_t len = strlen(line);

		assert_ptr_equal(strchr(line, '\n'), line + len - 1);
		for (size_t i = 0; i + 1 < len; i++)
			assert_true(line[i] >= ' ' && line[i] <= '~');
	}
}

static void a_line_of_any_length_is_cut_and_stays_one_line(void **state)
{
	static const size_t sizes[] = { 4000, 4069, 4070, 4071, 4095, 4096, 4097, 20000 };
	static char value[20001];

	(void)state;
	for (size_t i = 0; i < UP_COUNT(sizes); i++) {
		memset(value, i % 2 == 0 ? 'x' : '\n', sizes[i]);
		value[sizes[i]] = '\0';
		begin_capture();
		log_event(EV_STARTED, log_str("user", value), log_int("after", 1));
		const char *line = end_capture();

		assert_true(strlen(line) < 4096 + 32);
		assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	}
}

static void fields_are_written_in_order(void **state)
{
	(void)state;
	begin_capture();
	log_event(EV_LOGIN, log_str("user", "alice"), log_str("none", NULL),
		  log_int("least", INT64_MIN), log_int("most", INT64_MAX), log_err(UP_ERR_BUSY),
		  log_errno(ENOENT));
	assert_string_equal(end_capture(), "<5>test: login user=alice least=-9223372036854775808 "
					   "most=9223372036854775807 "
					   "error=\"too many requests at once\" "
					   "errno=\"No such file or directory\"\n");
}

/* The audit has no level: RES-09. */
static void the_level_hides_what_is_less_severe_but_never_the_audit(void **state)
{
	(void)state;
	begin_capture();
	log_setup("test", LOG_TARGET_STDERR, LOG_ERR);
	log_event(EV_STARTED, log_int("n", 1));
	log_event(EV_START_FAILED, log_int("n", 2));
	log_event(EV_LOGIN, log_int("n", 3));
	assert_string_equal(end_capture(), "<3>test: start-failed n=2\n<5>test: login n=3\n");
}

/* RES-06: where the journal is not there, standard error gets the line. */
static void without_a_journal_the_line_goes_to_standard_error(void **state)
{
	(void)state;
	if (access("/run/systemd/journal/socket", F_OK) == 0) {
		print_message("there is a journal here: it would get the line\n");
		return;
	}
	begin_capture();
	log_setup("test", LOG_TARGET_JOURNAL, LOG_INFO);
	log_event(EV_STARTED, log_str("user", "a\nb"));
	assert_string_equal(end_capture(), "<5>test: started user=\"a\\x0ab\"\n");
}

static void every_event_has_a_name_of_its_own(void **state)
{
	static const char *const names[] = {
#define EVENT(id, name, priority, text) name,
#include "daemon/base/events.def"
#undef EVENT
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(names); i++) {
		assert_int_equal(strspn(names[i], "abcdefghijklmnopqrstuvwxyz-"), strlen(names[i]));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(names[i], names[j]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_is_written_so_that_it_ends_where_it_ends),
		cmocka_unit_test(every_byte_in_a_name_gives_one_line),
		cmocka_unit_test(a_line_of_any_length_is_cut_and_stays_one_line),
		cmocka_unit_test(fields_are_written_in_order),
		cmocka_unit_test(the_level_hides_what_is_less_severe_but_never_the_audit),
		cmocka_unit_test(without_a_journal_the_line_goes_to_standard_error),
		cmocka_unit_test(every_event_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
