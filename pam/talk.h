/* SPDX-License-Identifier: MIT */
/*
 * One conversation with the daemon: the terminal's side of login.sock.  It passes
 * prompts on and answers back, checks that every frame belongs to this conversation
 * and that it ends with a whole done frame, and decides nothing.  Knows no libpam.
 */
#pragma once

#include <stdint.h>

#include "common/attributes.h"
#include "common/frame.h"
#include "common/protocol.h"

/* More frames than this in one conversation, and the daemon is out of its mind. */
#define TALK_FRAMES_MAX 128

/* How the terminal took a prompt or a text.  Zeroed memory is a failure. */
enum talk_step {
	TALK_STEP_FAILED,      /* the person cannot be asked */
	TALK_STEP_NO_PASSWORD, /* only a password read earlier may answer, and there is none */
	TALK_STEP_OK,
};

/* How a conversation ended.  Only DONE came with an answer; the others are failures. */
enum talk_end {
	TALK_BROKEN,      /* the daemon broke the protocol, or this process lacks something */
	TALK_OFFLINE,     /* no daemon, or none that answers in time, or it went away */
	TALK_MUTE,        /* the person could not be asked */
	TALK_NO_PASSWORD, /* see TALK_STEP_NO_PASSWORD */
	TALK_DONE,        /* the done frame is whole, and its nonce and user are ours */
};

struct talk_terminal {
	/* Asks; the answer, a string of at most UP_ANSWER_SIZE - 1 bytes, goes to `answer`, which
	 * the talk wipes. */
	enum talk_step (*ask)(void *self, const struct up_login_prompt *prompt,
			      char answer[UP_ANSWER_SIZE]);
	enum talk_step (*show)(void *self, const struct up_login_show *show);
	void (*received)(void *self, uint16_t type); /* for a debug log; may be NULL */
	void *self;
};

/* In milliseconds. */
struct talk_patience {
	int64_t connect;
	int64_t first; /* from the begin frame to the first frame back */
	int64_t next;  /* from an answer or a shown text to the next frame */
};

/* What each purpose is given.  Static; thread-safe. */
UP_MUST_USE struct talk_patience talk_patience_for(enum up_purpose purpose);

/*
 * Holds the conversation that `begin` starts, over a connection to the socket at `path`.  *ret
 * is filled on TALK_DONE only; its verdict is still to be read.  Thread-safe, raises no signal,
 * leaves no fd behind.  A prompt where begin->flags has UP_LOGIN_NONINTERACTIVE is TALK_BROKEN.
 */
UP_MUST_USE enum talk_end talk_at(const char *path, const struct up_login_begin *begin,
				  const struct talk_terminal *terminal,
				  const struct talk_patience *patience,
				  struct up_login_done *ret) UP_NONNULL;

/* The same over a connected, non-blocking fd, which stays the caller's. */
UP_MUST_USE enum talk_end talk_over(int fd, const struct up_login_begin *begin,
				    const struct talk_terminal *terminal,
				    const struct talk_patience *patience,
				    struct up_login_done *ret) UP_NONNULL;
