/* SPDX-License-Identifier: MIT */
/*
 * What the first pass of pam_chauthtok leaves for the second: proof that the same
 * process has shown who it is.  In memory only, for minutes, used once.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "common/protocol.h"
#include "daemon/session/session.h"

#define TICKETS_MAX       256
#define TICKETS_OF_A_USER 8

enum ticket_kind {
	TICKET_NONE,
	TICKET_ROOT,      /* root sets it without the old one */
	TICKET_SIGNED_IN, /* `secret` is an access token */
	TICKET_CHALLENGE, /* `secret` is the Session of NEW_PASSWORD_REQUIRED */
	TICKET_NOT_DUE,   /* only an expired password was to change, and it is not */
};

struct ticket {
	enum ticket_kind kind;
	struct process process; /* who called pam_chauthtok */
	char user[UP_LOGIN_NAME_SIZE];
	char *secret;
	int64_t expires_ms; /* clock_boot_ms() */
	struct ticket *next;
};

/* Keeps a copy of `ticket`, whose secret it takes over in any case.  The user's
 * oldest gives way when there are too many of his, and the oldest of all when there are too many.
 */
UP_MUST_USE enum up_err ticket_put(struct ticket **list, struct ticket *ticket) UP_NONNULL;

/* The ticket of this very process and user, which is used up; kind TICKET_NONE: there is none. */
struct ticket ticket_take(struct ticket **list, const struct process *process,
			  const char *user) UP_NONNULL;

/* Wipes and frees the secret. */
void ticket_clear(struct ticket *ticket) UP_NONNULL;
void tickets_free(struct ticket *list);
