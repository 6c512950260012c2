/* SPDX-License-Identifier: MIT */
/* userpool call: any operation, with the table that the daemon gives. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/listing.h"
#include "common/protocol.h"

static const struct output_column operation_columns[] = {
	{ "OPERATION", "Name", COLUMN_TEXT },
	{ "ACCESS", "Access", COLUMN_TEXT },
	{ "SUMMARY", "Summary", COLUMN_TEXT },
};

static const struct output_column field_columns[] = {
	{ "FIELD", "Name", COLUMN_TEXT },    { "TYPE", "Type", COLUMN_TEXT },
	{ "KIND", "Kind", COLUMN_TEXT },     { "REQUIRED", "Required", COLUMN_TEXT },
	{ "SECRET", "Secret", COLUMN_TEXT }, { "LEAST", "Least", COLUMN_TEXT },
	{ "MOST", "Most", COLUMN_TEXT },
};

static enum outcome list_operations(struct cli *cli)
{
	json_t *result = NULL;
	enum outcome outcome = api_call(cli, "ListOperations", NULL, &result);

	if (outcome != OUTCOME_OK)
		return outcome;
	if (option_is_given(cli, OPT_JSON))
		output_json(result);
	else
		output_table(operation_columns, UP_COUNT(operation_columns),
			     json_object_get(result, "Operations"));
	json_decref(result);
	return OUTCOME_OK;
}

static json_t *find_operation(json_t *list, const char *name)
{
	json_t *operation;
	size_t i;

	json_array_foreach (list, i, operation) {
		const char *text = json_string_value(json_object_get(operation, "Name"));

		if (text != NULL && strcmp(text, name) == 0)
			return operation;
	}
	return NULL;
}

static enum outcome describe_operation(struct cli *cli, const char *name)
{
	json_t *result = NULL;
	enum outcome outcome = api_call(cli, "ListOperations", NULL, &result);

	if (outcome != OUTCOME_OK)
		return outcome;
	json_t *operation = find_operation(json_object_get(result, "Operations"), name);
	if (operation == NULL) {
		output_error(cli, "there is no operation %s", name);
		output_hint("See: userpool call --list");
		outcome = OUTCOME_NOT_FOUND;
	} else if (option_is_given(cli, OPT_JSON)) {
		output_json(operation);
	} else {
		json_t *fields = json_object_get(operation, "Fields");

		output_fields(operation_columns, UP_COUNT(operation_columns), operation);
		if (json_array_size(fields) > 0)
			output_table(field_columns, UP_COUNT(field_columns), fields);
	}
	json_decref(result);
	return outcome;
}

/* Reads the whole of a file of at most UP_API_PAYLOAD_MAX bytes; NULL, and said so, on failure. */
static json_t *read_input(struct cli *cli, const char *path)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	char *text = calloc(1, UP_API_PAYLOAD_MAX);
	size_t length = 0;
	ssize_t got = -1;
	json_error_t error = { 0 };
	json_t *json = NULL;

	if (text == NULL)
		out_of_memory();
	while (fd >= 0 && length < UP_API_PAYLOAD_MAX) {
		got = read(fd, text + length, UP_API_PAYLOAD_MAX - length);
		if (got <= 0)
			break;
		length += (size_t)got;
	}
	if (fd < 0 || got < 0)
		output_error(cli, "%s: %s", path, strerror(errno));
	else if (length == UP_API_PAYLOAD_MAX)
		output_error(cli, "%s: larger than %d bytes", path, UP_API_PAYLOAD_MAX);
	else if ((json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error)) == NULL)
		output_error(cli, "%s: line %d: %s", path, error.line, error.text);
	explicit_bzero(text, length);
	free(text);
	if (fd >= 0 && !is_stdin)
		(void)close(fd);
	return json;
}

/* KEY=VALUE sets a string, KEY:=JSON anything. */
static bool add_word(struct cli *cli, json_t *request, const char *word)
{
	const char *equals = strchr(word, '=');
	bool is_json = equals != NULL && equals > word && equals[-1] == ':';
	size_t length = equals != NULL ? (size_t)(equals - word) - (is_json ? 1 : 0) : 0;

	if (length == 0) {
		output_error(cli, "%s is neither KEY=VALUE nor KEY:=JSON", word);
		return false;
	}
	json_t *value =
		is_json ? json_loads(equals + 1, JSON_DECODE_ANY, NULL) : json_string(equals + 1);
	if (value == NULL) {
		output_error(cli, is_json ? "%s: the value is not JSON" : "%s is not valid UTF-8",
			     word);
		return false;
	}
	char *key = strndup(word, length);
	if (key == NULL)
		out_of_memory();
	api_set(request, key, value);
	free(key);
	return true;
}

enum outcome call(struct cli *cli)
{
	const char *input = option_value(cli, OPT_INPUT);
	json_t *request, *result = NULL;

	if (option_is_given(cli, OPT_LIST))
		return list_operations(cli);
	if (cli->argument_count == 0) {
		output_error(cli, "which operation?");
		output_hint("See: userpool call --list");
		return OUTCOME_USAGE;
	}
	if (option_is_given(cli, OPT_HELP))
		return describe_operation(cli, cli->arguments[0]);
	request = input != NULL ? read_input(cli, input) : must_json(json_object());
	if (request == NULL)
		return OUTCOME_USAGE;
	for (int i = 1; i < cli->argument_count; i++)
		if (!add_word(cli, request, cli->arguments[i])) {
			json_decref(request);
			return OUTCOME_USAGE;
		}
	enum outcome outcome = api_call(cli, cli->arguments[0], request, &result);
	if (outcome != OUTCOME_OK)
		return outcome;
	output_json(result);
	json_decref(result);
	return OUTCOME_OK;
}
