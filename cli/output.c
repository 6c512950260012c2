/* SPDX-License-Identifier: MIT */
#include "cli/output.h"

#include <libsmartcols/libsmartcols.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/api.h"
#include "cli/escape.h"

_Noreturn void out_of_memory(void)
{
	(void)fputs("userpool: out of memory\n", stderr);
	_exit(OUTCOME_REFUSED);
}

json_t *must_json(json_t *json)
{
	if (json == NULL)
		out_of_memory();
	return json;
}

char *output_escape(const char *text, enum escape_mode mode)
{
	char *escaped = escape_text(text, mode == ESCAPE_BLOCK);

	if (escaped == NULL)
		out_of_memory();
	return escaped;
}

UP_PRINTF(2, 0)
static void print_escaped(FILE *stream, const char *format, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, format, args) < 0)
		out_of_memory();
	char *escaped = output_escape(text, ESCAPE_LINE);
	(void)fprintf(stream, "%s\n", escaped);
	free(escaped);
	free(text);
}

void output_error(const struct cli *cli, const char *format, ...)
{
	const struct command *command = cli->command;
	va_list args;

	(void)fputs("userpool: ", stderr);
	if (command != NULL && command->verb != NULL)
		(void)fprintf(stderr, "%s %s: ", command->noun, command->verb);
	else if (command != NULL)
		(void)fprintf(stderr, "%s: ", command->noun);
	va_start(args, format);
	print_escaped(stderr, format, args);
	va_end(args);
}

void output_hint(const char *hint)
{
	if (hint != NULL)
		(void)fprintf(stderr, "  %s\n", hint);
}

void output_note(const struct cli *cli, const char *format, ...)
{
	va_list args;

	if (option_is_given(cli, OPT_QUIET) || option_is_given(cli, OPT_JSON))
		return;
	va_start(args, format);
	print_escaped(stdout, format, args);
	va_end(args);
}

void output_json(json_t *json)
{
	/* JSON loses nothing by writing what a terminal might obey as \uXXXX. */
	size_t flags = JSON_INDENT(2) | (isatty(STDOUT_FILENO) ? JSON_ENSURE_ASCII : 0);
	char *text = json_dumps(json, flags);

	if (text == NULL)
		out_of_memory();
	for (const char *c = text; *c != '\0'; c++)
		(void)(*c == 0x7f ? fputs("\\u007f", stdout) : fputc(*c, stdout));
	(void)fputc('\n', stdout);
	json_text_free(text);
}

static char *format_plain(json_t *value)
{
	char *text = NULL;
	int length = 0;

	switch (json_typeof(value)) {
	case JSON_STRING:
		return output_escape(json_string_value(value), ESCAPE_LINE);
	case JSON_INTEGER:
		length = asprintf(&text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		break;
	case JSON_REAL:
		length = asprintf(&text, "%.3f", json_real_value(value));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		length = asprintf(&text, "%s", json_is_true(value) ? "yes" : "no");
		break;
	case JSON_OBJECT:
	case JSON_ARRAY:
	case JSON_NULL:
	default:
		length = asprintf(&text, "%s", "");
		break;
	}
	if (length < 0)
		out_of_memory();
	return text;
}

static char *format_time(json_t *value)
{
	struct tm local;
	char text[32];
	time_t seconds = (time_t)json_number_value(value);

	if (json_is_number(value) && seconds == 0)
		return output_escape("never", ESCAPE_LINE);
	if (!json_is_number(value) || localtime_r(&seconds, &local) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &local) == 0)
		return format_plain(value);
	return output_escape(text, ESCAPE_LINE);
}

static char *format_list(json_t *list)
{
	char *joined = NULL;
	size_t size = 0, i;
	json_t *item;
	FILE *stream = open_memstream(&joined, &size);

	if (stream == NULL)
		out_of_memory();
	json_array_foreach (list, i, item) {
		char *text = json_is_array(item) ? format_list(item) : format_plain(item);

		(void)fprintf(stream, "%s%s", i > 0 ? ", " : "", text);
		free(text);
	}
	if (fclose(stream) != 0)
		out_of_memory();
	return joined;
}

