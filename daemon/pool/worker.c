/* SPDX-License-Identifier: MIT */
#include "daemon/pool/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/frame.h"
#include "daemon/base/clock.h"
#include "daemon/pool/api_frame.h"

#define CHANNEL_FD 3

struct buffer {
	uint8_t *bytes;
	size_t len, done;
};

struct worker {
	struct worker_options options;
	struct worker_callbacks callbacks;
	void *arg;
	int fd;
	sd_event_source *io, *child, *timer;
	bool is_busy, is_leaving; /* leaving: told to end, for want of work */
	struct buffer out, in;
	struct up_frame_header header; /* of the answer, once whole */
};

static void buffer_clear(struct buffer *buffer)
{
	if (buffer->bytes != NULL)
		explicit_bzero(buffer->bytes, buffer->len);
	free(buffer->bytes);
	*buffer = (struct buffer){ 0 };
}

static bool buffer_make(struct buffer *buffer, size_t len)
{
	buffer_clear(buffer);
	buffer->bytes = malloc(len > 0 ? len : 1);
	buffer->len = len;
	return buffer->bytes != NULL;
}

static void lose(struct worker *worker, const char *why, int status)
{
	worker->callbacks.gone(worker, why, status, worker->arg);
}

static int set_timer(struct worker *worker, int64_t ms)
{
	int rc = sd_event_source_set_time_relative(worker->timer, (uint64_t)ms * 1000);

	return rc < 0 ? rc : sd_event_source_set_enabled(worker->timer, SD_EVENT_ONESHOT);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *arg)
{
	struct worker *worker = arg;

	(void)source, (void)usec;
	if (worker->is_busy || worker->is_leaving) {
		lose(worker, worker->is_busy ? "no answer in time" : "it did not end", 0);
		return 0;
	}
	/* It ends when it sees the channel closed. */
	worker->is_leaving = true;
	(void)shutdown(worker->fd, SHUT_RDWR);
	return set_timer(worker, worker->options.timeout_ms);
}

static int watch(struct worker *worker)
{
	uint32_t events = EPOLLIN;

	if (worker->out.done < worker->out.len)
		events |= EPOLLOUT;
	return sd_event_source_set_io_events(worker->io, events);
}

