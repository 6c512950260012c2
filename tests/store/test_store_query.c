/* SPDX-License-Identifier: MIT */
/* Transactions, and what a query may and may not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store/internal.h"
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

static struct store *must_open(void)
{
	struct store *store = NULL;

	assert_int_equal(store_open(path, migrations, UP_COUNT(migrations), 100, &store), UP_OK);
	return store;
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

static void what_is_rolled_back_was_never_there(void **state)
{
	(void)state;
	_auto_(store_close) struct store *store = must_open();
	assert_int_equal(store_begin(store), UP_OK);
	run(store, "INSERT INTO people VALUES ('a', 1, NULL)");
	assert_int_equal(store_changes(store), 1);
	store_rollback(store);
	assert_int_equal(number(store, "SELECT count(*) FROM people"), 1);
	/* Outside of a transaction it does nothing; a second BEGIN inside of one is an error. */
	store_rollback(store);
	assert_int_equal(store_begin(store), UP_OK);
	assert_int_not_equal(store_begin(store), UP_OK);
	assert_int_equal(store_commit(store), UP_OK);
	assert_int_not_equal(store_commit(store), UP_OK);
}

static void a_constraint_is_a_conflict_and_changes_nothing(void **state)
{
	static const char *const bad[] = {
		"INSERT INTO people VALUES ('first', 2, NULL)",
		"INSERT INTO pets VALUES ('nobody')",
		"INSERT INTO pets VALUES (NULL)",
		"INSERT INTO people VALUES ('x', 'not a number', NULL)",
		"DELETE FROM people WHERE name = 'kept'",
	};

	(void)state;
	_auto_(store_close) struct store *store = must_open();
	run(store, "INSERT INTO people VALUES ('kept', 1, NULL)");
	run(store, "INSERT INTO pets VALUES ('kept')");
	for (size_t i = 0; i < UP_COUNT(bad); i++) {
		struct query q = store_query(store, bad[i]);

		assert_int_equal(query_run(&q), UP_ERR_CONFLICT);
	}
	assert_int_equal(number(store, "SELECT count(*) FROM people"), 2);
}

/* STO-14: a value is a value. */
static void bound_values_come_back_as_they_were(void **state)
{
	static const char *const texts[] = { "",  "x",        "'; DROP TABLE people; --",
					     "?", "\xc3\xa9", "a\nb",
					     "%s" };

	(void)state;
	_auto_(store_close) struct store *store = must_open();
	for (size_t i = 0; i < UP_COUNT(texts); i++) {
		struct query q = store_query(store, "SELECT ?, ?, ?, ?, ?");

		query_bind_text(&q, texts[i]);
		query_bind_int(&q, INT64_MIN);
		query_bind_null(&q);
		query_bind_blob(&q, (struct up_span){ (const uint8_t *)"\0\1\2", 3 });
		query_bind_blob(&q, (struct up_span){ NULL, 0 });
		assert_int_equal(query_next(&q), QUERY_ROW);
		assert_string_equal(query_text(&q, 0), texts[i]);
		assert_true(query_int(&q, 1) == INT64_MIN);
		assert_true(query_is_null(&q, 2));
		assert_string_equal(query_text(&q, 2), "");
		assert_int_equal(query_int(&q, 2), 0);
		assert_int_equal(query_blob(&q, 3).len, 3);
		assert_memory_equal(query_blob(&q, 3).data, "\0\1\2", 3);
		assert_int_equal(query_blob(&q, 4).len, 0);
		assert_false(query_is_null(&q, 4));
		assert_int_equal(query_next(&q), QUERY_END);
		assert_int_equal(query_end(&q), UP_OK);
	}
}

static void a_parameter_too_few_or_too_many_fails_the_query(void **state)
{
	(void)state;
	_auto_(store_close) struct store *store = must_open();
	struct query q = store_query(store, "SELECT ?, ?");
	query_bind_int(&q, 1);
	assert_int_equal(query_next(&q), QUERY_FAILED);
	assert_int_equal(query_end(&q), UP_ERR_MALFORMED);
	q = store_query(store, "SELECT ?, ?");
	for (int i = 0; i < 3; i++)
		query_bind_int(&q, i);
	assert_int_equal(query_next(&q), QUERY_FAILED);
	assert_int_not_equal(query_end(&q), UP_OK);
}

