/* SPDX-License-Identifier: MIT */
/* Opening a database: what is refused, what is made, and a disk without room. */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/store/store.h"
#include "tests/lib/scratch.h"
#include "tests/lib/testing.h"

static const char *const migrations[] = {
	"CREATE TABLE people (name TEXT PRIMARY KEY, age INTEGER) STRICT;",
	("CREATE TABLE pets (owner TEXT NOT NULL REFERENCES people (name)) STRICT;"
	 "INSERT INTO people VALUES ('first', 1);"),
	"ALTER TABLE people ADD COLUMN town TEXT;",
};

static char *directory, *path;

static int make_place(void **state)
{
	(void)state;
	directory = scratch_new();
	path = scratch_path(directory, "test.db");
	return 0;
}

static int remove_place(void **state)
{
	(void)state;
	free(path);
	scratch_free(directory);
	return 0;
}

static enum up_err open_at(size_t count, struct store **ret)
{
	return store_open(path, migrations, count, 100, ret);
}

static struct store *must_open(void)
{
	struct store *store = NULL;

	assert_int_equal(open_at(UP_COUNT(migrations), &store), UP_OK);
	return store;
}

static void must_refuse(enum up_err err)
{
	struct store *store = NULL;

	assert_int_equal(open_at(UP_COUNT(migrations), &store), err);
	assert_null(store);
}

static void run(struct store *store, const char *sql)
{
	struct query q = store_query(store, sql);

	assert_int_equal(query_run(&q), UP_OK);
}

static int64_t number(struct store *store, const char *sql)
{
	struct query q = store_query(store, sql);

	assert_int_equal(query_next(&q), QUERY_ROW);
	int64_t value = query_int(&q, 0);
	assert_int_equal(query_next(&q), QUERY_END);
	assert_int_equal(query_end(&q), UP_OK);
	return value;
}

/* STO-04 */
static void is_opened_the_one_safe_way(void **state)
{
	(void)state;
	_auto_(store_close) struct store *store = must_open();
	struct query q = store_query(store, "PRAGMA journal_mode");

	assert_int_equal(query_next(&q), QUERY_ROW);
	assert_string_equal(query_text(&q, 0), "wal");
	assert_int_equal(query_end(&q), UP_OK);
	assert_int_equal(number(store, "PRAGMA synchronous"), 2);
	assert_int_equal(number(store, "PRAGMA foreign_keys"), 1);
	assert_int_equal(number(store, "PRAGMA trusted_schema"), 0);
	assert_int_equal(number(store, "PRAGMA secure_delete"), 1);
	assert_int_equal(number(store, "PRAGMA cell_size_check"), 1);
	assert_int_equal(number(store, "PRAGMA mmap_size"), 0);
	assert_int_equal(number(store, "PRAGMA temp_store"), 2);
	assert_int_equal(number(store, "PRAGMA busy_timeout"), 100);
	q = store_query(store, "ATTACH DATABASE ':memory:' AS other");
	assert_int_not_equal(query_run(&q), UP_OK);
	/* Defensive: the schema's own table is out of reach. */
	q = store_query(store, "UPDATE sqlite_schema SET sql = ''");
	assert_int_not_equal(query_run(&q), UP_OK);
}

static void expect_mode(const char *name)
{
	struct stat st;
	_auto_(free) char *file = scratch_path(directory, name);

	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
}

/* STO-06: whatever the umask. */
static void is_private_with_its_side_files(void **state)
{
	mode_t mask = umask(0);

	(void)state;
	_auto_(store_close) struct store *store = must_open();
	run(store, "INSERT INTO people VALUES ('a', 1, NULL)");
	(void)umask(mask);
	expect_mode("test.db");
	expect_mode("test.db-wal");
	expect_mode("test.db-shm");
}

/* STO-06 */
static void a_loose_file_is_refused(void **state)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0602, 0610, 0601, 0644, 0666, 0777 };

	(void)state;
	store_close(must_open());
	for (size_t i = 0; i < UP_COUNT(modes); i++) {
		assert_int_equal(chmod(path, modes[i]), 0);
		must_refuse(UP_ERR_UNTRUSTED);
	}
	assert_int_equal(chmod(path, 0600), 0);
	store_close(must_open());
}

