/* SPDX-License-Identifier: MIT */
/* Keeps the tokens of live sessions good: the refresh token buys new ones ahead of their end. */
#pragma once

#include "common/attributes.h"
#include "common/errors.h"

struct login_engine;
struct renewal;

/* Looks every half minute.  `engine` is borrowed. */
UP_MUST_USE enum up_err renewal_start(struct login_engine *engine, struct renewal **ret) UP_NONNULL;
void renewal_stop(struct renewal *renewal);
/* One look, as the timer has it: asks the pool for the first session whose tokens end soon. */
void renewal_look(struct renewal *renewal) UP_NONNULL;
