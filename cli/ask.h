/* SPDX-License-Identifier: MIT */
/* The questions that commands have: passwords, codes, "are you sure". */
#pragma once

#include "cli/command.h"

#define ASK_PASSWORD_SIZE 1025
#define ASK_CODE_SIZE     65

/* A new password: a line of standard input if `from_stdin`, else asked for twice.  The caller wipes
 * `ret`. */
UP_MUST_USE enum outcome ask_new_password(struct cli *cli, bool from_stdin,
					  char ret[ASK_PASSWORD_SIZE]) UP_NONNULL;
/* Anything else, once. */
UP_MUST_USE enum outcome ask_line(struct cli *cli, bool from_stdin, const char *prompt, bool echo,
				  char *ret, size_t size) UP_NONNULL;
/* True if there is nobody to ask, with --yes, or if a person typed "y". */
bool ask_is_sure(struct cli *cli, const char *what, const char *object) UP_NONNULL;
/* A password that any usual policy takes.  The caller wipes it. */
UP_MUST_USE enum outcome make_password(struct cli *cli, char ret[ASK_PASSWORD_SIZE]) UP_NONNULL;
