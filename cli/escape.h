/* SPDX-License-Identifier: MIT */
/* Makes text harmless to a terminal: pools hold what anybody typed into them. */
#pragma once

#include <stdbool.h>

#include "common/attributes.h"

/* A copy in which control characters and bytes that are no UTF-8 are \xHH, and characters that
 * reorder, hide or end text are \u{HHHH}.  The caller frees; NULL: out of memory. */
char *escape_text(const char *text, bool keep_lines) UP_NONNULL UP_MUST_USE;
