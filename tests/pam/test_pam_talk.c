/* SPDX-License-Identifier: MIT */
/* The terminal's side of login.sock over a socket pair: no libpam, no process, no time. */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "pam/talk.h"
#include "tests/lib/testing.h"

static const struct talk_patience patience = { 1000, 1000, 1000 };
static const struct talk_patience impatience = { 30, 30, 30 };

static struct up_login_begin begin = {
	.nonce = { 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9 },
	.purpose = UP_PURPOSE_AUTHENTICATE,
	.service = "sshd",
	.user = "eve",
};

/* What the daemon is going to say, written before the talk begins. */
struct wire {
	int near, far;
	uint8_t bytes[4 * 65536];
	size_t length;
};

static struct wire wire;

static void wire_open(void)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds),
			 0);
	wire.near = fds[0];
	wire.far = fds[1];
	wire.length = 0;
}

static void wire_close(void)
{
	assert_int_equal(close(wire.near), 0);
	assert_int_equal(close(wire.far), 0);
}

static struct up_writer wire_writer(void)
{
	return up_writer_into(wire.bytes + wire.length, sizeof(wire.bytes) - wire.length);
}

static void add_prompt(enum up_prompt_kind kind, const char *text)
{
	static struct up_login_prompt prompt;
	struct up_writer w = wire_writer();
	size_t length = 0;

	memcpy(prompt.nonce, begin.nonce, UP_NONCE_SIZE);
	prompt.kind = kind;
	(void)strcpy(prompt.text, text);
	assert_int_equal(up_login_prompt_encode(&prompt, &w, &length), UP_OK);
	wire.length += length;
}

static void add_show(const char *text)
{
	static struct up_login_show shown;
	struct up_writer w = wire_writer();
	size_t length = 0;

	memcpy(shown.nonce, begin.nonce, UP_NONCE_SIZE);
	(void)strcpy(shown.text, text);
	assert_int_equal(up_login_show_encode(&shown, &w, &length), UP_OK);
	wire.length += length;
}

/* Returns where it begins. */
static size_t add_done(void)
{
	static const struct up_login_done done = { .verdict = UP_VERDICT_ALLOW,
						   .reason = UP_REASON_OK,
						   .user = "eve",
						   .message = "Welcome",
						   .variables = 1,
						   .environment = { "USERPOOL_SESSION=4f" } };
	struct up_login_done copy = done;
	struct up_writer w = wire_writer();
	size_t length = 0, start = wire.length;

	memcpy(copy.nonce, begin.nonce, UP_NONCE_SIZE);
	assert_int_equal(up_login_done_encode(&copy, &w, &length), UP_OK);
	wire.length += length;
	return start;
}

/* The person: answers with `answer`, and counts. */
struct terminal {
	const char *answer;
	enum talk_step step;
	size_t asked, shown, received;
};

static enum talk_step ask(void *self, const struct up_login_prompt *prompt,
			  char answer[UP_ANSWER_SIZE])
{
	struct terminal *terminal = self;

	(void)prompt;
	terminal->asked++;
	(void)strcpy(answer, terminal->answer);
	return terminal->step;
}

static enum talk_step show(void *self, const struct up_login_show *shown)
{
	struct terminal *terminal = self;

	(void)shown;
	terminal->shown++;
	return terminal->step;
}

static void received(void *self, uint16_t type)
{
	struct terminal *terminal = self;

	(void)type;
	terminal->received++;
}

static struct terminal terminal;
static struct up_login_done result;

/* Talks with a daemon that says the first `length` bytes of the wire and then closes, or hangs. */
static enum talk_end talk(size_t length, bool is_closed)
{
	const struct talk_terminal with = { ask, show, received, &terminal };

	terminal = (struct terminal){ .answer = "secret", .step = TALK_STEP_OK };
	memset(&result, 0, sizeof(result));
	for (size_t sent = 0; sent < length;) {
		ssize_t put = send(wire.far, wire.bytes + sent, length - sent, MSG_NOSIGNAL);

		assert_true(put > 0);
		sent += (size_t)put;
	}
	if (is_closed)
		assert_int_equal(shutdown(wire.far, SHUT_WR), 0);
	return talk_over(wire.near, &begin, &with, is_closed ? &patience : &impatience, &result);
}

