/* SPDX-License-Identifier: MIT */
/* What the module makes of words: its options, names, variables, texts, and verdicts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <security/_pam_types.h>

#include "common/localdb.h"
#include "pam/member.h"
#include "pam/options.h"
#include "pam/printable.h"
#include "pam/variable.h"
#include "pam/verdict.h"
#include "tests/lib/testing.h"

static void options_are_read(void **state)
{
	const char *words[] = { "debug", "try_first_pass", "factors=key+otp" };
	struct options options;

	(void)state;
	assert_null(options_parse(3, words, &options));
	assert_true(options.debug);
	assert_int_equal(options.first_pass, OPTIONS_TRY);
	assert_string_equal(options.factors, "key+otp");
	assert_null(options_parse(0, NULL, &options));
	assert_false(options.debug);
	assert_int_equal(options.first_pass, OPTIONS_ASK);
	assert_string_equal(options.factors, "");
}

/* PAM-18: a word meant to make the login stricter must not be passed over. */
static void an_unknown_option_is_named(void **state)
{
	static const char *const wrong[] = {
		"",
		"Debug",
		"debug ",
		"nullok",
		"use_first_pas",
		"use_authtok",
		"factors",
		"factors=",
		"factors=otp+password",
		"factors=OTP",
		"factors=otp ",
		"use_first_pass=1",
		"try_first_pass,debug",
	};
	struct options options;

	(void)state;
	for (size_t i = 0; i < UP_COUNT(wrong); i++) {
		const char *words[] = { "debug", wrong[i], "nonsense", "use_first_pass" };

		assert_ptr_equal(options_parse(4, words, &options), wrong[i]);
		/* The rest counts, for the log. */
		assert_true(options.debug);
		assert_int_equal(options.first_pass, OPTIONS_USE);
	}
}

/* PAM-11, PAM-21: no name that a program obeys. */
static void only_our_variables_are_allowed(void **state)
{
	static const struct {
		const char *text;
		bool is_allowed;
	} cases[] = {
		{ "USERPOOL_SESSION=4f", true },
		{ "USERPOOL_A_1= with spaces = and ~", true },
		{ "USERPOOL_A=", true },
		{ "", false },
		{ "USERPOOL", false },
		{ "USERPOOL_", false },
		{ "USERPOOL_=x", false },
		{ "USERPOOL_A", false }, /* would take the variable away */
		{ "USERPOOL_a=x", false },
		{ "USERPOOL_A-B=x", false },
		{ " USERPOOL_A=x", false },
		{ "userpool_A=x", false },
		{ "LD_PRELOAD=/tmp/x.so", false },
		{ "LD_LIBRARY_PATH=/tmp", false },
		{ "PATH=/tmp", false },
		{ "HOME=/", false },
		{ "XDG_SEAT=seat0", false },
		{ "XDG_VTNR=1", false },
		{ "BASH_ENV=/tmp/x", false },
		{ "PAM_USERPOOL_A=x", false },
		{ "USERPOOL_A=x\n", false },
		{ "USERPOOL_A=\x1b[2J", false },
		{ "USERPOOL_A=\x7f", false },
		{ "USERPOOL_A=\xc3\xa4", false },
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++)
		if (variable_is_allowed(cases[i].text) != cases[i].is_allowed)
			fail_msg("%s", cases[i].text);
}

