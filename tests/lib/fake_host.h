/* SPDX-License-Identifier: MIT */
/*
 * The host around the daemon's rooms: a directory of its own with passwd and group
 * files instead of /etc, and the rooms themselves.  A program that links it passes
 * $(fake_host_ldflags) to the linker.
 */
#pragma once

#include <sys/types.h>
#include <systemd/sd-event.h>

#include "daemon/base/config.h"
#include "daemon/identity/identity.h"
#include "daemon/session/session.h"

struct fake_host {
	char directory[32];
	sd_event *loop;
	struct config *config;
	struct store *store;
	struct seal_key *key;
	struct pool *pool;
	struct identity *identity;
	struct sessions *sessions;
};

/* Makes the directory; local users are root and daemon.  No room is open yet. */
void fake_host_init(struct fake_host *host);
/* Closes what is open and removes the directory. */
void fake_host_clear(struct fake_host *host);

/* Writes a file of the directory: "etc/passwd", "etc/group", "userpool.conf".  The first two are
 * seen by the identity's watch. */
void fake_host_write(const struct fake_host *host, const char *name, const char *text);

/* A new config out of `text`, instead of the one that was. */
void fake_host_configure(struct fake_host *host, const char *text);

/* Pool (fake_pool.c), store, sessions and identity, in the directory; again after a close. */
void fake_host_open(struct fake_host *host);
void fake_host_close(struct fake_host *host);

/* Runs the loop until nothing is left to do at once. */
void fake_host_settle(const struct fake_host *host);
