/* SPDX-License-Identifier: MIT */
/* What was answered is on disk: a real worker is killed at any moment, and started again. */
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/frame.h"
#include "daemon/embedded/embedded.h"
#include "daemon/pool/api_frame.h"
#include "tests/embedded/a_pool.h"
#include "tests/lib/scratch.h"

#define ROUNDS     200
#define CHANNEL_FD 3

struct process {
	pid_t pid;
	int fd;
};

static void start(struct process *ret, const char *state_dir)
{
	_auto_(free) char *program = scratch_path(getenv("TOP_BUILDDIR"), "daemon/userpool-pool");
	char name[] = "userpool-pool", kind[] = "embedded", option[] = "--state-dir";
	char *directory = strdup(state_dir);
	char *argv[] = { name, kind, option, directory, NULL };
	/* It cannot look for leaks once it is confined. */
	char no_leaks[] = "ASAN_OPTIONS=detect_leaks=0", *env[] = { no_leaks, NULL };
	posix_spawn_file_actions_t actions;
	int pair[2];

	assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, pair[1], CHANNEL_FD);
	assert_int_equal(posix_spawn(&ret->pid, program, &actions, NULL, argv, env), 0);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(pair[1]);
	ret->fd = pair[0];
	free(directory);
}

static int stop(struct process *process, bool by_force)
{
	int status = 0;

	if (by_force)
		assert_return_code(kill(process->pid, SIGKILL), 0);
	(void)close(process->fd);
	assert_int_equal(waitpid(process->pid, &status, 0), process->pid);
	return status;
}

static void send_call(const struct process *process, const char *operation, json_t *request)
{
	uint8_t *frame = NULL;
	size_t len = 0;

	assert_int_equal(api_call_make(operation, request, &frame, &len), UP_OK);
	(void)send(process->fd, frame, len, MSG_NOSIGNAL);
	free(frame);
	json_decref(request);
}

/* Reads one answer; false: the worker died before it was whole. */
static bool is_acknowledged(const struct process *process)
{
	uint8_t bytes[UP_FRAME_HEADER_SIZE], payload[4096];
	struct up_frame_header header;

	if (recv(process->fd, bytes, sizeof(bytes), MSG_WAITALL) != sizeof(bytes))
		return false;
	assert_int_equal(up_frame_header_decode(bytes, sizeof(payload), &header), UP_OK);
	if (recv(process->fd, payload, header.length, MSG_WAITALL) != (ssize_t)header.length)
		return false;
	assert_int_equal(header.type, UP_FRAME_API_RESULT);
	return true;
}

static int64_t microseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void wait_for(int64_t duration)
{
	const struct timespec wait = { .tv_sec = duration / 1000000,
				       .tv_nsec = duration % 1000000 * 1000 };

	(void)nanosleep(&wait, NULL);
}

/* How long the worker takes to answer. */
static int64_t duration_until_readable(const struct process *process)
{
	struct pollfd answer = { .fd = process->fd, .events = POLLIN };
	const int64_t start = microseconds();

	assert_int_equal(poll(&answer, 1, 10000), 1);
	return microseconds() - start + 1;
}

/* The n-th write: a group, or the next value of an attribute. */
static json_t *nth_request(const struct a_pool *pool, int n, const char **operation)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%06d", n);
	if (n % 2 == 0) {
		*operation = "CreateGroup";
		return json_pack("{s:s, s:s}", "UserPoolId", pool->pool_id, "GroupName", text);
	}
	*operation = "AdminUpdateUserAttributes";
	return json_pack("{s:s, s:s, s:[{s:s, s:s}]}", "UserPoolId", pool->pool_id, "Username",
			 "alice", "UserAttributes", "Name", "nickname", "Value", text);
}

/* What the n-th write has left, and whether it was all or nothing. */
static bool is_there(struct a_pool *pool, int n)
{
	char sql[128];

	(void)snprintf(sql, sizeof(sql),
		       n % 2 == 0 ? "SELECT count(*) FROM groups WHERE name = '%06d'"
				  : "SELECT count(*) FROM attributes WHERE name = 'nickname'"
				    " AND value >= '%06d'",
		       n);
	return number_in(pool, sql) == 1;
}

/* DMN-09 in small.  The worker is killed a random time after it was asked, up to twice what a
 * write takes now. */
static void no_acknowledged_write_is_lost_by_kill(void **state)
{
	struct a_pool *pool = *state;
	int64_t typical = 0; /* microseconds */
	int acknowledged = 0, killed_before = 0;
	struct process process;

	channel_close(TAKE(pool->worker));
	srand(20270105);
	for (int n = 0; n < ROUNDS; n++) {
		const char *operation;

		start(&process, pool->directory);
		/* Once it has answered, it is in its loop. */
		send_call(&process, "ListUserPools", json_pack("{s:i}", "MaxResults", 1));
		assert_true(is_acknowledged(&process));
		json_t *request = nth_request(pool, n, &operation);
		send_call(&process, operation, request);
		if (n % 20 == 0)
			typical = duration_until_readable(&process);
		else
			wait_for(rand() % (2 * typical));
		assert_return_code(kill(process.pid, SIGKILL), 0);
		/* What it said before it died counts as said. */
		bool is_said = is_acknowledged(&process);
		(void)stop(&process, false);
		acknowledged += is_said;
		killed_before += !is_said;
		if (is_said)
			assert_true(is_there(pool, n));
	}
	print_message("%d of %d writes were acknowledged before the end\n", acknowledged, ROUNDS);
	assert_true(acknowledged > 0 && killed_before > 0);
	assert_int_equal(number_in(pool, "SELECT count(*) FROM pragma_integrity_check"
					 " WHERE integrity_check = 'ok'"),
			 1);
	pool->worker = channel_open(pool->directory);
	(void)sign_in(pool, "alice", PASSWORD);
}

