/* SPDX-License-Identifier: MIT */
#include "cli/command.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"

#define O(id) (UINT64_C(1) << OPT_##id)

static_assert(OPT_COUNT <= 64, "options are bits of a word");

const struct option_row option_rows[OPT_COUNT] = {
#define OPTION(id, letter, name, argument, help) [OPT_##id] = { letter, name, argument, help },
#include "cli/options.def"
#undef OPTION
};

const struct command commands[] = {
#define COMMAND(noun, verb, arguments, least, most, options, function, summary)                    \
	{ noun, verb, arguments, least, most, options, function, summary },
#include "cli/commands.def"
#undef COMMAND
};
const size_t command_count = UP_COUNT(commands);

const uint64_t global_options = O(JSON) | O(RUNTIME_DIR) | O(QUIET) | O(HELP) | O(VERSION);

const char *option_next(const struct cli *cli, enum option_id id, size_t *cursor)
{
	while (*cursor < cli->given_count) {
		const struct given_option *option = &cli->given[(*cursor)++];

		if (option->id == id)
			return option->value;
	}
	return NULL;
}

const char *option_value(const struct cli *cli, enum option_id id)
{
	const char *value = NULL;

	for (size_t i = 0; i < cli->given_count; i++)
		if (cli->given[i].id == id)
			value = cli->given[i].value;
	return value;
}

bool option_is_given(const struct cli *cli, enum option_id id)
{
	for (size_t i = 0; i < cli->given_count; i++)
		if (cli->given[i].id == id)
			return true;
	return false;
}

bool option_number(const struct cli *cli, enum option_id id, int64_t least, int64_t most,
		   int64_t *ret)
{
	const char *text = option_value(cli, id);
	char *end = NULL;

	if (text == NULL)
		return true;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (errno == 0 && end != text && *end == '\0' && value >= least && value <= most) {
		*ret = value;
		return true;
	}
	output_error(cli, "--%s takes a number from %lld to %lld", option_rows[id].name,
		     (long long)least, (long long)most);
	return false;
}
