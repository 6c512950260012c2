/* SPDX-License-Identifier: MIT */
#include "daemon/pool/pool.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/pool/api_frame.h"
#include "daemon/pool/worker.h"

#define WORKERS_MAX      64
#define BACKOFF_FIRST_MS 100
#define BACKOFF_MOST_MS  30000
#define DISMISS_MS       2000 /* for all idle workers to end, at the end */

struct pool_call {
	struct pool *pool;
	pool_done_fn *done; /* NULL: withdrawn */
	void *arg;
	uint8_t *frame; /* until a worker has it */
	size_t len;
	struct pool_call *next;
};

/* A place for a worker, and the call that it has. */
struct seat {
	struct pool *pool;
	struct worker *worker;
	struct pool_call *call;
};

struct pool {
	sd_event *loop;
	struct worker_options options;
	char *program, *state_dir;
	int64_t workers, queue;
	struct seat seat[WORKERS_MAX];
	struct pool_call *first, **last; /* waiting, in order */
	int64_t waiting, failures, backoff_ms, start_again_ms;
	sd_event_source *defer;
};

static const struct pool_reply unavailable = { .error = POOL_UNAVAILABLE,
					       .message = "The pool does not answer." };

static void call_free(struct pool_call *call)
{
	if (call == NULL)
		return;
	if (call->frame != NULL)
		explicit_bzero(call->frame, call->len);
	free(call->frame);
	free(call);
}

static void finish(struct pool_call *call, const struct pool_reply *reply)
{
	pool_done_fn *done = call->done;
	void *arg = call->arg;

	call_free(call);
	if (done != NULL)
		done(reply, arg);
}

static struct pool_call *take_first(struct pool *pool)
{
	struct pool_call *call = pool->first;

	pool->first = call->next;
	if (pool->first == NULL)
		pool->last = &pool->first;
	pool->waiting--;
	return call;
}

/* The queue is looked at from the loop, never from inside a call of ours. */
static void look_soon(struct pool *pool)
{
	(void)sd_event_source_set_enabled(pool->defer, SD_EVENT_ONESHOT);
}

static void on_answered(struct worker *worker, json_t *result, const char *error,
			const char *message, void *arg)
{
	struct seat *seat = arg;
	struct pool_call *call = TAKE(seat->call);
	const struct pool_reply reply = { result, error, message };

	(void)worker;
	seat->pool->backoff_ms = 0;
	look_soon(seat->pool);
	if (call != NULL)
		finish(call, &reply);
}

/* The next start waits, twice as long each time; a damaged store waits longest. */
static void back_off(struct pool *pool, int status)
{
	pool->failures++;
	if (status == WORKER_EXIT_DAMAGED)
		pool->backoff_ms = BACKOFF_MOST_MS;
	else if (pool->backoff_ms == 0)
		pool->backoff_ms = BACKOFF_FIRST_MS;
	else
		pool->backoff_ms = pool->backoff_ms < BACKOFF_MOST_MS / 2 ? pool->backoff_ms * 2
									  : BACKOFF_MOST_MS;
	pool->start_again_ms = clock_boot_ms() + pool->backoff_ms;
}

static void on_gone(struct worker *worker, const char *why, int status, void *arg)
{
	struct seat *seat = arg;
	struct pool_call *call = TAKE(seat->call);

	seat->worker = NULL;
	worker_free(worker);
	if (why != NULL) {
		back_off(seat->pool, status);
		log_event(EV_WORKER_FAILED, log_str("why", why), log_int("status", status));
	}
	look_soon(seat->pool);
	if (call != NULL)
		finish(call, &unavailable);
}

static bool start_worker(struct seat *seat)
{
	static const struct worker_callbacks callbacks = { on_answered, on_gone };
	struct pool *pool = seat->pool;
	enum up_err err = worker_start(pool->loop, &pool->options, &callbacks, seat, &seat->worker);

	if (err == UP_OK) {
		log_event(EV_WORKER_STARTED, log_str("program", pool->program));
		return true;
	}
	back_off(pool, 0);
	log_event(EV_WORKER_FAILED, log_str("why", "it cannot be started"), log_err(err));
	return false;
}

/* NULL: all are busy, or none may be started now. */
static struct seat *find_seat(struct pool *pool)
{
	struct seat *empty = NULL;

	for (int64_t i = 0; i < pool->workers; i++) {
		struct seat *seat = &pool->seat[i];

		if (seat->worker != NULL && worker_is_free(seat->worker))
			return seat;
		if (seat->worker == NULL && empty == NULL)
			empty = seat;
	}
	if (empty == NULL || clock_boot_ms() < pool->start_again_ms)
		return NULL;
	return start_worker(empty) ? empty : NULL;
}

