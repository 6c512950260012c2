/* SPDX-License-Identifier: MIT */
/*
 * The module's side of a conversation against a daemon that sends any bytes.  A parser
 * of its own, which shares no code with the module's, says whether an allowing done
 * frame with our nonce and user is among them: without it no login may come of it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pam/talk.h"
#include "tests/lib/fuzz.h"
#include "tests/lib/prop.h"

#define INPUT_MAX 65536

static const struct up_login_begin begin = {
	.nonce = { 'n', 'o', 'n', 'c', 'e', '-', 'o', 'f', '-', 't', 'h', 'e', '-', 't', 'a', 'l' },
	.purpose = UP_PURPOSE_AUTHENTICATE,
	.service = "sshd",
	.user = "alice",
};

static uint32_t u32_at(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* nonce, verdict, reason, user: where a done frame has them. */
static bool allows(const uint8_t *payload, size_t len)
{
	static const uint8_t rest[] = { 0x52, 0xa5, 0x69, 0x3c, 0,   0,   0,   1,  0,
					0,    0,    5,    'a',  'l', 'i', 'c', 'e' };

	return len >= UP_NONCE_SIZE + sizeof(rest) &&
	       memcmp(payload, begin.nonce, UP_NONCE_SIZE) == 0 &&
	       memcmp(payload + UP_NONCE_SIZE, rest, sizeof(rest)) == 0;
}

/* Whether the first done frame of the input, with whole frames before it, allows. */
static bool input_allows(const uint8_t *data, size_t size)
{
	while (size >= 8) {
		const size_t len = u32_at(data);
		const uint32_t type_and_version = u32_at(data + 4);

		if (len > size - 8)
			return false;
		if (type_and_version == 0x01830001)
			return allows(data + 8, len);
		data += 8 + len;
		size -= 8 + len;
	}
	return false;
}

static enum talk_step ask(void *self, const struct up_login_prompt *prompt,
			  char answer[UP_ANSWER_SIZE])
{
	(void)self;
	PROP(strnlen(prompt->text, sizeof(prompt->text)) < sizeof(prompt->text));
	PROP(memcmp(prompt->nonce, begin.nonce, sizeof(begin.nonce)) == 0);
	memcpy(answer, "typed", sizeof("typed"));
	return TALK_STEP_OK;
}

static enum talk_step show(void *self, const struct up_login_show *shown)
{
	(void)self;
	PROP(strnlen(shown->text, sizeof(shown->text)) < sizeof(shown->text));
	return TALK_STEP_OK;
}

static void check_done(const struct up_login_done *done, const uint8_t *data, size_t size)
{
	PROP(strcmp(done->user, "alice") == 0);
	PROP(done->variables <= UP_ENVIRONMENT_MAX);
	for (size_t i = 0; i < done->variables; i++)
		PROP(strnlen(done->environment[i], UP_VARIABLE_SIZE) < UP_VARIABLE_SIZE);
	PROP(done->verdict == UP_VERDICT_ALLOW || done->verdict == UP_VERDICT_DENY);
	PROP(done->verdict != UP_VERDICT_ALLOW || input_allows(data, size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct talk_terminal terminal = { .ask = ask, .show = show };
	const struct talk_patience patience = { .connect = 1000, .first = 5000, .next = 5000 };
	struct up_login_done done;
	int pair[2];

	if (size > INPUT_MAX)
		return -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
		abort();
	/* All of it at once, then the end; our own frames stay unread in the socket. */
	if (send(pair[1], data, size, 0) != (ssize_t)size || shutdown(pair[1], SHUT_WR) != 0)
		abort();
	memset(&done, 0, sizeof(done));
	enum talk_end end = talk_over(pair[0], &begin, &terminal, &patience, &done);
	if (end == TALK_DONE)
		check_done(&done, data, size);
	else
		PROP(done.verdict != UP_VERDICT_ALLOW);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return 0;
}
