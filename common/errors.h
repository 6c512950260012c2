/* SPDX-License-Identifier: MIT */
/*
 * Why a call failed.  An error never says "no": not found, wrong and denied are
 * answers, and have types of their own where they occur.
 */
#pragma once

#include "common/attributes.h"

#define UP_ERRORS(X)                                                                               \
	X(UP_ERR_NOMEM, "out of memory")                                                           \
	X(UP_ERR_IO, "input or output failed")                                                     \
	X(UP_ERR_TRUNCATED, "message ends too early")                                              \
	X(UP_ERR_TRAILING, "message has bytes left over")                                          \
	X(UP_ERR_TOO_LARGE, "larger than the limit")                                               \
	X(UP_ERR_MALFORMED, "not in the expected form")                                            \
	X(UP_ERR_VERSION, "another version of the protocol or file format")                        \
	X(UP_ERR_UNTRUSTED, "wrong owner, mode or type of file, or a peer without the right")      \
	X(UP_ERR_OFFLINE, "the daemon or the pool cannot be reached")                              \
	X(UP_ERR_TIMEOUT, "no answer in time")                                                     \
	X(UP_ERR_BUSY, "too many requests at once")                                                \
	X(UP_ERR_CONFLICT, "in conflict with what is there")                                       \
	X(UP_ERR_CORRUPT, "damaged data")                                                          \
	X(UP_ERR_CRYPTO, "a cryptographic operation failed")                                       \
	X(UP_ERR_CONFIG, "mistake in the configuration")                                           \
	X(UP_ERR_SYSTEM, "a system call failed")

enum up_err {
	UP_OK = 0,
#define X(id, text) id,
	UP_ERRORS(X)
#undef X
};

/* The text of an error, in English, without a full stop.  Static; never NULL.  Thread-safe. */
const char *up_strerror(enum up_err err) UP_MUST_USE;
