/* SPDX-License-Identifier: MIT */
#include "tests/pam/fake_login.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/client.h"
#include "tests/lib/testing.h"

#define WAIT_MS 10000

const struct fake_step fake_allow[] = {
	{ .type = UP_FRAME_LOGIN_DONE, .verdict = UP_VERDICT_ALLOW, .reason = UP_REASON_OK },
	{ 0 },
};

const struct fake_step fake_deny[] = {
	{ .type = UP_FRAME_LOGIN_DONE,
	  .verdict = UP_VERDICT_DENY,
	  .reason = UP_REASON_AUTH_FAILED },
	{ 0 },
};

const struct fake_step fake_hang[] = {
	{ .type = UP_FRAME_LOGIN_DONE, .trick = FAKE_HANG },
	{ 0 },
};

/* One conversation; in the fake's own process, so everything is static. */
struct line {
	int fd;
	struct fake_record *record;
	uint8_t buffer[UP_FRAME_HEADER_SIZE + UP_FRAME_PAYLOAD_MAX];
};

int fake_listen(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "run/" UP_SOCKET_LOGIN };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	(void)unlink(address.sun_path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static size_t encode(struct line *line, const struct fake_step *step)
{
	static struct up_login_prompt prompt;
	static struct up_login_show show;
	static struct up_login_done done;
	const struct up_login_begin *begin = &line->record->begin;
	const char *text = step->text != NULL ? step->text : "";
	struct up_writer w = up_writer_into(line->buffer, sizeof(line->buffer));
	uint8_t nonce[UP_NONCE_SIZE];
	enum up_err err = UP_ERR_MALFORMED;
	size_t length = 0;

	memcpy(nonce, begin->nonce, sizeof(nonce));
	nonce[0] = (uint8_t)(nonce[0] ^ (step->trick == FAKE_OTHER_NONCE));
	if (step->type == UP_FRAME_LOGIN_PROMPT) {
		prompt = (struct up_login_prompt){ .kind = step->kind, .echo = step->echo };
		memcpy(prompt.nonce, nonce, sizeof(nonce));
		(void)snprintf(prompt.text, sizeof(prompt.text), "%s", text);
		err = up_login_prompt_encode(&prompt, &w, &length);
	} else if (step->type == UP_FRAME_LOGIN_SHOW) {
		show = (struct up_login_show){ .is_error = step->is_error };
		memcpy(show.nonce, nonce, sizeof(nonce));
		(void)snprintf(show.text, sizeof(show.text), "%s", text);
		err = up_login_show_encode(&show, &w, &length);
	} else if (step->type == UP_FRAME_LOGIN_DONE) {
		done = (struct up_login_done){ .verdict = step->verdict, .reason = step->reason };
		memcpy(done.nonce, nonce, sizeof(nonce));
		(void)snprintf(done.message, sizeof(done.message), "%s", text);
		(void)snprintf(done.user, sizeof(done.user), "%s",
			       step->user != NULL ? step->user : begin->user);
		while (done.variables < UP_COUNT(step->environment) &&
		       step->environment[done.variables] != NULL) {
			(void)snprintf(done.environment[done.variables], UP_VARIABLE_SIZE, "%s",
				       step->environment[done.variables]);
			done.variables++;
		}
		err = up_login_done_encode(&done, &w, &length);
	}
	if (err != UP_OK)
		_exit(90);
	return length;
}

/* False when the peer is gone. */
static bool put(struct line *line, size_t length)
{
	return up_client_send(line->fd, (struct up_span){ line->buffer, length },
			      up_deadline_in(WAIT_MS)) == UP_OK;
}

static bool send_step(struct line *line, const struct fake_step *step)
{
	size_t length = encode(line, step);

	if (step->trick == FAKE_OTHER_VERSION)
		line->buffer[7]++;
	if (step->trick == FAKE_OTHER_TYPE)
		line->buffer[4]++;
	if (step->trick == FAKE_CUT) {
		(void)put(line, length - 1);
		return false;
	}
	if (step->trick == FAKE_TWICE && !put(line, length))
		return false;
	if (step->verdict == UP_VERDICT_ALLOW &&
	    (step->trick == FAKE_HONEST || step->trick == FAKE_TWICE) && step->user == NULL)
		line->record->allowed = true;
	return put(line, length);
}

/* Reads what answers a prompt; false when it is not what the script wants. */
static bool is_answered(struct line *line, const struct fake_step *step, bool *is_gone)
{
	static struct up_login_answer answer;
	struct fake_record *record = line->record;
	struct up_span payload = { 0 };
	uint16_t type = 0;

	*is_gone = up_client_receive(line->fd, line->buffer, UP_FRAME_PAYLOAD_MAX,
				     up_deadline_in(WAIT_MS), &type, &payload) != UP_OK ||
		   type != UP_FRAME_LOGIN_ANSWER ||
		   up_login_answer_decode(payload, &answer) != UP_OK ||
		   memcmp(answer.nonce, record->begin.nonce, UP_NONCE_SIZE) != 0;
	if (*is_gone)
		return false;
	if (record->answers < UP_COUNT(record->answer))
		memcpy(record->answer[record->answers++], answer.text, UP_ANSWER_SIZE);
	return strcmp(answer.text, step->answer) == 0;
}

static void wait_for_peer(int fd)
{
	char byte;

	while (up_client_receive(fd, &byte, 1, up_deadline_in(WAIT_MS), &(uint16_t){ 0 },
				 &(struct up_span){ 0 }) == UP_OK)
		;
}

static void play(struct line *line, const struct fake_step *step)
{
	for (; step->type != 0; step++) {
		bool is_gone = false;

		if (step->trick == FAKE_HANG) {
			wait_for_peer(line->fd);
			return;
		}
		if (!send_step(line, step))
			return;
		if (step->type != UP_FRAME_LOGIN_PROMPT || is_answered(line, step, &is_gone))
			continue;
		if (!is_gone)
			(void)send_step(line, fake_deny);
		return;
	}
}

static void serve(struct line *line, const struct fake_scripts *scripts)
{
	struct fake_record *record = line->record;
	struct up_span payload = { 0 };
	uint16_t type = 0;

	record->allowed = false;
	record->answers = 0;
	record->conversations++;
	if (up_client_receive(line->fd, line->buffer, UP_FRAME_PAYLOAD_MAX, up_deadline_in(WAIT_MS),
			      &type, &payload) != UP_OK ||
	    type != UP_FRAME_LOGIN_BEGIN || up_login_begin_decode(payload, &record->begin) != UP_OK)
		return;
	record->begins[record->begin.purpose] = record->begin;
	if (scripts->purpose[record->begin.purpose] != NULL)
		play(line, scripts->purpose[record->begin.purpose]);
}

static void serve_all(int listener, struct fake_record *record, const struct fake_scripts *scripts)
{
	static struct line line;

	line.record = record;
	for (;;) {
		line.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (line.fd < 0)
			_exit(91);
		serve(&line, scripts);
		(void)close(line.fd);
	}
}

void fake_serve(struct fake_login *fake, const struct fake_scripts *scripts)
{
	int listener = fake_listen();

	fake->record = mmap(NULL, sizeof(*fake->record), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(fake->record != MAP_FAILED);
	assert_int_equal(fcntl(listener, F_SETFL, 0), 0);
	fake->pid = fork();
	assert_true(fake->pid >= 0);
	if (fake->pid == 0) {
		/* It ends with the test, even with one that failed half-way. */
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
			_exit(92);
		serve_all(listener, fake->record, scripts);
	}
	(void)close(listener);
}

void fake_end(struct fake_login *fake)
{
	(void)kill(fake->pid, SIGKILL);
	(void)waitpid(fake->pid, NULL, 0);
	(void)munmap(fake->record, sizeof(*fake->record));
	(void)unlink("run/" UP_SOCKET_LOGIN);
	*fake = (struct fake_login){ 0 };
}
