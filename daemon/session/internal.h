/* SPDX-License-Identifier: MIT */
/* What the files of this room share and nobody else sees. */
#pragma once

#include "daemon/session/session.h"

#define BOOT_ID_SIZE UUID_SIZE

/* The three tokens of a login, or all NULL.  Wiped when freed. */
struct tokens {
	char *id, *access, *refresh;
};

struct session {
	char id[SESSION_ID_SIZE];
	char sub[UUID_SIZE];
	char name[UP_LOGIN_NAME_SIZE];
	char service[UP_SERVICE_SIZE], rhost[UP_RHOST_SIZE], tty[UP_TTY_SIZE];
	uint32_t uid;
	struct process leader;
	int64_t since, second_factor_at;
	struct tokens tokens;
	int64_t tokens_until;   /* wall clock */
	int64_t renewal_due_ms; /* clock_boot_ms(); not before */
	struct session *next;   /* newest first */
};

/* A finished authentication that waits for its session. */
struct pending {
	struct session session; /* without id and leader */
	struct process_tree tree;
	int64_t expires_ms; /* clock_boot_ms() */
	struct pending *next;
};

struct sessions {
	struct store *store;
	const struct seal_key *key;
	sd_event_source *timer;
	char boot_id[BOOT_ID_SIZE];
	struct session *first;
	struct pending *pending;
	size_t count, pendings;
};

/* tokens.c */
void tokens_clear(struct tokens *tokens) UP_NONNULL;
UP_MUST_USE enum up_err tokens_copy(const struct session_proof *proof,
				    struct tokens *ret) UP_NONNULL;
/* Sealed for the session `id`, so that one session's tokens do not open as another's. */
UP_MUST_USE enum up_err tokens_seal(const struct seal_key *key, const char *id,
				    const struct tokens *tokens, uint8_t **ret,
				    size_t *len) UP_NONNULL;
UP_MUST_USE enum up_err tokens_unseal(const struct seal_key *key, const char *id,
				      struct up_span sealed, struct tokens *ret) UP_NONNULL;
