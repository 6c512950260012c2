/* SPDX-License-Identifier: MIT */
#include "tests/cli/fake_daemon.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/client.h"
#include "tests/lib/testing.h"

#define WAIT_MS 5000

static int listen_at(const struct fake *fake, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", fake->dir, name);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(chmod(address.sun_path, 0666), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

void fake_new(struct fake *fake)
{
	*fake = (struct fake){ .dir = "/tmp/userpool-cli-XXXXXX" };
	assert_non_null(mkdtemp(fake->dir));
}

static void note_request(const struct fake *fake, const char *operation, struct up_span json)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/requests", fake->dir);
	FILE *log = fopen(path, "ae");
	if (log == NULL)
		_exit(99);
	(void)fprintf(log, "%s %.*s\n", operation, (int)json.len, (const char *)json.data);
	(void)fclose(log);
}

static void send_frame(int fd, struct up_writer *w)
{
	size_t length = 0;

	if (up_frame_end(w, &length) != UP_OK ||
	    up_client_send(fd, (struct up_span){ w->data, length }, up_deadline_in(WAIT_MS)) !=
		    UP_OK)
		_exit(98);
}

static uint8_t buffer[UP_FRAME_HEADER_SIZE + UP_API_PAYLOAD_MAX];

static void send_answer(int fd, const struct fake_answer *answer)
{
	struct up_writer w = up_writer_into(buffer, sizeof(buffer));

	if (answer->result != NULL) {
		up_frame_begin(&w, UP_FRAME_API_RESULT);
		up_write_text(&w, answer->result);
	} else {
		up_frame_begin(&w, UP_FRAME_API_ERROR);
		up_write_text(&w, answer->error);
		up_write_text(&w, answer->message);
	}
	send_frame(fd, &w);
}

/* Answers one call; false when the peer is gone. */
static bool serve_call(const struct fake *fake, int fd, const struct fake_answer *script,
		       size_t count, size_t *next)
{
	static const struct fake_answer status = { .result = "{\"UserPoolId\":\"" FAKE_POOL "\"}" };
	static const struct fake_answer unexpected = { .error = "UnexpectedOperation",
						       .message = "not in the script" };
	struct up_span payload = { 0 };
	uint16_t type = 0;
	char operation[65];

	if (up_client_receive(fd, buffer, UP_API_PAYLOAD_MAX, up_deadline_in(WAIT_MS), &type,
			      &payload) != UP_OK)
		return false;
	struct up_reader r = up_reader_over(payload.data, payload.len);
	up_read_text(&r, operation, sizeof(operation));
	struct up_span json = up_read_bytes(&r, UP_API_PAYLOAD_MAX);
	if (type != UP_FRAME_API_CALL || up_reader_finish(&r) != UP_OK)
		return false;
	bool is_next = *next < count && strcmp(script[*next].operation, operation) == 0;
	bool is_status = !is_next && strcmp(operation, "GetHostStatus") == 0;
	if (!is_status)
		note_request(fake, operation, json);
	send_answer(fd, is_status ? &status : is_next ? &script[(*next)++] : &unexpected);
	return true;
}

/* A child that ends with the test, even one that failed half-way. */
static pid_t fork_bound(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		_exit(94);
	return pid;
}

void fake_serve_api(struct fake *fake, const struct fake_answer *script, size_t count)
{
	int listener = listen_at(fake, UP_SOCKET_API);
	size_t next = 0;

	fake->api = fork_bound();
	if (fake->api == 0)
		for (;;) {
			int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

			while (fd >= 0 && serve_call(fake, fd, script, count, &next))
				;
			(void)close(fd);
		}
	(void)close(listener);
}