/* STO-06 */
static void only_a_regular_file_with_one_name_is_opened(void **state)
{
	_auto_(free) char *real = scratch_path(directory, "real.db");

	(void)state;
	store_close(must_open());
	assert_int_equal(link(path, real), 0);
	must_refuse(UP_ERR_UNTRUSTED);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("real.db", path), 0);
	must_refuse(UP_ERR_UNTRUSTED);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("nowhere", path), 0);
	must_refuse(UP_ERR_UNTRUSTED);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	must_refuse(UP_ERR_UNTRUSTED);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	must_refuse(UP_ERR_UNTRUSTED);
}

static void a_file_of_somebody_else_is_refused(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("not root: cannot give a file away\n");
		return;
	}
	store_close(must_open());
	assert_int_equal(chown(path, 12345, 12345), 0);
	must_refuse(UP_ERR_UNTRUSTED);
}

static void a_directory_that_is_not_there_is_an_error(void **state)
{
	struct store *store = NULL;
	_auto_(free) char *missing = scratch_path(directory, "missing/test.db");

	(void)state;
	assert_int_equal(store_open(missing, migrations, 1, 100, &store), UP_ERR_IO);
	assert_null(store);
}

static void no_draft_is_left_behind(void **state)
{
	_auto_(free) char *draft = NULL;

	(void)state;
	assert_true(asprintf(&draft, "test.db.new-%d", (int)getpid()) > 0);
	scratch_write(directory, draft, "left by a crash", 15, 0600);
	store_close(must_open());
	_auto_(free) char *file = scratch_path(directory, draft);
	assert_int_equal(access(file, F_OK), -1);
}

/* Puts other bytes in the place of the database and looks that they are refused and left alone. */
static void expect_damage(const char *data, size_t len)
{
	size_t left = 0;

	scratch_write(directory, "test.db", data, len, 0600);
	must_refuse(UP_ERR_CORRUPT);
	_auto_(free) char *after = scratch_read(path, &left);
	assert_int_equal(left, len);
	assert_memory_equal(after, data, len);
}

/* STO-07: damage is never a first run. */
static void what_is_no_database_is_refused_and_left_as_it_is(void **state)
{
	static char zeros[8192];

	(void)state;
	expect_damage("", 0);
	expect_damage("x", 1);
	expect_damage("SQLite format 3", 15);
	expect_damage("SQLite format 3\0\x10\0\2\2", 20);
	expect_damage(zeros, 1);
	expect_damage(zeros, 4096);
	expect_damage(zeros, sizeof(zeros));
}

/* A database that is whole, but another program's, or one of ours whose id is gone. */
static void another_program_s_database_is_refused(void **state)
{
	static const char *const scripts[] = {
		"CREATE TABLE notes (text)",
		"PRAGMA user_version = 3; CREATE TABLE notes (text)",
		"PRAGMA application_id = 1; CREATE TABLE notes (text)",
		"PRAGMA journal_mode = WAL",
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(scripts); i++) {
		sqlite3 *db = NULL;

		(void)unlink(path);
		assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
		assert_int_equal(sqlite3_exec(db, scripts[i], NULL, NULL, NULL), SQLITE_OK);
		assert_int_equal(sqlite3_close(db), SQLITE_OK);
		assert_int_equal(chmod(path, 0600), 0);
		must_refuse(UP_ERR_CORRUPT);
	}
}

static char *filled_database(size_t *len)
{
	struct store *store = must_open();

	assert_int_equal(store_begin(store), UP_OK);
	for (int i = 0; i < 400; i++) {
		struct query q = store_query(store, "INSERT INTO people VALUES (?, ?, 'town')");
		char name[64];

		(void)snprintf(name, sizeof(name), "a person of a longer name %d", i);
		query_bind_text(&q, name);
		query_bind_int(&q, i);
		assert_int_equal(query_run(&q), UP_OK);
	}
	assert_int_equal(store_commit(store), UP_OK);
	store_close(store);
	return scratch_read(path, len);
}

