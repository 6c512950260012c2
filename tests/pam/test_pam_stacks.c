/* SPDX-License-Identifier: MIT */
/*
 * PAM-17: who gets in through stacks of many shapes, compared with a model that knows
 * only what PAM's control words mean.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/testing.h"
#include "tests/pam/fake_login.h"
#include "tests/pam/stack.h"

enum who { LOCAL, POOL, NOBODY, WHO };
enum service { UP, DOWN, HUNG, SERVICES };

static const char *const names[WHO] = { "lou", "eve", "mallory" };
static const char *const passwords[WHO] = { "lou's", "eve's", "mallory's" };

/* What a module says, as far as a stack cares. */
enum says { SUCCESS, UNKNOWN, REFUSED };

struct attempt {
	enum who who;
	bool is_right;
	enum service service;
};

/* The daemon knows eve only, and says of others that they are not its own. */
static enum says userpool_says(const struct attempt *a)
{
	if (a->who == LOCAL)
		return UNKNOWN;
	if (a->service != UP)
		return REFUSED;
	if (a->who == NOBODY)
		return UNKNOWN;
	return a->is_right ? SUCCESS : REFUSED;
}

static enum says local_says(const struct attempt *a)
{
	if (a->who != LOCAL)
		return UNKNOWN;
	return a->is_right ? SUCCESS : REFUSED;
}

enum module { USERPOOL, UNIX, ANYBODY };

/* What a control word makes of what a module says. */
enum effect { IGNORE, OK, DONE, DIE, BAD };

struct line {
	const char *control;
	enum module module;
	enum effect effect[3];
};

struct shape {
	const char *what;
	struct line line[3];
};

#define LINE(control_, module_, ...)                                                               \
	{                                                                                          \
		.control = control_, .module = module_, .effect = { __VA_ARGS__ }                  \
	}
#define POOL_LINE(control, ...)  LINE(control " %userpool", USERPOOL, __VA_ARGS__)
#define LOCAL_LINE(control, ...) LINE(control " %local", UNIX, __VA_ARGS__)

#define ANY_LINE LINE("required pam_permit.so", ANYBODY, OK, BAD, BAD)

static const struct shape shapes[] = {
	{ "as shipped",
	  { POOL_LINE("[success=done user_unknown=ignore module_unknown=ignore default=die]", DONE,
		      IGNORE, DIE),
	    LOCAL_LINE("required", OK, BAD, BAD) } },
	{ "as the manual has it",
	  { POOL_LINE("[success=done user_unknown=ignore default=die]", DONE, IGNORE, DIE),
	    LOCAL_LINE("sufficient", DONE, IGNORE, IGNORE) } },
	{ "sufficient, then local",
	  { POOL_LINE("sufficient", DONE, IGNORE, IGNORE), LOCAL_LINE("required", OK, BAD, BAD) } },
	{ "local sufficient, then the pool",
	  { LOCAL_LINE("sufficient", DONE, IGNORE, IGNORE), POOL_LINE("required", OK, BAD, BAD) } },
	{ "both required",
	  { POOL_LINE("required", OK, BAD, BAD), LOCAL_LINE("required", OK, BAD, BAD) } },
	{ "requisite alone", { POOL_LINE("requisite", OK, DIE, DIE) } },
	{ "required alone", { POOL_LINE("required", OK, BAD, BAD) } },
	{ "optional alone", { POOL_LINE("optional", OK, IGNORE, IGNORE) } },
	{ "twice", { POOL_LINE("required", OK, BAD, BAD), POOL_LINE("required", OK, BAD, BAD) } },
	{ "optional, then local",
	  { POOL_LINE("optional", OK, IGNORE, IGNORE), LOCAL_LINE("required", OK, BAD, BAD) } },
	/* Behind these everybody is let in, so that a refusal is seen that is none. */
	{ "as shipped, then anybody",
	  { POOL_LINE("[success=done user_unknown=ignore module_unknown=ignore default=die]", DONE,
		      IGNORE, DIE),
	    ANY_LINE } },
	{ "required, then anybody", { POOL_LINE("required", OK, BAD, BAD), ANY_LINE } },
	{ "requisite, then anybody", { POOL_LINE("requisite", OK, DIE, DIE), ANY_LINE } },
	{ "ignore what it does not know",
	  { POOL_LINE("[success=ok user_unknown=ignore default=bad]", OK, IGNORE, BAD),
	    LOCAL_LINE("[success=ok user_unknown=ignore default=bad]", OK, IGNORE, BAD) } },
};

