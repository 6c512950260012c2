/* SPDX-License-Identifier: MIT */
#include "pam/talk.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/client.h"

/* The largest frame that a terminal may be sent is a prompt; the rest of it is small change. */
#define PAYLOAD_SIZE (UP_PROMPT_SIZE + 64)

/* On the heap: a PAM application may run us on a thread with a small stack. */
struct talk {
	int fd;
	const struct up_login_begin *begin;
	const struct talk_terminal *terminal;
	int64_t next_ms;
	struct up_login_answer answer;
	struct up_login_prompt prompt;
	struct up_login_show show;
	struct up_login_done done;
	uint8_t buffer[PAYLOAD_SIZE];
};

/* Not finished yet; no value of enum talk_end. */
#define GO_ON ((enum talk_end)(TALK_DONE + 1))

static void talk_free(struct talk *talk)
{
	if (talk == NULL)
		return;
	explicit_bzero(talk, sizeof(*talk));
	free(talk);
}
UP_DEFINE_AUTO(struct talk, talk_free);

struct talk_patience talk_patience_for(enum up_purpose purpose)
{
	/* The daemon's first frame may have waited for the pool's network, so it is given more
	 * than a local call needs; a hung daemon must not hold a login for half a minute.  A
	 * logout waits for nobody. */
	const int64_t first = purpose == UP_PURPOSE_CLOSE_SESSION ? 2000 : 10000;

	return (struct talk_patience){ .connect = UP_CONNECT_TIMEOUT_MS,
				       .first = first,
				       .next = purpose == UP_PURPOSE_CLOSE_SESSION
						       ? first
						       : UP_REPLY_TIMEOUT_MS };
}

/* What was not heard is "cannot tell"; what was heard and is wrong is the daemon's fault. */
static enum talk_end end_of_error(enum up_err err)
{
	return err == UP_ERR_OFFLINE || err == UP_ERR_TIMEOUT ? TALK_OFFLINE : TALK_BROKEN;
}

static bool is_ours(const struct talk *talk, const uint8_t nonce[UP_NONCE_SIZE])
{
	return memcmp(nonce, talk->begin->nonce, UP_NONCE_SIZE) == 0;
}

static enum talk_end end_of_step(enum talk_step step)
{
	if (step == TALK_STEP_OK)
		return GO_ON;
	return step == TALK_STEP_NO_PASSWORD ? TALK_NO_PASSWORD : TALK_MUTE;
}

static enum talk_end send_begin(struct talk *talk)
{
	struct up_writer w = up_writer_into(talk->buffer, sizeof(talk->buffer));
	size_t len;

	if (up_login_begin_encode(talk->begin, &w, &len) != UP_OK)
		return TALK_BROKEN;
	enum up_err err = up_client_send(talk->fd, (struct up_span){ talk->buffer, len },
					 up_deadline_in(UP_CONNECT_TIMEOUT_MS));
	return err == UP_OK ? GO_ON : end_of_error(err);
}

static enum talk_end send_answer(struct talk *talk)
{
	struct up_writer w = up_writer_into(talk->buffer, sizeof(talk->buffer));
	size_t len = 0;
	enum up_err err;

	memcpy(talk->answer.nonce, talk->begin->nonce, UP_NONCE_SIZE);
	err = up_login_answer_encode(&talk->answer, &w, &len);
	explicit_bzero(&talk->answer, sizeof(talk->answer));
	if (err == UP_OK)
		err = up_client_send(talk->fd, (struct up_span){ talk->buffer, len },
				     up_deadline_in(UP_CONNECT_TIMEOUT_MS));
	explicit_bzero(talk->buffer, sizeof(talk->buffer));
	return err == UP_OK ? GO_ON : end_of_error(err);
}

static enum talk_end take_prompt(struct talk *talk, struct up_span payload)
{
	if (up_login_prompt_decode(payload, &talk->prompt) != UP_OK ||
	    !is_ours(talk, talk->prompt.nonce) ||
	    (talk->begin->flags & UP_LOGIN_NONINTERACTIVE) != 0)
		return TALK_BROKEN;
	enum talk_end end = end_of_step(
		talk->terminal->ask(talk->terminal->self, &talk->prompt, talk->answer.text));
	if (end == GO_ON)
		end = send_answer(talk);
	explicit_bzero(&talk->answer, sizeof(talk->answer));
	return end;
}

static enum talk_end take_show(struct talk *talk, struct up_span payload)
{
	if (up_login_show_decode(payload, &talk->show) != UP_OK || !is_ours(talk, talk->show.nonce))
		return TALK_BROKEN;
	return end_of_step(talk->terminal->show(talk->terminal->self, &talk->show));
}

static enum talk_end take_done(struct talk *talk, struct up_span payload)
{
	if (up_login_done_decode(payload, &talk->done) != UP_OK ||
	    !is_ours(talk, talk->done.nonce) || strcmp(talk->done.user, talk->begin->user) != 0)
		return TALK_BROKEN;
	return TALK_DONE;
}

static enum talk_end take_frame(struct talk *talk, int64_t patience_ms)
{
	struct up_span payload;
	uint16_t type;
	enum up_err err = up_client_receive(talk->fd, talk->buffer, sizeof(talk->buffer),
					    up_deadline_in(patience_ms), &type, &payload);

	if (err != UP_OK)
		return end_of_error(err);
	if (talk->terminal->received != NULL)
		talk->terminal->received(talk->terminal->self, type);
	switch (type) {
	case UP_FRAME_LOGIN_PROMPT:
		return take_prompt(talk, payload);
	case UP_FRAME_LOGIN_SHOW:
		return take_show(talk, payload);
	case UP_FRAME_LOGIN_DONE:
		return take_done(talk, payload);
	default:
		return TALK_BROKEN;
	}
}

enum talk_end talk_over(int fd, const struct up_login_begin *begin,
			const struct talk_terminal *terminal, const struct talk_patience *patience,
			struct up_login_done *ret)
{
	_auto_(talk_free) struct talk *talk = calloc(1, sizeof(*talk));
	int64_t patience_ms = patience->first;

	if (talk == NULL)
		return TALK_BROKEN;
	talk->fd = fd;
	talk->begin = begin;
	talk->terminal = terminal;
	enum talk_end end = send_begin(talk);
	for (int frames = 0; end == GO_ON && frames < TALK_FRAMES_MAX; frames++) {
		end = take_frame(talk, patience_ms);
		patience_ms = patience->next;
	}
	if (end == GO_ON)
		return TALK_BROKEN;
	if (end == TALK_DONE)
		*ret = talk->done;
	return end;
}

enum talk_end talk_at(const char *path, const struct up_login_begin *begin,
		      const struct talk_terminal *terminal, const struct talk_patience *patience,
		      struct up_login_done *ret)
{
	int fd;
	enum up_err err = up_client_connect(path, up_deadline_in(patience->connect), &fd);

	/* A listener that we do not trust, or no fd left, is as good as no daemon. */
	if (err != UP_OK)
		return TALK_OFFLINE;
	enum talk_end end = talk_over(fd, begin, terminal, patience, ret);
	(void)close(fd);
	return end;
}
