/* SPDX-License-Identifier: MIT */
/* login.sock: one conversation a connection. */
#include <stdlib.h>
#include <string.h>

#include "common/frame.h"
#include "daemon/server/services.h"

/* A prompt is the largest. */
#define FRAME_SIZE (UP_FRAME_HEADER_SIZE + sizeof(struct up_login_prompt) + 64)

struct talk {
	struct services *services;
	struct connection *connection;
	struct login *login;
	bool has_begun;
};

static void send_frame(struct talk *talk, uint8_t *frame, size_t len, enum up_err err)
{
	if (err == UP_OK)
		connection_send(talk->connection, frame, len);
	else
		connection_finish(talk->connection);
	explicit_bzero(frame, FRAME_SIZE);
}

static void prompt(const struct up_login_prompt *message, void *arg)
{
	uint8_t frame[FRAME_SIZE];
	struct up_writer w = up_writer_into(frame, sizeof(frame));
	size_t len = 0;
	enum up_err err = up_login_prompt_encode(message, &w, &len);

	send_frame(arg, frame, len, err);
}

static void show(const struct up_login_show *message, void *arg)
{
	uint8_t frame[FRAME_SIZE];
	struct up_writer w = up_writer_into(frame, sizeof(frame));
	size_t len = 0;
	enum up_err err = up_login_show_encode(message, &w, &len);

	send_frame(arg, frame, len, err);
}

static void done(const struct up_login_done *message, void *arg)
{
	struct talk *talk = arg;
	uint8_t frame[FRAME_SIZE];
	struct up_writer w = up_writer_into(frame, sizeof(frame));
	size_t len = 0;
	enum up_err err = up_login_done_encode(message, &w, &len);

	send_frame(talk, frame, len, err);
	connection_finish(talk->connection);
}

static void *opened(struct connection *connection, void *arg)
{
	struct talk *talk = calloc(1, sizeof(*talk));

	if (talk != NULL)
		*talk = (struct talk){ .services = arg, .connection = connection };
	return talk;
}

static enum up_err begin(struct talk *talk, struct up_span payload)
{
	const struct peer *peer = connection_peer(talk->connection);
	const struct login_peer login_peer = { .pid = peer->pid, .uid = peer->uid };
	const struct login_terminal terminal = { prompt, show, done, talk };
	struct up_login_begin message;

	UP_TRY(up_login_begin_decode(payload, &message));
	talk->has_begun = true;
	return login_start(talk->services->logins, &message, &login_peer, &terminal, &talk->login);
}

static enum up_err answer(struct talk *talk, struct up_span payload)
{
	struct up_login_answer message;
	enum up_err err = up_login_answer_decode(payload, &message);

	if (err == UP_OK)
		err = login_answer(talk->login, &message);
	explicit_bzero(&message, sizeof(message));
	return err;
}

static enum up_err received(struct connection *connection, void *state, uint16_t type,
			    struct up_span payload)
{
	struct talk *talk = state;

	(void)connection;
	if (type == UP_FRAME_LOGIN_BEGIN && !talk->has_begun)
		return begin(talk, payload);
	if (type == UP_FRAME_LOGIN_ANSWER && talk->login != NULL)
		return answer(talk, payload);
	return UP_ERR_MALFORMED;
}

static void closed(void *state)
{
	struct talk *talk = state;

	login_free(talk->login);
	free(talk);
}

struct connection_service login_service(struct services *services)
{
	return (struct connection_service){ .name = UP_SOCKET_LOGIN,
					    .payload_max = UP_FRAME_PAYLOAD_MAX,
					    .idle_ms = UP_ANSWER_TIMEOUT_MS,
					    .opened = opened,
					    .received = received,
					    .closed = closed,
					    .arg = services };
}
