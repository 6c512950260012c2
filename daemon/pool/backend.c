/* SPDX-License-Identifier: MIT */
#include "daemon/pool/backend.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/frame.h"
#include "daemon/pool/api_frame.h"
#include "daemon/pool/operations.h"

json_t *pool_refuse(struct pool_error *error, const char *type, const char *format, ...)
{
	va_list args;

	error->type = type;
	va_start(args, format);
	(void)vsnprintf(error->message, sizeof(error->message), format, args);
	va_end(args);
	return NULL;
}

/* UP_ERR_OFFLINE: the daemon has closed it before the first byte. */
static enum up_err read_all(int fd, uint8_t *out, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t got = read(fd, out + done, len - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return UP_ERR_IO;
		if (got == 0)
			return done == 0 ? UP_ERR_OFFLINE : UP_ERR_TRUNCATED;
		done += (size_t)got;
	}
	return UP_OK;
}

static enum up_err write_all(int fd, const uint8_t *bytes, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t put = write(fd, bytes + done, len - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return UP_ERR_IO;
		done += (size_t)put;
	}
	return UP_OK;
}

static const struct backend_operation *find(const struct backend_operation *handlers, size_t count,
					    const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(handlers[i].name, name) == 0)
			return &handlers[i];
	return NULL;
}

struct server {
	int fd;
	const struct backend_operation *handlers;
	size_t count;
	void *backend;
	uint8_t *buffer; /* a payload, then a frame */
};

static json_t *run(const struct server *server, const struct api_call *call,
		   struct pool_error *error)
{
	const struct operation *row = operation_find(call->operation);
	const struct backend_operation *operation =
		find(server->handlers, server->count, call->operation);
	char message[UP_MESSAGE_SIZE];

	if (row == NULL || operation == NULL)
		return pool_refuse(error, "UnknownOperationException", "No such operation.");
	json_t *request = json_loadb((const char *)call->body.data, call->body.len,
				     JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(request)) {
		json_decref(request);
		return pool_refuse(error, "SerializationException", "The request is no object.");
	}
	json_t *result = NULL;
	if (operation_validate(row, request, message, sizeof(message)) != UP_OK)
		(void)pool_refuse(error, "InvalidParameterException", "%s", message);
	else
		result = operation->run(server->backend, request, error);
	json_decref(request);
	return result;
}

static enum up_err send_reply(const struct server *server, json_t *result,
			      const struct pool_error *error)
{
	size_t len = 0;
	enum up_err err;

	if (result != NULL)
		err = api_result_encode(result, server->buffer, API_FRAME_SIZE, &len);
	else
		err = api_error_encode(error->type, error->message, server->buffer, API_FRAME_SIZE,
				       &len);
	if (err != UP_OK)
		err = api_error_encode("InternalErrorException", "The answer is too large.",
				       server->buffer, API_FRAME_SIZE, &len);
	if (err == UP_OK)
		err = write_all(server->fd, server->buffer, len);
	explicit_bzero(server->buffer, len);
	return err;
}

static enum up_err serve_one(const struct server *server)
{
	uint8_t bytes[UP_FRAME_HEADER_SIZE];
	struct up_frame_header header;
	struct pool_error error = { .type = "InternalErrorException" };
	struct api_call call;

	UP_TRY(read_all(server->fd, bytes, sizeof(bytes)));
	UP_TRY(up_frame_header_decode(bytes, UP_API_PAYLOAD_MAX, &header));
	if (header.type != UP_FRAME_API_CALL)
		return UP_ERR_MALFORMED;
	enum up_err err = read_all(server->fd, server->buffer, header.length);
	if (err != UP_OK)
		return err == UP_ERR_OFFLINE ? UP_ERR_TRUNCATED : err;
	UP_TRY(api_call_decode((struct up_span){ server->buffer, header.length }, &call));
	json_t *result = run(server, &call, &error);
	explicit_bzero(server->buffer, header.length);
	err = send_reply(server, result, &error);
	json_decref(result);
	return err;
}

enum up_err backend_serve(int fd, const struct backend_operation *handlers, size_t count,
			  void *backend)
{
	_auto_(free) uint8_t *buffer = malloc(API_FRAME_SIZE);
	const struct server server = { fd, handlers, count, backend, buffer };
	enum up_err err = UP_OK;

	if (buffer == NULL)
		return UP_ERR_NOMEM;
	while (err == UP_OK)
		err = serve_one(&server);
	return err == UP_ERR_OFFLINE ? UP_OK : err;
}
