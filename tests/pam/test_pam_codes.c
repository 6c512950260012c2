/* SPDX-License-Identifier: MIT */
/* What each entry point returns under the real libpam, whatever the daemon says or does. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/testing.h"
#include "tests/pam/fake_login.h"
#include "tests/pam/stack.h"

/* One for each purpose, in its order, from 1 on. */
static const struct entry {
	const char *name;
	enum up_purpose purpose;
	int (*call)(pam_handle_t *pamh, int flags);
} entries[] = {
	{ "authenticate", UP_PURPOSE_AUTHENTICATE, pam_authenticate },
	{ "acct_mgmt", UP_PURPOSE_ACCOUNT, pam_acct_mgmt },
	{ "open_session", UP_PURPOSE_OPEN_SESSION, pam_open_session },
	{ "close_session", UP_PURPOSE_CLOSE_SESSION, pam_close_session },
	{ "chauthtok, check", UP_PURPOSE_CHANGE_CHECK, pam_chauthtok },
	{ "chauthtok, update", UP_PURPOSE_CHANGE_UPDATE, pam_chauthtok },
};

static int call_as(const struct entry *entry, const char *service, const char *user)
{
	struct stack stack = { .person.answers = { "secret", "secret", "secret", "secret" } };

	faults->log[0] = '\0';
	stack_start(&stack, service, user);
	int code = entry->call(stack.pamh, 0);
	stack_end(&stack);
	assert_int_equal(faults_blocks(faults), 0);
	return code;
}

/* Calls the entry point against a daemon that says `script` to it and allows all else. */
static int call_with(const struct entry *entry, const struct fake_step *script)
{
	struct fake_scripts scripts;
	struct fake_login fake;

	for (size_t i = 0; i < FAKE_PURPOSES; i++)
		scripts.purpose[i] = fake_allow;
	scripts.purpose[entry->purpose] = script;
	fake_serve(&fake, &scripts);
	int code = call_as(entry, "plain", "eve");
	assert_int_equal(fake.record->begins[entry->purpose].purpose, entry->purpose);
	fake_end(&fake);
	return code;
}

