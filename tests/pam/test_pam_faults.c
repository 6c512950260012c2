/* SPDX-License-Identifier: MIT */
/*
 * PAM-01: every call of libc and libpam that can fail is made to fail, in each of its
 * ways, one at a time and in pairs, in each flow of the module.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/testing.h"
#include "tests/pam/fake_login.h"
#include "tests/pam/stack.h"

/* What is typed, everywhere: not to be found in memory that was given back. */
#define CANARY "canary-of-a-secret"

#define PROMPT(what)                                                                               \
	.type = UP_FRAME_LOGIN_PROMPT, .kind = UP_PROMPT_##what, .text = "? ", .answer = CANARY

static const struct fake_step full_login[] = {
	{ .type = UP_FRAME_LOGIN_SHOW, .text = "hello" },
	{ PROMPT(PASSWORD) },
	{ PROMPT(CODE), .echo = true },
	{ .type = UP_FRAME_LOGIN_DONE,
	  .verdict = UP_VERDICT_ALLOW,
	  .reason = UP_REASON_OK,
	  .text = "bye",
	  .environment = { "USERPOOL_SESSION=4f" } },
	{ 0 },
};

static const struct fake_step refused_login[] = {
	{ PROMPT(PASSWORD) },
	{ PROMPT(CODE), .echo = true },
	{ .type = UP_FRAME_LOGIN_DONE,
	  .verdict = UP_VERDICT_DENY,
	  .reason = UP_REASON_PERMISSION,
	  .text = "no" },
	{ 0 },
};

static const struct fake_step old_password[] = {
	{ PROMPT(OLD_PASSWORD) },
	{ .type = UP_FRAME_LOGIN_DONE, .verdict = UP_VERDICT_ALLOW, .reason = UP_REASON_OK },
	{ 0 },
};

static const struct fake_step new_password[] = {
	{ PROMPT(OLD_PASSWORD) },
	{ PROMPT(NEW_PASSWORD) },
	{ PROMPT(NEW_PASSWORD_AGAIN) },
	{ .type = UP_FRAME_LOGIN_DONE, .verdict = UP_VERDICT_ALLOW, .reason = UP_REASON_OK },
	{ 0 },
};

struct flow {
	const char *name, *service, *user;
	int (*call)(pam_handle_t *pamh, int flags);
	const struct fake_step *login; /* for authenticate; NULL: all else is allowed */
	bool may_succeed;
};

static const struct flow flows[] = {
	{ "login", "plain", "eve", pam_authenticate, full_login, true },
	{ "login, user asked for", "plain", NULL, pam_authenticate, full_login, true },
	{ "login, first pass", "first", "eve", pam_authenticate, full_login, true },
	{ "login, refused", "plain", "eve", pam_authenticate, refused_login, false },
	{ "login, daemon gone", "plain", "eve", pam_authenticate, &(struct fake_step){ 0 }, false },
	{ "login, local user", "plain", "lou", pam_authenticate, full_login, false },
	{ "account", "plain", "eve", pam_acct_mgmt, NULL, true },
	{ "open session", "plain", "eve", pam_open_session, NULL, true },
	{ "close session", "plain", "eve", pam_close_session, NULL, true },
	{ "password change", "plain", "eve", pam_chauthtok, NULL, true },
};

static int lowest_free_fd(void)
{
	int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	return fd;
}

static void set_up(const struct flow *flow, struct fake_login *fake, struct fake_scripts *scripts)
{
	for (size_t i = 0; i < FAKE_PURPOSES; i++)
		scripts->purpose[i] = fake_allow;
	scripts->purpose[UP_PURPOSE_AUTHENTICATE] = flow->login;
	scripts->purpose[UP_PURPOSE_CHANGE_CHECK] = old_password;
	scripts->purpose[UP_PURPOSE_CHANGE_UPDATE] = new_password;
	fake_serve(fake, scripts);
	/* As long as a call that fails in between may make the daemon wait. */
	*faults = (struct faults){ .secret = CANARY };
}

/* A PAM code that may come of it: success only where the daemon has said so and nothing is missing.
 */
