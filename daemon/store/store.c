/* SPDX-License-Identifier: MIT */
#include "daemon/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/store/internal.h"

#define STATEMENTS_LEAST 32
#define RETRY_MS         5
#define APPLICATION_ID   0x55507331 /* "UPs1" */
#define SET_APPLICATION  "PRAGMA application_id = 0x55507331"
#define PAGE_LEAST       512
#define DRAFT_SIZE       4096
#define OPEN_FLAGS                                                                                 \
	(SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW |                      \
	 SQLITE_OPEN_PRIVATECACHE)

enum up_err store_error(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return UP_OK;
	case SQLITE_NOMEM:
		return UP_ERR_NOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return UP_ERR_BUSY;
	case SQLITE_CONSTRAINT:
		return UP_ERR_CONFLICT;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_MISMATCH:
		return UP_ERR_CORRUPT;
	default:
		return UP_ERR_IO;
	}
}

static enum up_err execute(struct store *store, const char *sql)
{
	return store_error(sqlite3_exec(store->db, sql, NULL, NULL, NULL));
}

/* A file without a whole page has lost its database: to SQLite it might be a new one. */
static enum up_err check_file(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return errno == ELOOP || errno == EISDIR || errno == ENXIO ? UP_ERR_UNTRUSTED
									   : UP_ERR_IO;
	int rc = fstat(fd, &st);
	(void)close(fd);
	if (rc < 0)
		return UP_ERR_SYSTEM;
	/* Under two names it would have two write-ahead logs. */
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_nlink != 1 ||
	    (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return UP_ERR_UNTRUSTED;
	return st.st_size >= PAGE_LEAST ? UP_OK : UP_ERR_CORRUPT;
}

/* The one lock that SQLite does not wait for: two workers may start on a new database. */
static enum up_err use_wal(struct store *store, int busy_ms)
{
	enum up_err err = execute(store, "PRAGMA journal_mode = WAL");

	for (int waited = 0; err == UP_ERR_BUSY && waited < busy_ms; waited += RETRY_MS) {
		(void)sqlite3_sleep(RETRY_MS);
		err = execute(store, "PRAGMA journal_mode = WAL");
	}
	return err;
}

static enum up_err configure(struct store *store, int busy_ms)
{
	sqlite3 *db = store->db;

	if (sqlite3_busy_timeout(db, busy_ms) != SQLITE_OK ||
	    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) != SQLITE_OK ||
	    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) != SQLITE_OK ||
	    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL) != SQLITE_OK)
		return UP_ERR_IO;
	(void)sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	(void)sqlite3_extended_result_codes(db, 1);
	UP_TRY(use_wal(store, busy_ms));
	return execute(store, "PRAGMA synchronous = FULL;"
			      "PRAGMA secure_delete = ON;"
			      "PRAGMA cell_size_check = ON;"
			      "PRAGMA mmap_size = 0;"
			      "PRAGMA temp_store = MEMORY;"
			      "PRAGMA cache_size = -1024;");
}

static enum up_err read_one(struct store *store, const char *sql, sqlite3_stmt **ret)
{
	UP_TRY(store_error(sqlite3_prepare_v2(store->db, sql, -1, ret, NULL)));
	int code = sqlite3_step(*ret);
	if (code == SQLITE_ROW)
		return UP_OK;
	enum up_err err = code == SQLITE_DONE ? UP_ERR_CORRUPT : store_error(code);
	(void)sqlite3_finalize(*ret);
	*ret = NULL;
	return err;
}

static enum up_err read_number(struct store *store, const char *sql, int64_t *ret)
{
	sqlite3_stmt *statement = NULL;

	UP_TRY(read_one(store, sql, &statement));
	*ret = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	return UP_OK;
}

static enum up_err check_contents(struct store *store)
{
	sqlite3_stmt *statement = NULL;
	int64_t application = 0;

	UP_TRY(read_number(store, "PRAGMA application_id", &application));
	if (application != APPLICATION_ID)
		return UP_ERR_CORRUPT;
	UP_TRY(read_one(store, "PRAGMA quick_check(1)", &statement));
	const char *verdict = (const char *)sqlite3_column_text(statement, 0);
	bool is_whole = verdict != NULL && strcmp(verdict, "ok") == 0;
	(void)sqlite3_finalize(statement);
	return is_whole ? UP_OK : UP_ERR_CORRUPT;
}

static enum up_err read_version(struct store *store, size_t *ret)
{
	int64_t version = 0;

	UP_TRY(read_number(store, "PRAGMA user_version", &version));
	if (version < 0)
		return UP_ERR_CORRUPT;
	*ret = (size_t)version;
	return UP_OK;
}

static enum up_err run_migration(struct store *store, const char *sql, size_t version)
{
	/* PRAGMA takes no parameters; the number is ours. */
	char *set_version = sqlite3_mprintf("PRAGMA user_version = %d", (int)version);
	enum up_err err = UP_ERR_NOMEM;

	if (set_version != NULL)
		err = execute(store, sql);
	if (err == UP_OK)
		err = execute(store, set_version);
	sqlite3_free(set_version);
	return err;
}

/* Another worker may migrate at the same moment: the version is read again under the lock. */
static enum up_err migrate(struct store *store, const char *const *migrations, size_t count)
{
	size_t version = 0;