/* PAM-04. */
static void text_cannot_steer_a_terminal(void **state)
{
	static const struct {
		const char *text, *printable;
	} cases[] = {
		{ "", "" },
		{ "Password: ", "Password: " },
		{ "two\nlines\tand a tab", "two\nlines\tand a tab" },
		{ "gr\xc3\xbc\xc3\x9f \xe2\x96\x88 \xf0\x9f\x98\x80",
		  "gr\xc3\xbc\xc3\x9f \xe2\x96\x88 \xf0\x9f\x98\x80" },
		{ "%s%n", "%s%n" },
		{ "\x1b[2J", "?[2J" },
		{ "\x1b]52;c;aGk=\x07", "?]52;c;aGk=?" },
		{ "over\rwritten\b\v\f", "over?written???" },
		{ "\x7f", "?" },
		{ "\xc2\x80 \xc2\x9b"
		  "31m \xc2\x9f",
		  "? ?31m ?" }, /* C1 */
		{ "\xc2\xa0", "\xc2\xa0" },
		{ "\xe2\x80\xae"
		  "drowssap",
		  "?drowssap" }, /* U+202E */
		{ "\xe2\x81\xa6\xe2\x81\xa9\xe2\x80\x8e\xd8\x9c", "????" },
		{ "\xe2\x80\xa8\xe2\x80\xa9", "??" }, /* line separators */
		{ "\x9b"
		  "31m",
		  "?31m" },           /* a raw C1 byte */
		{ "\xc0\xaf", "??" }, /* overlong */
		{ "\xe0\x80\xaf", "???" },
		{ "\xf0\x80\x80\xaf", "????" },
		{ "\xed\xa0\x80", "?" },        /* a surrogate */
		{ "\xf4\x90\x80\x80", "????" }, /* past U+10FFFF */
		{ "\xf8\x88\x80\x80\x80", "?????" },
		{ "\xff\xfe", "??" },
		{ "cut \xc3", "cut ?" },
		{ "cut \xe2\x96", "cut ??" },
		{ "cut \xf0\x9f\x98", "cut ???" },
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		/* On the heap, so that a read past the end is seen. */
		_auto_(free) char *text = strdup(cases[i].text);

		assert_non_null(text);
		printable_make(text);
		assert_string_equal(text, cases[i].printable);
	}
}

static void every_byte_leaves_something_printable(void **state)
{
	(void)state;
	for (unsigned int a = 1; a < 256; a++)
		for (unsigned int b = 1; b < 256; b++) {
			char text[] = { (char)a, (char)b, '\0' };

			printable_make(text);
			for (const char *c = text; *c != '\0'; c++)
				assert_false((unsigned char)*c < 0x20 && *c != '\n' && *c != '\t');
			assert_in_range(strlen(text), 1, 2);
		}
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* A file of the test's own, which it unlinks. */
#define PASSWD_PATH "/tmp/userpool-passwd-XXXXXX"

static void make_file(char *path)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
}

static void local_names_are_found_in_any_file(void **state)
{
	static char huge[3 * 1024 * 1024];
	char path[] = PASSWD_PATH;
	uint32_t id = 0;

	(void)state;
	make_file(path);

	/* No newline at the end. */
	write_text(path, "root:x:0:0::/root:/bin/sh\nlou:x:1001:1001::/home/lou:/bin/sh");
	assert_int_equal(up_local_find_name(path, "lou", &id), UP_LOCAL_YES);
	assert_int_equal(id, 1001);
	assert_int_equal(up_local_find_name(path, "lo", NULL), UP_LOCAL_NO);
	assert_int_equal(up_local_find_name(path, "loux", NULL), UP_LOCAL_NO);
	assert_int_equal(up_local_find_name(path, "oot", NULL), UP_LOCAL_NO);
	assert_int_equal(up_local_find_name(path, "x", NULL), UP_LOCAL_NO);
	assert_int_equal(up_local_has_id(path, 1001), UP_LOCAL_YES);
	assert_int_equal(up_local_has_id(path, 100), UP_LOCAL_NO);

	/* Empty lines, comments, and a line of three million bytes in between, which hides a name.
	 */
	memset(huge, 'a', sizeof(huge) - 1);
	memcpy(huge, "\n\n#eve:x:1:1:\nbig:x:7:7:", strlen("\n\n#eve:x:1:1:\nbig:x:7:7:"));
	strcpy(huge + sizeof(huge) - 40, "lou:x:1:1:\nmia:x:1002:1002:::\n");
	write_text(path, huge);
	assert_int_equal(up_local_find_name(path, "big", &id), UP_LOCAL_YES);
	assert_int_equal(id, 7);
	assert_int_equal(up_local_find_name(path, "mia", &id), UP_LOCAL_YES);
	assert_int_equal(id, 1002);
	assert_int_equal(up_local_find_name(path, "lou", NULL), UP_LOCAL_NO);
	assert_int_equal(up_local_find_name(path, "eve", NULL), UP_LOCAL_NO);

	/* Ids that are none do not hide the name. */
	write_text(path, "a:x::\nb:x:-1:\nc:x:4294967296:\nd:x:12\ne\nf:x:4294967295:\n");
	for (const char *name = "abcdf"; *name != '\0'; name++)
		assert_int_equal(up_local_find_name(path, (char[]){ *name, '\0' }, NULL),
				 UP_LOCAL_YES);
	assert_int_equal(up_local_find_name(path, "e", NULL), UP_LOCAL_NO);
	assert_int_equal(up_local_has_id(path, 0), UP_LOCAL_NO);
	assert_int_equal(up_local_has_id(path, 4294967295u), UP_LOCAL_YES);

	/* Every length around the size of what is read at once. */
	for (size_t len = 480; len < 1100; len++) {
		memset(huge, 'z', len);
		strcpy(huge + len, "\nlou:x:9:9:::");
		write_text(path, huge);
		id = 0;
		assert_int_equal(up_local_find_name(path, "lou", &id), UP_LOCAL_YES);
		assert_int_equal(id, 9);
	}

	write_text(path, "");
	assert_int_equal(up_local_find_name(path, "lou", NULL), UP_LOCAL_NO);
	assert_int_equal(unlink(path), 0);
	/* Fail closed: neither yes nor no. */
	assert_int_equal(up_local_find_name(path, "lou", NULL), UP_LOCAL_UNKNOWN);
	assert_int_equal(up_local_find_name("/", "lou", NULL), UP_LOCAL_UNKNOWN);
	assert_int_equal(up_local_has_id(path, 0), UP_LOCAL_UNKNOWN);
}

