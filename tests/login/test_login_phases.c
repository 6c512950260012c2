/* SPDX-License-Identifier: MIT */
/* Account, sessions, and what may happen to a user between two prompts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "tests/lib/testing.h"
#include "tests/login/stage.h"

/* PAM-12: by the pool's record, whatever the host remembers. */
static void the_account_phase_is_complete_by_itself(void **state)
{
	static const struct {
		const char *status;
		bool disabled;
		enum up_reason reason;
	} cases[] = {
		{ "CONFIRMED", false, UP_REASON_OK },
		{ "CONFIRMED", true, UP_REASON_DISABLED },
		{ "FORCE_CHANGE_PASSWORD", false, UP_REASON_PASSWORD_EXPIRED },
		{ "RESET_REQUIRED", false, UP_REASON_PASSWORD_EXPIRED },
		{ "RESET_REQUIRED", true, UP_REASON_DISABLED },
		{ "UNCONFIRMED", false, UP_REASON_PERMISSION },
		{ "ARCHIVED", false, UP_REASON_PERMISSION },
		{ "confirmed", false, UP_REASON_PERMISSION },
		{ "", false, UP_REASON_PERMISSION },
	};
	struct stage stage;

	(void)state;
	stage_init(&stage, "");
	struct small_user *users = stage_users(&stage);
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		users[0].status = cases[i].status;
		users[0].disabled = cases[i].disabled;
		struct talk talk = stage_ask(&stage, UP_PURPOSE_ACCOUNT, PID_ROOT, nothing_typed);

		assert_int_equal(talk.dones, 1);
		if (talk.done.reason != cases[i].reason ||
		    (talk.done.verdict == UP_VERDICT_ALLOW) != (cases[i].reason == UP_REASON_OK))
			fail_msg("%s: %s", cases[i].status, up_reason_name(talk.done.reason));
	}
	stage_clear(&stage);
}

/* PAM-12: what else the pool may say, and the host's own list of groups. */
static void the_account_phase_takes_no_other_answer(void **state)
{
	static const struct {
		const char *config;
		struct line line;
		enum up_reason reason;
	} cases[] = {
		{ "",
		  { .operation = "AdminGetUser", .answer = ERROR, .text = "UserNotFoundException" },
		  UP_REASON_DISABLED },
		{ "",
		  { .operation = "AdminGetUser", .answer = ERROR, .text = POOL_UNAVAILABLE },
		  UP_REASON_OK },
		{ "",
		  { .operation = "AdminGetUser",
		    .answer = ERROR,
		    .text = "NotAuthorizedException" },
		  UP_REASON_PERMISSION },
		{ "",
		  { .operation = "AdminGetUser", .answer = JSON, .text = "{}" },
		  UP_REASON_DISABLED },
		{ "",
		  { .operation = "AdminGetUser",
		    .answer = JSON,
		    .text = "{\"Enabled\": true, \"UserStatus\": \"CONFIRMED\", \"UserAttributes\":"
			    " [{\"Name\": \"sub\", \"Value\": \"" SUB_BOB "\"}]}" },
		  UP_REASON_DISABLED },
		{ "",
		  { .operation = "AdminGetUser",
		    .answer = JSON,
		    .text = "{\"Enabled\": 1, \"UserStatus\": \"CONFIRMED\", \"UserAttributes\":"
			    " [{\"Name\": \"sub\", \"Value\": \"" SUB_ALICE "\"}]}" },
		  UP_REASON_DISABLED },
		{ "",
		  { .operation = "AdminGetUser",
		    .answer = JSON,
		    .text = "{\"Enabled\": true, \"UserAttributes\":"
			    " [{\"Name\": \"sub\", \"Value\": \"" SUB_ALICE "\"}]}" },
		  UP_REASON_PERMISSION },
		{ "[policy sshd]\ngroups = staff\n", { .operation = "" }, UP_REASON_PERMISSION },
	};
	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		const struct line lines[] = { cases[i].line, { 0 } };
		struct stage stage;

		stage_init(&stage, cases[i].config);
		stage_script(&stage, lines);
		struct talk talk = stage_ask(&stage, UP_PURPOSE_ACCOUNT, PID_ROOT, nothing_typed);
		if (talk.dones != 1 || talk.done.reason != cases[i].reason)
			fail_msg("case %zu: %s", i, up_reason_name(talk.done.reason));
		stage_clear(&stage);
	}
}

