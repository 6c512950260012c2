/* SPDX-License-Identifier: MIT */
/* Clients that are wrong, slow, many, or somebody else. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "daemon/pool/api_frame.h"
#include "daemon/pool/operations.h"
#include "tests/lib/testing.h"
#include "tests/server/a_daemon.h"

#define PER_UID    32  /* connections of one user to one socket */
#define OTHERS_MAX 768 /* of all but root */

static const char *const sockets[] = { UP_SOCKET_LOGIN, UP_SOCKET_API, UP_SOCKET_NSS };

static void start(struct a_daemon *d, const char *config, rlim_t descriptors)
{
	enum up_err err = UP_OK;

	a_daemon_init(d, config);
	d->descriptors = descriptors;
	if (!a_daemon_start(d, NULL, &err))
		fail_msg("it did not start: %s", up_strerror(err));
}

static void assert_answers(const struct a_daemon *d)
{
	char error[128];
	json_t *status = api_ask(d, "GetHostStatus", json_object(), error);

	assert_string_equal(error, "");
	json_decref(status);
}

static const struct {
	const char *what;
	size_t len;
	const char *bytes;
} garbage[] = {
	{ "a web request", 38, "GET / HTTP/1.1\r\nHost: login.sock\r\n\r\n\r\n" },
	{ "a log line", 24, "<13>Oct 11 22:14:15 su: " },
	{ "zeros", 16, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" },
	{ "another version", 8, "\0\0\0\0\x01\x01\0\x02" },
	{ "an older version", 8, "\0\0\0\0\x01\x01\0\0" },
	{ "a length of 2^32-1", 8, "\xff\xff\xff\xff\x01\x01\0\x01" },
	{ "a length of 2^31-1", 8, "\x7f\xff\xff\xff\x01\x01\0\x01" },
	{ "an answer before its question", 8, "\0\0\0\0\x01\x02\0\x01" },
	{ "what only the daemon says", 8, "\0\0\0\0\x01\x83\0\x01" },
	{ "an empty begin", 8, "\0\0\0\0\x01\x01\0\x01" },
	{ "an empty call", 8, "\0\0\0\0\x03\x01\0\x01" },
	{ "an empty question", 8, "\0\0\0\0\x02\x01\0\x01" },
	{ "a question longer than its frame", 13, "\0\0\0\x05\x02\x01\0\x01\x01\0\0\0\x7f" },
	{ "a question with a rest", 16,
	  "\0\0\0\x08\x02\x01\0\x01\x01\0\0\0\x01"
	  "axx" },
	{ "a name with a NUL", 15,
	  "\0\0\0\x07\x02\x01\0\x01\x01\0\0\0\x02"
	  "a\0" },
	{ "no type that there is", 8, "\0\0\0\0\x7f\x7f\0\x01" },
};

/* DMN-02, DMN-06: what is no frame of ours gets no answer. */
static void garbage_gets_no_answer(void **state)
{
	struct a_daemon d;

	(void)state;
	start(&d, "", 0);
	for (size_t i = 0; i < UP_COUNT(garbage); i++)
		for (size_t s = 0; s < UP_COUNT(sockets); s++) {
			int fd = client_connect(&d, sockets[s]);

			client_send(fd, garbage[i].bytes, garbage[i].len);
			if (!client_sees_end(fd))
				fail_msg("%s to %s", garbage[i].what, sockets[s]);
			(void)close(fd);
		}
	/* One byte past what the socket takes. */
	for (size_t s = 0; s < UP_COUNT(sockets); s++) {
		const uint32_t most = s == 1 ? UP_API_PAYLOAD_MAX : UP_FRAME_PAYLOAD_MAX;
		const uint8_t head[] = { (uint8_t)((most + 1) >> 24),
					 (uint8_t)((most + 1) >> 16),
					 (uint8_t)((most + 1) >> 8),
					 (uint8_t)(most + 1),
					 1,
					 1,
					 0,
					 1 };
		int fd = client_connect(&d, sockets[s]);

		client_send(fd, head, sizeof(head));
		assert_true(client_sees_end(fd));
		(void)close(fd);
	}
	assert_answers(&d);
	a_daemon_clear(&d);
}

/* DMN-01: a begin frame, cut at every byte. */
static void a_frame_cut_anywhere_begins_nothing(void **state)
{
	const struct up_login_begin begin = { .nonce = "0123456789abcde",
					      .purpose = UP_PURPOSE_ACCOUNT,
					      .service = "sshd",
					      .user = "alice" };
	uint8_t frame[256];
	struct up_writer w = up_writer_into(frame, sizeof(frame));
	struct a_daemon d;
	size_t len = 0;

	(void)state;
	start(&d, "", 0);
	assert_int_equal(up_login_begin_encode(&begin, &w, &len), UP_OK);
	for (size_t cut = 0; cut < len; cut++) {
		int fd = client_connect(&d, UP_SOCKET_LOGIN);

		client_send(fd, frame, cut);
		assert_int_equal(shutdown(fd, SHUT_WR), 0);
		assert_true(client_sees_end(fd));
		(void)close(fd);
	}
	assert_int_equal(a_daemon_logged(&d, "purpose="), 0);
	assert_answers(&d);
	a_daemon_clear(&d);
}

/* DMN-01: drop by drop, each in good time, and the whole too late; and saying nothing at all. */
static void a_slow_client_is_cut_off(void **state)
{
	const struct timespec drop = { .tv_nsec = 20000000 };
	const uint8_t head[] = { 0, 0, 0xff, 0, 1, 1, 0, 1 };
	struct a_daemon d;

	(void)state;
	start(&d, "", 0);
	time_runs(100);
	int slow = client_connect(&d, UP_SOCKET_LOGIN), silent = client_connect(&d, UP_SOCKET_NSS);
	client_send(slow, head, sizeof(head));
	struct pollfd p = { .fd = slow, .events = POLLIN };
	size_t drops = 0;
	while (drops < 1000 && poll(&p, 1, 0) == 0) {
		client_send(slow, "x", 1);
		(void)nanosleep(&drop, NULL);
		drops++;
	}
	/* A hundredth of ten seconds; the rest is for a busy machine. */
	assert_in_range(drops, 1, 500);
	assert_true(client_sees_end(silent));
	(void)close(slow);
	(void)close(silent);
	assert_answers(&d);
	a_daemon_clear(&d);
}

/* Whether a client of this uid is served. */
static bool is_served(const struct a_daemon *d, int *ret)
{
	struct up_login_done done;
	uint8_t byte;
	int fd = client_connect(d, UP_SOCKET_LOGIN);

	login_send_begin(fd, "alice", UP_PURPOSE_AUTHENTICATE);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	assert_int_equal(poll(&p, 1, 20000), 1);
	if (recv(fd, &byte, 1, MSG_PEEK) <= 0) {
		(void)close(fd);
		return false;
	}
	(void)login_receive(fd, &done);
	*ret = fd;
	return true;
}

/* How many connections of the present uid are served; they stay open in `fds`. */
static size_t open_many(const struct a_daemon *d, int *fds, size_t most)
{
	size_t count = 0;

	while (count < most && is_served(d, &fds[count]))
		count++;
	return count;
}

static void close_many(int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		(void)close(fds[i]);
}

/* DMN-01: prompts of one user's set-uid programs, or of many users, leave room for root. */
static void nobody_takes_all_the_room(void **state)
{
	static int fds[OTHERS_MAX + 64];
	struct a_daemon d;
	size_t count = 0;

	(void)state;
	start(&d, "[daemon]\nattempts_per_minute = 100000\n", 4096);
	clients_are(0, UID_OTHER); /* sudo, su, passwd */
	assert_int_equal(open_many(&d, fds, PER_UID + 8), PER_UID);
	clients_are(0, 0);
	int fd = -1;
	assert_true(is_served(&d, &fd));
	(void)close(fd);
	close_many(fds, PER_UID);

	const struct rlimit limit = { 4096, 4096 };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	for (uid_t uid = 5000; uid < 5100 && count < OTHERS_MAX; uid++) {
		clients_are(0, uid);
		count += open_many(&d, fds + count, PER_UID);
	}
	assert_int_equal(count, OTHERS_MAX);
	clients_are(0, 6000);
	assert_false(is_served(&d, &fd));
	clients_are(0, 0);
	assert_true(is_served(&d, &fd));
	(void)close(fd);
	close_many(fds, count);
	a_daemon_clear(&d);
}

static int64_t processor_ms(pid_t pid)
{
	struct timespec used = { 0 };
	clockid_t clock;

	assert_int_equal(clock_getcpuclockid(pid, &clock), 0);
	assert_int_equal(clock_gettime(clock, &used), 0);
	return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

/* DMN-07: no descriptor is left for who waits.  The daemon does not spin, and goes on when one is.
 */
static void lack_of_descriptors_passes(void **state)
{
	const struct timespec while_it_lacks = { .tv_nsec = 600000000 };
	struct up_login_done done;
	int fds[64], waiting;
	struct a_daemon d;
	size_t count = 0;

	(void)state;
	start(&d, "[daemon]\nattempts_per_minute = 100000\n", 40);
	for (; count < UP_COUNT(fds); count++) {
		fds[count] = client_connect(&d, UP_SOCKET_LOGIN);
		login_send_begin(fds[count], "alice", UP_PURPOSE_AUTHENTICATE);
	}
	waiting = fds[count - 1];
	const int64_t before = processor_ms(d.pid);
	(void)nanosleep(&while_it_lacks, NULL);
	assert_in_range(processor_ms(d.pid) - before, 0, 200);
	struct pollfd p = { .fd = waiting, .events = POLLIN };
	assert_int_equal(poll(&p, 1, 0), 0);
	close_many(fds, count - 1);
	assert_true(login_receive(waiting, &done));
	(void)close(waiting);
	assert_answers(&d);
	a_daemon_clear(&d);
}

/* DMN-04: every operation by root, an admin, and another, from the table itself. */
static void the_table_says_who_may_ask(void **state)
{
	static const uid_t uids[] = { 0, UID_ADMIN, UID_OTHER };
	struct a_daemon d;
	char error[128];

	(void)state;
	start(&d, "[pool]\nadmins = admin\n[daemon]\nattempts_per_minute = 100000\n", 0);
	for (size_t i = 0; i < operation_count; i++)
		for (size_t u = 0; u < UP_COUNT(uids); u++) {
			const struct operation *operation = &operations[i];
			const bool may = operation->access == ACCESS_ANYONE ||
					 operation->access == ACCESS_SELF ||
					 (operation->access == ACCESS_ADMIN && u < 2) ||
					 (operation->access == ACCESS_ROOT && u < 1);

			clients_are(uids[u], uids[u]);
			json_decref(api_ask(&d, operation->name, json_object(), error));
			if ((strcmp(error, "AccessDeniedException") != 0) != may)
				fail_msg("%s by uid %u: %s", operation->name, uids[u], error);
		}
	/* RES-09: one line for each. */
	assert_int_equal(a_daemon_logged(&d, "operation="), operation_count * UP_COUNT(uids));
	json_decref(api_ask(&d, "NoSuchOperation", json_object(), error));
	assert_string_equal(error, "UnknownOperationException");
	assert_int_equal(a_daemon_logged(&d, "NoSuchOperation"), 1);
	a_daemon_clear(&d);
}

/* L6: the uid is the socket's, in each phase of a login too. */
static void the_socket_says_who_asks(void **state)
{
	struct up_login_done done;
	struct a_daemon d;

	(void)state;
	start(&d, "", 0);
	for (enum up_purpose p = UP_PURPOSE_AUTHENTICATE; p <= UP_PURPOSE_CHANGE_UPDATE; p++) {
		clients_are(UID_OTHER, UID_OTHER);
		int fd = client_connect(&d, UP_SOCKET_LOGIN);
		login_send_begin(fd, "alice", p);
		assert_false(login_receive(fd, &done));
		assert_int_equal(done.reason, UP_REASON_PERMISSION);
		(void)close(fd);
	}
	clients_are(0, 0);
	a_daemon_clear(&d);
}

/* A conversation over the socket; a second begin, or an answer to nothing, ends it. */
static void one_login_is_one_connection(void **state)
{
	struct up_login_done done = { .verdict = UP_VERDICT_DENY };
	struct a_daemon d;

	(void)state;
	start(&d, "", 0);
	int fd = client_connect(&d, UP_SOCKET_LOGIN);
	login_send_begin(fd, "alice", UP_PURPOSE_AUTHENTICATE);
	assert_true(login_receive(fd, &done));
	login_send_answer(fd, "right");
	assert_false(login_receive(fd, &done));
	assert_int_equal(done.verdict, UP_VERDICT_ALLOW);
	assert_string_equal(done.user, "alice");
	assert_true(client_sees_end(fd));
	(void)close(fd);

	fd = client_connect(&d, UP_SOCKET_LOGIN);
	login_send_begin(fd, "alice", UP_PURPOSE_AUTHENTICATE);
	assert_true(login_receive(fd, &done));
	login_send_begin(fd, "alice", UP_PURPOSE_AUTHENTICATE);
	assert_true(client_sees_end(fd));
	(void)close(fd);
	/* Both answers at once: the second one is too early. */
	pool_is_silent_about("InitiateAuth");
	fd = client_connect(&d, UP_SOCKET_LOGIN);
	login_send_begin(fd, "alice", UP_PURPOSE_AUTHENTICATE);
	assert_true(login_receive(fd, &done));
	login_send_answer(fd, "right");
	login_send_answer(fd, "right");
	assert_true(client_sees_end(fd));
	(void)close(fd);
	assert_answers(&d);
	assert_int_equal(a_daemon_logged(&d, "verdict=allow"), 1);
	assert_int_equal(a_daemon_logged(&d, "verdict="), 3);
	a_daemon_clear(&d);
}

/* Waits until the log has a line with `text`. */
static void await_logged(struct a_daemon *d, const char *text)
{
	const struct timespec moment = { .tv_nsec = 5000000 };

	for (int i = 0; i < 2000 && a_daemon_logged(d, text) == 0; i++)
		(void)nanosleep(&moment, NULL);
	assert_int_equal(a_daemon_logged(d, text), 1);
}

/* Who hangs up at once has asked all the same: her sessions end, and the line is written. */
static void who_hangs_up_has_asked_all_the_same(void **state)
{
	struct up_login_done done = { .verdict = UP_VERDICT_DENY };
	uint8_t *frame = NULL;
	struct a_daemon d;
	char error[128];
	size_t len = 0;

	(void)state;
	start(&d, "", 0);
	int fd = client_connect(&d, UP_SOCKET_LOGIN);
	login_send_begin(fd, "alice", UP_PURPOSE_OPEN_SESSION);
	assert_false(login_receive(fd, &done));
	assert_int_equal(done.verdict, UP_VERDICT_ALLOW);
	(void)close(fd);

	json_t *request = json_pack("{s:s}", "Username", "Alice");
	assert_int_equal(api_call_make("AdminDisableUser", request, &frame, &len), UP_OK);
	json_decref(request);
	fd = client_connect(&d, UP_SOCKET_API);
	client_send(fd, frame, len);
	(void)close(fd);
	free(frame);
	await_logged(&d, "operation=AdminDisableUser");
	json_t *list = api_ask(&d, "ListHostSessions", json_object(), error);
	assert_int_equal(json_array_size(json_object_get(list, "Sessions")), 0);
	json_decref(list);
	/* And one that the pool is still silent about when the daemon ends. */
	pool_is_silent_about("AdminEnableUser");
	request = json_pack("{s:s}", "Username", "alice");
	assert_int_equal(api_call_make("AdminEnableUser", request, &frame, &len), UP_OK);
	json_decref(request);
	fd = client_connect(&d, UP_SOCKET_API);
	client_send(fd, frame, len);
	(void)close(fd);
	free(frame);
	assert_answers(&d);
	a_daemon_signal(&d, SIGTERM);
	a_daemon_expect(&d, "STOPPING=1");
	assert_int_equal(a_daemon_wait(&d), UP_OK);
	assert_int_equal(a_daemon_logged(&d, "operation=AdminEnableUser"), 1);
	a_daemon_clear(&d);
}

/* L11: who asks and asks and takes no answer is not listened to. */
static void who_takes_no_answers_gets_no_more(void **state)
{
	static const uint8_t question[] = { 0, 0, 0, 10, 2,   1,   0,   1,   1,
					    0, 0, 0, 5,  'a', 'l', 'i', 'c', 'e' };
	struct a_daemon d;
	size_t sent = 0;

	(void)state;
	start(&d, "", 0);
	int fd = client_connect(&d, UP_SOCKET_NSS);
	/* Until the socket takes no more for a while: its buffers are full in both directions. */
	for (struct pollfd p = { .fd = fd, .events = POLLOUT };
	     sent < (64u << 20) && poll(&p, 1, 500) == 1; sent += sizeof(question))
		if (send(fd, question, sizeof(question), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			break;
	assert_in_range(sent, 1, 8u << 20);
	(void)close(fd);
	assert_answers(&d);
	a_daemon_clear(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(garbage_gets_no_answer),
		cmocka_unit_test(a_frame_cut_anywhere_begins_nothing),
		cmocka_unit_test(a_slow_client_is_cut_off),
		cmocka_unit_test(nobody_takes_all_the_room),
		cmocka_unit_test(lack_of_descriptors_passes),
		cmocka_unit_test(the_table_says_who_may_ask),
		cmocka_unit_test(the_socket_says_who_asks),
		cmocka_unit_test(one_login_is_one_connection),
		cmocka_unit_test(who_hangs_up_has_asked_all_the_same),
		cmocka_unit_test(who_takes_no_answers_gets_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