	UP_TRY(read_version(store, &version));
	while (version < count) {
		UP_TRY(store_begin(store));
		enum up_err err = read_version(store, &version);
		if (err == UP_OK && version < count)
			err = run_migration(store, migrations[version], version + 1);
		if (err != UP_OK) {
			store_rollback(store);
			return err;
		}
		UP_TRY(store_commit(store));
		UP_TRY(read_version(store, &version));
	}
	if (version > count)
		return UP_ERR_VERSION;
	/* If another process migrated meanwhile, the schema that was read before is old.  SQLite
	 * looks when a statement runs, not when the next one is prepared. */
	int64_t tables = 0;
	return read_number(store, "SELECT count(*) FROM sqlite_schema", &tables);
}

/* Writes the first page of a database of ours to a new file, with its mode, for SQLite would ask
 * the umask. */
static enum up_err write_draft(const char *draft)
{
	sqlite3 *db = NULL;
	int fd = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return UP_ERR_IO;
	(void)close(fd);
	int code = sqlite3_open_v2(draft, &db, OPEN_FLAGS, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, SET_APPLICATION, NULL, NULL, NULL);
	(void)sqlite3_close(db);
	return store_error(code);
}

/* Under a name of its own first, so that a crash leaves a whole new database or none.  Another
 * process may have made it meanwhile. */
static enum up_err create(const char *path)
{
	char draft[DRAFT_SIZE];

	if ((size_t)snprintf(draft, sizeof(draft), "%s.new-%d", path, (int)getpid()) >=
	    sizeof(draft))
		return UP_ERR_TOO_LARGE;
	if (unlink(draft) < 0 && errno != ENOENT)
		return UP_ERR_IO;
	enum up_err err = write_draft(draft);
	if (err == UP_OK && renameat2(AT_FDCWD, draft, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return UP_OK;
	if (err == UP_OK && errno != EEXIST)
		err = UP_ERR_IO;
	(void)unlink(draft);
	return err;
}

enum up_err store_open(const char *path, const char *const *migrations, size_t count, int busy_ms,
		       struct store **ret)
{
	_auto_(store_close) struct store *store = calloc(1, sizeof(*store));
	struct stat st;

	if (store == NULL)
		return UP_ERR_NOMEM;
	if (lstat(path, &st) < 0 && errno == ENOENT)
		UP_TRY(create(path));
	UP_TRY(check_file(path));
	/* The side files get the mode of the database. */
	UP_TRY(store_error(sqlite3_open_v2(path, &store->db, OPEN_FLAGS, NULL)));
	UP_TRY(configure(store, busy_ms));
	UP_TRY(check_contents(store));
	UP_TRY(migrate(store, migrations, count));
	*ret = TAKE(store);
	return UP_OK;
}

enum up_err store_open_reader(const char *path, struct store **ret)
{
	_auto_(store_close) struct store *store = calloc(1, sizeof(*store));
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW |
			  SQLITE_OPEN_PRIVATECACHE;

	if (store == NULL)
		return UP_ERR_NOMEM;
	/* The shared memory of the log is written by readers too. */
	UP_TRY(store_error(sqlite3_open_v2(path, &store->db, flags, NULL)));
	(void)sqlite3_extended_result_codes(store->db, 1);
	UP_TRY(execute(store, "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; BEGIN;"));
	*ret = TAKE(store);
	return UP_OK;
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	for (size_t i = 0; i < store->count; i++)
		(void)sqlite3_finalize(store->cached[i].statement);
	free(store->cached);
	(void)sqlite3_close_v2(store->db);
	free(store);
}

/* A statement is known by the address of its literal first: texts are compared but once. */
enum up_err store_prepare(struct store *store, const char *sql, sqlite3_stmt **ret)
{
	for (size_t i = 0; i < store->count; i++)
		if (store->cached[i].sql == sql) {
			*ret = store->cached[i].statement;
			return sqlite3_stmt_busy(*ret) == 0 ? UP_OK : UP_ERR_CONFLICT;
		}
	if (store->count == store->size) {
		size_t size = store->size == 0 ? STATEMENTS_LEAST : store->size * 2;
		struct cached_statement *grown = reallocarray(store->cached, size, sizeof(*grown));

		if (grown == NULL)
			return UP_ERR_NOMEM;
		store->cached = grown;
		store->size = size;
	}
	UP_TRY(store_error(
		sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL)));
	store->cached[store->count++] = (struct cached_statement){ sql, *ret };
	return UP_OK;
}

enum up_err store_set_ordered(struct store *store, bool is_ordered)
{
	if (store->is_ordered == is_ordered)
		return UP_OK;
	UP_TRY(execute(store,
		       is_ordered ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL"));
	store->is_ordered = is_ordered;
	return UP_OK;
}

/* A statement without parameters and rows. */
static enum up_err run_prepared(struct store *store, const char *sql)
{
	sqlite3_stmt *statement = NULL;

	UP_TRY(store_prepare(store, sql, &statement));
	int code = sqlite3_step(statement);
	(void)sqlite3_reset(statement);
	return store_error(code);
}

static enum up_err begin(struct store *store)
{
	return run_prepared(store, "BEGIN IMMEDIATE");
}

enum up_err store_begin(struct store *store)
{
	UP_TRY(store_set_ordered(store, false));
	return begin(store);
}

enum up_err store_begin_ordered(struct store *store)
{
	UP_TRY(store_set_ordered(store, true));
	return begin(store);
}

enum up_err store_commit(struct store *store)
{
	enum up_err err = run_prepared(store, "COMMIT");

	if (err != UP_OK)
		store_rollback(store);
	return err;
}

void store_rollback(struct store *store)
{
	if (sqlite3_get_autocommit(store->db) == 0)
		(void)execute(store, "ROLLBACK");
}

int64_t store_changes(const struct store *store)
{
	return sqlite3_changes64(store->db);
}