/* STO-07: cut at every page and in the middle of some. */
static void a_truncated_database_is_refused(void **state)
{
	size_t len = 0;

	(void)state;
	_auto_(free) char *whole = filled_database(&len);
	assert_true(len > 4 * 4096);
	for (size_t cut = 0; cut < len; cut += cut < 4096 ? 512 : 2048)
		expect_damage(whole, cut);
}

/* STO-07: a page of zeros anywhere. */
static void a_zeroed_page_is_refused(void **state)
{
	size_t len = 0;

	(void)state;
	_auto_(free) char *whole = filled_database(&len);
	for (size_t page = 0; page < len; page += 4096) {
		_auto_(free) char *bad = malloc(len);

		memcpy(bad, whole, len);
		memset(bad + page, 0, 4096);
		expect_damage(bad, len);
	}
}

/* STO-07: any byte changed: refused, or opened with all that was there. */
static void a_flipped_byte_never_empties_the_database(void **state)
{
	size_t len = 0, refused = 0, opened = 0;

	(void)state;
	_auto_(free) char *whole = filled_database(&len);
	for (size_t i = 0; i < len; i += i < 200 ? 1 : 97) {
		struct store *store = NULL;

		whole[i] ^= 0x55;
		scratch_write(directory, "test.db", whole, len, 0600);
		enum up_err err = open_at(UP_COUNT(migrations), &store);
		whole[i] ^= 0x55;
		if (err != UP_OK) {
			assert_true(err == UP_ERR_CORRUPT || err == UP_ERR_VERSION ||
				    err == UP_ERR_IO || err == UP_ERR_CONFLICT);
			assert_null(store);
			refused++;
			continue;
		}
		opened++;
		assert_int_equal(number(store, "SELECT count(*) FROM people"), 401);
		store_close(store);
	}
	assert_true(refused > 50 && opened > 50);
}

static void a_newer_schema_is_refused_and_left_as_it_is(void **state)
{
	struct store *store = NULL;

	(void)state;
	store_close(must_open());
	assert_int_equal(open_at(UP_COUNT(migrations) - 1, &store), UP_ERR_VERSION);
	assert_null(store);
	store = must_open();
	assert_int_equal(number(store, "PRAGMA user_version"), UP_COUNT(migrations));
	store_close(store);
}

static void migrations_run_once_each_and_in_order(void **state)
{
	(void)state;
	for (size_t count = 0; count <= UP_COUNT(migrations); count++) {
		struct store *store = NULL;

		assert_int_equal(open_at(count, &store), UP_OK);
		assert_int_equal(number(store, "PRAGMA user_version"), count);
		if (count >= 2)
			assert_int_equal(number(store, "SELECT count(*) FROM people"), 1);
		store_close(store);
	}
}

static void a_failed_migration_changes_nothing(void **state)
{
	static const char *const bad[] = {
		"CREATE TABLE people (name TEXT PRIMARY KEY, age INTEGER) STRICT;",
		"CREATE TABLE pets (owner TEXT) STRICT; INSERT INTO nowhere VALUES (1);",
	};
	struct store *store = NULL;

	(void)state;
	assert_int_not_equal(store_open(path, bad, 2, 100, &store), UP_OK);
	assert_null(store);
	assert_int_equal(open_at(1, &store), UP_OK);
	assert_int_equal(number(store, "PRAGMA user_version"), 1);
	assert_int_equal(number(store, "SELECT count(*) FROM sqlite_schema WHERE name = 'pets'"),
			 0);
	store_close(store);
}

