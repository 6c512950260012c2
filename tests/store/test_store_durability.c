/* SPDX-License-Identifier: MIT */
/* Which changes wait for the disk (CRY-10, L10: what protects is durable before the answer). */
#include <stdlib.h>
#include <unistd.h>

#include "daemon/store/store.h"
#include "tests/lib/scratch.h"
#include "tests/lib/testing.h"

static const char *const migrations[] = {
	"CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;",
};

static size_t syncs;

/* In the place of libc's, which SQLite calls. */
UP_EXPORT int fdatasync(int fd)
{
	(void)fd;
	syncs++;
	return 0;
}

struct fixture {
	char *directory;
	struct store *store;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->directory = scratch_new();
	_auto_(free) char *path = scratch_path(f->directory, "notes.db");
	assert_int_equal(store_open(path, migrations, UP_COUNT(migrations), 100, &f->store), UP_OK);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	store_close(f->store);
	scratch_free(f->directory);
	free(f);
	return 0;
}

static struct query insert(struct store *store)
{
	struct query q = store_query(store, "INSERT INTO notes (text) VALUES (?)");

	query_bind_text(&q, "a note");
	return q;
}

static void write_alone(struct store *store)
{
	struct query q = insert(store);

	assert_int_equal(query_run(&q), UP_OK);
}

static void write_alone_ordered(struct store *store)
{
	struct query q = insert(store);

	assert_int_equal(query_run_ordered(&q), UP_OK);
}

static void write_together(struct store *store)
{
	assert_int_equal(store_begin(store), UP_OK);
	write_alone(store);
	write_alone(store);
	assert_int_equal(store_commit(store), UP_OK);
}

static void write_together_ordered(struct store *store)
{
	assert_int_equal(store_begin_ordered(store), UP_OK);
	write_alone(store);
	write_alone(store);
	assert_int_equal(store_commit(store), UP_OK);
}

static void give_up_ordered(struct store *store)
{
	assert_int_equal(store_begin_ordered(store), UP_OK);
	write_alone(store);
	store_rollback(store);
}

static void (*const durable[])(struct store *store) = { write_alone, write_together };
static void (*const ordered[])(struct store *store) = { write_alone_ordered, write_together_ordered,
							give_up_ordered };

static void a_change_is_on_disk_when_it_returns(void **state)
{
	const struct fixture *f = *state;

	for (size_t i = 0; i < UP_COUNT(durable); i++) {
		const size_t before = syncs;

		durable[i](f->store);
		assert_true(syncs > before);
	}
}

static void an_ordered_change_does_not_wait_for_the_disk(void **state)
{
	const struct fixture *f = *state;
	const size_t before = syncs;

	for (size_t i = 0; i < UP_COUNT(ordered); i++)
		ordered[i](f->store);
	assert_int_equal(syncs, before);
}

static void what_follows_an_ordered_change_is_on_disk_again(void **state)
{
	const struct fixture *f = *state;

	for (size_t i = 0; i < UP_COUNT(ordered); i++)
		for (size_t j = 0; j < UP_COUNT(durable); j++) {
			ordered[i](f->store);
			const size_t before = syncs;
			durable[j](f->store);
			assert_true(syncs > before);
		}
}

static void an_ordered_change_is_there_for_the_next_to_open(void **state)
{
	struct fixture *f = *state;
	_auto_(free) char *path = scratch_path(f->directory, "notes.db");
	struct store *other = NULL;

	write_together_ordered(f->store);
	write_alone_ordered(f->store);
	assert_int_equal(store_open(path, migrations, UP_COUNT(migrations), 100, &other), UP_OK);
	struct query q = store_query(other, "SELECT count(*) FROM notes");
	assert_int_equal(query_next(&q), QUERY_ROW);
	assert_int_equal(query_int(&q, 0), 3);
	assert_int_equal(query_end(&q), UP_OK);
	store_close(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_change_is_on_disk_when_it_returns, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(an_ordered_change_does_not_wait_for_the_disk,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_follows_an_ordered_change_is_on_disk_again,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_ordered_change_is_there_for_the_next_to_open,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
