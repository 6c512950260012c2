/* SPDX-License-Identifier: MIT */
/*
 * Live logins and their tokens.  A login is matched to the session that PAM opens
 * later by uid, service and process tree, because sshd authenticates in a child whose
 * memory is lost.  Tokens are sealed at rest and never leave but to their own uid.
 * Event loop's thread only.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "common/protocol.h"
#include "daemon/crypto/random.h"
#include "daemon/crypto/seal.h"
#include "daemon/store/store.h"

#define SESSIONS_MAX       4096
#define SESSIONS_OF_A_USER 256
#define SESSION_ID_SIZE    UUID_SIZE
#define PROCESS_TREE_DEPTH 32

/* A process told apart from another that got its pid later. */
struct process {
	pid_t pid;
	uint64_t start; /* field 22 of /proc/PID/stat */
};

/* The caller and its ancestors, nearest first, without init. */
struct process_tree {
	struct process process[PROCESS_TREE_DEPTH];
	size_t depth;
};

/* Reads the tree of `pid` from /proc.  UP_ERR_IO: it is gone. */
UP_MUST_USE enum up_err process_tree_read(pid_t pid, struct process_tree *ret) UP_NONNULL;

/* Who started a program, set-uid or not: the peer credentials of a set-uid one say root.
 * UP_ERR_IO: the process is gone. */
UP_MUST_USE enum up_err process_real_uid(pid_t pid, uid_t *ret) UP_NONNULL;

struct sessions;

/* What a finished authentication leaves for the session. */
struct session_proof {
	uint32_t uid;
	char sub[UUID_SIZE];
	char name[UP_LOGIN_NAME_SIZE];
	char service[UP_SERVICE_SIZE], rhost[UP_RHOST_SIZE], tty[UP_TTY_SIZE];
	struct process_tree tree;
	int64_t second_factor_at; /* wall clock of the proof, 0: none */
	/* Borrowed for the call; NULL where the login had none (a public key). */
	const char *id_token, *access_token, *refresh_token;
	int64_t tokens_until; /* wall clock; when the first of the two ends */
};

UP_MUST_USE enum up_err sessions_open(sd_event *loop, struct store *store,
				      const struct seal_key *key, struct sessions **ret) UP_NONNULL;
void sessions_close(struct sessions *sessions);
UP_DEFINE_AUTO(struct sessions, sessions_close);

/* Remembers a proof until the session is opened (at most some minutes). */
UP_MUST_USE enum up_err session_note_login(struct sessions *sessions,
					   const struct session_proof *proof) UP_NONNULL;

/* Whether the process that `tree` starts with has itself just signed `sub` in to `service`, by a
 * proof that was remembered. */
bool session_was_just_proved(const struct sessions *sessions, const char *sub, const char *service,
			     const struct process_tree *tree) UP_NONNULL;

/* Opens the session of `proof` (tokens ignored): with the remembered login of the same uid and
 * service whose process tree has the opener in it, else without tokens.  Its id is in *ret. */
UP_MUST_USE enum up_err session_begin(struct sessions *sessions, const struct session_proof *proof,
				      char ret[SESSION_ID_SIZE]) UP_NONNULL;

/* Closes the session that `tree`'s own process opened for `uid` and `service`.  False: there is
 * none. */
bool session_end(struct sessions *sessions, uint32_t uid, const char *service,
		 const struct process_tree *tree) UP_NONNULL;
bool session_end_by_id(struct sessions *sessions, const char *id) UP_NONNULL;
/* All of a user's, after a global sign-out, disabling or deletion. */
void session_end_all(struct sessions *sessions, const char *sub) UP_NONNULL;

struct session_standing {
	int64_t second_factor_at;
	const char *access_token; /* of the same session; borrowed until the next call */
};
/* Where `sub` last proved a second factor in a session that `tree` descends from and that has a
 * token. */
bool session_find_standing(struct sessions *sessions, const char *sub,
			   const struct process_tree *tree,
			   struct session_standing *ret) UP_NONNULL UP_MUST_USE;

/* The access token of the newest live session of `uid`; UP_ERR_OFFLINE when there is none.  The
 * caller wipes and frees it. */
UP_MUST_USE enum up_err session_access_token(struct sessions *sessions, uint32_t uid,
					     char **ret) UP_NONNULL;

/* A session whose tokens are about to end, and what renews them. */
struct session_renewal {
	char id[SESSION_ID_SIZE], sub[UUID_SIZE], name[UP_LOGIN_NAME_SIZE];
	char *refresh_token;
};
void session_renewal_clear(struct session_renewal *renewal) UP_NONNULL;

/* A session with tokens that end before `before`; each is given once a minute at most.  False:
 * there is none now.  The caller clears *ret. */
bool session_find_renewal(struct sessions *sessions, int64_t before,
			  struct session_renewal *ret) UP_NONNULL;

/* The session's new tokens, by those of `proof`; a refresh token that is NULL leaves the old one.
 * All three NULL: the pool renews no more, and the tokens are gone.  UP_ERR_OFFLINE: the session
 * has ended meanwhile. */
UP_MUST_USE enum up_err session_renew(struct sessions *sessions, const char *id,
				      const struct session_proof *proof) UP_NONNULL;

/* [{SessionId, Username, Uid, Service, Rhost, Tty, Since, LeaderPid, SecondFactorAt?}]: all, or
 * those of `uid` if not UINT32_MAX.  NULL: out of memory. */
json_t *sessions_describe(struct sessions *sessions, uint32_t uid) UP_NONNULL UP_MUST_USE;
size_t sessions_count(const struct sessions *sessions) UP_NONNULL;
