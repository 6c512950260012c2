/* SPDX-License-Identifier: MIT */
/* KEY=VALUE words as Cognito's list of attributes. */
#pragma once

#include "cli/command.h"

/* Adds {Name, Value} to `list`; false, and said so, if `word` has no key. */
bool attribute_add(const struct cli *cli, json_t *list, const char *word) UP_NONNULL;
