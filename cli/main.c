/* SPDX-License-Identifier: MIT */
/* The userpool command: finds the command in the table, reads its options, runs it. */
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/api.h"
#include "cli/help.h"
#include "cli/output.h"
#include "common/protocol.h"

#define OPTION_BASE 256

static bool is_taken(uint64_t taken, size_t id)
{
	return (taken >> id & 1) != 0;
}

/* getopt's tables for the options of `taken`. */
struct parser {
	struct option longs[OPT_COUNT + 1];
	char shorts[2 + OPT_COUNT * 2];
};

static void fill_parser(uint64_t taken, bool stop_at_argument, struct parser *ret)
{
	size_t count = 0, letters = 0;

	if (stop_at_argument)
		ret->shorts[letters++] = '+';
	for (size_t id = 0; id < OPT_COUNT; id++) {
		const struct option_row *row = &option_rows[id];

		if (!is_taken(taken, id))
			continue;
		ret->longs[count++] = (struct option){
			.name = row->name,
			.has_arg = row->argument != NULL ? required_argument : no_argument,
			.val = OPTION_BASE + (int)id,
		};
		if (row->letter != 0)
			ret->shorts[letters++] = row->letter;
	}
}

static size_t option_of(int code)
{
	if (code >= OPTION_BASE)
		return (size_t)(code - OPTION_BASE);
	for (size_t id = 0; id < OPT_COUNT; id++)
		if (option_rows[id].letter != 0 && option_rows[id].letter == code)
			return id;
	return OPT_COUNT;
}

/* Reads options into cli->given; false, and said so, at a wrong one.  optind is where it ended. */
static bool read_options(struct cli *cli, uint64_t taken, bool stop_at_argument, int argc,
			 char **argv)
{
	struct parser parser = { 0 };
	int code;

	fill_parser(taken, stop_at_argument, &parser);
	optind = 0;
	while ((code = getopt_long(argc, argv, parser.shorts, parser.longs, NULL)) != -1) {
		size_t id = option_of(code);

		if (id >= OPT_COUNT)
			return false;
		cli->given[cli->given_count++] =
			(struct given_option){ (enum option_id)id, optarg };
	}
	return true;
}

static const struct command *find_command(const char *noun, const char *verb)
{
	for (size_t i = 0; i < command_count; i++) {
		const struct command *command = &commands[i];

		if (strcmp(command->noun, noun) != 0)
			continue;
		if (command->verb == NULL || (verb != NULL && strcmp(command->verb, verb) == 0))
			return command;
	}
	return NULL;
}

static bool is_noun(const char *noun)
{
	for (size_t i = 0; i < command_count; i++)
		if (strcmp(commands[i].noun, noun) == 0)
			return true;
	return false;
}

static enum outcome no_command(const struct cli *cli, const char *noun, const char *verb)
{
	if (noun != NULL && is_noun(noun) &&
	    (verb == NULL || strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0)) {
		help_noun(verb == NULL ? stderr : stdout, noun);
		return verb == NULL ? OUTCOME_USAGE : OUTCOME_OK;
	}
	if (noun == NULL) {
		help_all(stderr);
	} else {
		output_error(cli, "there is no command %s%s%s", noun, verb != NULL ? " " : "",
			     verb != NULL && is_noun(noun) ? verb : "");
		output_hint("See: userpool --help");
	}
	return OUTCOME_USAGE;
}

static enum outcome run_command(struct cli *cli)
{
	const struct command *command = cli->command;
	const char *directory = option_value(cli, OPT_RUNTIME_DIR);

	cli->runtime_dir = directory != NULL ? directory : UP_RUNTIMEDIR;
	/* `call OPERATION --help` asks the daemon for the fields. */
	if (option_is_given(cli, OPT_HELP) && (command->run != call || cli->argument_count == 0)) {
		help_command(stdout, command);
		return OUTCOME_OK;
	}
	if (cli->argument_count < command->least || cli->argument_count > command->most) {
		output_error(cli, "wrong number of arguments");
		help_usage(stderr, command);
		return OUTCOME_USAGE;
	}
	return command->run(cli);
}

static enum outcome dispatch(struct cli *cli, int argc, char **argv)
{
	if (!read_options(cli, global_options, true, argc, argv))
		return OUTCOME_USAGE;
	if (optind >= argc && option_is_given(cli, OPT_HELP)) {
		help_all(stdout);
		return OUTCOME_OK;
	}
	if (option_is_given(cli, OPT_VERSION)) {
		(void)puts("userpool " UP_VERSION);
		return OUTCOME_OK;
	}
	char *noun = optind < argc ? argv[optind] : NULL;
	const char *verb = optind + 1 < argc ? argv[optind + 1] : NULL;
	cli->command = noun != NULL ? find_command(noun, verb) : NULL;
	if (cli->command == NULL)
		return no_command(cli, noun, verb);

	/* getopt skips the first word: it is the noun, or the verb. */
	int skip = optind + (cli->command->verb != NULL ? 1 : 0);
	argc -= skip;
	argv += skip;
	if (!read_options(cli, global_options | cli->command->options, false, argc, argv)) {
		help_usage(stderr, cli->command);
		return OUTCOME_USAGE;
	}
	cli->arguments = argv + optind;
	cli->argument_count = argc - optind;
	return run_command(cli);
}

int main(int argc, char **argv)
{
	struct cli cli = { 0 };

	(void)setlocale(LC_ALL, "");
	api_wipe_json_memory();
	if (argc == 2 && strcmp(argv[1], "--list-commands") == 0) {
		help_list_commands();
		return OUTCOME_OK;
	}
	/* No word can be more than one option with each of its letters. */
	size_t room = 1;
	for (int i = 0; i < argc; i++)
		room += strlen(argv[i]) + 1;
	cli.given = calloc(room, sizeof(*cli.given));
	if (cli.given == NULL)
		out_of_memory();
	enum outcome outcome = dispatch(&cli, argc, argv);
	api_close(&cli);
	free(cli.pool_id);
	free(cli.given);
	/* A full disk or a closed pipe must not look like success. */
	if (fflush(stdout) != 0 && outcome == OUTCOME_OK)
		outcome = OUTCOME_REFUSED;
	return (int)outcome;
}
