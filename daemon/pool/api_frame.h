/* SPDX-License-Identifier: MIT */
/* The three frames that carry operations, on api.sock and between daemon and workers. */
#pragma once

#include <jansson.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "common/protocol.h"
#include "common/reader.h"

#define API_OPERATION_SIZE 65
#define API_TYPE_SIZE      129
#define API_FRAME_SIZE     (UP_FRAME_HEADER_SIZE + UP_API_PAYLOAD_MAX)

struct api_call {
	char operation[API_OPERATION_SIZE];
	struct up_span body; /* JSON, inside the payload */
};

struct api_error {
	char type[API_TYPE_SIZE], message[UP_MESSAGE_SIZE];
};

/* A whole frame into `buffer`, its length in *ret.  UP_ERR_TOO_LARGE, or UP_ERR_NOMEM. */
UP_MUST_USE enum up_err api_call_encode(const char *operation, json_t *request, uint8_t *buffer,
					size_t size, size_t *ret) UP_NONNULL;
/* The same in a new buffer *ret of its own size, which the caller wipes and frees. */
UP_MUST_USE enum up_err api_call_make(const char *operation, json_t *request, uint8_t **ret,
				      size_t *len) UP_NONNULL;
UP_MUST_USE enum up_err api_result_encode(json_t *result, uint8_t *buffer, size_t size,
					  size_t *ret) UP_NONNULL;
UP_MUST_USE enum up_err api_error_encode(const char *type, const char *message, uint8_t *buffer,
					 size_t size, size_t *ret) UP_NONNULL;

/* One payload.  Errors: those of the reader. */
UP_MUST_USE enum up_err api_call_decode(struct up_span payload, struct api_call *ret) UP_NONNULL;
UP_MUST_USE enum up_err api_error_decode(struct up_span payload, struct api_error *ret) UP_NONNULL;
/* A new reference to the object in *ret. */
UP_MUST_USE enum up_err api_result_decode(struct up_span payload, json_t **ret) UP_NONNULL;
