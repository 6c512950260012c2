/* SPDX-License-Identifier: MIT */
/*
 * The user pool as the daemon sees it: Cognito's own API.  pool_call() hands an
 * operation and its JSON request to a worker process and calls back with the
 * result, whatever pool is behind it.  Never blocks; one thread (the event loop's).
 */
#pragma once

#include <jansson.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "common/attributes.h"
#include "common/errors.h"

struct pool;
struct pool_call; /* one operation under way */

struct pool_options {
	const char *program;   /* the worker's path */
	const char *state_dir; /* handed to the worker */
	int64_t workers;       /* processes at most */
	int64_t idle_s;        /* an idle worker ends after this */
	int64_t queue;         /* operations that may wait */
	int64_t timeout_ms;    /* a worker that takes longer is ended, and its operation fails */
};

/* On success `result` is the operation's answer and `error` is NULL.  Otherwise `error` is
 * Cognito's exception name, such as "NotAuthorizedException", and `message` its text.  A worker
 * that died or hung gives POOL_UNAVAILABLE, which is no answer of the pool.  All borrowed for the
 * call. */
struct pool_reply {
	json_t *result;
	const char *error, *message;
};
#define POOL_UNAVAILABLE "InternalErrorException"
/* What to tell others where pool_call() itself said UP_ERR_BUSY. */
#define POOL_BUSY "TooManyRequestsException"

typedef void pool_done_fn(const struct pool_reply *reply, void *arg);

/* Starts no process yet: workers come with the first call. */
UP_MUST_USE enum up_err pool_new(sd_event *loop, const struct pool_options *options,
				 struct pool **ret) UP_NONNULL;
/* Fails what is under way, ends the workers and waits for none. */
void pool_free(struct pool *pool);
UP_DEFINE_AUTO(struct pool, pool_free);

/*
 * Asks for `operation` with `request` (borrowed: it is serialised before the call
 * returns).  The request must have passed operation_validate() if it came from
 * outside.  `done` is called exactly once, from the loop and never from inside this
 * call, unless *ret is cancelled first; `ret` may be NULL.  UP_ERR_BUSY: too many wait.
 */
UP_MUST_USE enum up_err pool_call(struct pool *pool, const char *operation, json_t *request,
				  pool_done_fn *done, void *arg, struct pool_call **ret);

/* Work is about to come: starts a worker if none runs, so that it is ready by then. */
void pool_warm(struct pool *pool) UP_NONNULL;

/* The caller has lost interest: `done` will not be called.  The worker may still carry it out. */
void pool_cancel(struct pool_call *call) UP_NONNULL;

/* For `userpool status`. */
struct pool_status {
	int64_t workers, busy, waiting, failures;
};
void pool_get_status(const struct pool *pool, struct pool_status *ret) UP_NONNULL;
