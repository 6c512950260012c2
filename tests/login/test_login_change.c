/* SPDX-License-Identifier: MIT */
/* Changes of passwords, in their two passes. */
#include <stdlib.h>
#include <string.h>

#include "tests/lib/testing.h"
#include "tests/login/stage.h"

static struct talk change(struct stage *stage, bool is_first, pid_t pid, uint32_t flags,
			  const char *const *typed, const struct line *lines)
{
	struct up_login_begin begin = talk_request();
	struct talk talk = { .dones = 0 };

	begin.purpose = is_first ? UP_PURPOSE_CHANGE_CHECK : UP_PURPOSE_CHANGE_UPDATE;
	begin.flags = flags;
	stage_script(stage, lines);
	talk_through(stage, &begin, pid, 0, typed, &talk);
	assert_null(stage->off_script);
	return talk;
}

static const struct line no_lines[] = { { 0 } };
static const char *const new_typed[] = { "new", "new", NULL };
static const char *const old_and_new_typed[] = { "right", "new", "new", NULL };

/* PAM-24 */
static void passwd_takes_two_passes(void **state)
{
	static const struct line sign_in[] = { PASSWORD_OK, { 0 } };
	static const struct line set[] = {
		{ .operation = "ChangePassword", .answer = JSON, .text = "{}" }, { 0 }
	};
	struct stage stage;

	(void)state;
	stage_init(&stage, "");
	/* The second pass alone, and by another process or for another user than the first. */
	assert_int_equal(
		change(&stage, false, PID_SUDO, 0, old_and_new_typed, no_lines).done.reason,
		UP_REASON_PERMISSION);
	assert_int_equal(change(&stage, true, PID_SUDO, 0, password_typed, sign_in).done.verdict,
			 UP_VERDICT_ALLOW);
	fake_process(201, 20, 2001, UID_LOCAL);
	assert_int_equal(change(&stage, false, 201, 0, old_and_new_typed, no_lines).done.reason,
			 UP_REASON_PERMISSION);
	fake_process(PID_SUDO, 20, 2002, UID_LOCAL); /* the pid again */
	assert_int_equal(
		change(&stage, false, PID_SUDO, 0, old_and_new_typed, no_lines).done.reason,
		UP_REASON_PERMISSION);
	fake_process(PID_SUDO, 20, 2000, UID_LOCAL);
	struct talk talk = change(&stage, false, PID_SUDO, 0, old_and_new_typed, set);
	assert_int_equal(talk.done.verdict, UP_VERDICT_ALLOW);
	assert_int_equal(talk.prompts, 3);
	/* Once. */
	assert_int_equal(
		change(&stage, false, PID_SUDO, 0, old_and_new_typed, no_lines).done.reason,
		UP_REASON_PERMISSION);
	stage_clear(&stage);
}

static void a_wrong_password_changes_none(void **state)
{
	static const struct line wrong[] = {
		{ .operation = "InitiateAuth", .answer = ERROR, .text = "NotAuthorizedException" },
		{ 0 }
	};
	struct stage stage;

	(void)state;
	stage_init(&stage, "");
	assert_int_equal(change(&stage, true, PID_SUDO, 0, password_typed, wrong).done.reason,
			 UP_REASON_AUTH_FAILED);
	assert_int_equal(
		change(&stage, false, PID_SUDO, 0, old_and_new_typed, no_lines).done.reason,
		UP_REASON_PERMISSION);
	stage_clear(&stage);
}

/* Root, not a set-uid program, sets it without the old one; but not where only an expired one is to
 * be changed, which is what sshd and login ask. */
static void root_needs_no_old_password(void **state)
{
	static const struct line set[] = {
		{ .operation = "AdminSetUserPassword", .answer = JSON, .text = "{}" }, { 0 }
	};
	struct stage stage;

	(void)state;
	stage_init(&stage, "");
	struct talk talk = change(&stage, true, PID_ROOT, 0, nothing_typed, no_lines);
	assert_int_equal(talk.done.verdict, UP_VERDICT_ALLOW);
	assert_int_equal(talk.prompts, 0);
	assert_int_equal(change(&stage, false, PID_ROOT, 0, new_typed, set).done.verdict,
			 UP_VERDICT_ALLOW);
	assert_int_equal(change(&stage, true, PID_SUDO, 0, nothing_typed, no_lines).prompts, 1);

	struct small_user *users = stage_users(&stage);
	users[0].status = "FORCE_CHANGE_PASSWORD";
	stage_sync(&stage);
	assert_int_equal(change(&stage, true, PID_ROOT, UP_LOGIN_CHANGE_EXPIRED_ONLY, nothing_typed,
				no_lines)
				 .prompts,
			 1);
	stage_clear(&stage);
}