static enum says module_says(enum module module, const struct attempt *attempt)
{
	if (module == ANYBODY)
		return SUCCESS;
	return module == USERPOOL ? userpool_says(attempt) : local_says(attempt);
}

static bool model_lets_in(const struct shape *shape, const struct attempt *attempt)
{
	enum { UNDECIDED, GOOD, FAILED } state = UNDECIDED;

	for (size_t i = 0; i < UP_COUNT(shape->line) && shape->line[i].control != NULL; i++) {
		const struct line *line = &shape->line[i];
		const enum says says = module_says(line->module, attempt);

		switch (line->effect[says]) {
		case OK:
		case DONE:
			state = state == UNDECIDED ? GOOD : state;
			if (line->effect[says] == DONE && state == GOOD)
				return true;
			break;
		case DIE:
			return false;
		case BAD:
			state = FAILED;
			break;
		case IGNORE:
		default:
			break;
		}
	}
	return state == GOOD;
}

static const struct fake_step eves_password[] = {
	{ .type = UP_FRAME_LOGIN_PROMPT,
	  .kind = UP_PROMPT_PASSWORD,
	  .text = "Password: ",
	  .answer = "eve's" },
	{ .type = UP_FRAME_LOGIN_DONE, .verdict = UP_VERDICT_ALLOW, .reason = UP_REASON_OK },
	{ 0 },
};

static const struct fake_step not_ours[] = {
	{ .type = UP_FRAME_LOGIN_DONE,
	  .verdict = UP_VERDICT_DENY,
	  .reason = UP_REASON_USER_UNKNOWN },
	{ 0 },
};

static void write_stack(const struct shape *shape, const char *option)
{
	char lines[512] = "";

	for (size_t i = 0; i < UP_COUNT(shape->line) && shape->line[i].control != NULL; i++) {
		const size_t length = strlen(lines);

		(void)snprintf(lines + length, sizeof(lines) - length, "auth %s %s\n",
			       shape->line[i].control, option);
	}
	stack_service("shape", lines);
}

static bool libpam_lets_in(const struct attempt *attempt)
{
	struct fake_scripts scripts = { 0 };
	struct fake_login fake = { 0 };
	struct stack stack = { 0 };

	scripts.purpose[UP_PURPOSE_AUTHENTICATE] = attempt->service == HUNG ? fake_hang
						   : attempt->who == POOL   ? eves_password
									    : not_ours;
	if (attempt->service != DOWN)
		fake_serve(&fake, &scripts);
	for (size_t i = 0; i < UP_COUNT(stack.person.answers); i++)
		stack.person.answers[i] = attempt->is_right ? passwords[attempt->who] : "wrong";
	faults->patience.purpose = UP_PURPOSE_AUTHENTICATE;
	faults->patience.ms = attempt->service == HUNG ? 20 : 0;
	stack_start(&stack, "shape", names[attempt->who]);
	int code = pam_authenticate(stack.pamh, 0);
	faults->patience.ms = 0;
	stack_end(&stack);
	if (attempt->service != DOWN)
		fake_end(&fake);
	return code == PAM_SUCCESS;
}

static void who_gets_in_is_what_the_model_says(void **state)
{
	static const char *const options[] = { "", "try_first_pass" };
	unsigned int let_in = 0, tried = 0;

	(void)state;
	for (size_t i = 0; i < UP_COUNT(shapes) * UP_COUNT(options); i++) {
		const struct shape *shape = &shapes[i / UP_COUNT(options)];

		write_stack(shape, options[i % UP_COUNT(options)]);
		for (int k = 0; k < WHO * 2 * SERVICES; k++) {
			const struct attempt attempt = { .who = (enum who)(k % WHO),
							 .is_right = k / WHO % 2 != 0,
							 .service = (enum service)(k / WHO / 2) };
			bool is_let_in = libpam_lets_in(&attempt);

			if (is_let_in != model_lets_in(shape, &attempt))
				fail_msg("%s, %s: %s, %s password, service %d: %s", shape->what,
					 options[i % UP_COUNT(options)], names[attempt.who],
					 attempt.is_right ? "right" : "wrong", attempt.service,
					 is_let_in ? "let in" : "refused");
			let_in += is_let_in;
			tried++;
		}
	}
	assert_int_equal(tried, UP_COUNT(shapes) * UP_COUNT(options) * WHO * 2 * SERVICES);
	assert_in_range(let_in, tried / 20, tried / 4);
}

