/* SPDX-License-Identifier: MIT */
#include "tests/cli/run.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "common/attributes.h"
#include "tests/lib/testing.h"

#define WORDS_MAX 32

static char *environment[] = { (char[]){ "LC_ALL=C.UTF-8" }, (char[]){ "TZ=UTC" },
			       (char[]){ "PATH=/usr/bin:/bin" }, NULL };

struct command_line {
	char program[512], text[2048];
	char *argv[WORDS_MAX];
};

static void fill_line(struct command_line *line, const char *runtime_dir, const char *words)
{
	const char *build = getenv("TOP_BUILDDIR");
	size_t count = 0;
	char *rest = line->text;

	assert_non_null(build);
	(void)snprintf(line->program, sizeof(line->program), "%s/cli/userpool", build);
	(void)snprintf(line->text, sizeof(line->text), "--runtime-dir %s %s", runtime_dir, words);
	line->argv[count++] = line->program;
	for (char *word; (word = strsep(&rest, " ")) != NULL && count < WORDS_MAX - 1;)
		line->argv[count++] = word;
	line->argv[count] = NULL;
}

static int temporary_file(const char *text)
{
	char path[] = "/tmp/userpool-cli-io-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);

	assert_true(fd >= 0);
	(void)unlink(path);
	if (text != NULL)
		assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void read_back(int fd, char *ret)
{
	ssize_t got = pread(fd, ret, RUN_OUTPUT_SIZE - 1, 0);

	assert_true(got >= 0);
	ret[got] = '\0';
	(void)close(fd);
}

static int wait_for_end(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void run_userpool(struct run *ret, const char *runtime_dir, const char *input, const char *words)
{
	struct command_line line;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int in = temporary_file(input), out = temporary_file(NULL), err = temporary_file(NULL);
	pid_t pid = -1;

	fill_line(&line, runtime_dir, words);
	/* A session of its own has no terminal that a prompt could go to. */
	assert_int_equal(posix_spawnattr_init(&attributes), 0);
	assert_int_equal(posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID), 0);
	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	assert_int_equal(posix_spawn_file_actions_adddup2(&actions, in, 0), 0);
	assert_int_equal(posix_spawn_file_actions_adddup2(&actions, out, 1), 0);
	assert_int_equal(posix_spawn_file_actions_adddup2(&actions, err, 2), 0);
	assert_int_equal(
		posix_spawn(&pid, line.program, &actions, &attributes, line.argv, environment), 0);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attributes);
	ret->status = wait_for_end(pid);
	(void)close(in);
	read_back(out, ret->out);
	read_back(err, ret->err);
}

static bool ends_with(const char *text, size_t length, const char *end)
{
	size_t n = strlen(end);

	return length >= n && strcmp(text + length - n, end) == 0;
}

/* Reads what the terminal shows, and types the next line whenever a prompt waits. */
static void type_along(int master, char *shown, const char *const *typed, size_t typed_count)
{
	size_t length = 0, next = 0;

	for (;;) {
		struct pollfd pfd = { .fd = master, .events = POLLIN };

		if (poll(&pfd, 1, 10000) != 1)
			return;
		ssize_t got = read(master, shown + length, RUN_OUTPUT_SIZE - 1 - length);
		/* EIO: the last process has closed the terminal. */
		if (got <= 0)
			return;
		length += (size_t)got;
		shown[length] = '\0';
		if (next < typed_count &&
		    (ends_with(shown, length, ": ") || ends_with(shown, length, "] "))) {
			const char *text = typed[next++];

			assert_int_equal(write(master, text, strlen(text)), strlen(text));
		}
	}
}

void run_on_terminal(struct run *ret, const char *runtime_dir, const char *const *typed,
		     size_t typed_count, const char *words)
{
	struct command_line line;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios settings;
	char slave[64];
	pid_t pid = -1;

	fill_line(&line, runtime_dir, words);
	*ret = (struct run){ .status = -1 };
	assert_true(master >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	assert_int_equal(ptsname_r(master, slave, sizeof(slave)), 0);
	/* The first terminal that a session leader opens is the session's. */
	assert_int_equal(posix_spawnattr_init(&attributes), 0);
	assert_int_equal(posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID), 0);
	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	assert_int_equal(posix_spawn_file_actions_addopen(&actions, 0, slave, O_RDWR, 0), 0);
	assert_int_equal(posix_spawn_file_actions_adddup2(&actions, 0, 1), 0);
	assert_int_equal(posix_spawn_file_actions_adddup2(&actions, 0, 2), 0);
	assert_int_equal(
		posix_spawn(&pid, line.program, &actions, &attributes, line.argv, environment), 0);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attributes);
	type_along(master, ret->out, typed, typed_count);
	ret->status = wait_for_end(pid);
	ret->echoes = tcgetattr(master, &settings) == 0 && (settings.c_lflag & ECHO) != 0;
	(void)close(master);
}
