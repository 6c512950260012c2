/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <string.h>

#include "daemon/store/internal.h"

struct query store_query(struct store *store, const char *sql)
{
	struct query q = { .store = store };

	q.err = store_prepare(store, sql, &q.statement);
	/* A change of its own is durable unless its caller says otherwise. */
	if (q.err == UP_OK && sqlite3_get_autocommit(store->db) != 0 &&
	    sqlite3_stmt_readonly(q.statement) == 0)
		q.err = store_set_ordered(store, false);
	/* Another's statement is not ours to bind or reset. */
	if (q.err != UP_OK)
		q.statement = NULL;
	return q;
}

/* The next parameter; 0: the query has failed. */
static int next_parameter(struct query *q)
{
	return q->err == UP_OK ? ++q->bound : 0;
}

static void note(struct query *q, int code)
{
	if (q->err == UP_OK)
		q->err = store_error(code);
}

void query_bind_text(struct query *q, const char *text)
{
	int at = next_parameter(q);

	if (at == 0)
		return;
	if (text == NULL)
		note(q, sqlite3_bind_null(q->statement, at));
	else
		note(q, sqlite3_bind_text(q->statement, at, text, -1, SQLITE_STATIC));
}

void query_bind_int(struct query *q, int64_t value)
{
	int at = next_parameter(q);

	if (at != 0)
		note(q, sqlite3_bind_int64(q->statement, at, value));
}

void query_bind_blob(struct query *q, struct up_span bytes)
{
	int at = next_parameter(q);

	if (at == 0)
		return;
	/* A NULL pointer would bind NULL, which is another thing than no bytes. */
	const void *data = bytes.data != NULL ? (const void *)bytes.data : "";
	note(q, sqlite3_bind_blob64(q->statement, at, data, bytes.len, SQLITE_STATIC));
}

void query_bind_null(struct query *q)
{
	query_bind_text(q, NULL);
}

enum query_step query_next(struct query *q)
{
	if (q->err != UP_OK)
		return QUERY_FAILED;
	/* A parameter left over would silently be NULL. */
	if (q->bound != sqlite3_bind_parameter_count(q->statement)) {
		q->err = UP_ERR_MALFORMED;
		return QUERY_FAILED;
	}
	int code = sqlite3_step(q->statement);
	if (code == SQLITE_ROW)
		return QUERY_ROW;
	if (code == SQLITE_DONE)
		return QUERY_END;
	note(q, code);
	return QUERY_FAILED;
}

const char *query_text(const struct query *q, int column)
{
	const unsigned char *text =
		q->err == UP_OK ? sqlite3_column_text(q->statement, column) : NULL;

	return text != NULL ? (const char *)text : "";
}

int64_t query_int(const struct query *q, int column)
{
	return q->err == UP_OK ? sqlite3_column_int64(q->statement, column) : 0;
}

struct up_span query_blob(const struct query *q, int column)
{
	if (q->err != UP_OK)
		return (struct up_span){ 0 };
	const void *data = sqlite3_column_blob(q->statement, column);
	return (struct up_span){ data, (size_t)sqlite3_column_bytes(q->statement, column) };
}

bool query_is_null(const struct query *q, int column)
{
	return q->err != UP_OK || sqlite3_column_type(q->statement, column) == SQLITE_NULL;
}

enum up_err query_end(struct query *q)
{
	if (q->statement != NULL) {
		(void)sqlite3_reset(q->statement);
		(void)sqlite3_clear_bindings(q->statement);
		q->statement = NULL;
	}
	return q->err;
}

enum up_err query_run(struct query *q)
{
	enum query_step step;

	do
		step = query_next(q);
	while (step == QUERY_ROW);
	return query_end(q);
}

enum up_err query_run_ordered(struct query *q)
{
	if (q->err == UP_OK)
		q->err = store_set_ordered(q->store, true);
	return query_run(q);
}