/* After a restart without the pool the host still knows whom it knew, and lets nobody sign in. */
static void last_known_users_pass_where_the_pool_is_gone(void **state)
{
	struct stage stage;

	(void)state;
	stage_init(&stage, "");
	struct small_user *users = stage_users(&stage);
	users[1].disabled = true;
	stage_sync(&stage);
	fake_pool_refuse(UP_ERR_BUSY, 1000);
	stage_restart(&stage, false);
	fake_pool_refuse(UP_ERR_BUSY, 1000);

	struct talk talk = stage_ask(&stage, UP_PURPOSE_ACCOUNT, PID_ROOT, nothing_typed);
	assert_int_equal(talk.done.reason, UP_REASON_OK);
	talk = stage_ask(&stage, UP_PURPOSE_OPEN_SESSION, PID_ROOT, nothing_typed);
	assert_int_equal(talk.done.reason, UP_REASON_OK);
	talk = stage_ask(&stage, UP_PURPOSE_CLOSE_SESSION, PID_ROOT, nothing_typed);
	assert_int_equal(talk.done.reason, UP_REASON_OK);
	talk = stage_ask(&stage, UP_PURPOSE_AUTHENTICATE, PID_ROOT, password_typed);
	assert_int_equal(talk.done.reason, UP_REASON_UNAVAILABLE);
	assert_int_equal(talk.prompts, 0);
	talk = stage_ask(&stage, UP_PURPOSE_CHANGE_CHECK, PID_ROOT, password_typed);
	assert_int_equal(talk.done.reason, UP_REASON_UNAVAILABLE);

	struct up_login_begin begin = talk_request();
	begin.purpose = UP_PURPOSE_ACCOUNT;
	memcpy(begin.user, "bob", sizeof("bob"));
	talk_through(&stage, &begin, PID_ROOT, 0, nothing_typed, &talk);
	assert_int_equal(talk.done.reason, UP_REASON_DISABLED);
	/* Not known here: that may be so because the pool was never read since. */
	memcpy(begin.user, "carol", sizeof("carol"));
	talk_through(&stage, &begin, PID_ROOT, 0, nothing_typed, &talk);
	assert_int_equal(talk.done.reason, UP_REASON_UNAVAILABLE);
	stage_clear(&stage);
}

/* What happens to alice while she is asked for her password. */
static void rename_alice(struct stage *stage)
{
	stage_users(stage)[0].name = "alice2";
}
static void delete_alice(struct stage *stage)
{
	stage_users(stage);
	stage->pool.user++;
	stage->pool.users = 1;
}
static void replace_alice(struct stage *stage)
{
	stage_users(stage)[0].sub = "a11ce000-0000-4000-8000-00000000000f";
}
static void disable_alice(struct stage *stage)
{
	stage_users(stage)[0].disabled = true;
}
static void make_alice_local(struct stage *stage)
{
	fake_host_write(&stage->host, "etc/passwd",
			"root:x:0:0::/root:/bin/bash\nalice:x:1001:1001::/home/alice:/bin/sh\n");
}
static void make_her_id_local(struct stage *stage)
{
	char text[128];

	(void)snprintf(text, sizeof(text),
		       "root:x:0:0::/root:/bin/bash\nxavier:x:%u:1001::/:/bin/sh\n",
		       stage->uid_alice);
	fake_host_write(&stage->host, "etc/passwd", text);
}
static void make_a_local_group(struct stage *stage)
{
	fake_host_write(&stage->host, "etc/group", "root:x:0:\nalice:x:1001:\n");
}
static void move_the_range(struct stage *stage)
{
	struct config *old = TAKE(stage->host.config);

	fake_host_configure(&stage->host, "[identity]\nid_min = 100000\nid_max = 200000\n");
	login_engine_configure(stage->engine, stage->host.config);
	identity_configure(stage->host.identity, stage->host.config);
	config_free(old);
}
static void nothing_happens(struct stage *stage)
{
	(void)stage;
}