static void a_whole_conversation_ends_with_its_verdict(void **state)
{
	(void)state;
	wire_open();
	add_show("hello");
	add_prompt(UP_PROMPT_PASSWORD, "Password: ");
	add_prompt(UP_PROMPT_CODE, "Code: ");
	(void)add_done();
	assert_int_equal(talk(wire.length, true), TALK_DONE);
	assert_int_equal(terminal.shown, 1);
	assert_int_equal(terminal.asked, 2);
	assert_int_equal(terminal.received, 4);
	assert_int_equal(result.verdict, UP_VERDICT_ALLOW);
	assert_string_equal(result.message, "Welcome");
	assert_string_equal(result.environment[0], "USERPOOL_SESSION=4f");
	wire_close();
}

/* PAM-02. */
static void a_conversation_cut_at_any_byte_has_no_verdict(void **state)
{
	(void)state;
	wire_open();
	add_prompt(UP_PROMPT_PASSWORD, "Password: ");
	add_show("hello");
	(void)add_done();
	wire_close();
	const size_t whole = wire.length;
	for (size_t length = 0; length < whole; length++) {
		wire_open();
		assert_int_equal(talk(length, true), TALK_OFFLINE);
		assert_int_equal(result.verdict, 0);
		wire_close();
	}
	wire_open();
	assert_int_equal(talk(whole, true), TALK_DONE);
	wire_close();
}

static void a_daemon_that_stops_at_any_byte_is_given_up(void **state)
{
	(void)state;
	wire_open();
	const size_t start = add_done(), whole = wire.length;
	wire_close();
	for (size_t length = start; length < whole; length += 7) {
		wire_open();
		assert_int_equal(talk(length, false), TALK_OFFLINE);
		wire_close();
	}
}

/* PAM-02: whatever is changed in one place, it is no success for eve, or it is her whole one. */
static void a_changed_byte_never_makes_another_login(void **state)
{
	static uint8_t honest[4096];

	(void)state;
	wire_open();
	(void)add_done();
	wire_close();
	const size_t whole = wire.length;
	memcpy(honest, wire.bytes, whole);
	/* Nonce, verdict, reason and user, and before them the header. */
	const size_t decisive = UP_FRAME_HEADER_SIZE + UP_NONCE_SIZE + 4 + 4 + 4 + strlen("eve");

	for (size_t at = 0; at < whole; at++)
		for (unsigned int bit = 0; bit < 8; bit++) {
			memcpy(wire.bytes, honest, whole);
			wire.bytes[at] = (uint8_t)(wire.bytes[at] ^ (1u << bit));
			wire_open();
			enum talk_end end = talk(whole, true);
			wire_close();
			if (at < decisive)
				assert_int_not_equal(end, TALK_DONE);
			else if (end == TALK_DONE)
				assert_string_equal(result.user, "eve");
		}
}

static void garbage_has_no_verdict(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		wire_open();
		const size_t whole = 8 + (size_t)round % 300;

		for (size_t i = 0; i < whole; i++) {
			seed = seed * 1664525 + 1013904223;
			wire.bytes[i] = (uint8_t)(seed >> 24);
		}
		/* In every other round the header is right, so that it is a decoder that says no.
		 */
		if (round % 2 == 0) {
			struct up_writer w = up_writer_into(wire.bytes, UP_FRAME_HEADER_SIZE);

			up_write_u32(&w, (uint32_t)(whole - UP_FRAME_HEADER_SIZE));
			up_write_u16(&w, (uint16_t)(UP_FRAME_LOGIN_PROMPT + round / 2 % 3));
			up_write_u16(&w, UP_PROTOCOL_VERSION);
		}
		enum talk_end end = talk(whole, true);
		assert_true(end == TALK_BROKEN || end == TALK_OFFLINE);
		assert_int_equal(terminal.asked + terminal.shown, 0);
		wire_close();
	}
}

static void a_frame_from_another_conversation_is_refused(void **state)
{
	/* Where the nonce ends, in each kind of frame. */
	static const size_t last = UP_FRAME_HEADER_SIZE + UP_NONCE_SIZE - 1;

	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		wire_open();
		if (kind == 0)
			add_prompt(UP_PROMPT_PASSWORD, "Password: ");
		else if (kind == 1)
			add_show("hello");
		(void)add_done();
		wire.bytes[last] ^= 1;
		assert_int_equal(talk(wire.length, true), TALK_BROKEN);
		assert_int_equal(terminal.asked + terminal.shown, 0);
		wire_close();
	}
}

