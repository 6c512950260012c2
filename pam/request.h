/* SPDX-License-Identifier: MIT */
/* What a PAM handle knows, as the begin frame of a conversation. */
#pragma once

#include <stdbool.h>

#include <security/pam_modules.h>

#include "common/attributes.h"
#include "common/frame.h"
#include "pam/options.h"

struct request {
	enum up_purpose purpose;
	unsigned int flags; /* of the entry point */
	const struct options *options;
	const char *user;
	bool may_prompt;
};

/* False when something that decides cannot be told whole (an item, a random nonce): the login
 * must fail then.  Thread-safe. */
UP_MUST_USE bool request_encode(pam_handle_t *pamh, const struct request *request,
				struct up_login_begin *ret) UP_NONNULL;