/* PAM-25: the temporary password is the proof, the challenge's session is what is left of it. */
static void an_expired_password_is_changed_by_its_challenge(void **state)
{
	static const struct line must[] = { { .operation = "InitiateAuth",
					      .answer = CHALLENGE,
					      .text = "NEW_PASSWORD_REQUIRED" },
					    { 0 } };
	static const struct line sessionless[] = { { .operation = "InitiateAuth",
						     .answer = JSON,
						     .text = "{\"ChallengeName\":"
							     " \"NEW_PASSWORD_REQUIRED\"}" },
						   { 0 } };
	static const struct line set[] = { CODE_OK, { 0 } };
	const uint32_t flags = UP_LOGIN_CHANGE_EXPIRED_ONLY;
	struct stage stage;

	(void)state;
	stage_init(&stage, "");
	stage_users(&stage)[0].status = "FORCE_CHANGE_PASSWORD";
	stage_sync(&stage);
	assert_int_equal(change(&stage, true, PID_ROOT, flags, password_typed, must).done.verdict,
			 UP_VERDICT_ALLOW);
	assert_int_equal(change(&stage, false, PID_ROOT, flags, new_typed, set).done.verdict,
			 UP_VERDICT_ALLOW);
	/* UPS-09 */
	assert_int_equal(
		change(&stage, true, PID_ROOT, flags, password_typed, sessionless).done.reason,
		UP_REASON_UNAVAILABLE);
	assert_int_equal(change(&stage, false, PID_ROOT, flags, new_typed, no_lines).done.reason,
			 UP_REASON_PERMISSION);
	stage_clear(&stage);
}

static void what_is_not_due_is_not_changed(void **state)
{
	const uint32_t flags = UP_LOGIN_CHANGE_EXPIRED_ONLY;
	struct stage stage;

	(void)state;
	stage_init(&stage, "");
	assert_int_equal(
		change(&stage, true, PID_ROOT, flags, nothing_typed, no_lines).done.verdict,
		UP_VERDICT_ALLOW);
	struct talk talk = change(&stage, false, PID_ROOT, flags, nothing_typed, no_lines);
	assert_int_equal(talk.done.verdict, UP_VERDICT_ALLOW);
	assert_int_equal(talk.prompts, 0);
	stage_clear(&stage);
}

/* A standing session has no token of this login to change a password with. */
static void a_change_asks_for_the_code_again(void **state)
{
	static const struct line sign_in[] = { PASSWORD_MFA, CODE_OK, { 0 } };
	static const struct line set[] = {
		{ .operation = "ChangePassword", .answer = JSON, .text = "{}" }, { 0 }
	};
	static const char *const typed[] = { "right", "123456", NULL };
	struct stage stage;

	(void)state;
	stage_init(&stage, STANDING);
	stage_begin_session(&stage);
	struct talk talk = change(&stage, true, 111, 0, typed, sign_in);
	assert_int_equal(talk.done.verdict, UP_VERDICT_ALLOW);
	assert_int_equal(talk.prompts, 2);
	assert_int_equal(change(&stage, false, 111, 0, old_and_new_typed, set).done.verdict,
			 UP_VERDICT_ALLOW);
	stage_clear(&stage);
}

/* RES-02: alice's own first passes push out each other, not bob's. */
static void tickets_of_one_user_leave_room_for_others(void **state)
{
	static const struct line set[] = {
		{ .operation = "AdminSetUserPassword", .answer = JSON, .text = "{}" }, { 0 }
	};
	struct up_login_begin begin = talk_request();
	struct stage stage;
	struct talk talk;

	(void)state;
	stage_init(&stage, "[daemon]\nattempts_per_minute = 100000\n");
	begin.purpose = UP_PURPOSE_CHANGE_CHECK;
	memcpy(begin.user, "bob", sizeof("bob"));
	talk_through(&stage, &begin, PID_ROOT, 0, nothing_typed, &talk);
	assert_int_equal(talk.done.verdict, UP_VERDICT_ALLOW);
	memcpy(begin.user, "alice", sizeof("alice"));
	begin.flags = UP_LOGIN_CHANGE_EXPIRED_ONLY;
	for (pid_t pid = 5000; pid < 5300; pid++) {
		fake_process(pid, 20, (uint64_t)pid, stage.uid_alice);
		talk_through(&stage, &begin, pid, stage.uid_alice, nothing_typed, &talk);
		assert_int_equal(talk.done.verdict, UP_VERDICT_ALLOW);
		fake_process_gone(pid);
	}
	begin.purpose = UP_PURPOSE_CHANGE_UPDATE;
	begin.flags = 0;
	memcpy(begin.user, "bob", sizeof("bob"));
	stage_script(&stage, set);
	talk_through(&stage, &begin, PID_ROOT, 0, new_typed, &talk);
	assert_int_equal(talk.done.verdict, UP_VERDICT_ALLOW);
	stage_clear(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passwd_takes_two_passes),
		cmocka_unit_test(a_wrong_password_changes_none),
		cmocka_unit_test(root_needs_no_old_password),
		cmocka_unit_test(an_expired_password_is_changed_by_its_challenge),
		cmocka_unit_test(what_is_not_due_is_not_changed),
		cmocka_unit_test(a_change_asks_for_the_code_again),
		cmocka_unit_test(tickets_of_one_user_leave_room_for_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