/* A worker that is busy or on its way out makes room when it is done. */
static bool any_left(const struct pool *pool)
{
	for (int64_t i = 0; i < pool->workers; i++)
		if (pool->seat[i].worker != NULL)
			return true;
	return false;
}

static void give(struct seat *seat, struct pool_call *call)
{
	seat->call = call;
	if (worker_give(seat->worker, TAKE(call->frame), call->len) != UP_OK)
		on_gone(seat->worker, "the channel broke", 0, seat);
}

static int look(sd_event_source *source, void *arg)
{
	struct pool *pool = arg;

	(void)source;
	while (pool->first != NULL) {
		struct seat *seat = find_seat(pool);

		if (seat != NULL)
			give(seat, take_first(pool));
		else if (any_left(pool))
			return 0; /* when it answers or goes, this runs again */
		else
			finish(take_first(pool), &unavailable);
	}
	return 0;
}

enum up_err pool_new(sd_event *loop, const struct pool_options *options, struct pool **ret)
{
	_auto_(pool_free) struct pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		return UP_ERR_NOMEM;
	pool->loop = loop;
	pool->last = &pool->first;
	pool->program = strdup(options->program);
	pool->state_dir = strdup(options->state_dir);
	if (pool->program == NULL || pool->state_dir == NULL)
		return UP_ERR_NOMEM;
	pool->options = (struct worker_options){ .program = pool->program,
						 .state_dir = pool->state_dir,
						 .timeout_ms = options->timeout_ms,
						 .idle_ms = options->idle_s * 1000 };
	pool->workers = options->workers < WORKERS_MAX ? options->workers : WORKERS_MAX;
	pool->queue = options->queue;
	for (size_t i = 0; i < WORKERS_MAX; i++)
		pool->seat[i].pool = pool;
	if (sd_event_add_defer(loop, &pool->defer, look, pool) < 0 ||
	    sd_event_source_set_enabled(pool->defer, SD_EVENT_OFF) < 0)
		return UP_ERR_SYSTEM;
	*ret = TAKE(pool);
	return UP_OK;
}

/* A worker that closes its database leaves it in one file, which is what a backup takes. */
static void dismiss_workers(struct pool *pool)
{
	const int64_t deadline_ms = clock_boot_ms() + DISMISS_MS;

	for (size_t i = 0; i < WORKERS_MAX; i++)
		if (pool->seat[i].worker != NULL)
			worker_dismiss(pool->seat[i].worker);
	for (size_t i = 0; i < WORKERS_MAX; i++)
		if (pool->seat[i].worker != NULL)
			worker_await(pool->seat[i].worker, deadline_ms);
}

void pool_free(struct pool *pool)
{
	if (pool == NULL)
		return;
	dismiss_workers(pool);
	sd_event_source_disable_unref(pool->defer);
	pool->defer = NULL;
	for (size_t i = 0; i < WORKERS_MAX; i++) {
		struct pool_call *call = TAKE(pool->seat[i].call);

		worker_free(TAKE(pool->seat[i].worker));
		if (call != NULL)
			finish(call, &unavailable);
	}
	while (pool->first != NULL)
		finish(take_first(pool), &unavailable);
	free(pool->program);
	free(pool->state_dir);
	free(pool);
}

enum up_err pool_call(struct pool *pool, const char *operation, json_t *request, pool_done_fn *done,
		      void *arg, struct pool_call **ret)
{
	if (pool->waiting >= pool->queue)
		return UP_ERR_BUSY;
	struct pool_call *call = calloc(1, sizeof(*call));
	if (call == NULL)
		return UP_ERR_NOMEM;
	*call = (struct pool_call){ .pool = pool, .done = done, .arg = arg };
	enum up_err err = api_call_make(operation, request, &call->frame, &call->len);
	if (err != UP_OK) {
		call_free(call);
		return err;
	}
	*pool->last = call;
	pool->last = &call->next;
	pool->waiting++;
	look_soon(pool);
	if (ret != NULL)
		*ret = call;
	return UP_OK;
}

void pool_warm(struct pool *pool)
{
	if (!any_left(pool))
		(void)find_seat(pool);
}

void pool_cancel(struct pool_call *call)
{
	struct pool *pool = call->pool;

	for (struct pool_call **link = &pool->first; *link != NULL; link = &(*link)->next) {
		if (*link != call)
			continue;
		*link = call->next;
		if (pool->last == &call->next)
			pool->last = link;
		pool->waiting--;
		call_free(call);
		return;
	}
	/* A worker has it: its answer will find nobody. */
	call->done = NULL;
}

void pool_get_status(const struct pool *pool, struct pool_status *ret)
{
	*ret = (struct pool_status){ .waiting = pool->waiting, .failures = pool->failures };
	for (int64_t i = 0; i < pool->workers; i++) {
		ret->workers += pool->seat[i].worker != NULL;
		ret->busy += pool->seat[i].call != NULL;
	}
}
