/* SPDX-License-Identifier: MIT */
/*
 * The header of a frame, and the messages of login.sock.  Encoders write a whole
 * frame (header and payload); decoders take one payload.  Nothing is allocated.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "common/protocol.h"
#include "common/reader.h"
#include "common/writer.h"

struct up_frame_header {
	uint32_t length; /* of the payload, in bytes */
	uint16_t type;
};

/* Reads a header of UP_FRAME_HEADER_SIZE bytes.  Errors: UP_ERR_VERSION, UP_ERR_TOO_LARGE when the
 * length exceeds `max`. */
UP_MUST_USE enum up_err up_frame_header_decode(const uint8_t *bytes, size_t max,
					       struct up_frame_header *ret) UP_NONNULL;

/* Starts a frame of `type` in `w`, which must be empty; up_frame_end() fills in the length. */
void up_frame_begin(struct up_writer *w, uint16_t type) UP_NONNULL;
UP_MUST_USE enum up_err up_frame_end(struct up_writer *w, size_t *ret) UP_NONNULL;

/* Starts a conversation.  The nonce is random and comes back in every frame of it. */
struct up_login_begin {
	uint8_t nonce[UP_NONCE_SIZE];
	enum up_purpose purpose;
	uint32_t flags; /* enum up_login_flag */
	char service[UP_SERVICE_SIZE];
	char user[UP_USER_FIELD_SIZE];
	char rhost[UP_RHOST_SIZE];
	char tty[UP_TTY_SIZE];
	char factors[UP_FACTORS_SIZE];     /* the module's factors= option, or empty */
	char auth_info[UP_AUTH_INFO_SIZE]; /* SSH_AUTH_INFO_0, or empty */
};

struct up_login_answer {
	uint8_t nonce[UP_NONCE_SIZE];
	char text[UP_ANSWER_SIZE]; /* a secret: wipe with explicit_bzero */
};

struct up_login_prompt {
	uint8_t nonce[UP_NONCE_SIZE];
	enum up_prompt_kind kind;
	bool echo;
	char text[UP_PROMPT_SIZE];
};

struct up_login_show {
	uint8_t nonce[UP_NONCE_SIZE];
	bool is_error;
	char text[UP_PROMPT_SIZE];
};

/* Ends a conversation.  `user` is the user of the begin frame, so that no answer can be taken for
 * another's. */
struct up_login_done {
	uint8_t nonce[UP_NONCE_SIZE];
	enum up_verdict verdict;
	enum up_reason reason;
	char user[UP_USER_FIELD_SIZE];
	char message[UP_MESSAGE_SIZE]; /* for the person; may be empty */
	size_t variables;
	char environment[UP_ENVIRONMENT_MAX][UP_VARIABLE_SIZE]; /* NAME=value; never a secret */
};

/* Each encodes a whole frame into `w` and gives its length in *ret, or UP_ERR_TOO_LARGE. */
UP_MUST_USE enum up_err up_login_begin_encode(const struct up_login_begin *m, struct up_writer *w,
					      size_t *ret) UP_NONNULL;
UP_MUST_USE enum up_err up_login_answer_encode(const struct up_login_answer *m, struct up_writer *w,
					       size_t *ret) UP_NONNULL;
UP_MUST_USE enum up_err up_login_prompt_encode(const struct up_login_prompt *m, struct up_writer *w,
					       size_t *ret) UP_NONNULL;
UP_MUST_USE enum up_err up_login_show_encode(const struct up_login_show *m, struct up_writer *w,
					     size_t *ret) UP_NONNULL;
UP_MUST_USE enum up_err up_login_done_encode(const struct up_login_done *m, struct up_writer *w,
					     size_t *ret) UP_NONNULL;

/* Each decodes one payload.  Errors: UP_ERR_TRUNCATED, UP_ERR_TRAILING, UP_ERR_TOO_LARGE,
 * UP_ERR_MALFORMED (a NUL inside a string, an unknown enumeration value).  *ret is whole only on
 * UP_OK. */
UP_MUST_USE enum up_err up_login_begin_decode(struct up_span payload,
					      struct up_login_begin *ret) UP_NONNULL;
UP_MUST_USE enum up_err up_login_answer_decode(struct up_span payload,
					       struct up_login_answer *ret) UP_NONNULL;
UP_MUST_USE enum up_err up_login_prompt_decode(struct up_span payload,
					       struct up_login_prompt *ret) UP_NONNULL;
UP_MUST_USE enum up_err up_login_show_decode(struct up_span payload,
					     struct up_login_show *ret) UP_NONNULL;
UP_MUST_USE enum up_err up_login_done_decode(struct up_span payload,
					     struct up_login_done *ret) UP_NONNULL;
