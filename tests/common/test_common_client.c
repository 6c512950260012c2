/* SPDX-License-Identifier: MIT */
/* A client against servers that are slow, gone, foreign or out of their minds. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/client.h"
#include "tests/lib/scratch.h"
#include "tests/lib/testing.h"

static char *directory, *path;

static int make_directory(void **state)
{
	(void)state;
	directory = scratch_new();
	path = scratch_path(directory, "sock");
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	free(path);
	scratch_free(directory);
	return 0;
}

static int listen_at(const char *where, int backlog)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0 && strlen(where) < sizeof(address.sun_path));
	strcpy(address.sun_path, where);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, backlog), 0);
	return fd;
}

static enum up_err connect_in(int64_t ms, int *fd)
{
	*fd = -1;
	return up_client_connect(path, up_deadline_in(ms), fd);
}

static void a_deadline_counts_down_to_zero(void **state)
{
	struct up_deadline past = up_deadline_in(-1000), soon = up_deadline_in(1000);

	(void)state;
	assert_int_equal(up_deadline_left_ms(past), 0);
	assert_in_range(up_deadline_left_ms(soon), 1, 1000);
}

static void nobody_there_is_offline(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(connect_in(1000, &fd), UP_ERR_OFFLINE);
	int listener = listen_at(path, 1);
	(void)close(listener);
	assert_int_equal(connect_in(1000, &fd), UP_ERR_OFFLINE);
	assert_int_equal(unlink(path), 0);
	scratch_write(directory, "sock", "x", 1, 0600);
	assert_int_equal(connect_in(1000, &fd), UP_ERR_OFFLINE);
	assert_int_equal(fd, -1);
}

static void a_path_fits_into_an_address_or_is_refused(void **state)
{
	char text[200];
	int fd = -1;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[0] = '/';
	for (size_t len = 106; len < 110; len++) {
		text[len] = '\0';
		assert_int_equal(up_client_connect(text, up_deadline_in(100), &fd),
				 len < 108 ? UP_ERR_OFFLINE : UP_ERR_TOO_LARGE);
		text[len] = 'x';
	}
}

static void a_connection_is_out_of_the_way_of_its_process(void **state)
{
	int listener, fd;

	(void)state;
	listener = listen_at(path, 1);
	assert_int_equal(connect_in(1000, &fd), UP_OK);
	assert_true(fd > 2);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	(void)close(fd);
	(void)close(listener);
}

/* NSS-14, NSS-15: a setuid program may come with its standard streams closed. */
static void closed_standard_streams_stay_closed(void **state)
{
	int listener = listen_at(path, 8), status = 0;
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		int fd;

		(void)close(0);
		(void)close(1);
		(void)close(2);
		bool is_right = connect_in(1000, &fd) == UP_OK && fd > 2 && fcntl(0, F_GETFD) < 0 &&
				fcntl(1, F_GETFD) < 0 && fcntl(2, F_GETFD) < 0;
		_exit(is_right ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	(void)close(listener);
}

static void a_full_backlog_is_waited_for_until_the_deadline(void **state)
{
	int listener = listen_at(path, 0), fds[64], last;
	size_t count = 0;
	enum up_err err = UP_OK;

	(void)state;
	while (count < UP_COUNT(fds) && (err = connect_in(50, &last)) == UP_OK)
		fds[count++] = last;
	assert_int_equal(err, UP_ERR_TIMEOUT);
	assert_true(count >= 1);
	int accepted = accept(listener, NULL, NULL);
	assert_true(accepted >= 0);
	assert_int_equal(connect_in(5000, &last), UP_OK);
	(void)close(last);
	(void)close(accepted);
	for (size_t i = 0; i < count; i++)
		(void)close(fds[i]);
	(void)close(listener);
}

/* Listens and answers as another user, in a child, until told to end. */
static pid_t serve_as(uid_t uid, int ready)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		if (setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0)
			_exit(1);
		int listener = listen_at(path, 8);

		if (chmod(path, 0666) != 0 || write(ready, "x", 1) != 1)
			_exit(1);
		for (;;) {
			int fd = accept(listener, NULL, NULL);

			if (fd < 0)
				_exit(1);
			(void)close(fd);
		}
	}
	return child;
}