/* PAM-13, UPS-16, NSS-03: the right password comes too late. */
static void who_is_gone_meanwhile_is_not_let_in(void **state)
{
	static const struct line lines[] = { PASSWORD_OK, { 0 } };
	static const struct {
		const char *name;
		void (*happens)(struct stage *stage);
		enum up_reason reason;
	} cases[] = {
		{ "nothing", nothing_happens, UP_REASON_OK },
		{ "renamed", rename_alice, UP_REASON_USER_UNKNOWN },
		{ "deleted", delete_alice, UP_REASON_USER_UNKNOWN },
		{ "replaced", replace_alice, UP_REASON_USER_UNKNOWN },
		{ "disabled", disable_alice, UP_REASON_DISABLED },
		{ "a local user", make_alice_local, UP_REASON_USER_UNKNOWN },
		{ "a local user of her id", make_her_id_local, UP_REASON_USER_UNKNOWN },
		{ "a local group", make_a_local_group, UP_REASON_USER_UNKNOWN },
		{ "out of range", move_the_range, UP_REASON_USER_UNKNOWN },
	};
	const struct up_login_begin begin = talk_request();

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		struct stage stage;
		struct talk talk;

		stage_init(&stage, "");
		stage_script(&stage, lines);
		assert_true(talk_begin(&talk, &stage, &begin, PID_ROOT, 0));
		cases[i].happens(&stage);
		stage_sync(&stage);
		assert_int_equal(talk_type(&talk, "right"), UP_OK);
		if (talk.dones != 1 || talk.done.reason != cases[i].reason)
			fail_msg("%s: %s", cases[i].name, up_reason_name(talk.done.reason));
		talk_end(&talk);
		stage_clear(&stage);
	}
}

/* PAM-15, L9: the tokens that sshd's child got are the session's that its parent opens; what goes
 * into the environment is a name of the session and no secret. */
static void a_login_becomes_the_session_of_its_parent(void **state)
{
	static const struct line lines[] = { PASSWORD_OK, { 0 } };
	struct stage stage;
	char *token = NULL;

	(void)state;
	stage_init(&stage, "");
	fake_process(101, PID_ROOT, 1010, 0);
	stage_script(&stage, lines);
	assert_int_equal(
		stage_ask(&stage, UP_PURPOSE_AUTHENTICATE, 101, password_typed).done.verdict,
		UP_VERDICT_ALLOW);
	fake_process_gone(101);
	assert_int_equal(session_access_token(stage.host.sessions, stage.uid_alice, &token),
			 UP_ERR_OFFLINE);
	struct talk talk = stage_ask(&stage, UP_PURPOSE_OPEN_SESSION, PID_ROOT, nothing_typed);
	assert_int_equal(talk.done.verdict, UP_VERDICT_ALLOW);
	assert_int_equal(talk.done.variables, 1);
	assert_memory_equal(talk.done.environment[0], "USERPOOL_SESSION=", 17);
	assert_int_equal(strlen(talk.done.environment[0]), 17 + 36);
	assert_int_equal(session_access_token(stage.host.sessions, stage.uid_alice, &token), UP_OK);
	free(token);
	assert_int_equal(sessions_count(stage.host.sessions), 1);
	assert_int_equal(
		stage_ask(&stage, UP_PURPOSE_CLOSE_SESSION, PID_ROOT, nothing_typed).done.verdict,
		UP_VERDICT_ALLOW);
	assert_int_equal(sessions_count(stage.host.sessions), 0);
	stage_clear(&stage);
}

/* Who unlocks a screen as himself opens no session, and leaves no tokens for one. */
static void an_unprivileged_login_leaves_nothing(void **state)
{
	static const struct line lines[] = { PASSWORD_OK, { 0 } };
	const struct up_login_begin begin = talk_request();
	struct stage stage;
	struct talk talk;
	char *token = NULL;

	(void)state;
	stage_init(&stage, "");
	stage_script(&stage, lines);
	talk_through(&stage, &begin, PID_ALICE, stage.uid_alice, password_typed, &talk);
	assert_int_equal(talk.done.verdict, UP_VERDICT_ALLOW);
	assert_int_equal(
		stage_ask(&stage, UP_PURPOSE_OPEN_SESSION, PID_ALICE, nothing_typed).done.verdict,
		UP_VERDICT_ALLOW);
	assert_int_equal(session_access_token(stage.host.sessions, stage.uid_alice, &token),
			 UP_ERR_OFFLINE);
	stage_clear(&stage);
}