/* L15: in every shape that has pam_unix in a place where it decides. */
static void a_local_user_gets_in_whatever_the_daemon_does(void **state)
{
	(void)state;
	for (int service = UP; service < SERVICES; service++) {
		const struct attempt right = { LOCAL, true, (enum service)service };

		for (size_t i = 0; i < 4; i++) {
			write_stack(&shapes[i], "");
			assert_true(libpam_lets_in(&right));
		}
	}
}

/* What a module must leave as it was. */
struct surroundings {
	mode_t umask;
	sigset_t mask;
	struct {
		void (*handler)(int signal);
		int flags;
	} signals[32];
	char directory[64];
	char environment[8192];
	uid_t uid, euid;
	unsigned int fds, alarm;
};

static void look_around(struct surroundings *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->umask = umask(0);
	(void)umask(ret->umask);
	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &ret->mask), 0);
	for (int signal = 1; signal < 32; signal++) {
		struct sigaction action;

		assert_int_equal(sigaction(signal, NULL, &action), 0);
		ret->signals[signal].handler = action.sa_handler;
		ret->signals[signal].flags = action.sa_flags;
	}
	assert_non_null(getcwd(ret->directory, sizeof(ret->directory)));
	for (char **variable = environ; *variable != NULL; variable++)
		(void)strncat(ret->environment, *variable,
			      sizeof(ret->environment) - strlen(ret->environment) - 1);
	ret->uid = getuid();
	ret->euid = geteuid();
	for (int fd = 0; fd < 256; fd++)
		ret->fds += fcntl(fd, F_GETFD) >= 0;
	ret->alarm = alarm(0);
}

/* PAM-28. */
static void a_login_leaves_the_process_as_it_was(void **state)
{
	static struct surroundings before, after;
	struct fake_scripts scripts;
	struct fake_login fake;
	struct stack stack = { .person.answers = { "eve's" } };

	(void)state;
	for (size_t i = 0; i < FAKE_PURPOSES; i++)
		scripts.purpose[i] = fake_allow;
	scripts.purpose[UP_PURPOSE_AUTHENTICATE] = eves_password;
	fake_serve(&fake, &scripts);
	stack_start(&stack, "plain", "eve");
	look_around(&before);
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_setcred(stack.pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_int_equal(pam_open_session(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_close_session(stack.pamh, 0), PAM_SUCCESS);
	look_around(&after);
	assert_memory_equal(&before, &after, sizeof(before));
	stack_end(&stack);
	fake_end(&fake);
}

/* A setuid program may be started with its standard streams closed: their numbers are not for a
 * socket that somebody prints into. */
static void closed_standard_streams_stay_closed(void **state)
{
	struct fake_scripts scripts = { .purpose[UP_PURPOSE_AUTHENTICATE] = fake_allow };
	struct fake_login fake;
	struct stack stack = { 0 };

	(void)state;
	fake_serve(&fake, &scripts);
	stack_start(&stack, "plain", "eve");
	const int in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);
	assert_true(in >= 10);
	assert_int_equal(close(STDIN_FILENO), 0);
	int code = pam_authenticate(stack.pamh, 0);
	bool is_closed = fcntl(STDIN_FILENO, F_GETFD) < 0;
	assert_int_equal(dup2(in, STDIN_FILENO), STDIN_FILENO);
	assert_int_equal(close(in), 0);
	assert_int_equal(code, PAM_SUCCESS);
	assert_true(is_closed);
	stack_end(&stack);
	fake_end(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_gets_in_is_what_the_model_says),
		cmocka_unit_test(a_local_user_gets_in_whatever_the_daemon_does),
		cmocka_unit_test(a_login_leaves_the_process_as_it_was),
		cmocka_unit_test(closed_standard_streams_stay_closed),
	};

	return cmocka_run_group_tests(tests, stack_open, stack_close);
}
