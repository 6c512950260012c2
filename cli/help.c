/* SPDX-License-Identifier: MIT */
#include "cli/help.h"

#include <string.h>

static void print_synopsis(FILE *stream, const struct command *command)
{
	(void)fprintf(stream, "userpool %s%s%s%s%s%s", command->noun,
		      command->verb != NULL ? " " : "", command->verb != NULL ? command->verb : "",
		      command->options != 0 ? " [OPTION]..." : "",
		      *command->arguments != '\0' ? " " : "", command->arguments);
}

void help_usage(FILE *stream, const struct command *command)
{
	(void)fputs("Usage: ", stream);
	print_synopsis(stream, command);
	(void)fputc('\n', stream);
}

static void print_options(FILE *stream, uint64_t options)
{
	for (size_t id = 0; id < OPT_COUNT; id++) {
		const struct option_row *row = &option_rows[id];
		char left[64];

		if ((options >> id & 1) == 0)
			continue;
		(void)snprintf(left, sizeof(left), "%c%c --%s%s%s", row->letter != 0 ? '-' : ' ',
			       row->letter != 0 ? row->letter : ' ', row->name,
			       row->argument != NULL ? " " : "",
			       row->argument != NULL ? row->argument : "");
		(void)fprintf(stream, "  %-30s %s\n", left, row->help);
	}
}

static void print_line(FILE *stream, const struct command *command)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "%s%s%s %s", command->noun,
		       command->verb != NULL ? " " : "", command->verb != NULL ? command->verb : "",
		       command->arguments);
	(void)fprintf(stream, "  %-30s %s\n", left, command->summary);
}

void help_all(FILE *stream)
{
	(void)fputs("Usage: userpool [OPTION]... COMMAND ...\n"
		    "Administers the user pool that signs people in to this host.\n",
		    stream);
	for (size_t i = 0; i < command_count; i++) {
		const struct command *before = i > 0 ? &commands[i - 1] : NULL;

		if (before == NULL || (strcmp(before->noun, commands[i].noun) != 0 &&
				       (before->verb != NULL || commands[i].verb != NULL)))
			(void)fputc('\n', stream);
		print_line(stream, &commands[i]);
	}
	(void)fputs("\nOptions of every command:\n", stream);
	print_options(stream, global_options);
	(void)fputs(
		"\nExit status: 0 done, 1 refused or failed, 2 wrong usage, 3 the daemon cannot be "
		"reached,\n4 not permitted, 5 not found.  Manual: userpool(1).\n",
		stream);
}

void help_noun(FILE *stream, const char *noun)
{
	(void)fprintf(stream, "Usage: userpool %s COMMAND ...\n\n", noun);
	for (size_t i = 0; i < command_count; i++)
		if (strcmp(commands[i].noun, noun) == 0)
			print_line(stream, &commands[i]);
}

void help_command(FILE *stream, const struct command *command)
{
	help_usage(stream, command);
	(void)fprintf(stream, "%s\n\n", command->summary);
	print_options(stream, command->options | global_options);
}

void help_list_commands(void)
{
	for (size_t i = 0; i < command_count; i++) {
		const struct command *command = &commands[i];

		(void)printf("%s %s", command->noun, command->verb != NULL ? command->verb : "-");
		for (size_t id = 0; id < OPT_COUNT; id++)
			if (((command->options | global_options) >> id & 1) != 0)
				(void)printf(" --%s%s", option_rows[id].name,
					     option_rows[id].argument != NULL ? "=" : "");
		(void)putchar('\n');
	}
}