/* Root, or who owns the directory, and no other: DMN-14. */
static void a_listener_of_another_user_is_not_trusted(void **state)
{
	static const struct {
		uid_t listener, owner;
		mode_t mode;
		enum up_err err;
	} cases[] = {
		{ 12345, 12345, 0755, UP_OK },
		{ 12345, 12345, 0775, UP_OK },
		{ 12345, 12345, 0757, UP_ERR_UNTRUSTED },
		{ 12345, 12345, 0777, UP_ERR_UNTRUSTED },
		{ 12345, 0, 01777, UP_ERR_UNTRUSTED },
		{ 12345, 12346, 0777, UP_ERR_UNTRUSTED },
	};

	(void)state;
	if (geteuid() != 0) {
		print_message("not root: cannot listen as another user\n");
		return;
	}
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		int ready[2], fd, status;
		char byte;

		assert_int_equal(chown(directory, cases[i].owner, 0), 0);
		assert_int_equal(chmod(directory, cases[i].mode), 0);
		assert_int_equal(pipe(ready), 0);
		pid_t server = serve_as(cases[i].listener, ready[1]);
		assert_int_equal(read(ready[0], &byte, 1), 1);
		assert_int_equal(connect_in(5000, &fd), cases[i].err);
		if (cases[i].err == UP_OK)
			(void)close(fd);
		else
			assert_int_equal(fd, -1);
		assert_int_equal(kill(server, SIGKILL), 0);
		assert_int_equal(waitpid(server, &status, 0), server);
		assert_int_equal(unlink(path), 0);
		(void)close(ready[0]);
		(void)close(ready[1]);
	}
	assert_int_equal(chown(directory, 0, 0), 0);
}

struct ends {
	int ours, theirs;
};

static struct ends make_pair(void)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds),
			 0);
	return (struct ends){ fds[0], fds[1] };
}

static void close_pair(struct ends ends)
{
	(void)close(ends.ours);
	(void)close(ends.theirs);
}

static enum up_err receive(int fd, size_t size, int64_t ms, struct up_span *ret)
{
	static uint8_t buffer[128];
	uint16_t type = 0;
	enum up_err err = up_client_receive(fd, buffer, size, up_deadline_in(ms), &type, ret);

	if (err == UP_OK)
		assert_int_equal(type, 0x0102);
	return err;
}

static const uint8_t frame[] = { 0, 0, 0, 5, 1, 2, 0, 1, 'h', 'e', 'l', 'l', 'o' };

static void a_frame_is_received_whole(void **state)
{
	struct ends ends = make_pair();
	struct up_span payload = { 0 };

	(void)state;
	assert_int_equal(write(ends.theirs, frame, sizeof(frame)), sizeof(frame));
	assert_int_equal(receive(ends.ours, 5, 1000, &payload), UP_OK);
	assert_int_equal(payload.len, 5);
	assert_memory_equal(payload.data, "hello", 5);
	close_pair(ends);
}

static void a_frame_has_room_or_is_refused(void **state)
{
	(void)state;
	for (size_t size = 0; size < 8; size++) {
		struct ends ends = make_pair();
		struct up_span payload = { 0 };

		assert_int_equal(write(ends.theirs, frame, sizeof(frame)), sizeof(frame));
		assert_int_equal(receive(ends.ours, size, 1000, &payload),
				 size < 5 ? UP_ERR_TOO_LARGE : UP_OK);
		close_pair(ends);
	}
}

/* The end of the stream, at every byte. */
static void a_frame_cut_by_the_end_is_offline(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof(frame); len++) {
		struct ends ends = make_pair();
		struct up_span payload = { 0 };

		assert_int_equal(write(ends.theirs, frame, len), (ssize_t)len);
		assert_int_equal(shutdown(ends.theirs, SHUT_WR), 0);
		assert_int_equal(receive(ends.ours, 64, 1000, &payload), UP_ERR_OFFLINE);
		assert_null(payload.data);
		close_pair(ends);
	}
}

/* Silence, at every byte: the deadline is one for the whole frame. */
static void a_frame_that_stops_coming_times_out(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof(frame); len++) {
		struct ends ends = make_pair();
		struct up_span payload = { 0 };
		struct up_deadline start = up_deadline_in(0);

		assert_int_equal(write(ends.theirs, frame, len), (ssize_t)len);
		assert_int_equal(receive(ends.ours, 64, 20, &payload), UP_ERR_TIMEOUT);
		assert_true(up_deadline_in(0).at_ms - start.at_ms >= 20);
		close_pair(ends);
	}
}