static void every_reason_gives_its_code(void **state)
{
	static const struct {
		enum up_reason reason;
		int code[UP_COUNT(entries)];
	} rows[] = {
		/* clang-format off */
		{ UP_REASON_OK,               { PAM_SUCCESS,          PAM_SUCCESS,          PAM_SUCCESS,      PAM_SUCCESS,      PAM_SUCCESS,              PAM_SUCCESS } },
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
	for (size_t row = 0; row < UP_COUNT(rows); row++)
		for (size_t i = 0; i < UP_COUNT(entries); i++) {
			const bool is_ok = rows[row].reason == UP_REASON_OK;
			const struct fake_step script[] = {
				{ .type = UP_FRAME_LOGIN_DONE,
				  .verdict = is_ok ? UP_VERDICT_ALLOW : UP_VERDICT_DENY,
				  .reason = rows[row].reason },
				{ 0 },
			};

			assert_int_equal(call_with(&entries[i], script), rows[row].code[i]);
		}
}

#define DONE_OK .type = UP_FRAME_LOGIN_DONE, .verdict = UP_VERDICT_ALLOW, .reason = UP_REASON_OK

/* PAM-02: a done frame that allows, but with something wrong about it. */
static void a_wrong_reply_lets_nobody_in(void **state)
{
	static const struct fake_step replies[] = {
		{ DONE_OK, .trick = FAKE_OTHER_NONCE },
		{ DONE_OK, .trick = FAKE_OTHER_VERSION },
		{ DONE_OK, .trick = FAKE_OTHER_TYPE },
		{ DONE_OK, .user = "mallory" },
		{ DONE_OK, .user = "" },
		{ DONE_OK, .user = "root" },
		{ DONE_OK, .user = "Eve" },
		{ .type = UP_FRAME_LOGIN_DONE,
		  .verdict = UP_VERDICT_ALLOW,
		  .reason = UP_REASON_AUTH_FAILED },
		{ .type = UP_FRAME_LOGIN_DONE, .verdict = UP_VERDICT_DENY, .reason = UP_REASON_OK },
		{ .type = UP_FRAME_LOGIN_DONE,
		  .verdict = (enum up_verdict)1,
		  .reason = UP_REASON_OK },
		{ .type = UP_FRAME_LOGIN_DONE,
		  .verdict = UP_VERDICT_DENY,
		  .reason = (enum up_reason)13 },
		{ .type = UP_FRAME_LOGIN_PROMPT, .kind = (enum up_prompt_kind)7, .answer = "" },
		{ .type = UP_FRAME_LOGIN_SHOW, .text = "hello", .trick = FAKE_OTHER_NONCE },
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(replies); i++)
		for (size_t j = 0; j < UP_COUNT(entries); j++) {
			const struct fake_step script[] = { replies[i], fake_allow[0], { 0 } };

			assert_int_equal(call_with(&entries[j], script), PAM_SYSTEM_ERR);
		}
}

static void only_the_first_of_two_replies_counts(void **state)
{
	static const struct fake_step twice[] = {
		{ .type = UP_FRAME_LOGIN_DONE,
		  .verdict = UP_VERDICT_DENY,
		  .reason = UP_REASON_AUTH_FAILED,
		  .trick = FAKE_TWICE },
		{ DONE_OK },
		{ 0 },
	};

	(void)state;
	assert_int_equal(call_with(&entries[0], twice), PAM_AUTH_ERR);
}

/* What it means that nobody answers. */
static const int offline_codes[] = { PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL, PAM_SESSION_ERR,
				     PAM_SESSION_ERR,      PAM_TRY_AGAIN,        PAM_AUTHTOK_ERR };

static void a_daemon_that_goes_away_cannot_tell(void **state)
{
	static const struct fake_step gone[] = { { 0 } };
	static const struct fake_step cut[] = { { DONE_OK, .trick = FAKE_CUT }, { 0 } };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(entries); i++) {
		assert_int_equal(call_with(&entries[i], gone), offline_codes[i]);
		assert_int_equal(call_with(&entries[i], cut), offline_codes[i]);
	}
}

static void a_hung_daemon_is_not_waited_for_forever(void **state)
{
	(void)state;
	faults->patience.ms = 50;
	for (size_t i = 0; i < UP_COUNT(entries); i++) {
		faults->patience.purpose = entries[i].purpose;
		assert_int_equal(call_with(&entries[i], fake_hang), offline_codes[i]);
	}
	faults->patience.ms = 0;
}

/* Nobody accepts, and the backlog is full. */
static void a_full_backlog_is_not_waited_for_forever(void **state)
{
	int waiting[64], listener = fake_listen();
	size_t count = 0;

	(void)state;
	for (; count < UP_COUNT(waiting); count++) {
		static const struct sockaddr_un address = { .sun_family = AF_UNIX,
							    .sun_path = "run/" UP_SOCKET_LOGIN };

		waiting[count] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (connect(waiting[count], (const struct sockaddr *)&address, sizeof(address)) < 0)
			break;
	}
	assert_int_equal(errno, EAGAIN);
	faults->patience.ms = 50;
	faults->patience.purpose = UP_PURPOSE_AUTHENTICATE;
	assert_int_equal(call_as(&entries[0], "plain", "eve"), PAM_AUTHINFO_UNAVAIL);
	faults->patience.ms = 0;
	for (size_t i = 0; i <= count; i++)
		assert_int_equal(close(waiting[i]), 0);
	assert_int_equal(close(listener), 0);
}

static void without_a_daemon_nobody_can_tell(void **state)
{
	(void)state;
	(void)unlink("run/" UP_SOCKET_LOGIN);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(call_as(&entries[i], "plain", "eve"), offline_codes[i]);
	/* The check fails already, so that no other module changes anything. */
	assert_int_equal(call_as(&entries[5], "plain", "eve"), PAM_TRY_AGAIN);
}

