/* SPDX-License-Identifier: MIT */
/* Start, reload, stop, and what may be in the way of a daemon. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/lib/scratch.h"
#include "tests/lib/testing.h"
#include "tests/server/a_daemon.h"

#define ADMINS "[pool]\nadmins = admin\n"

static void path_in(const struct a_daemon *d, const char *name, char out[96])
{
	(void)snprintf(out, 96, "%s/%s", d->host.directory, name);
}

static bool is_there(const struct a_daemon *d, const char *name)
{
	char path[96];

	path_in(d, name, path);
	return access(path, F_OK) == 0;
}

static void start(struct a_daemon *d)
{
	enum up_err err;

	if (!a_daemon_start(d, NULL, &err))
		fail_msg("it did not start: %s", up_strerror(err));
}

static void assert_answers(const struct a_daemon *d)
{
	char error[128];
	json_t *status = api_ask(d, "GetHostStatus", json_object(), error);

	assert_string_equal(error, "");
	assert_non_null(json_object_get(status, "Version"));
	json_decref(status);
}

static void tells_systemd_how_it_is(void **state)
{
	struct a_daemon d;

	(void)state;
	a_daemon_init(&d, "");
	start(&d);
	assert_answers(&d);
	a_daemon_signal(&d, SIGHUP);
	a_daemon_expect(&d, "RELOADING=1");
	a_daemon_expect(&d, "READY=1");
	a_daemon_signal(&d, SIGTERM);
	a_daemon_expect(&d, "STOPPING=1");
	assert_int_equal(a_daemon_wait(&d), UP_OK);
	assert_false(is_there(&d, "run/login.sock"));
	assert_false(is_there(&d, "run/api.sock"));
	assert_false(is_there(&d, "run/nss.sock"));
	a_daemon_clear(&d);
}

/* DMN-12: what is in force stays in force until there is something better. */
static void a_broken_configuration_changes_nothing(void **state)
{
	static const char *const broken[] = { "[pool]\nadmin = other\n", "[nonsense]\nkey = 1\n",
					      "[daemon]\nworkers = many\n", "\x01\x02" };
	struct a_daemon d;
	char error[128];

	(void)state;
	a_daemon_init(&d, ADMINS);
	start(&d);
	clients_are(UID_ADMIN, UID_ADMIN);
	for (size_t i = 0; i < UP_COUNT(broken); i++) {
		fake_host_write(&d.host, "userpool.conf", broken[i]);
		a_daemon_signal(&d, SIGHUP);
		a_daemon_expect(&d, "RELOADING=1");
		a_daemon_expect(&d, "READY=1");
		assert_int_equal(a_daemon_logged(&d, "config-invalid"), i + 1);
		json_decref(api_ask(&d, "ListUsers",
				    json_pack("{s:s}", "UserPoolId", SMALL_POOL_ID), error));
		assert_string_equal(error, "");
	}
	fake_host_write(&d.host, "userpool.conf", "[pool]\nadmins = other\n");
	a_daemon_signal(&d, SIGHUP);
	a_daemon_expect(&d, "RELOADING=1");
	a_daemon_expect(&d, "READY=1");
	json_decref(
		api_ask(&d, "ListUsers", json_pack("{s:s}", "UserPoolId", SMALL_POOL_ID), error));
	assert_string_equal(error, "AccessDeniedException");
	clients_are(UID_OTHER, UID_OTHER);
	json_decref(
		api_ask(&d, "ListUsers", json_pack("{s:s}", "UserPoolId", SMALL_POOL_ID), error));
	assert_string_equal(error, "");
	a_daemon_clear(&d);
}

/* Who is at a prompt finishes, over a reload and over the end. */
static void a_login_outlives_reload_and_stop(void **state)
{
	struct up_login_done done = { .verdict = UP_VERDICT_DENY };
	struct a_daemon d;

	(void)state;
	a_daemon_init(&d, "");
	start(&d);
	int fd = client_connect(&d, UP_SOCKET_LOGIN);
	login_send_begin(fd, "alice", UP_PURPOSE_AUTHENTICATE);
	assert_true(login_receive(fd, &done));
	a_daemon_signal(&d, SIGHUP);
	a_daemon_expect(&d, "RELOADING=1");
	a_daemon_expect(&d, "READY=1");
	a_daemon_signal(&d, SIGTERM);
	a_daemon_expect(&d, "STOPPING=1");
	login_send_answer(fd, "right");
	assert_false(login_receive(fd, &done));
	assert_int_equal(done.verdict, UP_VERDICT_ALLOW);
	(void)close(fd);
	assert_int_equal(a_daemon_wait(&d), UP_OK);
	a_daemon_clear(&d);
}

/* Nobody types for ever. */
static void a_stop_waits_for_no_one_for_long(void **state)
{
	struct up_login_done done;
	struct a_daemon d;

	(void)state;
	a_daemon_init(&d, "");
	start(&d);
	int fd = client_connect(&d, UP_SOCKET_LOGIN);
	login_send_begin(fd, "alice", UP_PURPOSE_AUTHENTICATE);
	assert_true(login_receive(fd, &done));
	time_runs(100);
	a_daemon_signal(&d, SIGTERM);
	a_daemon_expect(&d, "STOPPING=1");
	assert_int_equal(a_daemon_wait(&d), UP_OK);
	assert_true(client_sees_end(fd));
	assert_int_equal(a_daemon_logged(&d, "the caller left"), 1);
	(void)close(fd);
	a_daemon_clear(&d);
}