static void processes_that_start_together_share_one_database(void **state)
{
	enum { CHILDREN = 12 };

	(void)state;
	for (int i = 0; i < CHILDREN; i++) {
		pid_t child = fork();

		assert_true(child >= 0);
		if (child == 0) {
			struct store *store = NULL;

			if (store_open(path, migrations, UP_COUNT(migrations), 20000, &store) !=
			    UP_OK)
				_exit(1);
			struct query q = store_query(store, "INSERT INTO people VALUES (?, 0, '')");
			char name[16];

			(void)snprintf(name, sizeof(name), "child%d", i);
			query_bind_text(&q, name);
			_exit(query_run(&q) == UP_OK ? 0 : 2);
		}
	}
	for (int i = 0; i < CHILDREN; i++) {
		int status = 0;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	_auto_(store_close) struct store *store = must_open();
	assert_int_equal(number(store, "SELECT count(*) FROM people"), CHILDREN + 1);
}

/* CRY-14, STO-03: a disk without room is an error, and nothing of the change stays. */
static int fill_the_disk(void)
{
	const struct rlimit limit = { 200000, 200000 };
	struct store *store = NULL;
	int written = 0;

	(void)signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0 ||
	    store_open(path, migrations, UP_COUNT(migrations), 100, &store) != UP_OK)
		return 1;
	for (int i = 0; i < 2000; i++) {
		struct query q = store_query(store, "INSERT INTO people VALUES (?, 0, ?)");
		char name[16], town[500];

		(void)snprintf(name, sizeof(name), "p%d", i);
		memset(town, 't', sizeof(town) - 1);
		town[sizeof(town) - 1] = '\0';
		query_bind_text(&q, name);
		query_bind_text(&q, town);
		enum up_err err = query_run(&q);
		if (err == UP_OK) {
			written++;
			continue;
		}
		/* What was acknowledged is there, and no more. */
		bool is_right = err == UP_ERR_IO && written > 10 &&
				number(store, "SELECT count(*) FROM people") == written + 1;
		store_close(store);
		return is_right ? 0 : 2;
	}
	return 3;
}

static void a_full_disk_is_an_error_and_keeps_what_was_acknowledged(void **state)
{
	int status = 0;
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0)
		_exit(fill_the_disk());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	/* With room again it goes on. */
	_auto_(store_close) struct store *store = must_open();
	assert_true(number(store, "SELECT count(*) FROM people") > 10);
	run(store, "INSERT INTO people VALUES ('after', 0, NULL)");
}

/* What has no room even to begin leaves no database that looks like a first run. */
static void a_disk_that_is_full_from_the_start_makes_nothing(void **state)
{
	static const rlim_t sizes[] = { 0, 1, 512, 4095, 4096, 8192 };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(sizes); i++) {
		int status = 0;
		pid_t child = fork();

		assert_true(child >= 0);
		if (child == 0) {
			const struct rlimit limit = { sizes[i], sizes[i] };
			struct store *store = NULL;

			(void)signal(SIGXFSZ, SIG_IGN);
			_exit(setrlimit(RLIMIT_FSIZE, &limit) == 0 &&
					      open_at(UP_COUNT(migrations), &store) == UP_ERR_IO
				      ? 0
				      : 1);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
		struct store *store = must_open();
		assert_int_equal(number(store, "SELECT count(*) FROM people"), 1);
		store_close(store);
		(void)unlink(path);
	}
}

#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(is_opened_the_one_safe_way),
		STORE_TEST(is_private_with_its_side_files),
		STORE_TEST(a_loose_file_is_refused),
		STORE_TEST(only_a_regular_file_with_one_name_is_opened),
		STORE_TEST(a_file_of_somebody_else_is_refused),
		STORE_TEST(a_directory_that_is_not_there_is_an_error),
		STORE_TEST(no_draft_is_left_behind),
		STORE_TEST(what_is_no_database_is_refused_and_left_as_it_is),
		STORE_TEST(another_program_s_database_is_refused),
		STORE_TEST(a_truncated_database_is_refused),
		STORE_TEST(a_zeroed_page_is_refused),
		STORE_TEST(a_flipped_byte_never_empties_the_database),
		STORE_TEST(a_newer_schema_is_refused_and_left_as_it_is),
		STORE_TEST(migrations_run_once_each_and_in_order),
		STORE_TEST(a_failed_migration_changes_nothing),
		STORE_TEST(processes_that_start_together_share_one_database),
		STORE_TEST(a_full_disk_is_an_error_and_keeps_what_was_acknowledged),
		STORE_TEST(a_disk_that_is_full_from_the_start_makes_nothing),
	};

	return cmocka_run_group_tests_name("store/open", tests, NULL, NULL);
}
