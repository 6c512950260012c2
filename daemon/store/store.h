/* SPDX-License-Identifier: MIT */
/*
 * SQLite, opened the one safe way: WAL, synchronous=FULL, foreign keys, STRICT
 * tables by convention, no trusted schema, defensive, secure_delete, private to
 * its owner.  A statement is a static string, prepared once; values are only ever
 * bound.  A query that once failed stays failed, so a caller binds, steps and reads
 * in a row and checks where it ends.
 * One thread at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "common/reader.h"

struct store;

/*
 * Opens or creates the database at `path` (mode 0600, in a directory that is there)
 * and brings its schema from user_version to `count` by running migrations[version]
 * in order, each in a transaction.  `busy_ms` bounds waiting for another process.
 * Errors: UP_ERR_UNTRUSTED (not a regular file of ours with one name, or others may
 * read or write it), UP_ERR_CORRUPT (no database of ours, even if empty, or its
 * quick_check fails: it is left as it is), UP_ERR_VERSION (a newer schema), UP_ERR_IO.
 */
UP_MUST_USE enum up_err store_open(const char *path, const char *const *migrations, size_t count,
				   int busy_ms, struct store **ret) UP_NONNULL;
/* For reading only, beside the process that has it open: nothing is made, migrated or checked, and
 * all queries see the moment of the first one. */
UP_MUST_USE enum up_err store_open_reader(const char *path, struct store **ret) UP_NONNULL;
void store_close(struct store *store); /* NULL is fine */
UP_DEFINE_AUTO(struct store, store_close);

/* BEGIN IMMEDIATE ... COMMIT.  After UP_OK from store_commit() the change is on disk.  A failed
 * commit has been rolled back. */
UP_MUST_USE enum up_err store_begin(struct store *store) UP_NONNULL;
UP_MUST_USE enum up_err store_commit(struct store *store) UP_NONNULL;
void store_rollback(struct store *store) UP_NONNULL; /* without effect outside a transaction */

/*
 * The same for a change that protects nothing: it is whole and in order, and survives the
 * process, but a power cut may take it back until the next change of the other kind.  Waiting
 * for the disk is most of what a small change costs.
 */
UP_MUST_USE enum up_err store_begin_ordered(struct store *store) UP_NONNULL;

/* Rows that the last finished statement changed. */
int64_t store_changes(const struct store *store) UP_NONNULL;

struct query {
	struct store *store;
	sqlite3_stmt *statement;
	int bound;
	enum up_err err;
};

/* `sql` must be a string literal (it is the key of the statement cache); one query of a statement
 * at a time.  Parameters are bound in order by the query_bind functions; texts and blobs must live
 * until query_end(). */
struct query store_query(struct store *store, const char *sql) UP_NONNULL;
void query_bind_text(struct query *q, const char *text); /* NULL binds SQL NULL */
void query_bind_int(struct query *q, int64_t value) UP_NONNULL;
void query_bind_blob(struct query *q, struct up_span bytes) UP_NONNULL;
void query_bind_null(struct query *q) UP_NONNULL;

enum query_step { QUERY_FAILED, QUERY_END, QUERY_ROW };

/* The next row.  FAILED is not END: an error is never "no such row". */
UP_MUST_USE enum query_step query_next(struct query *q) UP_NONNULL;

/* Columns of the current row, from 0; texts and blobs live until the next step.  A NULL column is
 * "" / 0 / an empty span, and query_is_null() tells. */
const char *query_text(const struct query *q, int column) UP_NONNULL;
int64_t query_int(const struct query *q, int column) UP_NONNULL;
struct up_span query_blob(const struct query *q, int column) UP_NONNULL;
bool query_is_null(const struct query *q, int column) UP_NONNULL;

/* Ends the query and gives what went wrong, if anything.  UP_ERR_CONFLICT: a constraint refused
 * the change.  Call it exactly once for each store_query(). */
enum up_err query_end(struct query *q) UP_NONNULL;

/* Steps to the end and ends: for statements without rows. */
UP_MUST_USE enum up_err query_run(struct query *q) UP_NONNULL;
/* The same, outside a transaction, as store_begin_ordered() has it. */
UP_MUST_USE enum up_err query_run_ordered(struct query *q) UP_NONNULL;
