/* SPDX-License-Identifier: MIT */
/*
 * A connection to one of the daemon's sockets, for the modules and the CLI.
 * Blocking calls with deadlines, no signals, no threads, nothing kept open
 * behind the caller's back.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "common/frame.h"
#include "common/reader.h"

/* A moment on CLOCK_BOOTTIME, in milliseconds. */
struct up_deadline {
	int64_t at_ms;
};

struct up_deadline up_deadline_in(int64_t ms);
int64_t up_deadline_left_ms(struct up_deadline deadline); /* 0 when past, never negative */

/*
 * Connects to the Unix socket at `path` and checks that whoever listens there is
 * root or the owner of the socket's directory.  The fd is close-on-exec,
 * non-blocking, above 2; the caller closes it.  Errors: UP_ERR_OFFLINE (absent,
 * refused), UP_ERR_TIMEOUT, UP_ERR_UNTRUSTED.
 */
UP_MUST_USE enum up_err up_client_connect(const char *path, struct up_deadline by,
					  int *ret) UP_NONNULL;

/* Sends all of `frame`.  Never raises SIGPIPE.  Errors: UP_ERR_OFFLINE, UP_ERR_TIMEOUT. */
UP_MUST_USE enum up_err up_client_send(int fd, struct up_span frame, struct up_deadline by);

/*
 * Receives one frame whose payload is at most `size` bytes into `buffer`; *ret is
 * the payload inside it.  Errors: UP_ERR_OFFLINE (the peer closed), UP_ERR_TIMEOUT,
 * UP_ERR_VERSION, UP_ERR_TOO_LARGE.
 */
UP_MUST_USE enum up_err up_client_receive(int fd, void *buffer, size_t size, struct up_deadline by,
					  uint16_t *type, struct up_span *ret) UP_NONNULL;
