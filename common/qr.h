/* SPDX-License-Identifier: MIT */
/* Draws a QR code with half blocks: two rows of modules a line of text. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "common/attributes.h"

/* False, and nothing drawn, if `text` does not fit or memory is short. */
bool qr_draw(FILE *stream, const char *text) UP_NONNULL;
