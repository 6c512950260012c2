/* SPDX-License-Identifier: MIT */
/*
 * What happened, by event.  Fields go to the journal as they are and to standard
 * error as one line `event key=value ...`; control characters are escaped, so a
 * line is always one line.  A secret has no way in: there is no format string.
 * Modules that say nothing themselves (common, crypto, store) never include this.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <syslog.h>

#include "common/attributes.h"
#include "common/errors.h"

#define AUDIT (1 << 8)

enum event {
#define EVENT(id, name, priority, text) EV_##id,
#include "daemon/base/events.def"
#undef EVENT
	EV_COUNT,
};

struct log_field {
	const char *key;  /* lower case, a-z0-9_ */
	const char *text; /* NULL: the number */
	int64_t number;
};

/* Field makers.  A NULL text is left out of the line.  Texts are borrowed for the call. */
struct log_field log_str(const char *key, const char *text);
struct log_field log_int(const char *key, int64_t number);
struct log_field log_err(enum up_err err); /* error="..." */
struct log_field log_errno(int number);    /* errno="..." */

enum log_target { LOG_TARGET_AUTO, LOG_TARGET_STDERR, LOG_TARGET_JOURNAL };

/* Chooses the target (AUTO: the journal when standard error is connected to it) and the least
 * severe priority that is written.  Not thread-safe; call at start and on reload. */
void log_setup(const char *program, enum log_target target, int max_priority) UP_NONNULL;

void log_write(enum event event, const struct log_field *fields, size_t count);

/* log_event(EV_LOGIN, log_str("user", name), log_int("uid", uid)); */
#define log_event(event, ...)                                                                      \
	log_write((event), (const struct log_field[]){ __VA_ARGS__ },                              \
		  UP_COUNT(((const struct log_field[]){ __VA_ARGS__ })))
