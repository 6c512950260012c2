/* SPDX-License-Identifier: MIT */
#include "common/frame.h"

#include <string.h>

enum up_err up_frame_header_decode(const uint8_t *bytes, size_t max, struct up_frame_header *ret)
{
	struct up_reader r = up_reader_over(bytes, UP_FRAME_HEADER_SIZE);
	uint32_t length = up_read_u32(&r);
	uint16_t type = up_read_u16(&r);
	uint16_t version = up_read_u16(&r);

	UP_TRY(up_reader_finish(&r));
	if (version != UP_PROTOCOL_VERSION)
		return UP_ERR_VERSION;
	if (length > max)
		return UP_ERR_TOO_LARGE;
	*ret = (struct up_frame_header){ .length = length, .type = type };
	return UP_OK;
}

void up_frame_begin(struct up_writer *w, uint16_t type)
{
	up_write_u32(w, 0);
	up_write_u16(w, type);
	up_write_u16(w, UP_PROTOCOL_VERSION);
}

enum up_err up_frame_end(struct up_writer *w, size_t *ret)
{
	struct up_writer head = up_writer_into(w->data, w->size);

	UP_TRY(w->err);
	up_write_u32(&head, (uint32_t)(w->len - UP_FRAME_HEADER_SIZE));
	return up_writer_finish(w, ret);
}

static void read_nonce(struct up_reader *r, uint8_t nonce[UP_NONCE_SIZE])
{
	struct up_span bytes = up_read_fixed(r, UP_NONCE_SIZE);

	if (bytes.data != NULL)
		memcpy(nonce, bytes.data, UP_NONCE_SIZE);
}

static bool read_bool(struct up_reader *r)
{
	uint8_t value = up_read_u8(r);

	if (value > 1)
		up_reader_fail(r, UP_ERR_MALFORMED);
	return value == 1;
}

static uint32_t read_within(struct up_reader *r, uint32_t least, uint32_t most)
{
	uint32_t value = up_read_u32(r);

	if (value < least || value > most)
		up_reader_fail(r, UP_ERR_MALFORMED);
	return value;
}

enum up_err up_login_begin_encode(const struct up_login_begin *m, struct up_writer *w, size_t *ret)
{
	up_frame_begin(w, UP_FRAME_LOGIN_BEGIN);
	up_write_fixed(w, m->nonce, sizeof(m->nonce));
	up_write_u32(w, (uint32_t)m->purpose);
	up_write_u32(w, m->flags);
	up_write_text(w, m->service);
	up_write_text(w, m->user);
	up_write_text(w, m->rhost);
	up_write_text(w, m->tty);
	up_write_text(w, m->factors);
	up_write_text(w, m->auth_info);
	return up_frame_end(w, ret);
}

enum up_err up_login_begin_decode(struct up_span payload, struct up_login_begin *ret)
{
	struct up_reader r = up_reader_over(payload.data, payload.len);

	memset(ret, 0, sizeof(*ret));
	read_nonce(&r, ret->nonce);
	ret->purpose =
		(enum up_purpose)read_within(&r, UP_PURPOSE_AUTHENTICATE, UP_PURPOSE_CHANGE_UPDATE);
	ret->flags = up_read_u32(&r);
	up_read_text(&r, ret->service, sizeof(ret->service));
	up_read_text(&r, ret->user, sizeof(ret->user));
	up_read_text(&r, ret->rhost, sizeof(ret->rhost));
	up_read_text(&r, ret->tty, sizeof(ret->tty));
	up_read_text(&r, ret->factors, sizeof(ret->factors));
	up_read_text(&r, ret->auth_info, sizeof(ret->auth_info));
	return up_reader_finish(&r);
}

enum up_err up_login_answer_encode(const struct up_login_answer *m, struct up_writer *w,
				   size_t *ret)
{
	up_frame_begin(w, UP_FRAME_LOGIN_ANSWER);
	up_write_fixed(w, m->nonce, sizeof(m->nonce));
	up_write_text(w, m->text);
	return up_frame_end(w, ret);
}

enum up_err up_login_answer_decode(struct up_span payload, struct up_login_answer *ret)
{
	struct up_reader r = up_reader_over(payload.data, payload.len);

	memset(ret, 0, sizeof(*ret));
	read_nonce(&r, ret->nonce);
	up_read_text(&r, ret->text, sizeof(ret->text));
	return up_reader_finish(&r);
}

