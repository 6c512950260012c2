/* SPDX-License-Identifier: MIT */
/* Runs the built command and keeps what it wrote. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define RUN_OUTPUT_SIZE 65536

struct run {
	int status;
	bool echoes; /* the terminal, after the end */
	char out[RUN_OUTPUT_SIZE], err[RUN_OUTPUT_SIZE];
};

/* `words`: the command line behind "userpool", cut at spaces.  `input` goes to standard input;
 * NULL: empty.  No terminal. */
void run_userpool(struct run *ret, const char *runtime_dir, const char *input, const char *words);

/* The same on a pseudo terminal, which `input` is typed at after a prompt that ends in ": " or
 * "] "; what the terminal showed is in ret->out. */
void run_on_terminal(struct run *ret, const char *runtime_dir, const char *const *typed,
		     size_t typed_count, const char *words);
