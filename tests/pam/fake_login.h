/* SPDX-License-Identifier: MIT */
/*
 * A userpoold that holds the login conversations of a script: a process behind
 * run/login.sock of the current directory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/frame.h"

/* What is wrong with a frame. */
enum fake_trick {
	FAKE_HONEST,
	FAKE_OTHER_NONCE,
	FAKE_OTHER_VERSION,
	FAKE_OTHER_TYPE,
	FAKE_TWICE,
	FAKE_CUT,  /* ends in the middle, and so does the connection */
	FAKE_HANG, /* nothing is sent, nor closed */
};

/* A frame to send.  A prompt waits for its answer; another one than `answer` ends the conversation
 * with AUTH_FAILED.  Scripts end with a step of type 0, which closes the connection. */
struct fake_step {
	enum up_frame_type type;
	const char *text;
	enum up_prompt_kind kind;
	const char *answer;
	enum up_verdict verdict;
	enum up_reason reason;
	const char *user; /* of the done frame; NULL: the one that began */
	const char *environment[3];
	bool echo, is_error;
	enum fake_trick trick;
};

#define FAKE_PURPOSES (UP_PURPOSE_CHANGE_UPDATE + 1)

/* A script for each purpose; NULL: the connection is closed at once. */
struct fake_scripts {
	const struct fake_step *purpose[FAKE_PURPOSES];
};

/* What the fake has seen, of the last conversation unless said otherwise. */
struct fake_record {
	unsigned int conversations; /* all */
	bool allowed;               /* an honest done frame that allows was sent */
	size_t answers;
	char answer[8][UP_ANSWER_SIZE];
	struct up_login_begin begin;
	struct up_login_begin begins[FAKE_PURPOSES]; /* the last of each purpose */
};

struct fake_login {
	pid_t pid;
	struct fake_record *record; /* shared with it; whole once the module has its done frame */
};

extern const struct fake_step fake_allow[], fake_deny[], fake_hang[];

/* One conversation after the other, each by the script of its purpose, until fake_end(). */
void fake_serve(struct fake_login *fake, const struct fake_scripts *scripts);
void fake_end(struct fake_login *fake);

/* A listening socket at run/login.sock, non-blocking; the caller closes it. */
int fake_listen(void);
