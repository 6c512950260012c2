/* SPDX-License-Identifier: MIT */
/* userpool login-test: the same frames as the PAM module, with this terminal for its prompts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "cli/api.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "common/client.h"

#define FRAMES_MAX 64

struct conversation {
	struct cli *cli;
	int fd;
	struct up_login_begin begin;
	struct up_login_done done;
	bool is_done;
	uint8_t buffer[UP_FRAME_PAYLOAD_MAX];
};

static enum up_err send_begin(struct conversation *talk)
{
	uint8_t frame[UP_FRAME_HEADER_SIZE + sizeof(talk->begin) + 64];
	struct up_writer w = up_writer_into(frame, sizeof(frame));
	size_t length = 0;

	UP_TRY(up_login_begin_encode(&talk->begin, &w, &length));
	return up_client_send(talk->fd, (struct up_span){ frame, length },
			      up_deadline_in(UP_CONNECT_TIMEOUT_MS));
}

static enum up_err send_answer(struct conversation *talk, const struct up_login_answer *answer)
{
	uint8_t frame[UP_FRAME_HEADER_SIZE + sizeof(*answer) + 16];
	struct up_writer w = up_writer_into(frame, sizeof(frame));
	size_t length = 0;
	enum up_err err = up_login_answer_encode(answer, &w, &length);

	if (err == UP_OK)
		err = up_client_send(talk->fd, (struct up_span){ frame, length },
				     up_deadline_in(UP_CONNECT_TIMEOUT_MS));
	explicit_bzero(frame, sizeof(frame));
	return err;
}

static bool is_ours(const struct conversation *talk, const uint8_t nonce[UP_NONCE_SIZE])
{
	return memcmp(talk->begin.nonce, nonce, UP_NONCE_SIZE) == 0;
}

/* Asks the person, or takes the next line of standard input. */
static enum terminal_result ask(struct conversation *talk, const struct up_login_prompt *prompt,
				char *ret, size_t size)
{
	if (option_is_given(talk->cli, OPT_STDIN))
		return terminal_read_line(ret, size);
	char *text = output_escape(prompt->text, ESCAPE_BLOCK);
	enum terminal_result result = terminal_ask(text, prompt->echo, ret, size);
	free(text);
	return result;
}

static enum up_err on_prompt(struct conversation *talk, struct up_span payload)
{
	struct up_login_prompt prompt;
	struct up_login_answer answer = { 0 };

	UP_TRY(up_login_prompt_decode(payload, &prompt));
	if (!is_ours(talk, prompt.nonce))
		return UP_ERR_MALFORMED;
	enum terminal_result result = ask(talk, &prompt, answer.text, sizeof(answer.text));
	/* The prompt may show a secret to be enrolled. */
	explicit_bzero(&prompt, sizeof(prompt));
	if (result != TERMINAL_OK) {
		output_error(talk->cli, "%s", terminal_error(result));
		return UP_ERR_IO;
	}
	memcpy(answer.nonce, talk->begin.nonce, sizeof(answer.nonce));
	enum up_err err = send_answer(talk, &answer);
	explicit_bzero(&answer, sizeof(answer));
	return err;
}

static enum up_err on_show(struct conversation *talk, struct up_span payload)
{
	struct up_login_show show;

	UP_TRY(up_login_show_decode(payload, &show));
	if (!is_ours(talk, show.nonce))
		return UP_ERR_MALFORMED;
	char *text = output_escape(show.text, ESCAPE_BLOCK);
	if (option_is_given(talk->cli, OPT_STDIN))
		(void)fprintf(stderr, "%s\n", text);
	else
		terminal_show(text);
	free(text);
	return UP_OK;
}

static enum up_err on_done(struct conversation *talk, struct up_span payload)
{
	UP_TRY(up_login_done_decode(payload, &talk->done));
	/* A verdict about another user or conversation is none. */
	if (!is_ours(talk, talk->done.nonce) || strcmp(talk->done.user, talk->begin.user) != 0)
		return UP_ERR_MALFORMED;
	talk->is_done = true;
	return UP_OK;
}

