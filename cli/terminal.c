/* SPDX-License-Identifier: MIT */
#include "cli/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* Signals that would leave the terminal without echo. */
static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };

/* Which signal came: a handler can reach nothing but an object of this type and scope. */
static volatile sig_atomic_t pending;

static void note_signal(int number)
{
	pending = number;
}

struct terminal_state {
	struct termios before;
	struct sigaction actions[UP_COUNT(caught)];
};

static bool begin_secret(int fd, bool echo, struct terminal_state *ret)
{
	struct sigaction action = { .sa_handler = note_signal };
	struct termios quiet;

	if (tcgetattr(fd, &ret->before) < 0)
		return false;
	pending = 0;
	/* Without SA_RESTART, so that the read returns. */
	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < UP_COUNT(caught); i++)
		(void)sigaction(caught[i], &action, &ret->actions[i]);
	quiet = ret->before;
	if (!echo)
		quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	quiet.c_lflag |= ICANON | ISIG;
	(void)tcsetattr(fd, TCSAFLUSH, &quiet);
	return true;
}

static void end_secret(int fd, const struct terminal_state *state)
{
	(void)tcsetattr(fd, TCSADRAIN, &state->before);
	for (size_t i = 0; i < UP_COUNT(caught); i++)
		(void)sigaction(caught[i], &state->actions[i], NULL);
	/* What the signal was for happens now that the terminal is as it was. */
	if (pending != 0)
		(void)raise(pending);
}

static void write_all(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		ssize_t done = write(fd, text, left);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return;
		text += done;
		left -= (size_t)done;
	}
}

/* One byte: 1, 0 at the end, -1 on failure or when a signal came. */
static ssize_t read_byte(int fd, char *ret)
{
	for (;;) {
		ssize_t got = read(fd, ret, 1);

		if (got >= 0 || errno != EINTR || pending != 0)
			return got;
	}
}

static enum terminal_result read_line(int fd, char *ret, size_t size)
{
	size_t length = 0, seen = 0;
	ssize_t got;
	char c = '\0';

	while ((got = read_byte(fd, &c)) == 1 && c != '\n') {
		/* What does not fit is read to its end, so that it is not the next answer. */
		if (seen == length && length + 1 < size && c != '\0')
			ret[length++] = c;
		seen++;
	}
	explicit_bzero(&c, sizeof(c));
	ret[length] = '\0';
	if (got == 1 && seen == length)
		return TERMINAL_OK;
	/* A last line without an end is a line. */
	if (got == 0 && seen > 0 && seen == length)
		return TERMINAL_OK;
	explicit_bzero(ret, size);
	return got < 0 || seen == 0 ? TERMINAL_END : TERMINAL_TOO_LONG;
}

enum terminal_result terminal_ask(const char *prompt, bool echo, char *ret, size_t size)
{
	struct terminal_state state;
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	enum terminal_result result = TERMINAL_NONE;

	if (fd < 0)
		return TERMINAL_NONE;
	if (begin_secret(fd, echo, &state)) {
		write_all(fd, prompt);
		result = read_line(fd, ret, size);
		if (!echo)
			write_all(fd, "\n");
		end_secret(fd, &state);
	}
	(void)close(fd);
	return result;
}

enum terminal_result terminal_read_line(char *ret, size_t size)
{
	pending = 0;
	return read_line(STDIN_FILENO, ret, size);
}

void terminal_show(const char *text)
{
	int fd = open("/dev/tty", O_WRONLY | O_CLOEXEC | O_NOCTTY);

	write_all(fd >= 0 ? fd : STDERR_FILENO, text);
	write_all(fd >= 0 ? fd : STDERR_FILENO, "\n");
	if (fd >= 0)
		(void)close(fd);
}

const char *terminal_error(enum terminal_result result)
{
	switch (result) {
	case TERMINAL_OK:
		return "ok";
	case TERMINAL_NONE:
		return "there is no terminal to ask";
	case TERMINAL_TOO_LONG:
		return "too long, or with a NUL byte";
	case TERMINAL_END:
	default:
		return "no input";
	}
}
