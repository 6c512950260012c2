/* SPDX-License-Identifier: MIT */
/* The one place where the end of a conversation becomes a PAM return code. */
#pragma once

#include "common/attributes.h"
#include "common/frame.h"
#include "pam/talk.h"

/*
 * The code that the entry point of `purpose` returns.  PAM_SUCCESS only for TALK_DONE with
 * UP_VERDICT_ALLOW and UP_REASON_OK; never PAM_IGNORE.  `done` is read on TALK_DONE only.
 * Pure; thread-safe.
 */
UP_MUST_USE int verdict_code(enum up_purpose purpose, enum talk_end end,
			     const struct up_login_done *done) UP_NONNULL;
