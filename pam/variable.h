/* SPDX-License-Identifier: MIT */
/* Which environment variables the daemon may put into a user's session. */
#pragma once

#include <stdbool.h>

#include "common/attributes.h"

/* Whether `text` is USERPOOL_NAME=value with a printable ASCII value: a variable that changes how
 * another program behaves (LD_PRELOAD, PATH, XDG_SEAT) is never set from here.  Thread-safe. */
UP_MUST_USE bool variable_is_allowed(const char *text) UP_NONNULL;