static void a_query_that_failed_stays_failed(void **state)
{
	(void)state;
	_auto_(store_close) struct store *store = must_open();
	struct query q = store_query(store, "SELECT nothing FROM nowhere");
	query_bind_text(&q, "x");
	query_bind_int(&q, 1);
	assert_int_equal(query_next(&q), QUERY_FAILED);
	assert_int_equal(query_next(&q), QUERY_FAILED);
	assert_string_equal(query_text(&q, 0), "");
	assert_int_equal(query_int(&q, 0), 0);
	assert_true(query_is_null(&q, 0));
	assert_int_equal(query_blob(&q, 0).len, 0);
	assert_int_not_equal(query_end(&q), UP_OK);
}

static const char everybody[] = "SELECT name FROM people ORDER BY name";

static void a_statement_serves_one_query_at_a_time(void **state)
{
	(void)state;
	_auto_(store_close) struct store *store = must_open();
	run(store, "INSERT INTO people VALUES ('a', 1, NULL), ('b', 2, NULL)");
	struct query outer = store_query(store, everybody);
	assert_int_equal(query_next(&outer), QUERY_ROW);
	struct query inner = store_query(store, everybody);
	assert_int_equal(query_next(&inner), QUERY_FAILED);
	assert_int_equal(query_end(&inner), UP_ERR_CONFLICT);
	/* The first goes on undisturbed, and after it the statement is free. */
	assert_string_equal(query_text(&outer, 0), "a");
	assert_int_equal(query_next(&outer), QUERY_ROW);
	assert_string_equal(query_text(&outer, 0), "b");
	assert_int_equal(query_end(&outer), UP_OK);
	inner = store_query(store, everybody);
	assert_int_equal(query_next(&inner), QUERY_ROW);
	assert_string_equal(query_text(&inner, 0), "a");
	assert_int_equal(query_end(&inner), UP_OK);
}

static void many_statements_are_kept(void **state)
{
	static char sql[200][32];

	(void)state;
	_auto_(store_close) struct store *store = must_open();
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 200; i++) {
			(void)snprintf(sql[i], sizeof(sql[i]), "SELECT %d", i);
			assert_int_equal(number(store, sql[i]), i);
		}
	assert_true(store->count >= 200 && store->count < 220);
}

/* STO-13 */
static void another_s_lock_is_waited_for_and_then_busy(void **state)
{
	(void)state;
	_auto_(store_close) struct store *one = must_open(), *two = must_open();
	assert_int_equal(store_begin(one), UP_OK);
	assert_int_equal(store_begin(two), UP_ERR_BUSY);
	/* Readers are not in the way, nor is what they see half done. */
	run(one, "INSERT INTO people VALUES ('a', 1, NULL)");
	assert_int_equal(number(two, "SELECT count(*) FROM people"), 1);
	assert_int_equal(store_commit(one), UP_OK);
	assert_int_equal(number(two, "SELECT count(*) FROM people"), 2);
	assert_int_equal(store_begin(two), UP_OK);
	assert_int_equal(store_commit(two), UP_OK);
}

#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(what_is_rolled_back_was_never_there),
		STORE_TEST(a_constraint_is_a_conflict_and_changes_nothing),
		STORE_TEST(bound_values_come_back_as_they_were),
		STORE_TEST(a_parameter_too_few_or_too_many_fails_the_query),
		STORE_TEST(a_query_that_failed_stays_failed),
		STORE_TEST(a_statement_serves_one_query_at_a_time),
		STORE_TEST(many_statements_are_kept),
		STORE_TEST(another_s_lock_is_waited_for_and_then_busy),
	};

	return cmocka_run_group_tests_name("store/query", tests, NULL, NULL);
}
