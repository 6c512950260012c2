/* SPDX-License-Identifier: MIT */
/* Help and completion words, made from the tables. */
#pragma once

#include <stdio.h>

#include "cli/command.h"

void help_all(FILE *stream) UP_NONNULL;
void help_noun(FILE *stream, const char *noun) UP_NONNULL;
void help_command(FILE *stream, const struct command *command) UP_NONNULL;
void help_usage(FILE *stream, const struct command *command) UP_NONNULL;
/* A line a command, "noun verb --option --option=..." for completion and the checks of the manual.
 */
void help_list_commands(void);