static void send_step(int fd, const struct up_login_begin *begin, const struct fake_step *step)
{
	static struct up_login_prompt prompt;
	static struct up_login_show show;
	static struct up_login_done done;
	struct up_writer w = up_writer_into(buffer, sizeof(buffer));
	size_t length = 0;
	enum up_err err;
	uint8_t nonce[UP_NONCE_SIZE];

	memcpy(nonce, begin->nonce, sizeof(nonce));
	nonce[0] = (uint8_t)(nonce[0] ^ step->bad_nonce);
	if (step->type == UP_FRAME_LOGIN_PROMPT) {
		prompt.kind = step->no_echo ? UP_PROMPT_PASSWORD : UP_PROMPT_CODE;
		prompt.echo = !step->no_echo;
		memcpy(prompt.nonce, nonce, sizeof(nonce));
		(void)snprintf(prompt.text, sizeof(prompt.text), "%s", step->text);
		err = up_login_prompt_encode(&prompt, &w, &length);
	} else if (step->type == UP_FRAME_LOGIN_SHOW) {
		memcpy(show.nonce, nonce, sizeof(nonce));
		(void)snprintf(show.text, sizeof(show.text), "%s", step->text);
		err = up_login_show_encode(&show, &w, &length);
	} else {
		memcpy(done.nonce, nonce, sizeof(nonce));
		done.verdict = step->verdict;
		done.reason = step->reason;
		(void)snprintf(done.user, sizeof(done.user), "%s",
			       step->user != NULL ? step->user : begin->user);
		(void)snprintf(done.message, sizeof(done.message), "%s",
			       step->text != NULL ? step->text : "");
		err = up_login_done_encode(&done, &w, &length);
	}
	if (err != UP_OK || up_client_send(fd, (struct up_span){ buffer, length },
					   up_deadline_in(WAIT_MS)) != UP_OK)
		_exit(97);
}

static void expect_answer(int fd, const struct up_login_begin *begin, const char *expected)
{
	static struct up_login_answer answer;
	struct up_span payload = { 0 };
	uint16_t type = 0;

	/* An ended fake is a conversation broken off: the test sees that. */
	if (up_client_receive(fd, buffer, sizeof(buffer), up_deadline_in(WAIT_MS), &type,
			      &payload) != UP_OK ||
	    type != UP_FRAME_LOGIN_ANSWER || up_login_answer_decode(payload, &answer) != UP_OK ||
	    memcmp(answer.nonce, begin->nonce, UP_NONCE_SIZE) != 0 ||
	    strcmp(answer.text, expected) != 0)
		_exit(96);
}

static void serve_login(const struct fake *fake, int fd, const struct fake_step *script,
			size_t count)
{
	static struct up_login_begin begin;
	struct up_span payload = { 0 };
	uint16_t type = 0;
	char line[512];

	if (up_client_receive(fd, buffer, sizeof(buffer), up_deadline_in(WAIT_MS), &type,
			      &payload) != UP_OK ||
	    type != UP_FRAME_LOGIN_BEGIN || up_login_begin_decode(payload, &begin) != UP_OK)
		_exit(95);
	int length = snprintf(line, sizeof(line), "{\"user\":\"%s\",\"service\":\"%s\"}",
			      begin.user, begin.service);
	note_request(fake, "begin", (struct up_span){ (const uint8_t *)line, (size_t)length });
	for (size_t i = 0; i < count; i++) {
		send_step(fd, &begin, &script[i]);
		if (script[i].type == UP_FRAME_LOGIN_PROMPT)
			expect_answer(fd, &begin, script[i].answer);
	}
}

void fake_serve_login(struct fake *fake, const struct fake_step *script, size_t count)
{
	int listener = listen_at(fake, UP_SOCKET_LOGIN);

	fake->login = fork_bound();
	if (fake->login == 0) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		serve_login(fake, fd, script, count);
		_exit(0);
	}
	(void)close(listener);
}

char *fake_requests(const struct fake *fake)
{
	char path[128], *text = NULL;
	size_t size = 0;

	(void)snprintf(path, sizeof(path), "%s/requests", fake->dir);
	FILE *log = fopen(path, "re");
	if (log == NULL)
		return strdup("");
	if (getdelim(&text, &size, '\0', log) < 0) {
		free(text);
		text = strdup("");
	}
	(void)fclose(log);
	return text;
}

static void end_child(pid_t pid)
{
	if (pid <= 0)
		return;
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

void fake_end(struct fake *fake)
{
	static const char *const names[] = { UP_SOCKET_API, UP_SOCKET_LOGIN, "requests" };

	end_child(fake->api);
	end_child(fake->login);
	for (size_t i = 0; i < UP_COUNT(names); i++) {
		char path[128];

		(void)snprintf(path, sizeof(path), "%s/%s", fake->dir, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(fake->dir);
}
