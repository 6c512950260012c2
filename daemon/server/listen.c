/* SPDX-License-Identifier: MIT */
#include "daemon/server/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "daemon/base/log.h"

#define BACKLOG  256
#define PAUSE_US 100000 /* between two tries where no client can be taken */

struct listener {
	int fd;
	sd_event_source *io, *pause;
	struct connections *connections;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	bool is_own; /* the file is ours to remove */
};

/* Where descriptors or memory have run out, who waits stays ready: asking at once again and again
 * would take the whole processor. */
static void pause_accepting(struct listener *listener)
{
	if (sd_event_source_set_time_relative(listener->pause, PAUSE_US) < 0 ||
	    sd_event_source_set_enabled(listener->pause, SD_EVENT_ONESHOT) < 0)
		return;
	(void)sd_event_source_set_enabled(listener->io, SD_EVENT_OFF);
}

static int on_pause_over(sd_event_source *source, uint64_t usec, void *arg)
{
	struct listener *listener = arg;

	(void)source, (void)usec;
	return sd_event_source_set_enabled(listener->io, SD_EVENT_ON);
}

static int on_ready(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct listener *listener = arg;
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source, (void)revents;
	if (client >= 0)
		connection_accept(listener->connections, client);
	else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		pause_accepting(listener);
	return 0;
}

/* -1: none was handed over for this path. */
static int find_passed(const char *path)
{
	int count = sd_listen_fds(0);

	for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + count; fd++)
		if (sd_is_socket_unix(fd, SOCK_STREAM, 1, path, 0) > 0 &&
		    fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) == 0)
			return fd;
	return -1;
}

/* Only a socket that nobody answers is stale. */
static enum up_err remove_stale(const struct sockaddr_un *address)
{
	struct stat st;

	if (lstat(address->sun_path, &st) < 0)
		return errno == ENOENT ? UP_OK : UP_ERR_IO;
	if (!S_ISSOCK(st.st_mode))
		return UP_ERR_CONFLICT;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return UP_ERR_SYSTEM;
	int rc = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	bool is_stale = rc < 0 && errno == ECONNREFUSED;
	(void)close(fd);
	if (!is_stale)
		return UP_ERR_CONFLICT;
	return unlink(address->sun_path) == 0 ? UP_OK : UP_ERR_IO;
}

static enum up_err make_socket(struct listener *listener)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memcpy(address.sun_path, listener->path, sizeof(address.sun_path));
	UP_TRY(remove_stale(&address));
	listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener->fd < 0)
		return UP_ERR_SYSTEM;
	if (bind(listener->fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return UP_ERR_IO;
	listener->is_own = true;
	if (chmod(listener->path, 0666) < 0 || listen(listener->fd, BACKLOG) < 0)
		return UP_ERR_IO;
	return UP_OK;
}

/* errno is that of what has just failed. */
static enum up_err failed(const char *path, enum up_err err)
{
	log_event(EV_START_FAILED, log_str("socket", path), log_err(err),
		  log_str("errno", err == UP_ERR_IO ? strerrordesc_np(errno) : NULL));
	return err;
}

enum up_err listener_new(sd_event *loop, const char *directory, const char *name,
			 struct connections *connections, struct listener **ret)
{
	_auto_(listener_free) struct listener *listener = calloc(1, sizeof(*listener));

	if (listener == NULL)
		return UP_ERR_NOMEM;
	listener->fd = -1;
	listener->connections = connections;
	if ((size_t)snprintf(listener->path, sizeof(listener->path), "%s/%s", directory, name) >=
	    sizeof(listener->path))
		return UP_ERR_TOO_LARGE;
	listener->fd = find_passed(listener->path);
	if (listener->fd < 0) {
		enum up_err err = make_socket(listener);

		if (err != UP_OK)
			return failed(listener->path, err);
	}
	if (sd_event_add_io(loop, &listener->io, listener->fd, EPOLLIN, on_ready, listener) < 0 ||
	    sd_event_add_time_relative(loop, &listener->pause, CLOCK_BOOTTIME, PAUSE_US, 0,
				       on_pause_over, listener) < 0 ||
	    sd_event_source_set_enabled(listener->pause, SD_EVENT_OFF) < 0)
		return UP_ERR_SYSTEM;
	*ret = TAKE(listener);
	return UP_OK;
}

void listener_free(struct listener *listener)
{
	if (listener == NULL)
		return;
	sd_event_source_disable_unref(listener->io);
	sd_event_source_disable_unref(listener->pause);
	/* In this order: a closed socket is stale, and may be another's by the next moment. */
	if (listener->is_own)
		(void)unlink(listener->path);
	if (listener->fd >= 0)
		(void)close(listener->fd);
	free(listener);
}
