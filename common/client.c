/* SPDX-License-Identifier: MIT */
#include "common/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct up_deadline up_deadline_in(int64_t ms)
{
	return (struct up_deadline){ .at_ms = now_ms() + ms };
}

int64_t up_deadline_left_ms(struct up_deadline deadline)
{
	int64_t left = deadline.at_ms - now_ms();

	return left > 0 ? left : 0;
}

static enum up_err wait_for(int fd, short events, struct up_deadline by)
{
	for (;;) {
		struct pollfd pfd = { .fd = fd, .events = events };
		int64_t left = up_deadline_left_ms(by);
		int n = poll(&pfd, 1, left > INT32_MAX ? INT32_MAX : (int)left);

		if (n > 0)
			return UP_OK;
		if (n == 0)
			return UP_ERR_TIMEOUT;
		if (errno != EINTR)
			return UP_ERR_SYSTEM;
	}
}

/* Standard streams may be closed in a setuid caller: never take their numbers. */
static int socket_above_stdio(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || fd > 2)
		return fd;
	int safe = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	(void)close(fd);
	return safe;
}

static enum up_err check_peer(int fd, const char *path)
{
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t len = sizeof(peer);
	struct stat st;
	char directory[sizeof(((struct sockaddr_un *)NULL)->sun_path)];

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 || len != sizeof(peer))
		return UP_ERR_SYSTEM;
	if (peer.uid == 0)
		return UP_OK;
	(void)memcpy(directory, path, strlen(path) + 1);
	char *slash = strrchr(directory, '/');
	if (slash == NULL || slash == directory)
		return UP_ERR_UNTRUSTED;
	*slash = '\0';
	if (stat(directory, &st) < 0 || !S_ISDIR(st.st_mode) || (st.st_mode & 0002) != 0)
		return UP_ERR_UNTRUSTED;
	return peer.uid == st.st_uid ? UP_OK : UP_ERR_UNTRUSTED;
}

static enum up_err connect_by(int fd, const struct sockaddr_un *address, struct up_deadline by)
{
	while (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return UP_ERR_OFFLINE;
		/* The backlog is full: a Unix socket tells of no room, so ask again shortly. */
		if (up_deadline_left_ms(by) == 0)
			return UP_ERR_TIMEOUT;
		(void)poll(NULL, 0, 2);
	}
	return UP_OK;
}

enum up_err up_client_connect(const char *path, struct up_deadline by, int *ret)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	enum up_err err;

	if (len >= sizeof(address.sun_path))
		return UP_ERR_TOO_LARGE;
	memcpy(address.sun_path, path, len + 1);
	int fd = socket_above_stdio();
	if (fd < 0)
		return UP_ERR_SYSTEM;
	err = connect_by(fd, &address, by);
	if (err == UP_OK)
		err = check_peer(fd, path);
	if (err != UP_OK) {
		(void)close(fd);
		return err;
	}
	*ret = fd;
	return UP_OK;
}

enum up_err up_client_send(int fd, struct up_span frame, struct up_deadline by)
{
	while (frame.len > 0) {
		ssize_t sent = send(fd, frame.data, frame.len, MSG_NOSIGNAL);

		if (sent > 0) {
			frame.data += sent;
			frame.len -= (size_t)sent;
		} else if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
			UP_TRY(wait_for(fd, POLLOUT, by));
		} else {
			return UP_ERR_OFFLINE;
		}
	}
	return UP_OK;
}

static enum up_err receive_exactly(int fd, uint8_t *out, size_t len, struct up_deadline by)
{
	while (len > 0) {
		ssize_t got = recv(fd, out, len, 0);

		if (got > 0) {
			out += got;
			len -= (size_t)got;
		} else if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
			UP_TRY(wait_for(fd, POLLIN, by));
		} else {
			return UP_ERR_OFFLINE;
		}
	}
	return UP_OK;
}

enum up_err up_client_receive(int fd, void *buffer, size_t size, struct up_deadline by,
			      uint16_t *type, struct up_span *ret)
{
	uint8_t bytes[UP_FRAME_HEADER_SIZE];
	struct up_frame_header header;

	UP_TRY(receive_exactly(fd, bytes, sizeof(bytes), by));
	UP_TRY(up_frame_header_decode(bytes, size, &header));
	UP_TRY(receive_exactly(fd, buffer, header.length, by));
	*type = header.type;
	*ret = (struct up_span){ .data = buffer, .len = header.length };
	return UP_OK;
}
