/* SPDX-License-Identifier: MIT */
/* Text for a person's terminal: what could steer the terminal is taken out. */
#pragma once

#include "common/attributes.h"

/*
 * Replaces in place, each by '?': control characters except newline and tab, the C1 controls,
 * the Unicode marks that turn the direction of text, and bytes that are no UTF-8.  A pool may
 * put such things into a name or a message.  Pure; thread-safe.
 */
void printable_make(char *text) UP_NONNULL;
