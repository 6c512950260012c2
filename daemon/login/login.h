/* SPDX-License-Identifier: MIT */
/*
 * One login conversation: the daemon's side of login.sock.  It asks through the
 * callbacks, talks to the pool, and ends with exactly one done(), whose verdict was
 * made by login/verdict.  Event loop's thread only.
 */
#pragma once

#include <jansson.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "common/frame.h"
#include "daemon/base/config.h"
#include "daemon/identity/identity.h"
#include "daemon/pool/pool.h"
#include "daemon/session/session.h"

struct login_engine; /* what all logins share: limits, keys, tickets of password changes */
struct login;        /* one conversation */

/* By SO_PEERCRED. */
struct login_peer {
	pid_t pid;
	uid_t uid;
};

/* How the conversation speaks.  `done` ends it: the login must be freed, not from inside the
 * callback but by the next return to the loop at the latest. */
struct login_terminal {
	void (*prompt)(const struct up_login_prompt *prompt, void *arg);
	void (*show)(const struct up_login_show *show, void *arg);
	void (*done)(const struct up_login_done *done, void *arg);
	void *arg;
};

/* Everything is borrowed and must outlive the engine. */
UP_MUST_USE enum up_err login_engine_new(sd_event *loop, const struct config *config,
					 struct pool *pool, struct identity *identity,
					 struct sessions *sessions,
					 struct login_engine **ret) UP_NONNULL;
void login_engine_free(struct login_engine *engine);
UP_DEFINE_AUTO(struct login_engine, login_engine_free);
void login_engine_configure(struct login_engine *engine, const struct config *config) UP_NONNULL;

/* Starts a conversation.  Callbacks may come before this returns.  On failure none came, and the
 * peer is to be cut off. */
UP_MUST_USE enum up_err login_start(struct login_engine *engine, const struct up_login_begin *begin,
				    const struct login_peer *peer,
				    const struct login_terminal *terminal,
				    struct login **ret) UP_NONNULL;

/* The typed answer to the last prompt.  UP_ERR_MALFORMED: none was asked, or the nonce is
 * another's: the peer is to be cut off. */
UP_MUST_USE enum up_err login_answer(struct login *login,
				     const struct up_login_answer *answer) UP_NONNULL;

/* Also when the peer is gone in the middle: what is under way is withdrawn.  NULL is fine. */
void login_free(struct login *login);
UP_DEFINE_AUTO(struct login, login_free);

/* Conversations under way. */
size_t login_count(const struct login_engine *engine) UP_NONNULL;

/* For ExplainLogin: {Username, Service, Factors, Verdict, Reason, Steps: [text...]}; NULL: out of
 * memory. */
json_t *login_explain(struct login_engine *engine, const char *user,
		      const char *service) UP_NONNULL UP_MUST_USE;