/* ---- starting ---- */

static void a_new_directory_gets_a_pool_that_works(void **state)
{
	struct a_pool *pool = *state;
	json_t *pools = ask(pool, "ListUserPools", "{s:i}", "MaxResults", 60);

	assert_int_equal(json_array_size(at(pools, "UserPools")), 1);
	assert_string_equal(text_at(pools, "UserPools.0.Name"), "default");
	assert_string_equal(
		text_at(ask(pool, "ListUserPoolClients", NULL), "UserPoolClients.0.ClientName"),
		"host-login");
}

static int exit_status(const char *state_dir)
{
	struct process process;

	start(&process, state_dir);
	int status = stop(&process, false);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* STO-07: never a first run again. */
static void a_damaged_pool_is_refused_and_left_as_it_is(void **state)
{
	static const struct {
		const char *file, *name;
		size_t cut; /* 0: removed; 1: overwritten; else cut to so much */
	} cases[] = {
		{ "pool/pool.key", "no key", 0 },        { "pool/pool.db", "no database", 0 },
		{ "pool/pool.key", "short key", 31 },    { "pool/pool.db", "no SQLite", 1 },
		{ "pool/pool.db", "half a page", 6000 },
	};
	struct a_pool *pool = *state;

	channel_close(TAKE(pool->worker));
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		_auto_(free) char *path = scratch_path(pool->directory, cases[i].file);
		struct stat before, after;
		size_t len = 0;
		_auto_(free) char *whole = scratch_read(path, &len);

		if (cases[i].cut == 0)
			assert_return_code(unlink(path), 0);
		else if (cases[i].cut == 1)
			scratch_write(pool->directory, cases[i].file, "not a database at all", 21,
				      0600);
		else
			assert_return_code(truncate(path, (off_t)cases[i].cut), 0);
		bool was_there = stat(path, &before) == 0;
		if (exit_status(pool->directory) != 78)
			fail_msg("%s", cases[i].name);
		assert_int_equal(stat(path, &after) == 0, was_there);
		if (was_there)
			assert_int_equal(after.st_size, before.st_size);
		if (was_there)
			assert_return_code(unlink(path), 0);
		scratch_write(pool->directory, cases[i].file, whole, len, 0600);
	}
	assert_int_equal(exit_status(pool->directory), 0);
	pool->worker = channel_open(pool->directory);
	(void)sign_in(pool, "alice", PASSWORD);
}

static void files_that_others_may_read_are_refused(void **state)
{
	static const char *const files[] = { "pool/pool.key", "pool/pool.db" };
	struct a_pool *pool = *state;

	channel_close(TAKE(pool->worker));
	for (size_t i = 0; i < UP_COUNT(files); i++) {
		_auto_(free) char *path = scratch_path(pool->directory, files[i]);

		assert_return_code(chmod(path, 0640), 0);
		assert_int_equal(exit_status(pool->directory), 78);
		assert_return_code(chmod(path, 0600), 0);
	}
	pool->worker = channel_open(pool->directory);
}

static void a_pool_of_a_newer_version_is_refused(void **state)
{
	struct a_pool *pool = *state;

	channel_close(TAKE(pool->worker));
	change_in(pool, "PRAGMA user_version = 99");
	assert_int_equal(exit_status(pool->directory), 78);
	change_in(pool, "PRAGMA user_version = 1");
	pool->worker = channel_open(pool->directory);
}

static void two_first_starts_at_once_make_one_pool(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++) {
		_auto_(scratch_free) char *directory = scratch_new();
		struct process process[2];

		for (size_t i = 0; i < 2; i++)
			start(&process[i], directory);
		for (size_t i = 0; i < 2; i++) {
			send_call(&process[i], "ListUserPools",
				  json_pack("{s:i}", "MaxResults", 60));
			assert_true(is_acknowledged(&process[i]));
		}
		for (size_t i = 0; i < 2; i++)
			assert_int_equal(stop(&process[i], false), 0);
		struct a_pool pool = { .directory = directory };
		assert_int_equal(number_in(&pool, "SELECT count(*) FROM pools"), 1);
		assert_int_equal(number_in(&pool, "SELECT count(*) FROM clients"), 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_POOL(a_new_directory_gets_a_pool_that_works),
		WITH_POOL(no_acknowledged_write_is_lost_by_kill),
		WITH_POOL(a_damaged_pool_is_refused_and_left_as_it_is),
		WITH_POOL(files_that_others_may_read_are_refused),
		WITH_POOL(a_pool_of_a_newer_version_is_refused),
		cmocka_unit_test(two_first_starts_at_once_make_one_pool),
	};

	return cmocka_run_group_tests(tests, pools_begin, pools_end);
}
