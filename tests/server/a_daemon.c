/* SPDX-License-Identifier: MIT */
#include "tests/server/a_daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/pool/api_frame.h"
#include "daemon/server/server.h"
#include "tests/lib/testing.h"

#define WAIT_MS 20000 /* what does not come by then never does */
#define NONCE   "0123456789abcde"

/* What the test tells the daemon, which is another process. */
static struct shared {
	uid_t uid, real_uid;
	unsigned int faster;
	char silent[64];
} * shared;

int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
enum up_err __wrap_process_real_uid(pid_t pid, uid_t *ret);
int64_t __real_clock_boot_ms(void);
int64_t __wrap_clock_boot_ms(void);
int __real_sd_event_source_set_time_relative(sd_event_source *source, uint64_t usec);
int __wrap_sd_event_source_set_time_relative(sd_event_source *source, uint64_t usec);

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	int rc = __real_getsockopt(fd, level, name, value, len);

	if (rc == 0 && level == SOL_SOCKET && name == SO_PEERCRED)
		((struct ucred *)value)->uid = shared->uid;
	return rc;
}

enum up_err __wrap_process_real_uid(pid_t pid, uid_t *ret)
{
	(void)pid;
	*ret = shared->real_uid;
	return UP_OK;
}

int __wrap_sd_event_source_set_time_relative(sd_event_source *source, uint64_t usec)
{
	return __real_sd_event_source_set_time_relative(source, usec / shared->faster);
}

int64_t __wrap_clock_boot_ms(void)
{
	return __real_clock_boot_ms() * shared->faster;
}

void clients_are(uid_t uid, uid_t real_uid)
{
	shared->uid = uid;
	shared->real_uid = real_uid;
}

void time_runs(unsigned int faster)
{
	shared->faster = faster;
}

void pool_is_silent_about(const char *operation)
{
	(void)snprintf(shared->silent, sizeof(shared->silent), "%s",
		       operation != NULL ? operation : "");
}

/* The small pool, in which alice's password is "right" and everything may be written. */
static struct fake_reply answer(const char *operation, json_t *request, void *arg)
{
	const struct small_pool *pool = arg;
	json_t *parameters = json_object_get(request, "AuthParameters");
	const char *password = json_string_value(json_object_get(parameters, "PASSWORD"));

	if (strcmp(operation, shared->silent) == 0)
		return fake_silence();
	if (strcmp(operation, "InitiateAuth") == 0)
		return password != NULL && strcmp(password, "right") == 0
			       ? fake_result(small_pool_tokens(pool, &pool->user[0]))
			       : fake_error("NotAuthorizedException", "Incorrect.");
	struct fake_reply reply = small_pool_answer(operation, request, arg);
	if (reply.error != NULL && strcmp(reply.error, "UnknownOperationException") == 0)
		return fake_result(json_object());
	return reply;
}

void a_daemon_init(struct a_daemon *d, const char *config)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	*d = (struct a_daemon){ .notify = -1 };
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	assert_true(shared != MAP_FAILED);
	*shared = (struct shared){ .faster = 1 };
	small_pool_init(&d->pool);
	fake_host_init(&d->host);
	fake_host_write(&d->host, "etc/passwd",
			"root:x:0:0::/root:/bin/bash\nadmin:x:1001:1001::/:/bin/sh\n"
			"other:x:1002:1002::/:/bin/sh\n");
	fake_host_configure(&d->host, config);
	(void)snprintf(d->runtime, sizeof(d->runtime), "%.31s/run", d->host.directory);
	(void)snprintf(d->log, sizeof(d->log), "%.31s/log", d->host.directory);
	assert_int_equal(mkdir(d->runtime, 0755), 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", d->host.directory);
	d->notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(d->notify, (const struct sockaddr *)&address, sizeof(address)), 0);
}

