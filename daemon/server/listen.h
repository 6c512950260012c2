/* SPDX-License-Identifier: MIT */
/* The listening sockets: handed over by the service manager, or made here. */
#pragma once

#include <systemd/sd-event.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "daemon/server/connection.h"

struct listener;

/* Listens on `directory`/`name`, mode 0666: who asks is known by the kernel's word.  A socket of
 * that name that was handed over by sd_listen_fds(3) is used instead.  UP_ERR_CONFLICT: something
 * that is no stale socket has the name. */
UP_MUST_USE enum up_err listener_new(sd_event *loop, const char *directory, const char *name,
				     struct connections *connections,
				     struct listener **ret) UP_NONNULL;
/* Takes no new clients; the socket file of our own making is removed. */
void listener_free(struct listener *listener);
UP_DEFINE_AUTO(struct listener, listener_free);
