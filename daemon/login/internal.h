/* SPDX-License-Identifier: MIT */
/* What the files of this folder share: one login, and the steps that move it. */
#pragma once

#include <stdbool.h>

#include "daemon/base/limits.h"
#include "daemon/login/login.h"
#include "daemon/login/policy.h"
#include "daemon/login/ticket.h"

struct login_engine {
	sd_event *loop;
	const struct config *config;
	struct pool *pool;
	struct identity *identity;
	struct sessions *sessions;
	struct limits *attempts;
	struct ticket *tickets;
	int64_t keys_asked_ms; /* clock_boot_ms() of the last reading for an unknown key */
	struct renewal *renewal;
	size_t count;
};

/* Called with what was typed, which is wiped afterwards. */
typedef void login_typed_fn(struct login *login, const char *text);
/* Called with the pool's answer. */
typedef void login_reply_fn(struct login *login, const struct pool_reply *reply);

struct login {
	struct login_engine *engine;
	struct login_peer peer;
	struct login_terminal terminal;
	struct up_login_begin begin;
	struct login_policy policy;
	struct process_tree tree;
	uid_t real_uid; /* of the peer: tells root from a set-uid program of somebody's */
	char source[UP_RHOST_SIZE + 8]; /* who is counted: the remote host, or the caller's uid */

	bool is_known; /* `user` is filled in; if not, nothing can end in an allow */
	struct identity_user user;

	/* What the login waits for: at most one of the two. */
	login_typed_fn *on_typed;
	login_reply_fn *on_reply;
	struct pool_call *call;

	unsigned int proved;  /* factors proved so far */
	unsigned int pending; /* factors that the answer under way proves if the pool takes it */
	char *session;        /* Cognito's Session of the challenge */
	char challenge[32];   /* its name */
	unsigned int rounds;  /* challenges so far */
	unsigned int tries;   /* wrong answers to this one */
	int64_t tokens_until; /* the first end of the tokens that were verified */
	char old_password[UP_ANSWER_SIZE], new_password[UP_ANSWER_SIZE]; /* as typed first */
	login_typed_fn *on_new_password;
	struct ticket ticket; /* of the password change that this login finishes */
	bool is_done;
};

/* Asks the person; the answer goes to `next`.  Ends the login where nobody can be asked. */
void login_ask(struct login *login, enum up_prompt_kind kind, const char *text,
	       login_typed_fn *next) UP_NONNULL;
/* Asks the pool; `request` is taken over, NULL is out of memory. */
void login_call(struct login *login, const char *operation, json_t *request, login_reply_fn *next);

/* Steps. */
void authenticate_start(struct login *login) UP_NONNULL;
void account_start(struct login *login) UP_NONNULL;
void session_open_start(struct login *login) UP_NONNULL;
void session_close_start(struct login *login) UP_NONNULL;
void change_check_start(struct login *login) UP_NONNULL;
void change_update_start(struct login *login) UP_NONNULL;

/* The pool's answer to a sign-in or a challenge: tokens, a challenge or an error. */
void challenge_take(struct login *login, const struct pool_reply *reply) UP_NONNULL;
/* Notes the factors that the answer under way proves if the pool took it; then the same. */
void login_proved(struct login *login, const struct pool_reply *reply) UP_NONNULL;
/* Answers the challenge under way; `responses` is taken over. */
void challenge_respond_then(struct login *login, json_t *responses, login_reply_fn *next);
/* Keeps a copy of Cognito's Session; false: out of memory. */
bool login_keep_session(struct login *login, const char *session) UP_NONNULL;
/* Cognito's UserContextData: where this login comes from.  A new reference. */
json_t *login_context(const struct login *login) UP_NONNULL UP_MUST_USE;
/* Fills in who logs in where, without tokens. */
void login_describe(const struct login *login, struct session_proof *proof) UP_NONNULL;
/* A code as people type it, in groups or with dashes, without these.  False: it can be none. */
#define CODE_SIZE 65
bool code_tidy(const char *text, char ret[CODE_SIZE]) UP_NONNULL;
bool code_is_totp(const char *code) UP_NONNULL;
/* NEW_PASSWORD_REQUIRED and MFA_SETUP are longer than one question. */
void new_password_start(struct login *login) UP_NONNULL;
void enrol_start(struct login *login) UP_NONNULL;
/* Asks for a new password, twice, and hands it to `next`. */
void new_password_ask(struct login *login, login_typed_fn *next) UP_NONNULL;
/* Asks again, after `problem`, or refuses after some times. */
void new_password_again(struct login *login, const char *problem) UP_NONNULL;

/* The sign-in of a password change is through: `secret` is what the second pass needs; NULL: the
 * pool gave none. */
void change_proved(struct login *login, enum ticket_kind kind, const char *secret);