static bool is_right(const struct flow *flow, const struct fake_login *fake, int code)
{
	const bool may_succeed = flow->may_succeed && !faults->was_fatal && fake->record->allowed;

	if (code == PAM_IGNORE || code < 0 || code >= _PAM_RETURN_VALUES)
		return false;
	if (faults->injected == 0 && flow->may_succeed)
		return code == PAM_SUCCESS && may_succeed;
	return code != PAM_SUCCESS || may_succeed;
}

/* Runs the flow with these faults.  Returns the number of calls that could have failed. */
static unsigned int run(const struct flow *flow, const struct fake_login *fake, struct fault first,
			struct fault second)
{
	struct stack stack = { .person.answers = { CANARY, CANARY, CANARY, CANARY, CANARY } };
	const int fd = lowest_free_fd();

	if (flow->user == NULL)
		stack.person.answers[0] = "eve";
	faults->at[0] = first;
	faults->at[1] = second;
	faults->calls = faults->injected = 0;
	faults->was_fatal = false;
	faults->log[0] = '\0';
	stack_start(&stack, flow->service, flow->user);
	int code = flow->call(stack.pamh, 0);
	const unsigned int calls = faults->calls;
	stack_end(&stack);

	if (!is_right(flow, fake, code))
		fail_msg("%s: calls %u and %u (last %s): code %d", flow->name, first.call,
			 second.call, faults->last, code);
	if (faults_blocks(faults) != 0 || faults->secrets_freed != 0 || lowest_free_fd() != fd)
		fail_msg("%s: calls %u and %u (last %s): %zu blocks, %u secrets, or an fd left",
			 flow->name, first.call, second.call, faults->last, faults_blocks(faults),
			 faults->secrets_freed);
	assert_null(strstr(faults->log, CANARY));
	return calls;
}

static const struct fault none = { 0, 0 };

static void no_single_failure_lets_anybody_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < UP_COUNT(flows); i++) {
		struct fake_scripts scripts;
		struct fake_login fake;

		set_up(&flows[i], &fake, &scripts);
		const unsigned int calls = run(&flows[i], &fake, none, none);
		/* Fewer, and the faults were not wired up. */
		assert_true(calls >= 5);
		/* How often the daemon is waited for varies a little. */
		for (unsigned int call = 1; call <= calls; call++)
			for (unsigned int way = 0; way < FAULTS_WAYS; way++)
				assert_true(run(&flows[i], &fake, (struct fault){ call, way },
						none) < call ||
					    faults->injected == 1);
		fake_end(&fake);
	}
}

static void no_pair_of_failures_lets_anybody_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < UP_COUNT(flows); i++) {
		struct fake_scripts scripts;
		struct fake_login fake;

		set_up(&flows[i], &fake, &scripts);
		const unsigned int calls = run(&flows[i], &fake, none, none);
		for (unsigned int k = 1; k <= calls * FAULTS_WAYS; k++) {
			const struct fault first = { 1 + k / FAULTS_WAYS, k % FAULTS_WAYS };
			const unsigned int left = run(&flows[i], &fake, first, none);

			/* The way of the second goes round with its place. */
			for (unsigned int call = first.call + 1; call <= left; call++)
				(void)run(&flows[i], &fake, first,
					  (struct fault){ call, (call + k) % FAULTS_WAYS });
		}
		fake_end(&fake);
	}
}

/* Each fault is felt: a login does not go on as if nothing had happened. */
static void a_fatal_failure_ends_the_login(void **state)
{
	unsigned int fatal = 0;
	struct fake_scripts scripts;
	struct fake_login fake;

	(void)state;
	set_up(&flows[0], &fake, &scripts);
	const unsigned int calls = run(&flows[0], &fake, none, none);
	for (unsigned int call = 1; call <= calls; call++) {
		(void)run(&flows[0], &fake, (struct fault){ call, 0 }, none);
		fatal += faults->was_fatal;
	}
	fake_end(&fake);
	assert_in_range(fatal, calls / 3, calls - 1);
}

static int open_all(void **state)
{
	int rc = stack_open(state);

	stack_service("first", "auth required %local authtok=" CANARY "\n"
			       "auth required %userpool use_first_pass\n");
	return rc;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_single_failure_lets_anybody_in),
		cmocka_unit_test(no_pair_of_failures_lets_anybody_in),
		cmocka_unit_test(a_fatal_failure_ends_the_login),
	};

	return cmocka_run_group_tests(tests, open_all, stack_close);
}
