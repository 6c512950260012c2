/* SPDX-License-Identifier: MIT */
/* Logins that wait for their session, and what a process that has just signed in is spared. */
#include <stdio.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/session/matching.h"
#include "tests/lib/testing.h"

#define UID      1879048200
#define MOMENT   5000
#define LOGINS   1000 /* more than may wait */
#define ALICE    "8a7d0d9b-1c0d-4d5c-a8f0-0123456789ab"
#define BOB      "8a7d0d9b-1c0d-4d5c-a8f0-ba9876543210"
#define PROCESS  ((struct process){ .pid = 500, .start = 70000 })
#define ANCESTOR ((struct process){ .pid = 400, .start = 60000 })

static const struct process_tree tree = { .process = { PROCESS, ANCESTOR }, .depth = 2 };

static struct session login_of(const char *sub, const char *service)
{
	struct session session = { .uid = UID };

	(void)snprintf(session.sub, sizeof(session.sub), "%s", sub);
	(void)snprintf(session.service, sizeof(session.service), "%s", service);
	return session;
}

static void sign_in(struct sessions *sessions, const char *sub, const char *service,
		    const struct process_tree *by)
{
	const struct session session = login_of(sub, service);

	assert_int_equal(pending_add(sessions, &session, by), UP_OK);
}

static void a_login_is_fresh_for_its_own_user_service_and_process(void **state)
{
	static const struct {
		const char *sub, *service;
		struct process process;
		bool is_fresh;
	} cases[] = {
		{ ALICE, "sshd", PROCESS, true },
		{ BOB, "sshd", PROCESS, false },
		{ ALICE, "sudo", PROCESS, false },
		{ ALICE, "ssh", PROCESS, false },
		{ ALICE, "sshd", ANCESTOR, false },
		/* The pid of one that has ended. */
		{ ALICE, "sshd", { .pid = 500, .start = 70001 }, false },
		{ ALICE, "sshd", { .pid = 501, .start = 70000 }, false },
	};
	struct sessions sessions = { 0 };

	(void)state;
	sign_in(&sessions, ALICE, "sshd", &tree);
	for (size_t i = 0; i < UP_COUNT(cases); i++)
		assert_int_equal(pending_is_fresh(&sessions, cases[i].sub, cases[i].service,
						  &cases[i].process, clock_boot_ms()),
				 cases[i].is_fresh);
	pending_expire(&sessions, true);
}

static void a_login_is_fresh_for_a_moment_only(void **state)
{
	struct sessions sessions = { 0 };
	const struct process process = PROCESS;
	const int64_t before = clock_boot_ms();

	(void)state;
	sign_in(&sessions, ALICE, "sshd", &tree);
	const int64_t after = clock_boot_ms();
	assert_true(pending_is_fresh(&sessions, ALICE, "sshd", &process, before + MOMENT - 1));
	assert_false(pending_is_fresh(&sessions, ALICE, "sshd", &process, after + MOMENT));
	pending_expire(&sessions, true);
}

static void a_login_that_has_its_session_is_fresh_no_more(void **state)
{
	struct sessions sessions = { 0 };
	const struct process process = PROCESS;
	struct session login;

	(void)state;
	sign_in(&sessions, ALICE, "sshd", &tree);
	assert_true(pending_take(&sessions, UID, "sshd", &process, &login));
	assert_false(pending_is_fresh(&sessions, ALICE, "sshd", &process, clock_boot_ms()));
}

static void a_process_that_signs_in_again_and_again_takes_one_place(void **state)
{
	struct sessions sessions = { 0 };

	(void)state;
	for (size_t i = 0; i < LOGINS; i++)
		sign_in(&sessions, ALICE, "lock", &tree);
	assert_int_equal(sessions.pendings, 1);
	pending_expire(&sessions, true);
	assert_int_equal(sessions.pendings, 0);
}

static void logins_of_other_processes_users_and_services_wait_side_by_side(void **state)
{
	const struct process_tree other = { .process = { ANCESTOR }, .depth = 1 };
	struct sessions sessions = { 0 };

	(void)state;
	sign_in(&sessions, ALICE, "sshd", &tree);
	sign_in(&sessions, ALICE, "sudo", &tree);
	sign_in(&sessions, BOB, "sshd", &tree);
	sign_in(&sessions, ALICE, "sshd", &other);
	assert_int_equal(sessions.pendings, 4);
	pending_expire(&sessions, true);
}

/* RES-02: who signs in by a thousand processes takes his own places, not another's. */
static void the_logins_of_one_user_push_out_their_own(void **state)
{
	const struct process_tree other = { .process = { ANCESTOR }, .depth = 1 };
	const struct process bobs = ANCESTOR;
	struct sessions sessions = { 0 };
	struct session bob = login_of(BOB, "sshd"), login;

	(void)state;
	bob.uid = UID + 1;
	assert_int_equal(pending_add(&sessions, &bob, &other), UP_OK);
	for (size_t i = 0; i < LOGINS; i++) {
		const struct process_tree one = {
			.process = { { .pid = (pid_t)(1000 + i), .start = 1 } }, .depth = 1
		};
		const struct session session = login_of(ALICE, "sudo");

		assert_int_equal(pending_add(&sessions, &session, &one), UP_OK);
	}
	const struct process newest = { .pid = 1000 + LOGINS - 1, .start = 1 };
	assert_true(pending_take(&sessions, UID, "sudo", &newest, &login));
	assert_true(pending_take(&sessions, UID + 1, "sshd", &bobs, &login));
	pending_expire(&sessions, true);
}

static void the_number_that_wait_is_bounded(void **state)
{
	struct sessions sessions = { 0 };

	(void)state;
	for (size_t i = 0; i < LOGINS; i++) {
		const struct process_tree one = {
			.process = { { .pid = (pid_t)(1000 + i), .start = 1 } }, .depth = 1
		};
		struct session session = login_of(ALICE, "sshd");

		session.uid = (uint32_t)(UID + i);
		assert_int_equal(pending_add(&sessions, &session, &one), UP_OK);
	}
	assert_in_range(sessions.pendings, 1, LOGINS - 1);
	pending_expire(&sessions, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_login_is_fresh_for_its_own_user_service_and_process),
		cmocka_unit_test(a_login_is_fresh_for_a_moment_only),
		cmocka_unit_test(a_login_that_has_its_session_is_fresh_no_more),
		cmocka_unit_test(a_process_that_signs_in_again_and_again_takes_one_place),
		cmocka_unit_test(logins_of_other_processes_users_and_services_wait_side_by_side),
		cmocka_unit_test(the_logins_of_one_user_push_out_their_own),
		cmocka_unit_test(the_number_that_wait_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
