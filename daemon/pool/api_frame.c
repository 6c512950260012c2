/* SPDX-License-Identifier: MIT */
#include "daemon/pool/api_frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/frame.h"

/* JSON is written in place, behind its length: it may hold secrets, and one copy is enough. */
static void write_json(struct up_writer *w, json_t *json)
{
	size_t len = json_dumpb(json, NULL, 0, JSON_COMPACT);

	if (len == 0 || w->err != UP_OK || len > UINT32_MAX) {
		w->err = w->err != UP_OK ? w->err : UP_ERR_NOMEM;
		return;
	}
	up_write_u32(w, (uint32_t)len);
	if (w->err != UP_OK || len > w->size - w->len) {
		w->err = UP_ERR_TOO_LARGE;
		return;
	}
	if (json_dumpb(json, (char *)w->data + w->len, len, JSON_COMPACT) != len)
		w->err = UP_ERR_NOMEM;
	else
		w->len += len;
}

enum up_err api_call_encode(const char *operation, json_t *request, uint8_t *buffer, size_t size,
			    size_t *ret)
{
	struct up_writer w = up_writer_into(buffer, size);

	up_frame_begin(&w, UP_FRAME_API_CALL);
	up_write_text(&w, operation);
	write_json(&w, request);
	return up_frame_end(&w, ret);
}

enum up_err api_call_make(const char *operation, json_t *request, uint8_t **ret, size_t *len)
{
	const size_t size = UP_FRAME_HEADER_SIZE + 4 + strlen(operation) + 4 +
			    json_dumpb(request, NULL, 0, JSON_COMPACT);

	if (size > API_FRAME_SIZE)
		return UP_ERR_TOO_LARGE;
	uint8_t *frame = malloc(size);
	if (frame == NULL)
		return UP_ERR_NOMEM;
	enum up_err err = api_call_encode(operation, request, frame, size, len);
	if (err == UP_OK) {
		*ret = frame;
		return UP_OK;
	}
	explicit_bzero(frame, size);
	free(frame);
	return err;
}

enum up_err api_result_encode(json_t *result, uint8_t *buffer, size_t size, size_t *ret)
{
	struct up_writer w = up_writer_into(buffer, size);

	up_frame_begin(&w, UP_FRAME_API_RESULT);
	write_json(&w, result);
	return up_frame_end(&w, ret);
}

enum up_err api_error_encode(const char *type, const char *message, uint8_t *buffer, size_t size,
			     size_t *ret)
{
	struct up_writer w = up_writer_into(buffer, size);
	char cut[UP_MESSAGE_SIZE];

	(void)snprintf(cut, sizeof(cut), "%s", message);
	up_frame_begin(&w, UP_FRAME_API_ERROR);
	up_write_text(&w, type);
	up_write_text(&w, cut);
	return up_frame_end(&w, ret);
}

enum up_err api_call_decode(struct up_span payload, struct api_call *ret)
{
	struct up_reader r = up_reader_over(payload.data, payload.len);
	struct api_call call;

	up_read_text(&r, call.operation, sizeof(call.operation));
	call.body = up_read_bytes(&r, UP_API_PAYLOAD_MAX);
	UP_TRY(up_reader_finish(&r));
	*ret = call;
	return UP_OK;
}

enum up_err api_error_decode(struct up_span payload, struct api_error *ret)
{
	struct up_reader r = up_reader_over(payload.data, payload.len);

	up_read_text(&r, ret->type, sizeof(ret->type));
	up_read_text(&r, ret->message, sizeof(ret->message));
	return up_reader_finish(&r);
}

enum up_err api_result_decode(struct up_span payload, json_t **ret)
{
	struct up_reader r = up_reader_over(payload.data, payload.len);
	struct up_span body = up_read_bytes(&r, UP_API_PAYLOAD_MAX);

	UP_TRY(up_reader_finish(&r));
	json_t *json = json_loadb((const char *)body.data, body.len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(json)) {
		json_decref(json);
		return UP_ERR_MALFORMED;
	}
	*ret = json;
	return UP_OK;
}