/* DMN-15 */
static void a_second_daemon_leaves_the_first_alone(void **state)
{
	char elsewhere[96];
	enum up_err err = UP_OK;
	struct a_daemon d;

	(void)state;
	a_daemon_init(&d, "");
	start(&d);
	const pid_t first = d.pid;
	path_in(&d, "run2", elsewhere);
	assert_int_equal(mkdir(elsewhere, 0755), 0);
	assert_false(a_daemon_start(&d, NULL, &err));
	assert_int_equal(err, UP_ERR_CONFLICT);
	assert_false(a_daemon_start(&d, elsewhere, &err));
	assert_int_equal(err, UP_ERR_CONFLICT);
	assert_false(is_there(&d, "run2/login.sock"));
	d.pid = first;
	assert_answers(&d);
	a_daemon_signal(&d, SIGTERM);
	a_daemon_expect(&d, "STOPPING=1");
	assert_int_equal(a_daemon_wait(&d), UP_OK);
	/* And the place is free again. */
	start(&d);
	assert_answers(&d);
	a_daemon_clear(&d);
}

/* DMN-15: what a crash left, and what is not ours to remove. */
static void only_a_stale_socket_is_replaced(void **state)
{
	enum up_err err = UP_OK;
	struct a_daemon d;

	(void)state;
	a_daemon_init(&d, "");
	start(&d);
	a_daemon_signal(&d, SIGKILL);
	(void)close(d.notify);
	d.notify = -1;
	a_daemon_clear(&d);

	a_daemon_init(&d, "");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	path_in(&d, "run/login.sock", address.sun_path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	(void)close(fd);
	start(&d);
	assert_answers(&d);
	a_daemon_signal(&d, SIGTERM);
	a_daemon_expect(&d, "STOPPING=1");
	assert_int_equal(a_daemon_wait(&d), UP_OK);

	fake_host_write(&d.host, "run/api.sock", "a file of somebody's");
	assert_false(a_daemon_start(&d, NULL, &err));
	assert_int_equal(err, UP_ERR_CONFLICT);
	assert_true(is_there(&d, "run/api.sock"));
	a_daemon_clear(&d);
}

/* STO-07: a damaged ledger is refused, by name, and left as it is; never a first run. */
static void a_damaged_database_is_refused_and_left(void **state)
{
	_auto_(free) char *before = NULL, *after = NULL;
	enum up_err err = UP_OK;
	char path[96], noise[8192];
	struct a_daemon d;
	size_t len, len_after;

	(void)state;
	a_daemon_init(&d, "");
	start(&d);
	a_daemon_signal(&d, SIGTERM);
	a_daemon_expect(&d, "STOPPING=1");
	assert_int_equal(a_daemon_wait(&d), UP_OK);
	path_in(&d, "host/host.db", path);
	memset(noise, 0x5a, sizeof(noise));
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, noise, sizeof(noise)), sizeof(noise));
	(void)close(fd);
	before = scratch_read(path, &len);
	assert_false(a_daemon_start(&d, NULL, &err));
	assert_int_equal(err, UP_ERR_CORRUPT);
	assert_int_equal(a_daemon_logged(&d, "host/host.db"), 1);
	after = scratch_read(path, &len_after);
	assert_int_equal(len, len_after);
	assert_memory_equal(before, after, len);

	/* The key alone says that there was a ledger. */
	assert_int_equal(unlink(path), 0);
	assert_false(a_daemon_start(&d, NULL, &err));
	assert_int_equal(err, UP_ERR_CORRUPT);
	assert_false(is_there(&d, "host/host.db"));
	a_daemon_clear(&d);
}

static void takes_the_sockets_of_systemd(void **state)
{
	struct up_login_done done;
	struct a_daemon d;

	(void)state;
	a_daemon_init(&d, "");
	d.by_systemd = true;
	start(&d);
	assert_answers(&d);
	int fd = client_connect(&d, UP_SOCKET_LOGIN);
	login_send_begin(fd, "alice", UP_PURPOSE_AUTHENTICATE);
	assert_true(login_receive(fd, &done));
	(void)close(fd);
	a_daemon_signal(&d, SIGTERM);
	a_daemon_expect(&d, "STOPPING=1");
	assert_int_equal(a_daemon_wait(&d), UP_OK);
	/* They are systemd's to remove. */
	assert_true(is_there(&d, "run/login.sock"));
	a_daemon_clear(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_systemd_how_it_is),
		cmocka_unit_test(a_broken_configuration_changes_nothing),
		cmocka_unit_test(a_login_outlives_reload_and_stop),
		cmocka_unit_test(a_stop_waits_for_no_one_for_long),
		cmocka_unit_test(a_second_daemon_leaves_the_first_alone),
		cmocka_unit_test(only_a_stale_socket_is_replaced),
		cmocka_unit_test(a_damaged_database_is_refused_and_left),
		cmocka_unit_test(takes_the_sockets_of_systemd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
