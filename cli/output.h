/* SPDX-License-Identifier: MIT */
/*
 * What the command prints.  Text that came from a pool or a file passes
 * output_escape() before it reaches a terminal: no other way leads there.
 */
#pragma once

#include "cli/command.h"

enum escape_mode {
	ESCAPE_LINE, /* everything but printable characters */
	ESCAPE_BLOCK /* the same, and line ends stay: a prompt may hold a QR code */
};

/* Control characters, invalid UTF-8 and characters that reorder or hide text become \xHH or
 * \u{HHHH}.  The caller frees; never NULL. */
char *output_escape(const char *text, enum escape_mode mode) UP_NONNULL UP_MUST_USE;

/* Ends the process: there is nothing sensible to do without memory. */
_Noreturn void out_of_memory(void);
/* `json`, or the end of the process if it is NULL for want of memory. */
json_t *must_json(json_t *json) UP_MUST_USE;

/* "userpool: user create: TEXT" on standard error, escaped. */
void output_error(const struct cli *cli, const char *format, ...) UP_PRINTF(2, 3);
/* One more line about an error: what to do. */
void output_hint(const char *hint);
/* Says to a person what was done: not with --quiet or --json. */
void output_note(const struct cli *cli, const char *format, ...) UP_PRINTF(2, 3);

enum column_kind {
	COLUMN_TEXT,     /* a string, number or boolean */
	COLUMN_TIME,     /* seconds since the epoch */
	COLUMN_LIST,     /* of strings, with commas */
	COLUMN_ATTRIBUTE /* the value of a user's attribute */
};

struct output_column {
	const char *title, *key;
	enum column_kind kind;
};

/* One line an element of `rows`. */
void output_table(const struct output_column *columns, size_t count, json_t *rows) UP_NONNULL;
/* One line a column, of the members that `object` has. */
void output_fields(const struct output_column *columns, size_t count, json_t *object) UP_NONNULL;
/* An object of any shape: a line a member, nested ones as "Outer.Inner". */
void output_any(json_t *object) UP_NONNULL;
void output_json(json_t *json) UP_NONNULL;
/* A user's attributes, [{Name, Value}], as a table. */
void output_attributes(json_t *attributes);