static enum up_err converse(struct conversation *talk)
{
	UP_TRY(send_begin(talk));
	for (int frames = 0; !talk->is_done && frames < FRAMES_MAX; frames++) {
		struct up_span payload = { 0 };
		uint16_t type = 0;

		UP_TRY(up_client_receive(talk->fd, talk->buffer, sizeof(talk->buffer),
					 up_deadline_in(UP_REPLY_TIMEOUT_MS), &type, &payload));
		if (type == UP_FRAME_LOGIN_PROMPT)
			UP_TRY(on_prompt(talk, payload));
		else if (type == UP_FRAME_LOGIN_SHOW)
			UP_TRY(on_show(talk, payload));
		else if (type == UP_FRAME_LOGIN_DONE)
			UP_TRY(on_done(talk, payload));
		else
			return UP_ERR_MALFORMED;
	}
	return talk->is_done ? UP_OK : UP_ERR_MALFORMED;
}

static enum outcome report(const struct conversation *talk)
{
	const struct up_login_done *done = &talk->done;
	bool is_allowed = done->verdict == UP_VERDICT_ALLOW;
	const char *verdict = is_allowed ? "allow" : "deny";

	if (option_is_given(talk->cli, OPT_JSON)) {
		json_t *json = must_json(
			json_pack("{s:s, s:s, s:s, s:s, s:s}", "Username", talk->begin.user,
				  "Service", talk->begin.service, "Verdict", verdict, "Reason",
				  up_reason_name(done->reason), "Message", done->message));
		output_json(json);
		json_decref(json);
	} else {
		char *message = output_escape(done->message, ESCAPE_LINE);
		(void)printf("%s: %s%s%s\n", verdict, up_reason_name(done->reason),
			     *message != '\0' ? ": " : "", message);
		free(message);
		if (!is_allowed)
			output_hint("See: userpool explain USER SERVICE");
	}
	if (is_allowed)
		return OUTCOME_OK;
	return done->reason == UP_REASON_USER_UNKNOWN ? OUTCOME_NOT_FOUND : OUTCOME_REFUSED;
}

/* Copies a word of the command line into a field of the frame; false if it does not fit. */
static bool copy_field(char *field, size_t size, const char *word)
{
	size_t length = strlen(word);

	if (length >= size)
		return false;
	memcpy(field, word, length + 1);
	return true;
}

static bool fill_begin(struct cli *cli, struct up_login_begin *begin)
{
	const char *service = option_value(cli, OPT_SERVICE);

	begin->purpose = UP_PURPOSE_AUTHENTICATE;
	if (getrandom(begin->nonce, sizeof(begin->nonce), 0) != (ssize_t)sizeof(begin->nonce)) {
		output_error(cli, "no random bytes from the kernel");
		return false;
	}
	if (copy_field(begin->user, sizeof(begin->user), cli->arguments[0]) &&
	    copy_field(begin->service, sizeof(begin->service), service != NULL ? service : "login"))
		return true;
	output_error(cli, "the name is too long");
	return false;
}

enum outcome login_test(struct cli *cli)
{
	struct conversation *talk = calloc(1, sizeof(*talk));
	enum outcome outcome = OUTCOME_USAGE;

	if (talk == NULL)
		out_of_memory();
	talk->cli = cli;
	if (fill_begin(cli, &talk->begin))
		outcome = api_connect(cli, UP_SOCKET_LOGIN, &talk->fd);
	if (outcome == OUTCOME_OK) {
		enum up_err err = converse(talk);

		(void)close(talk->fd);
		if (err == UP_OK) {
			outcome = report(talk);
		} else {
			output_error(cli, "the conversation broke off: %s", up_strerror(err));
			outcome = err == UP_ERR_OFFLINE || err == UP_ERR_TIMEOUT ? OUTCOME_OFFLINE
										 : OUTCOME_REFUSED;
		}
	}
	explicit_bzero(talk, sizeof(*talk));
	free(talk);
	return outcome;
}
