/* SPDX-License-Identifier: MIT */
/* The frames of api.sock, and a request's JSON against its row: the first byte is the frame's. */
#include <stdlib.h>
#include <string.h>

#include "daemon/pool/api_frame.h"
#include "daemon/pool/operations.h"
#include "tests/lib/fuzz.h"
#include "tests/lib/prop.h"

/* What a valid request promises to the handlers. */
static void check_valid(const struct operation *operation, json_t *request)
{
	for (size_t i = 0; i < operation->field_count; i++) {
		const struct operation_field *field = &operation->fields[i];
		json_t *value = json_object_get(request, field->name);

		if (value == NULL || json_is_null(value)) {
			PROP((field->flags & FIELD_REQUIRED) == 0);
			continue;
		}
		if (field->type->kind == KIND_TEXT) {
			const char *text = json_string_value(value);

			PROP(text != NULL && strlen(text) == json_string_length(value));
			PROP((int64_t)strlen(text) >= field->type->least);
			PROP((int64_t)strlen(text) <= 4 * field->type->most);
		}
		if (field->type->kind == KIND_INTEGER)
			PROP(json_is_integer(value) &&
			     json_integer_value(value) >= field->type->least &&
			     json_integer_value(value) <= field->type->most);
	}
}

static void check_call(struct up_span payload)
{
	struct api_call call;
	char message[UP_MESSAGE_SIZE];

	if (api_call_decode(payload, &call) != UP_OK)
		return;
	PROP(strnlen(call.operation, sizeof(call.operation)) < sizeof(call.operation));
	const struct operation *operation = operation_find(call.operation);
	json_t *request = json_loadb((const char *)call.body.data, call.body.len,
				     JSON_REJECT_DUPLICATES, NULL);
	if (operation != NULL && json_is_object(request)) {
		memset(message, 'x', sizeof(message));
		if (operation_validate(operation, request, message, sizeof(message)) == UP_OK)
			check_valid(operation, request);
		else
			PROP(strnlen(message, sizeof(message)) < sizeof(message));
	}
	json_decref(request);
}

static void check_result(struct up_span payload)
{
	json_t *result = NULL;

	if (api_result_decode(payload, &result) == UP_OK)
		PROP(json_is_object(result));
	else
		PROP(result == NULL);
	json_decref(result);
}

static void check_error(struct up_span payload)
{
	struct api_error error;
	uint8_t again[UP_FRAME_HEADER_SIZE + sizeof(error) + 8];
	size_t len = 0;

	if (api_error_decode(payload, &error) != UP_OK)
		return;
	PROP(api_error_encode(error.type, error.message, again, sizeof(again), &len) == UP_OK);
	PROP(len == UP_FRAME_HEADER_SIZE + payload.len);
	PROP(memcmp(again + UP_FRAME_HEADER_SIZE, payload.data, payload.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const checks[])(struct up_span payload) = { check_call, check_result,
								  check_error };

	if (size < 1)
		return -1;
	checks[data[0] % UP_COUNT(checks)]((struct up_span){ data + 1, size - 1 });
	return 0;
}
