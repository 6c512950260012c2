/* SPDX-License-Identifier: MIT */
/* Who may ask for whom, and how often. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/testing.h"
#include "tests/login/stage.h"

static const char *const purposes[] = {
	[UP_PURPOSE_AUTHENTICATE] = "authenticate", [UP_PURPOSE_ACCOUNT] = "account",
	[UP_PURPOSE_OPEN_SESSION] = "open",         [UP_PURPOSE_CLOSE_SESSION] = "close",
	[UP_PURPOSE_CHANGE_CHECK] = "check",        [UP_PURPOSE_CHANGE_UPDATE] = "update",
};

/* PAM-16, DMN-04: every purpose by root, by alice, and by another, for alice and for bob. */
static void an_unprivileged_caller_asks_for_himself_only(void **state)
{
	static const struct line lines[] = { { .operation = "InitiateAuth", .answer = TOKENS },
					     { 0 } };
	const char *const typed[] = { "right", NULL };
	struct stage stage;

	(void)state;
	stage_init(&stage, "");
	const struct {
		pid_t pid;
		uid_t uid;
		const char *user;
		bool may;
	} callers[] = {
		{ PID_ROOT, 0, "alice", true },
		{ PID_SUDO, 0, "alice", true },
		{ PID_ALICE, stage.uid_alice, "alice", true },
		{ PID_ALICE, stage.uid_alice, "bob", false },
		{ PID_ALICE, stage.uid_alice, "carol", false },
		{ PID_LOCAL, UID_LOCAL, "alice", false },
		{ PID_LOCAL, (uid_t)-1, "alice", false },
	};

	for (size_t i = 0; i < UP_COUNT(callers); i++)
		for (size_t purpose = 1; purpose < UP_COUNT(purposes); purpose++) {
			const bool is_session = purpose == UP_PURPOSE_OPEN_SESSION ||
						purpose == UP_PURPOSE_CLOSE_SESSION;
			const bool may = callers[i].may && (callers[i].uid == 0 || !is_session);
			struct up_login_begin begin = talk_request();
			struct talk talk;

			begin.purpose = (enum up_purpose)purpose;
			(void)snprintf(begin.user, sizeof(begin.user), "%s", callers[i].user);
			stage_script(&stage, lines);
			talk_through(&stage, &begin, callers[i].pid, callers[i].uid, typed, &talk);
			const bool is_refused = talk.dones == 1 &&
						talk.done.reason == UP_REASON_PERMISSION &&
						talk.prompts == 0;
			/* The second pass of a change has no first one here. */
			if (purpose != UP_PURPOSE_CHANGE_UPDATE && is_refused == may)
				fail_msg("%s %s by uid %u", purposes[purpose], begin.user,
					 callers[i].uid);
			if (!may && talk.done.verdict == UP_VERDICT_ALLOW)
				fail_msg("%s %s let in by uid %u", purposes[purpose], begin.user,
					 callers[i].uid);
		}
	stage_clear(&stage);
}

/* Only the administrator's stack chooses the factors. */
static void an_unprivileged_caller_chooses_no_factors(void **state)
{
	struct up_login_begin begin = talk_request();
	const char *const typed[] = { NULL };
	struct stage stage;
	struct talk talk;

	(void)state;
	stage_init(&stage, "");
	memcpy(begin.factors, "otp", sizeof("otp"));
	talk_through(&stage, &begin, PID_ALICE, stage.uid_alice, typed, &talk);
	assert_int_equal(talk.done.reason, UP_REASON_PERMISSION);
	assert_int_equal(fake_pool_calls("AdminInitiateSecondFactor"), 0);
	stage_clear(&stage);
}

/* The process is gone before it is looked at. */
static void a_caller_that_is_gone_is_cut_off(void **state)
{
	const struct up_login_begin begin = talk_request();
	struct stage stage;
	struct talk talk;

	(void)state;
	stage_init(&stage, "");
	assert_false(talk_begin(&talk, &stage, &begin, 9999, 0));
	assert_int_equal(talk.dones, 0);
	assert_int_equal(login_count(stage.engine), 0);
	stage_clear(&stage);
}