/* Whoever may write to the directory may listen there. */
static void a_listener_in_an_open_directory_is_not_believed(void **state)
{
	struct fake_scripts scripts = { .purpose[UP_PURPOSE_AUTHENTICATE] = fake_allow };
	struct fake_login fake;

	(void)state;
	if (geteuid() == 0) {
		/* Root's own listener is believed anywhere; nobody else can be one here. */
		return;
	}
	fake_serve(&fake, &scripts);
	assert_int_equal(chmod("run", 0777), 0);
	assert_int_equal(call_as(&entries[0], "plain", "eve"), PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(chmod("run", 0755), 0);
	assert_int_equal(call_as(&entries[0], "plain", "eve"), PAM_SUCCESS);
	fake_end(&fake);
}

static int64_t now_us(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* PAM-11, L15: with a daemon that listens and never answers; a misspelt option changes nothing. */
static void local_users_never_reach_the_daemon(void **state)
{
	static const char *const local[] = { "root", "lou", "Eve", "eve@pool", "-eve", "1" };
	int listener = fake_listen();
	int64_t least = INT64_MAX;

	(void)state;
	stack_plain_service("wrong", "use_frist_pass");
	for (size_t i = 0; i < UP_COUNT(local); i++)
		for (size_t j = 0; j < UP_COUNT(entries); j++) {
			int64_t start = now_us();

			assert_int_equal(call_as(&entries[j], "plain", local[i]), PAM_USER_UNKNOWN);
			int64_t took = now_us() - start;
			least = took < least ? took : least;
			assert_int_equal(call_as(&entries[j], "wrong", local[i]), PAM_USER_UNKNOWN);
		}
	assert_int_equal(accept4(listener, NULL, NULL, SOCK_CLOEXEC), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(close(listener), 0);
	assert_true(least < 1000);
}

/* PAM-18. */
static void a_misspelt_option_refuses(void **state)
{
	struct fake_scripts scripts;
	struct fake_login fake;

	(void)state;
	for (size_t i = 0; i < FAKE_PURPOSES; i++)
		scripts.purpose[i] = fake_allow;
	stack_plain_service("wrong", "factors=password+topt");
	fake_serve(&fake, &scripts);
	for (size_t i = 0; i < UP_COUNT(entries); i++)
		assert_int_equal(call_as(&entries[i], "wrong", "eve"), PAM_SERVICE_ERR);
	assert_int_equal(fake.record->conversations, 0);
	fake_end(&fake);
	assert_non_null(strstr(faults->log, "unknown option factors=password+topt\n"));
}

/* It is not known then who is local, so nobody is let in, and root is still not ours. */
static void without_the_local_users_nobody_can_tell(void **state)
{
	struct fake_scripts scripts;
	struct fake_login fake;

	(void)state;
	for (size_t i = 0; i < FAKE_PURPOSES; i++)
		scripts.purpose[i] = fake_allow;
	fake_serve(&fake, &scripts);
	assert_int_equal(rename("passwd", "passwd.away"), 0);
	for (size_t i = 0; i < UP_COUNT(entries); i++) {
		assert_int_equal(call_as(&entries[i], "plain", "root"), PAM_USER_UNKNOWN);
		/* The first pass of a change refuses already. */
		assert_int_equal(call_as(&entries[i], "plain", "eve"),
				 i == 5 ? PAM_TRY_AGAIN : offline_codes[i]);
	}
	assert_int_equal(fake.record->conversations, 0);
	assert_int_equal(rename("passwd.away", "passwd"), 0);
	fake_end(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_reason_gives_its_code),
		cmocka_unit_test(a_wrong_reply_lets_nobody_in),
		cmocka_unit_test(only_the_first_of_two_replies_counts),
		cmocka_unit_test(a_daemon_that_goes_away_cannot_tell),
		cmocka_unit_test(a_hung_daemon_is_not_waited_for_forever),
		cmocka_unit_test(a_full_backlog_is_not_waited_for_forever),
		cmocka_unit_test(without_a_daemon_nobody_can_tell),
		cmocka_unit_test(a_listener_in_an_open_directory_is_not_believed),
		cmocka_unit_test(local_users_never_reach_the_daemon),
		cmocka_unit_test(a_misspelt_option_refuses),
		cmocka_unit_test(without_the_local_users_nobody_can_tell),
	};

	return cmocka_run_group_tests(tests, stack_open, stack_close);
}
