/* SPDX-License-Identifier: MIT */
/*
 * What a confined process can still do, tried in a child.  DMN-14.  Every attempt is
 * made without the sandbox too, where it must succeed: else it would prove nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/sandbox.h"
#include "tests/lib/scratch.h"
#include "tests/lib/testing.h"

static char *own, *other;

static int result(int rc)
{
	return rc < 0 ? errno : 0;
}

static int open_in(const char *directory, const char *name, int flags)
{
	_auto_(free) char *path = scratch_path(directory, name);

	return result(open(path, flags | O_CLOEXEC, 0600));
}

static int write_own(void)
{
	return open_in(own, "new", O_WRONLY | O_CREAT);
}

static int remove_own(void)
{
	_auto_(free) char *path = scratch_path(own, "file");

	return result(unlink(path));
}

static int rename_own(void)
{
	_auto_(free) char *from = scratch_path(own, "file");
	_auto_(free) char *to = scratch_path(own, "renamed");

	return result(rename(from, to));
}

static int read_other(void)
{
	return open_in(other, "file", O_RDONLY);
}

static int write_other(void)
{
	return open_in(other, "new", O_WRONLY | O_CREAT);
}

static int truncate_other(void)
{
	return open_in(other, "file", O_RDWR);
}

static int remove_other(void)
{
	_auto_(free) char *path = scratch_path(other, "file");

	return result(unlink(path));
}

static int read_passwd(void)
{
	return result(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static int run_program(void)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(errno);
	}
	(void)waitpid(child, &status, 0);
	return WEXITSTATUS(status);
}

static int inet_socket(void)
{
	return result(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int unix_socket(void)
{
	return result(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int trace_child(void)
{
	pid_t child = fork();
	int rc;

	if (child == 0) {
		(void)pause();
		_exit(0);
	}
	rc = result((int)ptrace(PTRACE_SEIZE, child, NULL, NULL));
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
	return rc;
}

static int new_namespace(void)
{
	return result(unshare(CLONE_FS));
}

static int write_core(void)
{
	struct rlimit limit = { 1, 1 };

	(void)getrlimit(RLIMIT_CORE, &limit);
	return limit.rlim_max == 0 && prctl(PR_GET_DUMPABLE) == 0 ? EPERM : 0;
}

static int gain_privileges(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? EPERM : 0;
}

static int make_device(void)
{
	_auto_(free) char *path = scratch_path(own, "fifo");

	return result(mkfifo(path, 0600));
}

/* The exit status of a child that enters the sandbox, if it is to, and makes the attempt. */
static int in_child(bool is_confined, unsigned int calls, int (*attempt)(void))
{
	const struct sandbox_path paths[] = {
		{ own, SANDBOX_WRITE },
		{ "/etc", SANDBOX_READ },
		{ "/nonexistent", SANDBOX_WRITE },
		{ "/usr", SANDBOX_EXECUTE },
		{ "/bin", SANDBOX_EXECUTE },
		{ "/lib", SANDBOX_EXECUTE },
		{ "/lib64", SANDBOX_EXECUTE },
	};
	pid_t child = fork();
	int status = 0;

	assert_true(child >= 0);
	if (child == 0) {
		struct rlimit core = { 1024, 1024 };

		(void)setrlimit(RLIMIT_CORE, &core);
		if (is_confined && sandbox_enter(paths, UP_COUNT(paths), calls) != UP_OK)
			_exit(255);
		_exit(attempt());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int make_directories(void **state)
{
	(void)state;
	own = scratch_new();
	other = scratch_new();
	scratch_write(own, "file", "x", 1, 0600);
	scratch_write(other, "file", "x", 1, 0600);
	return 0;
}

static int remove_directories(void **state)
{
	(void)state;
	scratch_free(own);
	scratch_free(other);
	return 0;
}

static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

struct trial {
	const char *what;
	int (*attempt)(void);
	int expected; /* errno */
};

static void try_all(const struct trial *trials, size_t count, unsigned int calls)
{
	for (size_t i = 0; i < count; i++) {
		(void)remove_directories(NULL);
		(void)make_directories(NULL);
		if (in_child(false, 0, trials[i].attempt) != 0)
			fail_msg("%s fails even without the sandbox", trials[i].what);
		(void)remove_directories(NULL);
		(void)make_directories(NULL);
		int got = in_child(true, calls, trials[i].attempt);
		if (got != trials[i].expected)
			fail_msg("%s: %s", trials[i].what, strerror(got));
	}
}

static void files_outside_of_its_own_are_out_of_reach(void **state)
{
	static const struct trial trials[] = {
		{ "reading a file elsewhere", read_other, EACCES },
		{ "creating a file elsewhere", write_other, EACCES },
		{ "writing a file elsewhere", truncate_other, EACCES },
		{ "removing a file elsewhere", remove_other, EACCES },
		{ "making a fifo", make_device, EACCES },
	};

	(void)state;
	/* An older kernel is served without, and says so in the log. */
	if (!has_landlock()) {
		print_message("this kernel has no Landlock: files are not confined here\n");
		return;
	}
	try_all(trials, UP_COUNT(trials), 0);
}

static void its_own_files_stay_in_reach(void **state)
{
	static const struct trial trials[] = {
		{ "creating its own file", write_own, 0 },
		{ "removing its own file", remove_own, 0 },
		{ "renaming its own file", rename_own, 0 },
		{ "reading /etc/passwd", read_passwd, 0 },
		{ "running a program", run_program, 0 },
		{ "an Internet socket", inet_socket, 0 },
		{ "a Unix socket", unix_socket, 0 },
	};

	(void)state;
	try_all(trials, UP_COUNT(trials), 0);
}

static void calls_that_nobody_needs_are_refused(void **state)
{
	static const struct trial trials[] = {
		{ "ptrace", trace_child, EPERM },
		{ "unshare", new_namespace, EPERM },
		{ "a core dump", write_core, EPERM },
		{ "gaining privileges", gain_privileges, EPERM },
	};

	(void)state;
	try_all(trials, UP_COUNT(trials), 0);
}

static void exec_and_network_are_refused_where_asked_for(void **state)
{
	static const struct trial trials[] = {
		{ "running a program", run_program, EPERM },
		{ "an Internet socket", inet_socket, EAFNOSUPPORT },
		{ "a Unix socket", unix_socket, 0 },
	};

	(void)state;
	try_all(trials, UP_COUNT(trials), SANDBOX_NO_EXEC | SANDBOX_NO_INET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_outside_of_its_own_are_out_of_reach),
		cmocka_unit_test(its_own_files_stay_in_reach),
		cmocka_unit_test(calls_that_nobody_needs_are_refused),
		cmocka_unit_test(exec_and_network_are_refused_where_asked_for),
	};

	return cmocka_run_group_tests_name("base/sandbox", tests, make_directories,
					   remove_directories);
}
