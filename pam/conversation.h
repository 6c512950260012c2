/* SPDX-License-Identifier: MIT */
/*
 * The terminal behind a talk: prompts and texts go out through the application's
 * PAM conversation, passwords come from and go to PAM's items.
 */
#pragma once

#include <stdbool.h>

#include <security/pam_modules.h>

#include "common/attributes.h"
#include "common/frame.h"
#include "pam/options.h"
#include "pam/talk.h"

/* A password that an earlier module read may answer one prompt: it was wrong if we are asked
 * again. */
enum item_use {
	ITEM_UNUSED,
	ITEM_ANSWERED, /* the last prompt; a new password is then confirmed the same way */
	ITEM_SPENT,
};

/* For one talk; every pointer is borrowed. */
struct conversation {
	pam_handle_t *pamh;
	const struct options *options;
	enum up_purpose purpose;
	bool is_silent;
	enum item_use password, new_password; /* of PAM's items */
};

/* Whether the application gave a conversation at all. */
UP_MUST_USE bool conversation_is_possible(pam_handle_t *pamh) UP_NONNULL;

/* The talk's terminal over `conversation`, which must outlive it. */
UP_MUST_USE struct talk_terminal
conversation_terminal(struct conversation *conversation) UP_NONNULL;

/* Shows the message of a done frame unless it is empty or the application wants silence.
 * A person who cannot be told changes nothing about the verdict. */
void conversation_tell(struct conversation *conversation, const char *text,
		       bool is_error) UP_NONNULL;
