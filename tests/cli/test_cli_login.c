/* SPDX-License-Identifier: MIT */
/* userpool login-test against a scripted login.sock. */
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "tests/cli/fake_daemon.h"
#include "tests/cli/run.h"
#include "tests/lib/testing.h"

static struct run run;

/* clang-format off */
#define PASSWORD(expected) { .type = UP_FRAME_LOGIN_PROMPT, .text = "Password: ", .answer = expected, .no_echo = true }
#define CODE(expected) { .type = UP_FRAME_LOGIN_PROMPT, .text = "Code: ", .answer = expected }
#define DONE(v, r, ...) { .type = UP_FRAME_LOGIN_DONE, .verdict = UP_VERDICT_##v, .reason = UP_REASON_##r, __VA_ARGS__ }
#define STEPS 3

static const struct {
	const char *words, *input;
	struct fake_step script[STEPS];
	enum outcome outcome;
	const char *out, *err;
} cases[] = {
	{ "login-test eve --stdin", "pw\n123456\n", { PASSWORD("pw"), CODE("123456"), DONE(ALLOW, OK) },
	  OUTCOME_OK, "allow: ok\n", "" },
	{ "login-test eve --stdin --service sshd --json", "pw\n",
	  { PASSWORD("pw"), DONE(ALLOW, OK) }, OUTCOME_OK, "\"Service\": \"sshd\"", "" },
	{ "login-test eve --stdin", "pw\n", { PASSWORD("pw"), DONE(DENY, AUTH_FAILED, .text = "Wrong.\x1b[2J") },
	  OUTCOME_REFUSED, "deny: auth-failed: Wrong.\\x1B[2J\n", "userpool explain" },
	{ "login-test eve --stdin", "", { DONE(DENY, USER_UNKNOWN) }, OUTCOME_NOT_FOUND, "deny: user-unknown", "" },
	{ "login-test eve --stdin", "", { { .type = UP_FRAME_LOGIN_SHOW, .text = "Hello\x1b" }, DONE(DENY, DISABLED) },
	  OUTCOME_REFUSED, "deny: disabled", "Hello\\x1B" },
	/* PAM-02: a verdict on somebody else, of another conversation, or none. */
	{ "login-test eve --stdin", "", { DONE(ALLOW, OK, .user = "mallory") }, OUTCOME_REFUSED, "", "broke off" },
	{ "login-test eve --stdin", "", { DONE(ALLOW, OK, .bad_nonce = true) }, OUTCOME_REFUSED, "", "broke off" },
	{ "login-test eve --stdin", "", { { 0 } }, OUTCOME_OFFLINE, "", "broke off" },
	/* The answers have run out. */
	{ "login-test eve --stdin", "", { PASSWORD("pw") }, OUTCOME_REFUSED, "", "no input" },
	{ "login-test eve", NULL, { PASSWORD("pw") }, OUTCOME_REFUSED, "", "no terminal" },
};
/* clang-format on */

static size_t count_steps(const struct fake_step *script)
{
	size_t count = 0;

	while (count < STEPS && script[count].type != 0)
		count++;
	return count;
}

static void allows_only_what_the_daemon_allows(void **state)
{
	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		struct fake fake;

		fake_new(&fake);
		fake_serve_login(&fake, cases[i].script, count_steps(cases[i].script));
		run_userpool(&run, fake.dir, cases[i].input, cases[i].words);
		assert_int_equal(run.status, cases[i].outcome);
		assert_non_null(strstr(run.out, cases[i].out));
		assert_non_null(strstr(run.err, cases[i].err));
		if (cases[i].outcome != OUTCOME_OK)
			assert_null(strstr(run.out, "allow"));
		fake_end(&fake);
	}
}

static void echoes_codes_but_no_passwords(void **state)
{
	static const struct fake_step script[] = { PASSWORD("hush"), CODE("123456"),
						   DONE(ALLOW, OK) };
	static const char *const typed[] = { "hush\n", "123456\n" };
	struct fake fake;

	(void)state;
	fake_new(&fake);
	fake_serve_login(&fake, script, UP_COUNT(script));
	run_on_terminal(&run, fake.dir, typed, UP_COUNT(typed), "login-test eve");
	assert_int_equal(run.status, OUTCOME_OK);
	assert_null(strstr(run.out, "hush"));
	assert_non_null(strstr(run.out, "123456"));
	assert_non_null(strstr(run.out, "allow: ok"));
	fake_end(&fake);
}

static void asks_for_the_named_user_and_service(void **state)
{
	static const struct fake_step script[] = { DONE(ALLOW, OK) };
	struct fake fake;

	(void)state;
	fake_new(&fake);
	fake_serve_login(&fake, script, UP_COUNT(script));
	run_userpool(&run, fake.dir, NULL, "login-test eve --service sudo");
	char *requests = fake_requests(&fake);
	assert_string_equal(requests, "begin {\"user\":\"eve\",\"service\":\"sudo\"}\n");
	free(requests);
	fake_end(&fake);
}

static void leaves_the_terminal_as_it_was_when_interrupted(void **state)
{
	static const struct fake_step script[] = { PASSWORD("hush") };
	/* Ctrl-C at the prompt. */
	static const char *const typed[] = { "hu\x03" };
	struct fake fake;

	(void)state;
	fake_new(&fake);
	fake_serve_login(&fake, script, UP_COUNT(script));
	run_on_terminal(&run, fake.dir, typed, UP_COUNT(typed), "login-test eve");
	assert_int_equal(run.status, 128 + 2);
	assert_true(run.echoes);
	fake_end(&fake);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(allows_only_what_the_daemon_allows),
		cmocka_unit_test(echoes_codes_but_no_passwords),
		cmocka_unit_test(asks_for_the_named_user_and_service),
		cmocka_unit_test(leaves_the_terminal_as_it_was_when_interrupted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
