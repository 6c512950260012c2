/* SPDX-License-Identifier: MIT */
/* Every allocation of ours and of SQLite's fails once, and all from it on: DMN-08. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/store/store.h"
#include "tests/lib/fault.h"
#include "tests/lib/prop.h"
#include "tests/lib/scratch.h"
#include "tests/lib/testing.h"

static const char *const migrations[] = {
	"CREATE TABLE people (name TEXT PRIMARY KEY, age INTEGER) STRICT;",
	"INSERT INTO people VALUES ('first', 1);",
};

static char *directory, *path;

static int make_place(void **state)
{
	(void)state;
	fault_init();
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

static enum up_err open_store(struct store **ret)
{
	return store_open(path, migrations, UP_COUNT(migrations), 100, ret);
}

static enum up_err insert(struct store *store, const char *name)
{
	struct query q = store_query(store, "INSERT INTO people VALUES (?, 7)");

	query_bind_text(&q, name);
	return query_run(&q);
}

/* -1: could not be counted. */
static int64_t count_people(struct store *store)
{
	struct query q = store_query(store, "SELECT count(*) FROM people");
	int64_t count = query_next(&q) == QUERY_ROW ? query_int(&q, 0) : -1;

	return query_end(&q) == UP_OK ? count : -1;
}

/* What the scenario left behind, looked at with all the memory there is. */
static void expect_people(int64_t least, int64_t most)
{
	struct store *store = NULL;

	fault_suspend();
	PROP(open_store(&store) == UP_OK);
	const int64_t count = count_people(store);
	PROP(count >= least && count <= most);
	store_close(store);
	fault_resume();
}

static enum up_err open_new(void *arg)
{
	struct store *store = NULL;

	(void)arg;
	fault_suspend();
	(void)unlink(path);
	fault_resume();
	enum up_err err = open_store(&store);
	PROP((err == UP_OK) == (store != NULL));
	store_close(store);
	expect_people(1, 1);
	return err;
}

static enum up_err write_two_together(struct store *store)
{
	UP_TRY(store_begin(store));
	enum up_err err = insert(store, "a");
	if (err == UP_OK)
		err = insert(store, "b");
	if (err != UP_OK) {
		store_rollback(store);
		return err;
	}
	return store_commit(store);
}

/* Both or none, and both if it was said so. */
static enum up_err write_in_a_transaction(void *arg)
{
	struct store *store = arg;

	fault_suspend();
	struct query q = store_query(store, "DELETE FROM people WHERE name <> 'first'");
	PROP(query_run(&q) == UP_OK);
	fault_resume();
	enum up_err err = write_two_together(store);
	fault_suspend();
	const int64_t count = count_people(store);
	PROP(err == UP_OK ? count == 3 : count == 1 || count == 3);
	fault_resume();
	return err;
}

static enum up_err read_rows(void *arg)
{
	struct query q = store_query(arg, "SELECT name, age, hex(name) FROM people ORDER BY age");
	enum query_step step;
	int rows = 0;

	while ((step = query_next(&q)) == QUERY_ROW) {
		PROP(query_text(&q, 0) != NULL);
		rows++;
	}
	enum up_err err = query_end(&q);
	/* An error is never the end of the rows. */
	PROP((err == UP_OK) == (step == QUERY_END));
	PROP(err != UP_OK || rows >= 1);
	return err;
}

static void opening_a_new_database_fails_whole(void **state)
{
	(void)state;
	unsigned int allocations = fault_every_allocation(open_new, NULL);

	print_message("%u allocations\n", allocations);
	assert_true(allocations > 20);
}

static void a_transaction_is_whole_or_not_at_all(void **state)
{
	struct store *store = NULL;

	(void)state;
	assert_int_equal(open_store(&store), UP_OK);
	print_message("%u allocations\n", fault_every_allocation(write_in_a_transaction, store));
	store_close(store);
}

static void a_failed_read_is_not_the_end_of_the_rows(void **state)
{
	struct store *store = NULL;

	(void)state;
	assert_int_equal(open_store(&store), UP_OK);
	print_message("%u allocations\n", fault_every_allocation(read_rows, store));
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opening_a_new_database_fails_whole),
		cmocka_unit_test(a_transaction_is_whole_or_not_at_all),
		cmocka_unit_test(a_failed_read_is_not_the_end_of_the_rows),
	};

	return cmocka_run_group_tests_name("store/faults", tests, make_place, remove_place);
}