void a_daemon_clear(struct a_daemon *d)
{
	if (d->pid > 0) {
		a_daemon_signal(d, SIGKILL);
		(void)waitpid(d->pid, NULL, 0);
	}
	(void)close(d->notify);
	fake_host_clear(&d->host);
	small_pool_clear(&d->pool);
	(void)munmap(shared, sizeof(*shared));
}

static int listen_at(const char *directory, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", directory, name);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 16) < 0)
		_exit(99);
	return fd;
}

/* As systemd does it: from 3 upwards. */
static void hand_over_sockets(const char *directory)
{
	static const char *const names[] = { UP_SOCKET_NSS, UP_SOCKET_LOGIN, UP_SOCKET_API };
	char pid[16];

	for (int i = 0; i < 3; i++) {
		int fd = listen_at(directory, names[i]);

		if (fd != 3 + i && (dup2(fd, 3 + i) < 0 || close(fd) < 0))
			_exit(98);
	}
	(void)snprintf(pid, sizeof(pid), "%d", getpid());
	(void)setenv("LISTEN_PID", pid, 1);
	(void)setenv("LISTEN_FDS", "3", 1);
}

static void run_child(struct a_daemon *d, const char *runtime)
{
	char config[64], notify[64];
	const struct rlimit limit = { d->descriptors, d->descriptors };
	const struct server_options options = { .config_file = config,
						.state_dir = d->host.directory,
						.runtime_dir = runtime,
						.worker = "/nonexistent",
						.builder = "/nonexistent",
						.log = LOG_TARGET_STDERR };
	int log = open(d->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	(void)snprintf(config, sizeof(config), "%s/userpool.conf", d->host.directory);
	(void)snprintf(notify, sizeof(notify), "%s/notify", d->host.directory);
	(void)setenv("NOTIFY_SOCKET", notify, 1);
	if (log < 0 || dup2(log, STDERR_FILENO) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		_exit(97);
	/* Nothing of the test's is open in it but the standard three. */
	(void)close_range(3, ~0u, 0);
	if (d->by_systemd)
		hand_over_sockets(runtime);
	if (d->descriptors != 0)
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	fake_pool_answer_with(answer, &d->pool);
	_exit((int)server_run(&options));
}

/* The next message, or the end of the child: false. */
static bool next_message(struct a_daemon *d, char *out, size_t size)
{
	for (int waited = 0; waited < WAIT_MS; waited += 20) {
		struct pollfd p = { .fd = d->notify, .events = POLLIN };
		siginfo_t ended = { 0 };

		if (poll(&p, 1, 20) == 1) {
			ssize_t len = recv(d->notify, out, size - 1, 0);

			out[len > 0 ? len : 0] = '\0';
			return true;
		}
		if (waitid(P_PID, (id_t)d->pid, &ended, WEXITED | WNOWAIT | WNOHANG) < 0 ||
		    ended.si_pid == d->pid)
			return false;
	}
	fail_msg("the daemon says nothing");
	return false;
}

bool a_daemon_start(struct a_daemon *d, const char *runtime, enum up_err *ret)
{
	char message[256];

	d->pid = fork();
	assert_true(d->pid >= 0);
	if (d->pid == 0)
		run_child(d, runtime != NULL ? runtime : d->runtime);
	if (next_message(d, message, sizeof(message))) {
		assert_string_equal(message, "READY=1");
		return true;
	}
	*ret = a_daemon_wait(d);
	return false;
}

void a_daemon_signal(struct a_daemon *d, int number)
{
	assert_int_equal(kill(d->pid, number), 0);
}

void a_daemon_expect(struct a_daemon *d, const char *text)
{
	char message[256] = "";

	assert_true(next_message(d, message, sizeof(message)));
	assert_non_null(strstr(message, text));
}

enum up_err a_daemon_wait(struct a_daemon *d)
{
	int status = 0;

	assert_int_equal(waitpid(d->pid, &status, 0), d->pid);
	d->pid = 0;
	assert_true(WIFEXITED(status));
	return (enum up_err)WEXITSTATUS(status);
}

size_t a_daemon_logged(struct a_daemon *d, const char *text)
{
	FILE *file = fopen(d->log, "re");
	char line[8192];
	size_t count = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL)
		count += strstr(line, text) != NULL;
	(void)fclose(file);
	return count;
}

int client_connect(const struct a_daemon *d, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", d->runtime, name);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

void client_send(int fd, const void *bytes, size_t len)
{
	/* The daemon may have hung up already. */
	(void)send(fd, bytes, len, MSG_NOSIGNAL);
}

/* 1: a byte; 0: the end; -1: neither came. */
static int read_byte(int fd, uint8_t *ret)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (poll(&p, 1, WAIT_MS) != 1)
		return -1;
	ssize_t len = recv(fd, ret, 1, 0);
	return len > 0 ? 1 : 0;
}

bool client_sees_end(int fd)
{
	uint8_t byte;

	return read_byte(fd, &byte) == 0;
}

static bool read_all(int fd, uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (read_byte(fd, &bytes[i]) != 1)
			return false;
	return true;
}

bool client_receive(int fd, uint16_t *type, uint8_t **payload, size_t *len)
{
	uint8_t head[UP_FRAME_HEADER_SIZE];
	struct up_frame_header header;

	if (!read_all(fd, head, sizeof(head)))
		return false;
	assert_int_equal(up_frame_header_decode(head, UP_API_PAYLOAD_MAX, &header), UP_OK);
	*payload = malloc(header.length + 1);
	assert_non_null(*payload);
	assert_true(read_all(fd, *payload, header.length));
	*type = header.type;
	*len = header.length;
	return true;
}

json_t *api_ask(const struct a_daemon *d, const char *operation, json_t *request, char error[128])
{
	uint8_t *frame = NULL, *payload = NULL;
	struct api_error refused = { .type = "" };
	json_t *result = NULL;
	uint16_t type = 0;
	size_t len = 0;
	int fd = client_connect(d, UP_SOCKET_API);

	assert_int_equal(api_call_make(operation, request, &frame, &len), UP_OK);
	json_decref(request);
	client_send(fd, frame, len);
	free(frame);
	assert_true(client_receive(fd, &type, &payload, &len));
	const struct up_span span = { payload, len };
	if (type == UP_FRAME_API_RESULT)
		assert_int_equal(api_result_decode(span, &result), UP_OK);
	else
		assert_int_equal(api_error_decode(span, &refused), UP_OK);
	(void)snprintf(error, 128, "%.127s", refused.type);
	free(payload);
	(void)close(fd);
	return result;
}

void login_send_begin(int fd, const char *user, enum up_purpose purpose)
{
	struct up_login_begin begin = { .nonce = NONCE, .purpose = purpose, .service = "sshd" };
	uint8_t frame[8192];
	struct up_writer w = up_writer_into(frame, sizeof(frame));
	size_t len = 0;

	(void)snprintf(begin.user, sizeof(begin.user), "%s", user);
	assert_int_equal(up_login_begin_encode(&begin, &w, &len), UP_OK);
	client_send(fd, frame, len);
}

void login_send_answer(int fd, const char *text)
{
	struct up_login_answer message = { .nonce = NONCE };
	uint8_t frame[2048];
	struct up_writer w = up_writer_into(frame, sizeof(frame));
	size_t len = 0;

	(void)snprintf(message.text, sizeof(message.text), "%s", text);
	assert_int_equal(up_login_answer_encode(&message, &w, &len), UP_OK);
	client_send(fd, frame, len);
}

bool login_receive(int fd, struct up_login_done *done)
{
	uint8_t *payload = NULL;
	uint16_t type = 0;
	size_t len = 0;

	assert_true(client_receive(fd, &type, &payload, &len));
	if (type == UP_FRAME_LOGIN_DONE)
		assert_int_equal(up_login_done_decode((struct up_span){ payload, len }, done),
				 UP_OK);
	free(payload);
	return type == UP_FRAME_LOGIN_PROMPT;
}
