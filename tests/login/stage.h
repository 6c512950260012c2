/* SPDX-License-Identifier: MIT */
/*
 * A login engine on a fake host, a pool that follows a script, and a person who types
 * what he was told to.
 */
#pragma once

#include "common/frame.h"
#include "daemon/login/login.h"
#include "tests/lib/fake_host.h"
#include "tests/lib/fake_processes.h"
#include "tests/lib/small_pool.h"

#define PID_ROOT  100 /* a daemon of root's, such as sshd's child for this login */
#define PID_SUDO  200 /* a set-uid program that UID_LOCAL runs */
#define PID_LOCAL 300 /* a program of UID_LOCAL */
#define PID_ALICE 400 /* a program of alice, such as a screen locker */
#define UID_LOCAL 1000

enum answer {
	NOTHING, /* the end of a script */
	TOKENS,  /* good ones of alice */
	CHALLENGE,
	ERROR,
	JSON,
	SILENCE, /* until what waits is ended as a dead worker's */
	REFUSED, /* pool_call() says UP_ERR_BUSY: this line is the one before it */
};

/* What the pool says to the operation that must be asked next. */
struct line {
	const char *operation;
	enum answer answer;
	const char *text;    /* the challenge's or error's name, or the JSON */
	const char *message; /* of an error */
};

/* Lines that many scripts have. */
#define PASSWORD_OK                                                                                \
	{                                                                                          \
		.operation = "InitiateAuth", .answer = TOKENS                                      \
	}
#define PASSWORD_MFA                                                                               \
	{                                                                                          \
		.operation = "InitiateAuth", .answer = CHALLENGE, .text = "SOFTWARE_TOKEN_MFA"     \
	}
#define CODE_OK                                                                                    \
	{                                                                                          \
		.operation = "RespondToAuthChallenge", .answer = TOKENS                            \
	}

struct stage {
	struct fake_host host;
	struct small_pool pool;
	struct small_user alice; /* whom TOKENS are for, whatever becomes of her in the pool */
	struct login_engine *engine;
	uint32_t uid_alice;
	const struct line *line;
	const char *off_script; /* an operation that no line was for */
	void (*before)(struct stage *stage, const char *operation); /* if not NULL, each answer */
};

/* One conversation as the person sees it. */
struct talk {
	struct stage *stage;
	struct login *login;
	struct up_login_prompt prompt; /* the last one */
	struct up_login_done done;
	unsigned int prompts, dones;
	bool has_begun, is_asked;
	char hidden; /* a byte that no terminal may get was in a text */
};

void stage_init(struct stage *stage, const char *config);
void stage_clear(struct stage *stage);
void stage_sync(struct stage *stage);
/* Closes and opens engine and host, as a restart of the daemon does. */
void stage_restart(struct stage *stage, bool with_pool);

/* The script; ends with an empty line. */
void stage_script(struct stage *stage, const struct line *lines);

/* "authenticate alice by sshd", to be changed. */
struct up_login_begin talk_request(void);
/* False: refused before it began. */
bool talk_begin(struct talk *talk, struct stage *stage, const struct up_login_begin *begin,
		pid_t pid, uid_t uid);
enum up_err talk_type(struct talk *talk, const char *text);
void talk_end(struct talk *talk);

/* The audit lines of logins since the last call, and what the last one said. */
struct stage_audit {
	unsigned int lines;
	char verdict[8], reason[32], user[64], factors[32], detail[64];
};
struct stage_audit stage_take_audit(void);

/* Begins, types what is in `typed` (NULL-terminated) as it is asked for, and ends; *ret is how it
 * was. */
void talk_through(struct stage *stage, const struct up_login_begin *begin, pid_t pid, uid_t uid,
		  const char *const *typed, struct talk *ret);

extern const char *const nothing_typed[], *const password_typed[];

/* talk_through() of "alice by sshd" for another purpose. */
struct talk stage_ask(struct stage *stage, enum up_purpose purpose, pid_t pid,
		      const char *const *typed);

/* A copy of the small pool's users that a test may change. */
struct small_user *stage_users(struct stage *stage);

/* The second factor of a session stands for ten minutes. */
#define STANDING "[policy default]\nfactors = password+otp\nsecond_factor_valid = 600\n"

/* Signs alice in with both factors by sshd, whose process leads the session; 111 is her sudo. */
void stage_begin_session(struct stage *stage);