/* Begins authentications until one is refused for their number; how many were not. */
static unsigned int count_attempts(struct stage *stage, const struct up_login_begin *begin,
				   pid_t pid, uid_t uid, unsigned int most)
{
	const char *const typed[] = { NULL };
	struct talk talk;

	for (unsigned int i = 0; i < most; i++) {
		talk_through(stage, begin, pid, uid, typed, &talk);
		if (talk.dones == 1 && talk.done.reason == UP_REASON_TOO_MANY)
			return i;
	}
	return most;
}

/* RES-02: one source, one terminal, one user's own programs; none of them takes another's room. */
static void a_flood_blocks_its_own_source(void **state)
{
	struct up_login_begin begin = talk_request(), elsewhere = talk_request();
	struct stage stage;

	(void)state;
	stage_init(&stage, "[daemon]\nattempts_per_minute = 5\n");
	memcpy(elsewhere.rhost, "192.0.2.2", sizeof("192.0.2.2"));
	assert_int_equal(count_attempts(&stage, &begin, PID_ROOT, 0, 50), 5);
	assert_int_equal(count_attempts(&stage, &elsewhere, PID_ROOT, 0, 1), 1);

	begin.rhost[0] = '\0';
	memcpy(begin.service, "ftp", sizeof("ftp"));
	assert_int_equal(count_attempts(&stage, &begin, PID_ROOT, 0, 50), 5);
	memcpy(begin.service, "login", sizeof("login"));
	memcpy(begin.tty, "tty1", sizeof("tty1"));
	assert_int_equal(count_attempts(&stage, &begin, PID_ROOT, 0, 50), 5);
	memcpy(begin.tty, "tty2", sizeof("tty2"));
	assert_int_equal(count_attempts(&stage, &begin, PID_ROOT, 0, 1), 1);

	/* A set-uid program says what its caller likes, and is counted by its caller. */
	memcpy(begin.rhost, "192.0.2.2", sizeof("192.0.2.2"));
	assert_int_equal(count_attempts(&stage, &begin, PID_SUDO, 0, 50), 5);
	memcpy(begin.rhost, "192.0.2.3", sizeof("192.0.2.3"));
	assert_int_equal(count_attempts(&stage, &begin, PID_SUDO, 0, 50), 0);
	assert_int_equal(count_attempts(&stage, &begin, PID_ALICE, stage.uid_alice, 50), 5);
	assert_int_equal(count_attempts(&stage, &elsewhere, PID_ROOT, 0, 1), 1);
	stage_clear(&stage);
}

/* A reload gives who is over the limit no fresh start, and a new rate is in force at once. */
static void a_reload_keeps_the_count(void **state)
{
	const struct up_login_begin begin = talk_request();
	struct config *config = NULL;
	struct stage stage;

	(void)state;
	stage_init(&stage, "[daemon]\nattempts_per_minute = 5\n");
	assert_int_equal(count_attempts(&stage, &begin, PID_ROOT, 0, 50), 5);
	config = TAKE(stage.host.config);
	fake_host_configure(&stage.host, "[daemon]\nattempts_per_minute = 5\nqueue = 7\n");
	login_engine_configure(stage.engine, stage.host.config);
	identity_configure(stage.host.identity, stage.host.config);
	config_free(config);
	assert_int_equal(count_attempts(&stage, &begin, PID_ROOT, 0, 50), 0);
	config = TAKE(stage.host.config);
	fake_host_configure(&stage.host, "[daemon]\nattempts_per_minute = 3\n");
	login_engine_configure(stage.engine, stage.host.config);
	identity_configure(stage.host.identity, stage.host.config);
	config_free(config);
	assert_int_equal(count_attempts(&stage, &begin, PID_ROOT, 0, 50), 3);
	stage_clear(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unprivileged_caller_asks_for_himself_only),
		cmocka_unit_test(an_unprivileged_caller_chooses_no_factors),
		cmocka_unit_test(a_caller_that_is_gone_is_cut_off),
		cmocka_unit_test(a_flood_blocks_its_own_source),
		cmocka_unit_test(a_reload_keeps_the_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