static void *drip(void *arg)
{
	int fd = *(int *)arg;

	for (size_t i = 0; i < sizeof(frame); i++) {
		struct timespec pause = { 0, 20000000 };

		(void)nanosleep(&pause, NULL);
		if (send(fd, &frame[i], 1, MSG_NOSIGNAL) != 1)
			break;
	}
	return NULL;
}

/* DMN-01: a byte at a time does not push the deadline ahead. */
static void drops_do_not_push_the_deadline_ahead(void **state)
{
	static const struct {
		int64_t ms;
		enum up_err err;
	} cases[] = { { 100, UP_ERR_TIMEOUT }, { 20000, UP_OK } };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		struct ends ends = make_pair();
		struct up_span payload = { 0 };
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, drip, &ends.theirs), 0);
		assert_int_equal(receive(ends.ours, 64, cases[i].ms, &payload), cases[i].err);
		assert_int_equal(shutdown(ends.ours, SHUT_RDWR), 0);
		assert_int_equal(pthread_join(thread, NULL), 0);
		close_pair(ends);
	}
}

static enum up_err send_bytes(int fd, size_t len, int64_t ms)
{
	_auto_(free) uint8_t *bytes = calloc(1, len);

	return up_client_send(fd, (struct up_span){ bytes, len }, up_deadline_in(ms));
}

static void sending_to_who_does_not_read_times_out(void **state)
{
	struct ends ends = make_pair();

	(void)state;
	assert_int_equal(send_bytes(ends.ours, 8 << 20, 50), UP_ERR_TIMEOUT);
	close_pair(ends);
}

/* NSS-15: SIGPIPE has its default here, and would end the process. */
static void sending_to_who_is_gone_raises_no_signal(void **state)
{
	struct ends ends = make_pair();
	struct sigaction action;

	(void)state;
	assert_int_equal(sigaction(SIGPIPE, NULL, &action), 0);
	assert_ptr_equal(action.sa_handler, SIG_DFL);
	(void)close(ends.theirs);
	assert_int_equal(send_bytes(ends.ours, 10, 1000), UP_ERR_OFFLINE);
	(void)close(ends.ours);
}

static void *swallow(void *arg)
{
	int fd = *(int *)arg;
	char buffer[4096];
	size_t total = 0;

	while (total < 4 << 20) {
		ssize_t got = recv(fd, buffer, sizeof(buffer), 0);

		if (got > 0)
			total += (size_t)got;
		else if (got == 0 || errno != EAGAIN)
			break;
	}
	return total == 4 << 20 ? arg : NULL;
}

static void a_frame_larger_than_the_socket_s_room_is_sent_whole(void **state)
{
	struct ends ends = make_pair();
	pthread_t thread;
	void *all = NULL;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, swallow, &ends.theirs), 0);
	assert_int_equal(send_bytes(ends.ours, 4 << 20, 20000), UP_OK);
	assert_int_equal(pthread_join(thread, &all), 0);
	assert_non_null(all);
	close_pair(ends);
}

#define CLIENT_TEST(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_deadline_counts_down_to_zero),
		CLIENT_TEST(nobody_there_is_offline),
		cmocka_unit_test(a_path_fits_into_an_address_or_is_refused),
		CLIENT_TEST(a_connection_is_out_of_the_way_of_its_process),
		CLIENT_TEST(closed_standard_streams_stay_closed),
		CLIENT_TEST(a_full_backlog_is_waited_for_until_the_deadline),
		CLIENT_TEST(a_listener_of_another_user_is_not_trusted),
		cmocka_unit_test(a_frame_is_received_whole),
		cmocka_unit_test(a_frame_has_room_or_is_refused),
		cmocka_unit_test(a_frame_cut_by_the_end_is_offline),
		cmocka_unit_test(a_frame_that_stops_coming_times_out),
		cmocka_unit_test(drops_do_not_push_the_deadline_ahead),
		cmocka_unit_test(sending_to_who_does_not_read_times_out),
		cmocka_unit_test(sending_to_who_is_gone_raises_no_signal),
		cmocka_unit_test(a_frame_larger_than_the_socket_s_room_is_sent_whole),
	};

	return cmocka_run_group_tests_name("common/client", tests, NULL, NULL);
}
