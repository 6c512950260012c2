/* SPDX-License-Identifier: MIT */
/* The words behind pam_userpool.so on its line of a PAM stack. */
#pragma once

#include <stdbool.h>

#include "common/attributes.h"

/* Whether a password that an earlier module read may answer ours. */
enum options_first_pass {
	OPTIONS_ASK, /* no: always ask */
	OPTIONS_TRY, /* try_first_pass: once, then ask */
	OPTIONS_USE, /* use_first_pass: once, and never ask */
};

struct options {
	bool debug;
	enum options_first_pass first_pass;
	const char *factors; /* of factors=, static; "" when not given */
};

/*
 * Reads `argc` words.  Returns NULL, or the first word that is no option: *ret then holds what
 * was understood, and the caller must refuse, because a misspelt option may have been meant to
 * make the login stricter.  Thread-safe.
 */
UP_MUST_USE const char *options_parse(int argc, const char **argv, struct options *ret);