/* The member of `row` that belongs into `column`, or NULL. */
static json_t *find_cell(const struct output_column *column, json_t *row)
{
	json_t *attributes = json_object_get(row, "Attributes"), *attribute;
	size_t i;

	if (column->kind != COLUMN_ATTRIBUTE)
		return json_object_get(row, column->key);
	if (attributes == NULL)
		attributes = json_object_get(row, "UserAttributes");
	json_array_foreach (attributes, i, attribute) {
		const char *name = json_string_value(json_object_get(attribute, "Name"));

		if (name != NULL && strcmp(name, column->key) == 0)
			return json_object_get(attribute, "Value");
	}
	return NULL;
}

static char *format_cell(const struct output_column *column, json_t *value)
{
	if (json_is_array(value))
		return format_list(value);
	return column->kind == COLUMN_TIME ? format_time(value) : format_plain(value);
}

static struct libscols_table *new_table(const struct output_column *columns, size_t count)
{
	struct libscols_table *table = scols_new_table();

	if (table == NULL)
		out_of_memory();
	for (size_t i = 0; i < count; i++)
		if (scols_table_new_column(table, columns[i].title, 0, 0) == NULL)
			out_of_memory();
	return table;
}

/* Takes ownership of `text`. */
static void set_cell(struct libscols_line *line, size_t column, char *text)
{
	if (text == NULL || scols_line_refer_data(line, column, text) != 0)
		out_of_memory();
}

static struct libscols_line *new_line(struct libscols_table *table)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);

	if (line == NULL)
		out_of_memory();
	return line;
}

static void print_table(struct libscols_table *table)
{
	(void)scols_print_table(table);
	scols_unref_table(table);
}

void output_table(const struct output_column *columns, size_t count, json_t *rows)
{
	struct libscols_table *table = new_table(columns, count);
	json_t *row, *value;
	size_t i;

	json_array_foreach (rows, i, row) {
		struct libscols_line *line = new_line(table);

		for (size_t j = 0; j < count; j++) {
			value = find_cell(&columns[j], row);
			if (value != NULL)
				set_cell(line, j, format_cell(&columns[j], value));
		}
	}
	print_table(table);
}

static const struct output_column field_columns[] = { { .title = "FIELD" }, { .title = "VALUE" } };

static struct libscols_table *new_field_table(void)
{
	struct libscols_table *table = new_table(field_columns, UP_COUNT(field_columns));

	(void)scols_table_enable_noheadings(table, 1);
	return table;
}

static void add_field(struct libscols_table *table, const char *title, char *value)
{
	struct libscols_line *line = new_line(table);
	char *label = NULL, *escaped = output_escape(title, ESCAPE_LINE);

	if (asprintf(&label, "%s:", escaped) < 0)
		out_of_memory();
	free(escaped);
	set_cell(line, 0, label);
	set_cell(line, 1, value);
}

void output_fields(const struct output_column *columns, size_t count, json_t *object)
{
	struct libscols_table *table = new_field_table();

	for (size_t i = 0; i < count; i++) {
		json_t *value = find_cell(&columns[i], object);

		if (value != NULL)
			add_field(table, columns[i].title, format_cell(&columns[i], value));
	}
	print_table(table);
}

#define ANY_DEPTH_MAX 4

/* The API's names tell what a number means. */
static char *format_any(const char *key, json_t *value)
{
	const size_t len = strlen(key);

	if (json_is_array(value))
		return format_list(value);
	if (len > 4 && (strcmp(key + len - 4, "Date") == 0 || strcmp(key + len - 2, "At") == 0))
		return format_time(value);
	return format_plain(value);
}

static void add_any(struct libscols_table *table, const char *prefix, json_t *object, int depth)
{
	const char *key;
	json_t *value;

	json_object_foreach (object, key, value) {
		char *title = NULL;

		if (asprintf(&title, "%s%s%s", prefix, *prefix == '\0' ? "" : ".", key) < 0)
			out_of_memory();
		if (json_is_object(value) && depth < ANY_DEPTH_MAX)
			add_any(table, title, value, depth + 1);
		else
			add_field(table, title, format_any(key, value));
		free(title);
	}
}

void output_any(json_t *object)
{
	struct libscols_table *table = new_field_table();

	add_any(table, "", object, 0);
	print_table(table);
}

void output_attributes(json_t *attributes)
{
	static const struct output_column columns[] = { { "ATTRIBUTE", "Name", COLUMN_TEXT },
							{ "VALUE", "Value", COLUMN_TEXT } };

	if (json_array_size(attributes) > 0)
		output_table(columns, UP_COUNT(columns), attributes);
}
