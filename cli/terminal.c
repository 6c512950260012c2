/* SPDX-License-Identifier: MIT */
#include "cli/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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
	sigset_t mask;
	struct sigaction actions[UP_COUNT(caught)];
};

/* From here on the signals come only while a byte is waited for: one that came between a look at
 * `pending` and the wait would be slept over. */
static void catch_signals(struct terminal_state *ret)
{
	struct sigaction action = { .sa_handler = note_signal };
	sigset_t set;

	pending = 0;
	(void)sigemptyset(&set);
	for (size_t i = 0; i < UP_COUNT(caught); i++)
		(void)sigaddset(&set, caught[i]);
	(void)sigprocmask(SIG_BLOCK, &set, &ret->mask);
	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < UP_COUNT(caught); i++)
		(void)sigaction(caught[i], &action, &ret->actions[i]);
}

static bool begin_secret(int fd, bool echo, struct terminal_state *ret)
{
	struct termios quiet;

	if (tcgetattr(fd, &ret->before) < 0)
		return false;
	catch_signals(ret);
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
	(void)sigprocmask(SIG_SETMASK, &state->mask, NULL);
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

/* One byte: 1, 0 at the end, -1 on failure or when a signal came.  `mask` holds while it waits. */
static ssize_t read_byte(int fd, const sigset_t *mask, char *ret)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	for (;;) {
		int ready = ppoll(&pfd, 1, NULL, mask);
		ssize_t got = ready > 0 ? read(fd, ret, 1) : ready;

		if (got >= 0 || errno != EINTR || pending != 0)
			return got;
	}
}

struct line {
	char *text;
	size_t size, length;
	bool is_empty, fits;
};

/* What does not fit is read to its end, so that it is not the next answer. */
static void add_byte(struct line *line, char c)
{
	line->is_empty = false;
	if (line->fits && line->length + 1 < line->size && c != '\0')
		line->text[line->length++] = c;
	else
		line->fits = false;
}

static enum terminal_result read_line(int fd, const sigset_t *mask, char *ret, size_t size)
{
	struct line line = { .text = ret, .size = size, .is_empty = true, .fits = true };
	enum terminal_result result = TERMINAL_END;
	ssize_t got;
	char c = '\0';

	while ((got = read_byte(fd, mask, &c)) == 1 && c != '\n')
		add_byte(&line, c);
	explicit_bzero(&c, sizeof(c));
	ret[line.length] = '\0';
	/* A last line without an end is a line. */
	if (got == 1 || (got == 0 && !line.is_empty))
		result = line.fits ? TERMINAL_OK : TERMINAL_TOO_LONG;
	if (result != TERMINAL_OK)
		explicit_bzero(ret, size);
	return result;
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
		result = read_line(fd, &state.mask, ret, size);
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
	return read_line(STDIN_FILENO, NULL, ret, size);
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