/* What sudo ends with for alice in `pid`: 1 is the password alone, 2 is a code as well. */
static unsigned int prompts_of_sudo(struct stage *stage, pid_t pid)
{
	static const struct line lines[] = { PASSWORD_MFA, CODE_OK, { 0 } };
	static const char *const typed[] = { "right", "123456", NULL };

	stage_script(stage, lines);
	struct talk talk = stage_ask(stage, UP_PURPOSE_AUTHENTICATE, pid, typed);
	assert_int_equal(talk.done.verdict, UP_VERDICT_ALLOW);
	return talk.prompts;
}

static void a_second_factor_stands_in_its_session_only(void **state)
{
	struct stage stage;

	(void)state;
	clock_set_for_test(1750000000);
	stage_init(&stage, STANDING);
	stage_begin_session(&stage);
	assert_int_equal(prompts_of_sudo(&stage, 111), 1);
	fake_process(120, 20, 1200, stage.uid_alice);
	assert_int_equal(prompts_of_sudo(&stage, 120), 2);
	/* The leader's pid in the hands of another process. */
	fake_process(PID_ROOT, 10, 1001, 0);
	assert_int_equal(prompts_of_sudo(&stage, 111), 2);
	fake_process(PID_ROOT, 10, 1000, 0);
	assert_int_equal(prompts_of_sudo(&stage, 111), 1);
	clock_set_for_test(1750000600);
	assert_int_equal(prompts_of_sudo(&stage, 111), 1);
	clock_set_for_test(1750000601);
	assert_int_equal(prompts_of_sudo(&stage, 111), 2);
	/* CRY-11: a clock that goes back widens nothing. */
	clock_set_for_test(1749999999);
	assert_int_equal(prompts_of_sudo(&stage, 111), 2);
	clock_set_for_test(0);
	stage_clear(&stage);
}

/* The password is asked for and right, whatever stands. */
static void a_standing_session_needs_the_password(void **state)
{
	static const struct line wrong[] = {
		{ .operation = "InitiateAuth", .answer = ERROR, .text = "NotAuthorizedException" },
		{ 0 }
	};
	static const struct line code_alone[] = { { .operation = "AdminInitiateSecondFactor",
						    .answer = CHALLENGE,
						    .text = "SOFTWARE_TOKEN_MFA" },
						  { 0 } };
	struct up_login_begin begin = talk_request();
	struct stage stage;
	struct talk talk;

	(void)state;
	stage_init(&stage, STANDING);
	stage_begin_session(&stage);
	stage_script(&stage, wrong);
	talk = stage_ask(&stage, UP_PURPOSE_AUTHENTICATE, 111, password_typed);
	assert_int_equal(talk.done.reason, UP_REASON_AUTH_FAILED);
	/* And a service that asks for the code alone is not satisfied with an old one. */
	memcpy(begin.factors, "otp", sizeof("otp"));
	stage_script(&stage, code_alone);
	talk_through(&stage, &begin, 111, 0, nothing_typed, &talk);
	assert_int_equal(talk.dones, 0);
	assert_int_equal(talk.prompt.kind, UP_PROMPT_CODE);
	stage_clear(&stage);
}

static void a_standing_session_ends_with_its_token(void **state)
{
	struct stage stage;

	(void)state;
	clock_set_for_test(1750000000);
	stage_init(&stage,
		   "[policy default]\nfactors = password+otp\nsecond_factor_valid = 86400\n");
	stage_begin_session(&stage);
	clock_set_for_test(1750003599);
	assert_int_equal(prompts_of_sudo(&stage, 111), 1);
	clock_set_for_test(1750003600);
	assert_int_equal(prompts_of_sudo(&stage, 111), 2);
	clock_set_for_test(0);
	stage_clear(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_account_phase_is_complete_by_itself),
		cmocka_unit_test(the_account_phase_takes_no_other_answer),
		cmocka_unit_test(last_known_users_pass_where_the_pool_is_gone),
		cmocka_unit_test(who_is_gone_meanwhile_is_not_let_in),
		cmocka_unit_test(a_login_becomes_the_session_of_its_parent),
		cmocka_unit_test(an_unprivileged_login_leaves_nothing),
		cmocka_unit_test(a_second_factor_stands_in_its_session_only),
		cmocka_unit_test(a_standing_session_needs_the_password),
		cmocka_unit_test(a_standing_session_ends_with_its_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
