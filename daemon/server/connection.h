/* SPDX-License-Identifier: MIT */
/*
 * One client: frames in, frames out, all bounded in size, number and time.  It is
 * freed from the loop only, never from inside a callback.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "common/reader.h"

struct connection;
struct connections; /* all clients of one socket */

/* By SO_PEERCRED; `real_uid` is who runs it, where that is a set-uid program. */
struct peer {
	pid_t pid;
	uid_t uid, real_uid;
};
#define UID_NOBODY ((uid_t)-1)

struct connection_service {
	const char *name; /* of the socket, for the log */
	size_t payload_max;
	int64_t idle_ms; /* between two frames of the client's */
	/* Makes the state of a new client; NULL: out of memory. */
	void *(*opened)(struct connection *connection, void *arg);
	/* A frame has come.  Not UP_OK: the client broke the protocol and is cut off. */
	enum up_err (*received)(struct connection *connection, void *state, uint16_t type,
				struct up_span payload);
	/* The last call: frees the state. */
	void (*closed)(void *state);
	void *arg;
};

UP_MUST_USE enum up_err connections_new(sd_event *loop, const struct connection_service *service,
					struct connections **ret) UP_NONNULL;
void connections_free(struct connections *connections);
UP_DEFINE_AUTO(struct connections, connections_free);

/* Takes the fd over in any case.  A client past the limits is closed at once. */
void connection_accept(struct connections *connections, int fd) UP_NONNULL;

const struct peer *connection_peer(const struct connection *connection) UP_NONNULL;

/* Sends a frame, which is wiped afterwards.  The client that does not take it in time is cut off.
 */
void connection_send(struct connection *connection, const uint8_t *frame, size_t len) UP_NONNULL;
/* Sends what is left to send, then closes. */
void connection_finish(struct connection *connection) UP_NONNULL;
/* While busy, no frame is read; only that the client has gone is seen. */
void connection_set_busy(struct connection *connection, bool is_busy) UP_NONNULL;

size_t connections_count(const struct connections *connections) UP_NONNULL;