enum up_err up_login_prompt_encode(const struct up_login_prompt *m, struct up_writer *w,
				   size_t *ret)
{
	up_frame_begin(w, UP_FRAME_LOGIN_PROMPT);
	up_write_fixed(w, m->nonce, sizeof(m->nonce));
	up_write_u32(w, (uint32_t)m->kind);
	up_write_u8(w, m->echo);
	up_write_text(w, m->text);
	return up_frame_end(w, ret);
}

enum up_err up_login_prompt_decode(struct up_span payload, struct up_login_prompt *ret)
{
	struct up_reader r = up_reader_over(payload.data, payload.len);

	memset(ret, 0, sizeof(*ret));
	read_nonce(&r, ret->nonce);
	ret->kind = (enum up_prompt_kind)read_within(&r, UP_PROMPT_PASSWORD, UP_PROMPT_CONFIRM);
	ret->echo = read_bool(&r);
	up_read_text(&r, ret->text, sizeof(ret->text));
	return up_reader_finish(&r);
}

enum up_err up_login_show_encode(const struct up_login_show *m, struct up_writer *w, size_t *ret)
{
	up_frame_begin(w, UP_FRAME_LOGIN_SHOW);
	up_write_fixed(w, m->nonce, sizeof(m->nonce));
	up_write_u8(w, m->is_error);
	up_write_text(w, m->text);
	return up_frame_end(w, ret);
}

enum up_err up_login_show_decode(struct up_span payload, struct up_login_show *ret)
{
	struct up_reader r = up_reader_over(payload.data, payload.len);

	memset(ret, 0, sizeof(*ret));
	read_nonce(&r, ret->nonce);
	ret->is_error = read_bool(&r);
	up_read_text(&r, ret->text, sizeof(ret->text));
	return up_reader_finish(&r);
}

enum up_err up_login_done_encode(const struct up_login_done *m, struct up_writer *w, size_t *ret)
{
	if (m->variables > UP_ENVIRONMENT_MAX)
		return UP_ERR_TOO_LARGE;
	up_frame_begin(w, UP_FRAME_LOGIN_DONE);
	up_write_fixed(w, m->nonce, sizeof(m->nonce));
	up_write_u32(w, (uint32_t)m->verdict);
	up_write_u32(w, (uint32_t)m->reason);
	up_write_text(w, m->user);
	up_write_text(w, m->message);
	up_write_u32(w, (uint32_t)m->variables);
	for (size_t i = 0; i < m->variables; i++)
		up_write_text(w, m->environment[i]);
	return up_frame_end(w, ret);
}

enum up_err up_login_done_decode(struct up_span payload, struct up_login_done *ret)
{
	struct up_reader r = up_reader_over(payload.data, payload.len);

	memset(ret, 0, sizeof(*ret));
	read_nonce(&r, ret->nonce);
	ret->verdict = (enum up_verdict)up_read_u32(&r);
	if (ret->verdict != UP_VERDICT_ALLOW && ret->verdict != UP_VERDICT_DENY)
		up_reader_fail(&r, UP_ERR_MALFORMED);
	ret->reason = (enum up_reason)read_within(&r, UP_REASON_OK, UP_REASON_NO_TERMINAL);
	up_read_text(&r, ret->user, sizeof(ret->user));
	up_read_text(&r, ret->message, sizeof(ret->message));
	ret->variables = read_within(&r, 0, UP_ENVIRONMENT_MAX);
	for (size_t i = 0; r.err == UP_OK && i < ret->variables; i++)
		up_read_text(&r, ret->environment[i], sizeof(ret->environment[i]));
	/* An allowed login has one reason, and a refused one never has it. */
	if ((ret->verdict == UP_VERDICT_ALLOW) != (ret->reason == UP_REASON_OK))
		up_reader_fail(&r, UP_ERR_MALFORMED);
	return up_reader_finish(&r);
}

const char *up_reason_name(enum up_reason reason)
{
	static const struct {
		enum up_reason reason;
		const char *name;
	} names[] = {
#define X(id, value, text) { id, text },
		UP_REASONS(X)
#undef X
	};

	for (size_t i = 0; i < UP_COUNT(names); i++)
		if (names[i].reason == reason)
			return names[i].name;
	return "unknown";
}
