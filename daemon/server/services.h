/* SPDX-License-Identifier: MIT */
/* What the three sockets serve. */
#pragma once

#include "daemon/base/limits.h"
#include "daemon/identity/identity.h"
#include "daemon/login/login.h"
#include "daemon/pool/operations.h"
#include "daemon/pool/pool.h"
#include "daemon/server/connection.h"
#include "daemon/session/session.h"

/* The rooms that a service asks; all borrowed. */
struct services {
	const struct config *config;
	struct pool *pool;
	struct identity *identity;
	struct sessions *sessions;
	struct login_engine *logins;
	struct limits *calls; /* sign-ins over api.sock, by uid */
};

/* `services` is borrowed and must outlive the connections. */
struct connection_service login_service(struct services *services) UP_NONNULL;
struct connection_service api_service(struct services *services) UP_NONNULL;
struct connection_service nss_service(struct services *services) UP_NONNULL;

/*
 * An operation of the host itself: a new reference to the answer, or NULL with
 * *error filled.  SyncIdentities is not among them: it has to wait.
 */
struct host_error {
	const char *type, *message; /* static */
};
json_t *host_operation(struct services *services, const struct operation *operation,
		       json_t *request, uid_t uid, struct host_error *error) UP_NONNULL;