static void a_frame_that_only_a_terminal_sends_is_refused(void **state)
{
	static const uint16_t types[] = { 0,
					  UP_FRAME_LOGIN_BEGIN,
					  UP_FRAME_LOGIN_ANSWER,
					  UP_FRAME_NSS_REPLY,
					  UP_FRAME_API_RESULT,
					  0xffff };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(types); i++) {
		wire_open();
		const size_t start = add_done();

		wire.bytes[start + 4] = (uint8_t)(types[i] >> 8);
		wire.bytes[start + 5] = (uint8_t)types[i];
		assert_int_equal(talk(wire.length, true), TALK_BROKEN);
		wire_close();
	}
}

static void a_frame_that_is_too_long_is_not_read(void **state)
{
	static const uint32_t lengths[] = { 8258, 65536, 65537, 0x7fffffff, 0xffffffff };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(lengths); i++) {
		struct up_writer w = up_writer_into(wire.bytes, sizeof(wire.bytes));

		wire_open();
		up_write_u32(&w, lengths[i]);
		up_write_u16(&w, UP_FRAME_LOGIN_DONE);
		up_write_u16(&w, UP_PROTOCOL_VERSION);
		assert_int_equal(talk(UP_FRAME_HEADER_SIZE + 100, true), TALK_BROKEN);
		wire_close();
	}
}

static void the_longest_prompt_is_asked_and_the_longest_answer_sent(void **state)
{
	static char longest_prompt[UP_PROMPT_SIZE], longest_answer[UP_ANSWER_SIZE];
	static uint8_t sent[65536];
	static struct up_login_answer answer;
	const struct talk_terminal with = { ask, show, NULL, &terminal };
	struct up_login_begin seen;

	(void)state;
	memset(longest_prompt, 'p', sizeof(longest_prompt) - 1);
	memset(longest_answer, 'a', sizeof(longest_answer) - 1);
	wire_open();
	add_prompt(UP_PROMPT_CODE, longest_prompt);
	(void)add_done();
	assert_int_equal(send(wire.far, wire.bytes, wire.length, 0), wire.length);
	terminal = (struct terminal){ .answer = longest_answer, .step = TALK_STEP_OK };
	assert_int_equal(talk_over(wire.near, &begin, &with, &patience, &result), TALK_DONE);
	const size_t length = (size_t)recv(wire.far, sent, sizeof(sent), 0);
	struct up_frame_header head;
	assert_int_equal(up_frame_header_decode(sent, sizeof(sent), &head), UP_OK);
	assert_int_equal(head.type, UP_FRAME_LOGIN_BEGIN);
	assert_int_equal(
		up_login_begin_decode((struct up_span){ sent + UP_FRAME_HEADER_SIZE, head.length },
				      &seen),
		UP_OK);
	assert_memory_equal(&seen, &begin, sizeof(seen));
	const size_t at = UP_FRAME_HEADER_SIZE + head.length;
	assert_int_equal(up_frame_header_decode(sent + at, sizeof(sent), &head), UP_OK);
	assert_int_equal(head.type, UP_FRAME_LOGIN_ANSWER);
	assert_int_equal(at + UP_FRAME_HEADER_SIZE + head.length, length);
	assert_int_equal(
		up_login_answer_decode(
			(struct up_span){ sent + at + UP_FRAME_HEADER_SIZE, head.length }, &answer),
		UP_OK);
	assert_string_equal(answer.text, longest_answer);
	assert_memory_equal(answer.nonce, begin.nonce, UP_NONCE_SIZE);
	wire_close();
}

static void a_prompt_for_nobody_breaks_the_protocol(void **state)
{
	(void)state;
	begin.flags = UP_LOGIN_NONINTERACTIVE;
	wire_open();
	add_prompt(UP_PROMPT_CONFIRM, "Press Enter");
	(void)add_done();
	assert_int_equal(talk(wire.length, true), TALK_BROKEN);
	assert_int_equal(terminal.asked, 0);
	wire_close();
	begin.flags = 0;
}

