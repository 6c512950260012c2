/* SPDX-License-Identifier: MIT */
#include "tests/lib/fake_pool.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CALLS_MAX 65536

struct pool_call {
	char operation[64];
	json_t *request;
	pool_done_fn *done;
	void *arg;
	bool was_asked; /* the function has been silent about it */
	struct pool_call *next;
};

struct pool {
	sd_event_source *defer;
};

static struct {
	fake_pool_fn *answer;
	void *arg;
	enum up_err refusal;
	unsigned int refusals;
	struct pool_call *first;
	struct pool *pool;
	size_t calls;
	char (*log)[64];
	void (*before)(void), (*after)(void);
} fake;

static void call_if(void (*function)(void))
{
	if (function != NULL)
		function();
}

void fake_pool_around(void (*before)(void), void (*after)(void))
{
	fake.before = before;
	fake.after = after;
}

void fake_pool_answer_with(fake_pool_fn *answer, void *arg)
{
	fake.answer = answer;
	fake.arg = arg;
	fake.calls = 0;
	fake.refusals = 0;
}

struct fake_reply fake_result(json_t *result)
{
	return (struct fake_reply){ .result = result };
}

struct fake_reply fake_error(const char *error, const char *message)
{
	return (struct fake_reply){ .error = error, .message = message };
}

struct fake_reply fake_silence(void)
{
	return (struct fake_reply){ 0 };
}

void fake_pool_refuse(enum up_err err, unsigned int calls)
{
	fake.refusal = err;
	fake.refusals = calls;
}

static void call_free(struct pool_call *call)
{
	json_decref(call->request);
	free(call);
}

/* The first that was not asked about yet, or the very first. */
static struct pool_call **find_next(bool also_silent)
{
	for (struct pool_call **link = &fake.first; *link != NULL; link = &(*link)->next)
		if (also_silent || !(*link)->was_asked)
			return link;
	return NULL;
}

static void finish(struct pool_call **link, const struct fake_reply *given)
{
	struct pool_call *call = *link;
	const struct pool_reply reply = { given->error == NULL ? given->result : NULL, given->error,
					  given->message != NULL ? given->message : "" };

	*link = call->next;
	call->done(&reply, call->arg);
	call_free(call);
}

static int answer_next(sd_event_source *source, void *arg)
{
	struct pool_call **link = find_next(false);

	(void)arg;
	if (link == NULL)
		return 0;
	const struct pool_call *call = *link;
	/* cppcheck-suppress nullPointerRedundantCheck */
	(*link)->was_asked = true;
	(void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	call_if(fake.before);
	struct fake_reply reply = fake.answer(call->operation, call->request, fake.arg);
	call_if(fake.after);
	/* The test may have withdrawn it meanwhile. */
	for (link = &fake.first; *link != NULL && *link != call; link = &(*link)->next)
		;
	if (*link != NULL && (reply.result != NULL || reply.error != NULL))
		finish(link, &reply);
	json_decref(reply.result);
	return 0;
}

void fake_pool_break(void)
{
	const struct fake_reply gone = fake_error(POOL_UNAVAILABLE, "The pool does not answer.");
	struct pool_call **link;

	while ((link = find_next(true)) != NULL)
		finish(link, &gone);
}

size_t fake_pool_waiting(void)
{
	size_t count = 0;

	for (const struct pool_call *call = fake.first; call != NULL; call = call->next)
		count++;
	return count;
}

size_t fake_pool_calls(const char *operation)
{
	size_t count = 0;

	for (size_t i = 0; i < fake.calls && i < CALLS_MAX; i++)
		count += operation == NULL || strcmp(fake.log[i], operation) == 0;
	return count;
}

enum up_err pool_new(sd_event *loop, const struct pool_options *options, struct pool **ret)
{
	struct pool *pool = calloc(1, sizeof(*pool));

	(void)options;
	if (pool == NULL)
		return UP_ERR_NOMEM;
	if (fake.log == NULL)
		fake.log = calloc(CALLS_MAX, sizeof(*fake.log));
	if (fake.log == NULL || sd_event_add_defer(loop, &pool->defer, answer_next, NULL) < 0 ||
	    sd_event_source_set_enabled(pool->defer, SD_EVENT_OFF) < 0) {
		free(pool);
		return UP_ERR_SYSTEM;
	}
	fake.pool = pool;
	*ret = pool;
	return UP_OK;
}

void pool_free(struct pool *pool)
{
	if (pool == NULL)
		return;
	fake_pool_break();
	sd_event_source_disable_unref(pool->defer);
	free(fake.log);
	fake.log = NULL;
	fake.pool = NULL;
	free(pool);
}

enum up_err pool_call(struct pool *pool, const char *operation, json_t *request, pool_done_fn *done,
		      void *arg, struct pool_call **ret)
{
	struct pool_call **last = &fake.first;

	if (fake.refusals > 0) {
		fake.refusals--;
		return fake.refusal;
	}
	struct pool_call *call = calloc(1, sizeof(*call));
	if (call == NULL)
		return UP_ERR_NOMEM;
	/* Serialised before the call returns, as the real one does. */
	*call = (struct pool_call){ .request = json_deep_copy(request), .done = done, .arg = arg };
	if (call->request == NULL) {
		free(call);
		return UP_ERR_NOMEM;
	}
	(void)strncpy(call->operation, operation, sizeof(call->operation) - 1);
	if (fake.calls < CALLS_MAX)
		memcpy(fake.log[fake.calls], call->operation, sizeof(call->operation));
	fake.calls++;
	while (*last != NULL)
		last = &(*last)->next;
	*last = call;
	(void)sd_event_source_set_enabled(pool->defer, SD_EVENT_ONESHOT);
	if (ret != NULL)
		*ret = call;
	return UP_OK;
}

void pool_cancel(struct pool_call *call)
{
	for (struct pool_call **link = &fake.first; *link != NULL; link = &(*link)->next)
		if (*link == call) {
			*link = call->next;
			call_free(call);
			return;
		}
	abort(); /* answered or withdrawn before: its owner has lost count */
}

void pool_warm(struct pool *pool)
{
	(void)pool;
}

void pool_get_status(const struct pool *pool, struct pool_status *ret)
{
	(void)pool;
	*ret = (struct pool_status){ .waiting = (int64_t)fake_pool_waiting() };
}