/* PAM-11: with the /etc/passwd of whatever machine this is. */
static void names_that_no_pool_can_have_are_foreign(void **state)
{
	static const char *const foreign[] = {
		NULL,         "",      "root",     "Eve",
		"eve ",       "eve:x", "-eve",     "1eve",
		"e/ve",       "eve\n", "..",       "+",
		"\xc3\xa9ve", "e.ve",  "eve@pool", "a23456789012345678901234567890123"
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(foreign); i++)
		assert_int_equal(member_of(foreign[i]), MEMBER_FOREIGN);
	assert_int_equal(member_of("daemon"), MEMBER_FOREIGN);
	assert_int_equal(member_of("nobody-has-this-name"), MEMBER_POSSIBLE);
}

/* pam_userpool(8), and data/pam-configs/userpool, which relies on it. */
static void every_reason_has_its_code(void **state)
{
	enum { COLUMNS = UP_PURPOSE_CHANGE_UPDATE };
	static const struct {
		enum up_reason reason;
		int code[COLUMNS]; /* from UP_PURPOSE_AUTHENTICATE on */
	} rows[] = {
		/* clang-format off */
		{ UP_REASON_AUTH_FAILED,      { PAM_AUTH_ERR,         PAM_AUTH_ERR,         PAM_SESSION_ERR,  PAM_SESSION_ERR,  PAM_AUTH_ERR,             PAM_AUTHTOK_ERR } },
		{ UP_REASON_USER_UNKNOWN,     { PAM_USER_UNKNOWN,     PAM_USER_UNKNOWN,     PAM_USER_UNKNOWN, PAM_USER_UNKNOWN, PAM_USER_UNKNOWN,         PAM_USER_UNKNOWN } },
		{ UP_REASON_UNAVAILABLE,      { PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL, PAM_SESSION_ERR,  PAM_SESSION_ERR,  PAM_TRY_AGAIN,            PAM_AUTHTOK_ERR } },
		{ UP_REASON_PERMISSION,       { PAM_PERM_DENIED,      PAM_PERM_DENIED,      PAM_SESSION_ERR,  PAM_SESSION_ERR,  PAM_PERM_DENIED,          PAM_PERM_DENIED } },
		{ UP_REASON_DISABLED,         { PAM_ACCT_EXPIRED,     PAM_ACCT_EXPIRED,     PAM_SESSION_ERR,  PAM_SESSION_ERR,  PAM_PERM_DENIED,          PAM_PERM_DENIED } },
		{ UP_REASON_PASSWORD_EXPIRED, { PAM_AUTHTOK_EXPIRED,  PAM_NEW_AUTHTOK_REQD, PAM_SESSION_ERR,  PAM_SESSION_ERR,  PAM_AUTHTOK_ERR,          PAM_AUTHTOK_ERR } },
		{ UP_REASON_TOO_MANY,         { PAM_MAXTRIES,         PAM_MAXTRIES,         PAM_SESSION_ERR,  PAM_SESSION_ERR,  PAM_MAXTRIES,             PAM_MAXTRIES } },
		{ UP_REASON_BUSY,             { PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL, PAM_SESSION_ERR,  PAM_SESSION_ERR,  PAM_TRY_AGAIN,            PAM_AUTHTOK_ERR } },
		{ UP_REASON_PROTOCOL,         { PAM_SYSTEM_ERR,       PAM_SYSTEM_ERR,       PAM_SYSTEM_ERR,   PAM_SYSTEM_ERR,   PAM_SYSTEM_ERR,           PAM_SYSTEM_ERR } },
		{ UP_REASON_PASSWORD_REFUSED, { PAM_AUTHTOK_ERR,      PAM_AUTHTOK_ERR,      PAM_SESSION_ERR,  PAM_SESSION_ERR,  PAM_AUTHTOK_ERR,          PAM_AUTHTOK_ERR } },
		{ UP_REASON_NO_TERMINAL,      { PAM_AUTH_ERR,         PAM_AUTH_ERR,         PAM_SESSION_ERR,  PAM_SESSION_ERR,  PAM_AUTHTOK_RECOVERY_ERR, PAM_AUTHTOK_ERR } },
		/* clang-format on */
	};

	(void)state;
	/* NONE and OK are no reasons to refuse; all others are here. */
	assert_int_equal(UP_COUNT(rows), UP_REASON_NO_TERMINAL - 1);
	for (size_t i = 0; i < UP_COUNT(rows); i++)
		for (int purpose = 1; purpose <= COLUMNS; purpose++) {
			const struct up_login_done done = { .verdict = UP_VERDICT_DENY,
							    .reason = rows[i].reason };

			assert_int_equal(verdict_code((enum up_purpose)purpose, TALK_DONE, &done),
					 rows[i].code[purpose - 1]);
		}
}

