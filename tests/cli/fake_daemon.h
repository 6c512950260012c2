/* SPDX-License-Identifier: MIT */
/* A daemon that says what a script tells it to, for tests of the command. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/protocol.h"

/* The next call must be of `operation`; it gets `result` (JSON) or `error`. */
struct fake_answer {
	const char *operation;
	const char *result;
	const char *error, *message;
};

/* One step of a login: a prompt whose answer must be `answer`, something shown, or the end. */
struct fake_step {
	enum up_frame_type type;
	const char *text;
	const char *answer;
	enum up_verdict verdict;
	enum up_reason reason;
	const char *user; /* of the done frame; NULL: the one that began */
	bool bad_nonce, no_echo;
};

#define FAKE_POOL "local_abc123def"

struct fake {
	char dir[64]; /* of the sockets; temporary */
	pid_t api, login;
};

void fake_new(struct fake *fake);
/* Serves api.sock.  GetHostStatus is answered without a step of its own. */
void fake_serve_api(struct fake *fake, const struct fake_answer *script, size_t count);
void fake_serve_login(struct fake *fake, const struct fake_step *script, size_t count);
/* What was asked, a line "OPERATION JSON" each, without GetHostStatus; the caller frees. */
char *fake_requests(const struct fake *fake);
void fake_end(struct fake *fake);
