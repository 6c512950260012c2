/* SPDX-License-Identifier: MIT */
/*
 * Asking a person.  Secrets are read from /dev/tty without echo, or, with --stdin,
 * as lines of standard input; the terminal is put back as it was on every way out,
 * signals included.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/attributes.h"

/* What is read is at most `size` - 1 bytes; a longer line is refused, not cut. */
enum terminal_result {
	TERMINAL_OK,
	TERMINAL_NONE,     /* there is no terminal */
	TERMINAL_END,      /* end of input, or interrupted */
	TERMINAL_TOO_LONG, /* the line does not fit */
};

/* Shows `prompt` (already escaped) and reads a line from /dev/tty. */
enum terminal_result terminal_ask(const char *prompt, bool echo, char *ret, size_t size) UP_NONNULL;

/* Reads a line from standard input, byte by byte, so that the next line stays for the next call. */
enum terminal_result terminal_read_line(char *ret, size_t size) UP_NONNULL;

/* Shows text on /dev/tty, or on standard error where there is none. */
void terminal_show(const char *text) UP_NONNULL;

/* The text of a failed result. */
const char *terminal_error(enum terminal_result result);
