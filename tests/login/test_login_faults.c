/* SPDX-License-Identifier: MIT */
/* DMN-08: each allocation of a login fails once.  Nobody is let in by that, and the daemon lives.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/fault.h"
#include "tests/lib/testing.h"
#include "tests/login/stage.h"

#define FAULTS_MAX 100000 /* more than any of these logins allocates */

struct scenario {
	const char *name, *factors;
	enum up_purpose purpose;
	uint32_t flags;
	const char *typed[6];
	struct line lines[6];
	bool may_enter; /* without a fault */
};

#define LINE(op, kind)                                                                             \
	{                                                                                          \
		.operation = (op), .answer = (kind)                                                \
	}
#define ASKS(op, name)                                                                             \
	{                                                                                          \
		.operation = (op), .answer = CHALLENGE, .text = (name)                             \
	}
#define SAYS(op, json)                                                                             \
	{                                                                                          \
		.operation = (op), .answer = JSON, .text = (json)                                  \
	}

static const struct scenario scenarios[] = {
	{ .name = "password and code",
	  .factors = "password+otp",
	  .purpose = UP_PURPOSE_AUTHENTICATE,
	  .typed = { "right", "123456" },
	  .lines = { ASKS("InitiateAuth", "SOFTWARE_TOKEN_MFA"),
		     LINE("RespondToAuthChallenge", TOKENS) },
	  .may_enter = true },
	/* What lacks memory must not count as what was proved. */
	{ .name = "a code that the pool does not ask",
	  .factors = "password+otp",
	  .purpose = UP_PURPOSE_AUTHENTICATE,
	  .typed = { "right" },
	  .lines = { LINE("InitiateAuth", TOKENS) } },
	{ .name = "a wrong password",
	  .factors = "password",
	  .purpose = UP_PURPOSE_AUTHENTICATE,
	  .typed = { "wrong" },
	  .lines = { { .operation = "InitiateAuth",
		       .answer = ERROR,
		       .text = "NotAuthorizedException" } } },
	{ .name = "a new password",
	  .factors = "password",
	  .purpose = UP_PURPOSE_AUTHENTICATE,
	  .typed = { "right", "", "new", "new" },
	  .lines = { ASKS("InitiateAuth", "NEW_PASSWORD_REQUIRED"),
		     LINE("RespondToAuthChallenge", TOKENS) },
	  .may_enter = true },
	{ .name = "enrolment",
	  .factors = "password+otp",
	  .purpose = UP_PURPOSE_AUTHENTICATE,
	  .typed = { "right", "123456" },
	  .lines = { ASKS("InitiateAuth", "MFA_SETUP"),
		     SAYS("AssociateSoftwareToken",
			  "{\"SecretCode\": \"JBSWY3DPEHPK3PXP\", \"Session\": \"second-session-0001\"}"),
		     SAYS("VerifySoftwareToken",
			  "{\"Status\": \"SUCCESS\", \"Session\": \"third-session-000001\"}"),
		     LINE("RespondToAuthChallenge", TOKENS) },
	  .may_enter = true },
	{ .name = "the account", .factors = "", .purpose = UP_PURPOSE_ACCOUNT, .may_enter = true },
	{ .name = "a session",
	  .factors = "",
	  .purpose = UP_PURPOSE_OPEN_SESSION,
	  .may_enter = true },
	{ .name = "the end of a session",
	  .factors = "",
	  .purpose = UP_PURPOSE_CLOSE_SESSION,
	  .may_enter = true },
	{ .name = "the first pass of passwd",
	  .factors = "",
	  .purpose = UP_PURPOSE_CHANGE_CHECK,
	  .may_enter = true },
	{ .name = "the second pass of passwd, without the first",
	  .factors = "",
	  .purpose = UP_PURPOSE_CHANGE_UPDATE,
	  .typed = { "new", "new" } },
};

/* True: the n-th allocation was reached. */
static bool run(struct stage *stage, const struct scenario *s, unsigned int n)
{
	struct up_login_begin begin = talk_request();
	struct talk talk = { .dones = 0 };

	(void)snprintf(begin.factors, sizeof(begin.factors), "%s", s->factors);
	begin.purpose = s->purpose;
	begin.flags = s->flags;
	if (s->purpose == UP_PURPOSE_CHANGE_UPDATE)
		fake_process(PID_ROOT, 10, 1000 + n, 0);
	stage_script(stage, s->lines);
	(void)stage_take_audit();
	fault_arm(n);
	talk_through(stage, &begin, PID_ROOT, 0, s->typed, &talk);
	const bool has_failed = fault_disarm();
	if (talk.dones > 1)
		fail_msg("%s, allocation %u: %u times done", s->name, n, talk.dones);
	if (talk.done.verdict == UP_VERDICT_ALLOW && !s->may_enter)
		fail_msg("%s, allocation %u: let in", s->name, n);
	if (!has_failed && (talk.done.verdict == UP_VERDICT_ALLOW) != s->may_enter)
		fail_msg("%s: %s", s->name, up_reason_name(talk.done.reason));
	if (stage_take_audit().lines != talk.has_begun)
		fail_msg("%s, allocation %u: no audit line", s->name, n);
	if (login_count(stage->engine) != 0 || fake_pool_waiting() != 0)
		fail_msg("%s, allocation %u: something is left of it", s->name, n);
	return has_failed;
}

static void no_lack_of_memory_lets_anybody_in(void **state)
{
	struct stage stage;

	(void)state;
	stage_init(&stage, "[daemon]\nattempts_per_minute = 100000\n");
	fake_pool_around(fault_suspend, fault_resume);
	for (size_t i = 0; i < UP_COUNT(scenarios); i++) {
		unsigned int n = 1;

		while (n < FAULTS_MAX && run(&stage, &scenarios[i], n))
			n++;
		assert_in_range(n, 1, FAULTS_MAX - 1);
		/* And afterwards everything is as before. */
		assert_false(run(&stage, &scenarios[i], FAULTS_MAX));
		print_message("%s: %u allocations\n", scenarios[i].name, n - 1);
		session_end_all(stage.host.sessions, SUB_ALICE);
	}
	stage_clear(&stage);
}

/* L3: a reading of the pool that lacks memory may leave the host unsure, but never sure of the
 * wrong thing, and the next one is whole. */
static void no_lack_of_memory_loses_a_user(void **state)
{
	struct identity_user user;
	struct stage stage;
	unsigned int n = 0;
	bool has_failed = true;

	(void)state;
	stage_init(&stage, "");
	fake_pool_around(fault_suspend, fault_resume);
	while (has_failed && n < FAULTS_MAX) {
		fault_arm(++n);
		stage_sync(&stage);
		has_failed = fault_disarm();
		if (identity_find_by_name(stage.host.identity, "alice", &user) == IDENTITY_ABSENT)
			fail_msg("allocation %u: alice is lost", n);
		stage_sync(&stage);
		assert_int_equal(identity_find_by_name(stage.host.identity, "alice", &user),
				 IDENTITY_FOUND);
		assert_int_equal(user.uid, stage.uid_alice);
	}
	assert_in_range(n, 2, FAULTS_MAX - 1);
	print_message("a reading: %u allocations\n", n - 1);
	stage_clear(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_lack_of_memory_lets_anybody_in),
		cmocka_unit_test(no_lack_of_memory_loses_a_user),
	};

	fault_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
