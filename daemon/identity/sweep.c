/* SPDX-License-Identifier: MIT */
#include "daemon/identity/sweep.h"

#include <jansson.h>
#include <string.h>

#define PIECE 500

static enum up_err forget_user(const struct records *r, const char *first, const char *second)
{
	(void)second;
	return records_forget_user(r, first);
}

static enum up_err forget_group(const struct records *r, const char *first, const char *second)
{
	(void)second;
	return records_forget_group(r, first);
}

/* In the order of who leans on whom. */
static const struct {
	char kind;
	const char *sql;
	enum up_err (*forget)(const struct records *r, const char *first, const char *second);
} kinds[] = {
	{ 'u', "SELECT sub, '' FROM users WHERE (sub, '') > (?, ?) ORDER BY sub LIMIT ?",
	  forget_user },
	{ 'g',
	  "SELECT pool_name, '' FROM groups WHERE (pool_name, '') > (?, ?)"
	  " ORDER BY pool_name LIMIT ?",
	  forget_group },
	{ 'm',
	  "SELECT sub, pool_group FROM members WHERE (sub, pool_group) > (?, ?)"
	  " ORDER BY sub, pool_group LIMIT ?",
	  records_forget_member },
};

static enum up_err keep(char *out, size_t size, const char *text)
{
	const size_t len = strlen(text);

	if (len >= size)
		return UP_ERR_CORRUPT;
	memcpy(out, text, len + 1);
	return UP_OK;
}

/* Moves on over a piece of rows and lists those that were not seen. */
static enum up_err look(struct sweep *sweep, const struct records *r, const struct seen *seen,
			json_t *gone, int *rows)
{
	struct query q = store_query(r->store, kinds[sweep->kind].sql);
	const struct sweep from = *sweep;
	enum up_err err = UP_OK;

	query_bind_text(&q, from.first);
	query_bind_text(&q, from.second);
	query_bind_int(&q, PIECE);
	for (*rows = 0; err == UP_OK && query_next(&q) == QUERY_ROW; ++*rows) {
		const char *first = query_text(&q, 0), *second = query_text(&q, 1);

		err = keep(sweep->first, sizeof(sweep->first), first);
		if (err == UP_OK)
			err = keep(sweep->second, sizeof(sweep->second), second);
		if (err == UP_OK && !seen_has(seen, kinds[sweep->kind].kind, first, second) &&
		    json_array_append_new(gone, json_pack("[s, s]", first, second)) != 0)
			err = UP_ERR_NOMEM;
	}
	enum up_err end = query_end(&q);
	return err != UP_OK ? err : end;
}

static enum up_err forget_all(const struct sweep *sweep, const struct records *r, json_t *gone)
{
	enum up_err err;
	json_t *row;
	size_t i;

	if (json_array_size(gone) == 0)
		return UP_OK;
	UP_TRY(store_begin(r->store));
	err = UP_OK;
	json_array_foreach (gone, i, row)
		if (err == UP_OK)
			err = kinds[sweep->kind].forget(r,
							json_string_value(json_array_get(row, 0)),
							json_string_value(json_array_get(row, 1)));
	if (err == UP_OK)
		return store_commit(r->store);
	store_rollback(r->store);
	return err;
}

enum up_err sweep_piece(struct sweep *sweep, const struct records *r, const struct seen *seen,
			bool *is_over)
{
	json_t *gone = json_array();
	int rows = 0;
	enum up_err err = gone != NULL ? look(sweep, r, seen, gone, &rows) : UP_ERR_NOMEM;

	if (err == UP_OK)
		err = forget_all(sweep, r, gone);
	json_decref(gone);
	if (err != UP_OK)
		return err;
	if (rows < PIECE)
		*sweep = (struct sweep){ .kind = sweep->kind + 1 };
	*is_over = sweep->kind == (int)UP_COUNT(kinds);
	return UP_OK;
}
