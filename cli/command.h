/* SPDX-License-Identifier: MIT */
/*
 * One run of the command: the options as given, the connection, the result.
 * The tables are commands.def and options.def.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attributes.h"

/* What the command ends with; userpool(1) lists the same. */
enum outcome {
	OUTCOME_OK = 0,
	OUTCOME_REFUSED = 1,   /* the pool or the daemon said no, or it failed */
	OUTCOME_USAGE = 2,     /* the command line is wrong; nothing was asked */
	OUTCOME_OFFLINE = 3,   /* the daemon cannot be reached */
	OUTCOME_FORBIDDEN = 4, /* the caller may not */
	OUTCOME_NOT_FOUND = 5, /* no such user, group, pool, client or session */
};

enum option_id {
#define OPTION(id, letter, name, argument, help) OPT_##id,
#include "cli/options.def"
#undef OPTION
	OPT_COUNT
};

struct option_row {
	char letter;
	const char *name, *argument, *help;
};
extern const struct option_row option_rows[OPT_COUNT];

struct cli;
typedef enum outcome command_fn(struct cli *cli);

struct command {
	const char *noun, *verb, *arguments;
	int least, most; /* arguments */
	uint64_t options;
	command_fn *run;
	const char *summary;
};
extern const struct command commands[];
extern const size_t command_count;

/* Every command takes these. */
extern const uint64_t global_options;

struct given_option {
	enum option_id id;
	const char *value; /* NULL: it takes none */
};

struct connection; /* to api.sock, see api.h */

struct cli {
	const struct command *command;
	char **arguments; /* what is left after the options */
	int argument_count;
	struct given_option *given;
	size_t given_count;
	const char *runtime_dir;
	struct connection *connection;
	char *pool_id; /* once it is known */
};

bool option_is_given(const struct cli *cli, enum option_id id) UP_NONNULL;
/* The value given last; NULL if the option was not given. */
const char *option_value(const struct cli *cli, enum option_id id) UP_NONNULL;
/* Walks the values of an option that may be given again: start with *cursor = 0; NULL at the end.
 */
const char *option_next(const struct cli *cli, enum option_id id, size_t *cursor) UP_NONNULL;
/* A whole number between `least` and `most`; *ret is left alone if the option was not given. False,
 * and said so, if it is something else. */
bool option_number(const struct cli *cli, enum option_id id, int64_t least, int64_t most,
		   int64_t *ret) UP_NONNULL;

#define COMMAND(noun, verb, arguments, least, most, options, function, summary)                    \
	enum outcome function(struct cli *cli) UP_NONNULL;
#include "cli/commands.def"
#undef COMMAND