/* True while all goes well, be it done or not. */
static bool push(struct worker *worker)
{
	struct buffer *out = &worker->out;

	while (out->done < out->len) {
		ssize_t sent = send(worker->fd, out->bytes + out->done, out->len - out->done,
				    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return errno == EAGAIN;
		out->done += (size_t)sent;
	}
	buffer_clear(out);
	return true;
}

/* WHOLE: the buffer is full. */
enum pull { PULL_BROKEN, PULL_MORE, PULL_WHOLE };

static enum pull pull(struct worker *worker)
{
	struct buffer *in = &worker->in;

	while (in->done < in->len) {
		ssize_t got =
			recv(worker->fd, in->bytes + in->done, in->len - in->done, MSG_DONTWAIT);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return PULL_MORE;
		if (got <= 0)
			return PULL_BROKEN;
		in->done += (size_t)got;
	}
	return PULL_WHOLE;
}

static void answer(struct worker *worker, json_t *result, const struct api_error *error)
{
	buffer_clear(&worker->in);
	worker->header = (struct up_frame_header){ 0 };
	worker->is_busy = false;
	if (!buffer_make(&worker->in, UP_FRAME_HEADER_SIZE) ||
	    set_timer(worker, worker->options.idle_ms) < 0) {
		worker->is_leaving = true;
		(void)shutdown(worker->fd, SHUT_RDWR);
	}
	worker->callbacks.answered(worker, result, result != NULL ? NULL : error->type,
				   result != NULL ? "" : error->message, worker->arg);
}

static bool take_payload(struct worker *worker)
{
	const struct up_span payload = { worker->in.bytes, worker->in.len };
	struct api_error error = { .type = "" };
	json_t *result = NULL;

	if (worker->header.type == UP_FRAME_API_RESULT) {
		if (api_result_decode(payload, &result) != UP_OK)
			return false;
	} else if (worker->header.type != UP_FRAME_API_ERROR ||
		   api_error_decode(payload, &error) != UP_OK || error.type[0] == '\0') {
		return false;
	}
	answer(worker, result, &error);
	json_decref(result);
	return true;
}

/* A header was read whole: make room for what it announces. */
static bool take_header(struct worker *worker)
{
	return up_frame_header_decode(worker->in.bytes, UP_API_PAYLOAD_MAX, &worker->header) ==
		       UP_OK &&
	       buffer_make(&worker->in, worker->header.length);
}

static bool receive(struct worker *worker)
{
	for (;;) {
		switch (pull(worker)) {
		case PULL_BROKEN:
			return false;
		case PULL_MORE:
			return true;
		case PULL_WHOLE:
		default:
			break;
		}
		/* An answer that nobody has asked for is not to be taken for the next one's. */
		if (!worker->is_busy)
			return false;
		if (worker->header.type != 0)
			return take_payload(worker);
		if (!take_header(worker))
			return false;
	}
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct worker *worker = arg;

	(void)source, (void)fd;
	if (worker->is_leaving) {
		(void)sd_event_source_set_enabled(worker->io, SD_EVENT_OFF);
		return 0;
	}
	if ((revents & EPOLLOUT) != 0 && (!push(worker) || watch(worker) < 0)) {
		lose(worker, "the channel broke", 0);
		return 0;
	}
	/* The exit status, which says more, comes by on_exit() when only the channel closed. */
	if ((revents & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !receive(worker)) {
		(void)sd_event_source_set_enabled(worker->io, SD_EVENT_OFF);
		if ((revents & EPOLLHUP) == 0)
			lose(worker, "it broke the protocol", 0);
	}
	return 0;
}

static int on_exit_(sd_event_source *source, const siginfo_t *info, void *arg)
{
	struct worker *worker = arg;

	if (worker == NULL) {
		/* Nobody's any more: it has been reaped, and the loop drops the last reference. */
		(void)sd_event_source_set_floating(source, false);
		return 0;
	}
	if (worker->is_leaving)
		lose(worker, NULL, 0);
	else if (info->si_code == CLD_EXITED)
		lose(worker, "it ended", info->si_status);
	else
		lose(worker, "a signal ended it", 0);
	return 0;
}

/* What a worker may see of the environment. */
static void pick_environment(char *ret[8])
{
	static const char *const names[] = { "CREDENTIALS_DIRECTORY=", "JOURNAL_STREAM=",
					     "INVOCATION_ID=", "ASAN_OPTIONS=", "UBSAN_OPTIONS=" };
	size_t count = 0;

	for (char **entry = environ; *entry != NULL; entry++)
		for (size_t i = 0; i < UP_COUNT(names) && count < 7; i++)
			if (strncmp(*entry, names[i], strlen(names[i])) == 0)
				ret[count++] = *entry;
	ret[count] = NULL;
}

static int spawn_with(const struct worker_options *options, int fd,
		      posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes,
		      pid_t *ret)
{
	char program[] = "userpool-pool", kind[] = "embedded", option[] = "--state-dir";
	char *state_dir = strdup(options->state_dir);
	char *argv[] = { program, kind, option, state_dir, NULL };
	char *env[8];
	sigset_t none, all;
	int rc = state_dir == NULL ? ENOMEM : 0;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	pick_environment(env);
	if (rc == 0)
		rc = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY,
						      0);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(actions, fd, CHANNEL_FD);
	if (rc == 0)
		rc = posix_spawnattr_setsigmask(attributes, &none);
	if (rc == 0)
		rc = posix_spawnattr_setsigdefault(attributes, &all);
	if (rc == 0)
		rc = posix_spawnattr_setflags(attributes,
					      POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (rc == 0)
		rc = posix_spawn(ret, options->program, actions, attributes, argv, env);
	free(state_dir);
	return rc;
}

static enum up_err spawn_process(const struct worker_options *options, int fd, pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return UP_ERR_NOMEM;
	if (posix_spawnattr_init(&attributes) != 0) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return UP_ERR_NOMEM;
	}
	int rc = spawn_with(options, fd, &actions, &attributes, ret);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attributes);
	return rc == 0 ? UP_OK : UP_ERR_SYSTEM;
}