/* L2. */
static void only_one_end_is_a_success(void **state)
{
	static const unsigned int verdicts[] = {
		0, 1, UP_VERDICT_DENY, UP_VERDICT_ALLOW, ~(unsigned int)UP_VERDICT_DENY, 0xffffffff
	};

	(void)state;
	for (int purpose = 0; purpose < 8; purpose++)
		for (int end = TALK_BROKEN; end <= TALK_DONE + 1; end++)
			for (size_t v = 0; v < UP_COUNT(verdicts); v++)
				for (int reason = 0; reason < 15; reason++) {
					const struct up_login_done done = {
						.verdict = (enum up_verdict)verdicts[v],
						.reason = (enum up_reason)reason,
					};
					int code = verdict_code((enum up_purpose)purpose,
								(enum talk_end)end, &done);
					bool may = purpose >= UP_PURPOSE_AUTHENTICATE &&
						   purpose <= UP_PURPOSE_CHANGE_UPDATE &&
						   end == TALK_DONE &&
						   verdicts[v] == UP_VERDICT_ALLOW &&
						   reason == UP_REASON_OK;

					assert_true((code == PAM_SUCCESS) == may);
					assert_int_not_equal(code, PAM_IGNORE);
				}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_read),
		cmocka_unit_test(an_unknown_option_is_named),
		cmocka_unit_test(only_our_variables_are_allowed),
		cmocka_unit_test(text_cannot_steer_a_terminal),
		cmocka_unit_test(every_byte_leaves_something_printable),
		cmocka_unit_test(local_names_are_found_in_any_file),
		cmocka_unit_test(names_that_no_pool_can_have_are_foreign),
		cmocka_unit_test(every_reason_has_its_code),
		cmocka_unit_test(only_one_end_is_a_success),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
