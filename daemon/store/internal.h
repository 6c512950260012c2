/* SPDX-License-Identifier: MIT */
#pragma once

#include "daemon/store/store.h"

struct cached_statement {
	const char *sql; /* the literal itself is the key */
	sqlite3_stmt *statement;
};

struct store {
	sqlite3 *db;
	struct cached_statement *cached;
	size_t count, size;
	bool is_ordered; /* changes are not waited for until they are on disk */
};

/* What a result code of SQLite's means. */
enum up_err store_error(int code);

/* The prepared statement of a literal, which stays the store's. */
UP_MUST_USE enum up_err store_prepare(struct store *store, const char *sql,
				      sqlite3_stmt **ret) UP_NONNULL;

/* What the changes from here on are; no transaction is open. */
UP_MUST_USE enum up_err store_set_ordered(struct store *store, bool is_ordered) UP_NONNULL;