static enum up_err attach(struct worker *worker, sd_event *loop, pid_t pid)
{
	if (sd_event_add_child(loop, &worker->child, pid, WEXITED, on_exit_, worker) < 0) {
		/* Nobody will reap it otherwise. */
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		return UP_ERR_SYSTEM;
	}
	if (sd_event_add_io(loop, &worker->io, worker->fd, EPOLLIN, on_io, worker) < 0 ||
	    sd_event_add_time_relative(loop, &worker->timer, CLOCK_BOOTTIME, 0, 0, on_timer,
				       worker) < 0 ||
	    set_timer(worker, worker->options.idle_ms) < 0)
		return UP_ERR_SYSTEM;
	return buffer_make(&worker->in, UP_FRAME_HEADER_SIZE) ? UP_OK : UP_ERR_NOMEM;
}

enum up_err worker_start(sd_event *loop, const struct worker_options *options,
			 const struct worker_callbacks *callbacks, void *arg, struct worker **ret)
{
	_auto_(worker_free) struct worker *worker = calloc(1, sizeof(*worker));
	int pair[2];
	pid_t pid = 0;

	if (worker == NULL)
		return UP_ERR_NOMEM;
	*worker = (struct worker){
		.options = *options, .callbacks = *callbacks, .arg = arg, .fd = -1
	};
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return UP_ERR_SYSTEM;
	worker->fd = pair[0];
	enum up_err err = spawn_process(options, pair[1], &pid);
	(void)close(pair[1]);
	if (err != UP_OK)
		return err;
	UP_TRY(attach(worker, loop, pid));
	*ret = TAKE(worker);
	return UP_OK;
}

/* Bytes that came before the call are nobody's answer, and would be taken for this one's. */
static bool is_silent(const struct worker *worker)
{
	uint8_t byte;

	return worker->in.done == 0 && recv(worker->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

/* A channel that is closed takes nothing, and why it is comes by on_exit_(). */
static bool push_or_leave(struct worker *worker)
{
	if (push(worker))
		return true;
	const bool is_closed = errno == EPIPE || errno == ECONNRESET;
	buffer_clear(&worker->out);
	return is_closed;
}

enum up_err worker_give(struct worker *worker, uint8_t *frame, size_t len)
{
	buffer_clear(&worker->out);
	worker->out = (struct buffer){ .bytes = frame, .len = len };
	if (!worker_is_free(worker))
		return UP_ERR_BUSY;
	if (!is_silent(worker))
		return UP_ERR_IO;
	worker->is_busy = true;
	if (set_timer(worker, worker->options.timeout_ms) < 0 || !push_or_leave(worker) ||
	    watch(worker) < 0)
		return UP_ERR_IO;
	return UP_OK;
}

bool worker_is_free(const struct worker *worker)
{
	return !worker->is_busy && !worker->is_leaving;
}

/* It ends when it sees the channel closed. */
void worker_dismiss(struct worker *worker)
{
	if (!worker->is_busy)
		(void)shutdown(worker->fd, SHUT_RDWR);
}

void worker_await(struct worker *worker, int64_t deadline_ms)
{
	struct pollfd end = { .fd = sd_event_source_get_child_pidfd(worker->child),
			      .events = POLLIN };
	int64_t left = deadline_ms - clock_boot_ms();

	if (!worker->is_busy && end.fd >= 0 && left > 0)
		(void)poll(&end, 1, (int)left);
}

/* Killed if it still runs, and left to the loop, which reaps it. */
static void leave_child(sd_event_source *child)
{
	int enabled = SD_EVENT_OFF;

	if (child == NULL)
		return;
	(void)sd_event_source_get_enabled(child, &enabled);
	if (enabled == SD_EVENT_OFF ||
	    sd_event_source_send_child_signal(child, SIGKILL, NULL, 0) < 0) {
		sd_event_source_disable_unref(child);
		return;
	}
	(void)sd_event_source_set_userdata(child, NULL);
	(void)sd_event_source_set_floating(child, true);
	(void)sd_event_source_unref(child);
}

void worker_free(struct worker *worker)
{
	if (worker == NULL)
		return;
	leave_child(worker->child);
	sd_event_source_disable_unref(worker->io);
	sd_event_source_disable_unref(worker->timer);
	if (worker->fd >= 0)
		(void)close(worker->fd);
	buffer_clear(&worker->in);
	buffer_clear(&worker->out);
	free(worker);
}
