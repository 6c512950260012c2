/* SPDX-License-Identifier: MIT */
/* Whether a token that the pool gave is one of the user that it was asked for. */
#pragma once

#include "daemon/login/claims.h"

struct login_engine;

/* Verifies `token` by the pool's keys and compares user name and subject.  A refusal is logged;
 * where the key is unknown the pool's keys are read again for the next time. */
bool token_is_of(struct login_engine *engine, enum token_use use, const char *token,
		 const char *name, const char *sub, struct claims *ret) UP_NONNULL UP_MUST_USE;
