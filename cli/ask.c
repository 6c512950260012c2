/* SPDX-License-Identifier: MIT */
#include "cli/ask.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "cli/output.h"
#include "cli/terminal.h"

enum outcome ask_line(struct cli *cli, bool from_stdin, const char *prompt, bool echo, char *ret,
		      size_t size)
{
	enum terminal_result result =
		from_stdin ? terminal_read_line(ret, size) : terminal_ask(prompt, echo, ret, size);

	if (result == TERMINAL_OK)
		return OUTCOME_OK;
	output_error(cli, "%s", terminal_error(result));
	if (result == TERMINAL_NONE)
		output_hint("In a script, give it on standard input: see --help");
	return OUTCOME_USAGE;
}

enum outcome ask_new_password(struct cli *cli, bool from_stdin, char ret[ASK_PASSWORD_SIZE])
{
	char again[ASK_PASSWORD_SIZE] = "";
	enum outcome outcome =
		ask_line(cli, from_stdin, "New password: ", false, ret, ASK_PASSWORD_SIZE);

	if (outcome == OUTCOME_OK && *ret == '\0') {
		output_error(cli, "the password is empty");
		outcome = OUTCOME_USAGE;
	}
	if (outcome != OUTCOME_OK || from_stdin)
		return outcome;
	outcome = ask_line(cli, false, "New password again: ", false, again, sizeof(again));
	if (outcome == OUTCOME_OK && strcmp(ret, again) != 0) {
		output_error(cli, "the two passwords differ");
		outcome = OUTCOME_USAGE;
	}
	explicit_bzero(again, sizeof(again));
	return outcome;
}

bool ask_is_sure(struct cli *cli, const char *what, const char *object)
{
	char *prompt = NULL, answer[16] = "";

	if (option_is_given(cli, OPT_YES) || !isatty(STDIN_FILENO))
		return true;
	char *escaped = output_escape(object, ESCAPE_LINE);
	if (asprintf(&prompt, "%s %s? [y/N] ", what, escaped) < 0)
		out_of_memory();
	enum terminal_result result = terminal_ask(prompt, true, answer, sizeof(answer));
	free(prompt);
	free(escaped);
	if (result == TERMINAL_OK && (strcmp(answer, "y") == 0 || strcmp(answer, "yes") == 0))
		return true;
	output_error(cli, "nothing was deleted");
	return false;
}

enum outcome make_password(struct cli *cli, char ret[ASK_PASSWORD_SIZE])
{
	/* 64 characters, none that is easily taken for another; 20 of them are 120 bits. */
	static const char alphabet[] =
		"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789-+=_%@#!";
	static_assert(sizeof(alphabet) == 65, "one of 64");
	static const char classes[] = "aA2-";
	uint8_t random[20];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
		output_error(cli, "no random bytes from the kernel");
		return OUTCOME_REFUSED;
	}
	for (size_t i = 0; i < sizeof(random); i++)
		ret[i] = alphabet[random[i] & 63];
	/* A policy may want one of each class: these four add to the length, not to the chance. */
	memcpy(ret + sizeof(random), classes, sizeof(classes));
	explicit_bzero(random, sizeof(random));
	return OUTCOME_OK;
}
