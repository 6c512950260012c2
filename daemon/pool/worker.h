/* SPDX-License-Identifier: MIT */
/*
 * One worker process and its channel.  It has one operation at a time; when it
 * breaks the protocol, hangs or ends, it is gone for good and says so once.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "common/attributes.h"
#include "common/errors.h"

/* sysexits' EX_CONFIG: the store is not to be used, and starting again will not help. */
#define WORKER_EXIT_DAMAGED 78

struct worker;

struct worker_options {
	const char *program, *state_dir;
	int64_t timeout_ms, idle_ms;
};

/* `arg` is that of worker_start(). */
struct worker_callbacks {
	/* The answer, or the pool's error; borrowed.  The worker is free again. */
	void (*answered)(struct worker *worker, json_t *result, const char *error,
			 const char *message, void *arg);
	/* It is gone, with the operation it had, for the reason given (NULL: it was idle and
	 * ended), with its exit status or 0.  It must be freed by worker_free(), now. */
	void (*gone)(struct worker *worker, const char *why, int status, void *arg);
};

UP_MUST_USE enum up_err worker_start(sd_event *loop, const struct worker_options *options,
				     const struct worker_callbacks *callbacks, void *arg,
				     struct worker **ret) UP_NONNULL;

/* Hands a call's frame to a free worker, which takes it over, wipes and frees it, in any case. */
UP_MUST_USE enum up_err worker_give(struct worker *worker, uint8_t *frame, size_t len) UP_NONNULL;

bool worker_is_free(const struct worker *worker) UP_NONNULL;

/* Tells an idle process to end in good order, and waits for that until `deadline_ms`
 * (clock_boot_ms()).  Only worker_free() may follow. */
void worker_dismiss(struct worker *worker) UP_NONNULL;
void worker_await(struct worker *worker, int64_t deadline_ms) UP_NONNULL;

/* Ends the process without waiting for it; nothing is called.  NULL is fine. */
void worker_free(struct worker *worker);
UP_DEFINE_AUTO(struct worker, worker_free);
