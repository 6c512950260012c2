/* SPDX-License-Identifier: MIT */
/*
 * Stands in for daemon/pool/pool.c: each call is answered from the loop by a
 * function of the test's, so that any answer, error, order or silence can be had.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "daemon/pool/pool.h"

/* `result` and an `error` are the reply's; neither: silence, until fake_pool_break(). */
struct fake_reply {
	json_t *result; /* taken over */
	const char *error, *message;
};

typedef struct fake_reply fake_pool_fn(const char *operation, json_t *request, void *arg);

void fake_pool_answer_with(fake_pool_fn *answer, void *arg);

/* Called before and after the function and what frees its answer, which are the test's own. */
void fake_pool_around(void (*before)(void), void (*after)(void));

struct fake_reply fake_result(json_t *result);
struct fake_reply fake_error(const char *error, const char *message);
struct fake_reply fake_silence(void);

/* The next `calls` of pool_call() themselves fail with `err`. */
void fake_pool_refuse(enum up_err err, unsigned int calls);
/* What waits fails as a dead worker's does. */
void fake_pool_break(void);

/* Calls that were neither answered nor withdrawn. */
size_t fake_pool_waiting(void);
/* Calls since fake_pool_answer_with(), and of `operation` alone. */
size_t fake_pool_calls(const char *operation);
