/* SPDX-License-Identifier: MIT */
/*
 * The other end of pool.h: how a worker process serves operations.  Code behind it
 * may block and is straight-line.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "common/attributes.h"
#include "common/errors.h"

/* Why an operation was refused.  `type` is Cognito's exception name, a static string. */
struct pool_error {
	const char *type;
	char message[1024];
};

/* Fills *error and gives NULL, so that a handler can `return pool_refuse(...)`. */
json_t *pool_refuse(struct pool_error *error, const char *type, const char *format, ...)
	UP_PRINTF(3, 4) UP_NONNULL;

/* An operation's handler: a new reference to the answer, or NULL with *error filled. */
typedef json_t *backend_handler(void *backend, json_t *request, struct pool_error *error);

struct backend_operation {
	const char *name;
	backend_handler *run;
};

/*
 * Answers calls from `fd` one at a time until the daemon closes it: UP_OK then.
 * Every request is checked against the operation table again before the handler
 * sees it.  An operation without a handler is answered with
 * UnknownOperationException.
 */
UP_MUST_USE enum up_err backend_serve(int fd, const struct backend_operation *handlers,
				      size_t count, void *backend) UP_NONNULL;
