/* SPDX-License-Identifier: MIT */
/* The stacks that pam_userpool(8) gives as examples, and the line that the package installs. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/testing.h"
#include "tests/pam/fake_login.h"
#include "tests/pam/stack.h"

static char *read_source(const char *name)
{
	static char text[65536];
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", getenv("TOP_SRCDIR"), name);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	const size_t size = fread(text, 1, sizeof(text) - 1, file);
	assert_int_equal(fclose(file), 0);
	text[size] = '\0';
	return text;
}

static void append(char *out, size_t size, const char *text, size_t length)
{
	const size_t used = strlen(out);

	assert_true(length < size - used);
	memcpy(out + used, text, length);
	out[used + length] = '\0';
}

/* The example of the manual, with the modules of the tests in the places of the real ones. */
static int open_all(void **state)
{
	static const struct {
		const char *from, *to;
	} modules[] = { { "pam_userpool.so", "%userpool" },
			{ "pam_unix.so", "%local" },
			{ "pam_mkhomedir.so", "pam_permit.so" } };
	char lines[8192] = "";
	int rc = stack_open(state);
	const char *at = strstr(read_source("docs/man/pam_userpool.8"), "\n# auth\n");

	assert_non_null(at);
	const char *end = strstr(at, "\n.Ed\n");
	assert_non_null(end);
	while (at <= end) {
		size_t length = 1;
		const char *text = at;

		for (size_t i = 0; i < UP_COUNT(modules); i++)
			if (strncmp(at, modules[i].from, strlen(modules[i].from)) == 0) {
				length = strlen(modules[i].from);
				text = modules[i].to;
			}
		append(lines, sizeof(lines), text, text == at ? 1 : strlen(text));
		at += length;
	}
	stack_service("manual", lines);
	return rc;
}

static const struct fake_step eves_password[] = {
	{ .type = UP_FRAME_LOGIN_PROMPT,
	  .kind = UP_PROMPT_PASSWORD,
	  .text = "Password: ",
	  .answer = "eve's" },
	{ .type = UP_FRAME_LOGIN_DONE, .verdict = UP_VERDICT_ALLOW, .reason = UP_REASON_OK },
	{ 0 },
};

static void a_pool_user_passes_all_stacks(void **state)
{
	struct fake_scripts scripts;
	struct fake_login fake;
	struct stack stack = { .person.answers = { "eve's" } };

	(void)state;
	for (size_t i = 0; i < FAKE_PURPOSES; i++)
		scripts.purpose[i] = fake_allow;
	scripts.purpose[UP_PURPOSE_AUTHENTICATE] = eves_password;
	fake_serve(&fake, &scripts);
	stack_start(&stack, "manual", "eve");
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_setcred(stack.pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_int_equal(pam_open_session(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_close_session(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_chauthtok(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(fake.record->conversations, 6);
	stack_end(&stack);
	fake_end(&fake);
}

static void a_local_user_passes_all_stacks_with_a_hung_daemon(void **state)
{
	struct stack stack = { .person.answers = { "lou's" } };
	const int listener = fake_listen();

	(void)state;
	stack_start(&stack, "manual", "lou");
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_setcred(stack.pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_int_equal(pam_open_session(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_close_session(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_chauthtok(stack.pamh, 0), PAM_SUCCESS);
	stack_end(&stack);
	assert_int_equal(accept4(listener, NULL, NULL, SOCK_CLOEXEC), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(close(listener), 0);
}

static void who_is_refused_is_refused(void **state)
{
	static const struct fake_step not_ours[] = { { .type = UP_FRAME_LOGIN_DONE,
						       .verdict = UP_VERDICT_DENY,
						       .reason = UP_REASON_USER_UNKNOWN },
						     { 0 } };
	static const struct {
		const char *user, *answer;
		const struct fake_step *script;
		int code;
	} cases[] = {
		{ "eve", "wrong", eves_password, PAM_AUTH_ERR },
		{ "eve", "lou's", fake_deny, PAM_AUTH_ERR },
		{ "eve", "eve's", NULL, PAM_AUTHINFO_UNAVAIL },
		{ "lou", "wrong", fake_allow, PAM_AUTH_ERR },
		{ "mallory", "lou's", not_ours, PAM_AUTH_ERR },
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		const struct fake_scripts scripts = {
			.purpose[UP_PURPOSE_AUTHENTICATE] = cases[i].script,
		};
		struct fake_login fake;
		struct stack stack = { .person.answers = { cases[i].answer } };

		fake_serve(&fake, &scripts);
		stack_start(&stack, "manual", cases[i].user);
		assert_int_equal(pam_authenticate(stack.pamh, 0), cases[i].code);
		stack_end(&stack);
		fake_end(&fake);
	}
}

/* L8: as for a login with an SSH key, which passes only here. */
static void the_account_stack_is_complete_by_itself(void **state)
{
	static const struct {
		enum up_reason reason;
		int code;
	} cases[] = {
		{ UP_REASON_DISABLED, PAM_ACCT_EXPIRED },
		{ UP_REASON_PERMISSION, PAM_PERM_DENIED },
		{ UP_REASON_UNAVAILABLE, PAM_AUTHINFO_UNAVAIL },
		{ UP_REASON_PASSWORD_EXPIRED, PAM_NEW_AUTHTOK_REQD },
		/* One of whom the pool no longer knows. */
		{ UP_REASON_USER_UNKNOWN, PAM_AUTH_ERR },
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		const struct fake_step script[] = { { .type = UP_FRAME_LOGIN_DONE,
						      .verdict = UP_VERDICT_DENY,
						      .reason = cases[i].reason },
						    { 0 } };
		const struct fake_scripts scripts = { .purpose[UP_PURPOSE_ACCOUNT] = script };
		struct fake_login fake;
		struct stack stack = { 0 };

		fake_serve(&fake, &scripts);
		stack_start(&stack, "manual", "eve");
		assert_int_equal(pam_acct_mgmt(stack.pamh, 0), cases[i].code);
		stack_end(&stack);
		fake_end(&fake);
	}
}

/* test_pam_stacks.c has these controls; pam-auth-update makes `end` a jump. */
static void the_installed_lines_are_those_of_the_tests(void **state)
{
	static const char *const controls[] = {
		"Auth:\n\t[success=end user_unknown=ignore module_unknown=ignore "
		"default=die]\tpam_userpool.so try_first_pass\n",
		"Auth-Initial:\n\t[success=end user_unknown=ignore module_unknown=ignore "
		"default=die]\tpam_userpool.so\n",
		"Account:\n\t[success=end new_authtok_reqd=done user_unknown=ignore "
		"module_unknown=ignore default=die]\tpam_userpool.so\n",
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(controls); i++)
		assert_non_null(strstr(read_source("data/pam-configs/userpool"), controls[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pool_user_passes_all_stacks),
		cmocka_unit_test(a_local_user_passes_all_stacks_with_a_hung_daemon),
		cmocka_unit_test(who_is_refused_is_refused),
		cmocka_unit_test(the_account_stack_is_complete_by_itself),
		cmocka_unit_test(the_installed_lines_are_those_of_the_tests),
	};

	return cmocka_run_group_tests(tests, open_all, stack_close);
}
