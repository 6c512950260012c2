/* SPDX-License-Identifier: MIT */
#include "tests/common/codecs.h"

#include <string.h>

#include "tests/lib/prop.h"

#define FRAME_MAX (UP_FRAME_HEADER_SIZE + UP_FRAME_PAYLOAD_MAX)

#define PICK_TEXT(field) prop_text(choices, (field), sizeof(field))

static void pick_nonce(struct up_reader *choices, uint8_t nonce[UP_NONCE_SIZE])
{
	for (int i = 0; i < UP_NONCE_SIZE; i++)
		nonce[i] = up_read_u8(choices);
}

static void pick_begin(struct up_reader *choices, struct up_login_begin *m)
{
	m->purpose = (enum up_purpose)prop_pick(choices, UP_PURPOSE_AUTHENTICATE,
						UP_PURPOSE_CHANGE_UPDATE);
	m->flags = up_read_u32(choices);
	PICK_TEXT(m->service);
	PICK_TEXT(m->user);
	PICK_TEXT(m->rhost);
	PICK_TEXT(m->tty);
	PICK_TEXT(m->factors);
	PICK_TEXT(m->auth_info);
}

static void pick_answer(struct up_reader *choices, struct up_login_answer *m)
{
	PICK_TEXT(m->text);
}

static void pick_prompt(struct up_reader *choices, struct up_login_prompt *m)
{
	m->kind = (enum up_prompt_kind)prop_pick(choices, UP_PROMPT_PASSWORD, UP_PROMPT_CONFIRM);
	m->echo = prop_pick(choices, 0, 1) != 0;
	PICK_TEXT(m->text);
}

static void pick_show(struct up_reader *choices, struct up_login_show *m)
{
	m->is_error = prop_pick(choices, 0, 1) != 0;
	PICK_TEXT(m->text);
}

static void pick_done(struct up_reader *choices, struct up_login_done *m)
{
	const bool allows = prop_pick(choices, 0, 1) != 0;

	m->verdict = allows ? UP_VERDICT_ALLOW : UP_VERDICT_DENY;
	m->reason = allows ? UP_REASON_OK
			   : (enum up_reason)prop_pick(choices, UP_REASON_AUTH_FAILED,
						       UP_REASON_NO_TERMINAL);
	PICK_TEXT(m->user);
	PICK_TEXT(m->message);
	m->variables = prop_pick(choices, 0, UP_ENVIRONMENT_MAX);
	for (size_t i = 0; i < m->variables; i++)
		PICK_TEXT(m->environment[i]);
}

#define CODEC(name)                                                                                \
	static enum up_err recode_##name(struct up_span payload, struct up_writer *w, size_t *len) \
	{                                                                                          \
		struct up_login_##name m;                                                          \
                                                                                                   \
		UP_TRY(up_login_##name##_decode(payload, &m));                                     \
		return up_login_##name##_encode(&m, w, len);                                       \
	}                                                                                          \
                                                                                                   \
	static enum up_err make_##name(struct up_reader *choices, struct up_writer *w,             \
				       size_t *len)                                                \
	{                                                                                          \
		struct up_login_##name m;                                                          \
                                                                                                   \
		memset(&m, 0, sizeof(m));                                                          \
		pick_nonce(choices, m.nonce);                                                      \
		pick_##name(choices, &m);                                                          \
		return up_login_##name##_encode(&m, w, len);                                       \
	}

CODEC(begin)
CODEC(answer)
CODEC(prompt)
CODEC(show)
CODEC(done)

const struct codec codecs[CODECS] = {
	{ "begin", UP_FRAME_LOGIN_BEGIN, recode_begin, make_begin },
	{ "answer", UP_FRAME_LOGIN_ANSWER, recode_answer, make_answer },
	{ "prompt", UP_FRAME_LOGIN_PROMPT, recode_prompt, make_prompt },
	{ "show", UP_FRAME_LOGIN_SHOW, recode_show, make_show },
	{ "done", UP_FRAME_LOGIN_DONE, recode_done, make_done },
};

static const struct codec *pick_codec(struct up_reader *choices)
{
	return &codecs[up_read_u8(choices) % CODECS];
}

/* A whole frame in `frame`, checked as to its header; the payload is what comes back. */
static struct up_span make(struct up_reader *choices, const struct codec *codec,
			   uint8_t frame[FRAME_MAX])
{
	struct up_writer w = up_writer_into(frame, FRAME_MAX);
	struct up_frame_header header = { 0 };
	size_t len = 0;

	PROP(codec->make(choices, &w, &len) == UP_OK);
	PROP(up_frame_header_decode(frame, UP_FRAME_PAYLOAD_MAX, &header) == UP_OK);
	PROP(header.type == codec->type);
	PROP(header.length == len - UP_FRAME_HEADER_SIZE);
	return (struct up_span){ frame + UP_FRAME_HEADER_SIZE, header.length };
}

static bool has_one_form(const struct codec *codec, struct up_span payload)
{
	uint8_t again[FRAME_MAX];
	struct up_writer w = up_writer_into(again, sizeof(again));
	size_t len = 0;

	if (codec->recode(payload, &w, &len) != UP_OK)
		return false;
	PROP(len == UP_FRAME_HEADER_SIZE + payload.len);
	PROP(memcmp(again + UP_FRAME_HEADER_SIZE, payload.data, payload.len) == 0);
	return true;
}

void a_header_is_refused_or_within_its_limit(struct up_reader *choices)
{
	const uint32_t max = prop_pick(choices, 0, UP_API_PAYLOAD_MAX);
	struct up_frame_header header;
	struct up_span bytes = up_read_fixed(choices, UP_FRAME_HEADER_SIZE);

	if (bytes.data == NULL || up_frame_header_decode(bytes.data, max, &header) != UP_OK)
		return;
	PROP(header.length <= max);
	PROP(bytes.data[6] == 0 && bytes.data[7] == UP_PROTOCOL_VERSION);
}

void a_payload_is_refused_or_has_one_form(struct up_reader *choices)
{
	const struct codec *codec = pick_codec(choices);

	(void)has_one_form(codec, prop_rest(choices));
}

void a_message_comes_back_as_it_was(struct up_reader *choices)
{
	const struct codec *codec = pick_codec(choices);
	uint8_t frame[FRAME_MAX];

	PROP(has_one_form(codec, make(choices, codec, frame)));
}

void a_cut_message_is_refused(struct up_reader *choices)
{
	const struct codec *codec = pick_codec(choices);
	const uint32_t where = up_read_u32(choices);
	uint8_t frame[FRAME_MAX];
	struct up_span payload = make(choices, codec, frame);

	payload.len = where % payload.len;
	PROP(!has_one_form(codec, payload));
}