static void a_person_who_cannot_answer_ends_it(void **state)
{
	static const struct {
		enum talk_step step;
		enum talk_end end;
	} cases[] = {
		{ TALK_STEP_FAILED, TALK_MUTE },
		{ TALK_STEP_NO_PASSWORD, TALK_NO_PASSWORD },
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++)
		for (int is_prompt = 0; is_prompt < 2; is_prompt++) {
			const struct talk_terminal with = { ask, show, NULL, &terminal };
			static uint8_t sent[65536];

			wire_open();
			if (is_prompt != 0)
				add_prompt(UP_PROMPT_PASSWORD, "Password: ");
			else
				add_show("hello");
			(void)add_done();
			assert_int_equal(send(wire.far, wire.bytes, wire.length, 0), wire.length);
			terminal = (struct terminal){ .answer = "secret", .step = cases[i].step };
			assert_int_equal(talk_over(wire.near, &begin, &with, &patience, &result),
					 cases[i].end);
			/* Nothing but the begin frame went out. */
			const ssize_t length = recv(wire.far, sent, sizeof(sent), 0);
			assert_true(length > 0);
			assert_null(memmem(sent, (size_t)length, "secret", strlen("secret")));
			wire_close();
		}
}

static void a_daemon_that_never_ends_is_cut_off(void **state)
{
	(void)state;
	wire_open();
	for (int i = 0; i < TALK_FRAMES_MAX; i++)
		add_show("again");
	(void)add_done();
	assert_int_equal(talk(wire.length, true), TALK_BROKEN);
	assert_int_equal(terminal.shown, TALK_FRAMES_MAX);
	wire_close();
	/* One less is a conversation. */
	wire_open();
	for (int i = 0; i < TALK_FRAMES_MAX - 1; i++)
		add_show("again");
	(void)add_done();
	assert_int_equal(talk(wire.length, true), TALK_DONE);
	wire_close();
}

static int64_t now_ms(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void silence_is_waited_for_as_long_as_told(void **state)
{
	(void)state;
	wire_open();
	const int64_t start = now_ms();
	assert_int_equal(talk(0, false), TALK_OFFLINE);
	assert_in_range(now_ms() - start, 30, 5000);
	wire_close();
}

static void a_peer_that_is_gone_raises_no_signal(void **state)
{
	const struct talk_terminal with = { ask, show, NULL, &terminal };

	(void)state;
	wire_open();
	assert_int_equal(shutdown(wire.far, SHUT_RDWR), 0);
	assert_int_equal(talk_over(wire.near, &begin, &with, &patience, &result), TALK_OFFLINE);
	wire_close();
}

static void no_purpose_waits_longer_than_the_protocol_says(void **state)
{
	(void)state;
	for (int purpose = 0; purpose < 8; purpose++) {
		const struct talk_patience given = talk_patience_for((enum up_purpose)purpose);

		assert_in_range(given.connect, 1, UP_CONNECT_TIMEOUT_MS);
		assert_in_range(given.first, 1, UP_REPLY_TIMEOUT_MS);
		assert_in_range(given.next, 1, UP_REPLY_TIMEOUT_MS);
	}
	assert_int_equal(talk_patience_for(UP_PURPOSE_CLOSE_SESSION).first, 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_conversation_ends_with_its_verdict),
		cmocka_unit_test(a_conversation_cut_at_any_byte_has_no_verdict),
		cmocka_unit_test(a_daemon_that_stops_at_any_byte_is_given_up),
		cmocka_unit_test(a_changed_byte_never_makes_another_login),
		cmocka_unit_test(garbage_has_no_verdict),
		cmocka_unit_test(a_frame_from_another_conversation_is_refused),
		cmocka_unit_test(a_frame_that_only_a_terminal_sends_is_refused),
		cmocka_unit_test(a_frame_that_is_too_long_is_not_read),
		cmocka_unit_test(the_longest_prompt_is_asked_and_the_longest_answer_sent),
		cmocka_unit_test(a_prompt_for_nobody_breaks_the_protocol),
		cmocka_unit_test(a_person_who_cannot_answer_ends_it),
		cmocka_unit_test(a_daemon_that_never_ends_is_cut_off),
		cmocka_unit_test(silence_is_waited_for_as_long_as_told),
		cmocka_unit_test(a_peer_that_is_gone_raises_no_signal),
		cmocka_unit_test(no_purpose_waits_longer_than_the_protocol_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
