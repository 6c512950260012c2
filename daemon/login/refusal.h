/* SPDX-License-Identifier: MIT */
/* What an error of the pool means for a login, and its text for the person. */
#pragma once

#include <stddef.h>

#include "common/attributes.h"
#include "common/protocol.h"
#include "daemon/pool/pool.h"

/* The reason of a failed reply; unknown errors are UP_REASON_UNAVAILABLE. */
enum up_reason refusal_reason(const struct pool_reply *reply) UP_NONNULL UP_MUST_USE;

/* Static; what the person reads.  The pool's own words are shown for a refused new password only,
 * by refusal_text(). */
const char *refusal_message(enum up_reason reason) UP_MUST_USE;

/* A stranger's text, cut and reduced to printable ASCII. */
void copy_printable(char *out, size_t size, const char *text) UP_NONNULL;
/* The same of the pool's message. */
void refusal_text(const struct pool_reply *reply, char *out, size_t size) UP_NONNULL;
