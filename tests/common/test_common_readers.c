/* SPDX-License-Identifier: MIT */
/*
 * Many threads look up while the files are replaced under them.  NSS-11, NSS-12, NSS-19,
 * NSS-21: no wrong answer, no mixed one, no miss, and no step back.  ThreadSanitizer
 * sees the same program.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/common/published.h"
#include "tests/lib/prop.h"
#include "tests/lib/testing.h"

#define USERS       20
#define READERS     8
#define GENERATIONS 300

static struct published p;

static struct {
	atomic_bool is_over;
	atomic_int started;
	atomic_ullong lookups, changes;
} run;

static int generation_of(const struct up_snapshot_user *user)
{
	char home[32];

	/* Two texts of one record are of one generation, or the record is mixed. */
	(void)snprintf(home, sizeof(home), "/home/%s", user->text + user->gecos);
	PROP(strcmp(user->text + user->home, home) == 0);
	return atoi(user->text + user->gecos + 1);
}

/* All users in one snapshot are of one generation. */
static int look_at_all(const struct up_snapshot *snapshot)
{
	int generation = -1;

	for (uint32_t i = 0; i < USERS; i++) {
		struct up_snapshot_user user, again;
		char name[16];

		(void)snprintf(name, sizeof(name), "user%u", i);
		PROP(up_snapshot_user_by_name(snapshot, name, &user) == UP_FOUND);
		PROP(user.uid == IMAGE_FIRST_UID + i);
		PROP(up_snapshot_user_by_uid(snapshot, user.uid, &again) == UP_FOUND);
		PROP(strcmp(again.text, name) == 0);
		PROP(generation == -1 || generation_of(&user) == generation);
		generation = generation_of(&user);
	}
	return generation;
}

static void *read_until_over(void *arg)
{
	struct up_snapshot_user user;
	int last = 0;

	(void)atomic_fetch_add(&run.started, 1);
	while (!atomic_load(&run.is_over)) {
		struct up_snapshot *snapshot = up_snapshot_acquire(&p.source);

		PROP(snapshot != NULL);
		int generation = look_at_all(snapshot);
		PROP(generation >= last);
		(void)atomic_fetch_add(&run.changes, generation > last);
		last = generation;
		PROP(up_snapshot_user_by_name(snapshot, "nobody-there", &user) != UP_FOUND);
		up_snapshot_release(snapshot);
		(void)atomic_fetch_add(&run.lookups, 1);
	}
	return arg;
}

static void start(pthread_t threads[READERS])
{
	memset(&run, 0, sizeof(run));
	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_until_over, NULL), 0);
	while (atomic_load(&run.started) < READERS)
		(void)sched_yield();
}

static void finish(pthread_t threads[READERS])
{
	atomic_store(&run.is_over, true);
	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	print_message("%llu snapshots read, %llu times a newer one\n", atomic_load(&run.lookups),
		      atomic_load(&run.changes));
	assert_true(atomic_load(&run.changes) >= READERS);
}

/* So that each generation is seen by somebody before the next one comes. */
static void await_a_reader(unsigned long long lookups)
{
	while (atomic_load(&run.lookups) < lookups + 2)
		(void)sched_yield();
}

static void a_base_is_replaced_under_its_readers(void **state)
{
	pthread_t threads[READERS];

	(void)state;
	published_open(&p);
	published_delta(&p, 0, 0, 1, 1);
	published_base(&p, USERS, 3, true, 1);
	start(threads);
	for (uint32_t generation = 2; generation < GENERATIONS; generation++) {
		unsigned long long lookups = atomic_load(&run.lookups);

		published_base(&p, USERS, 3, true, generation);
		await_a_reader(lookups);
	}
	finish(threads);
	published_close(&p);
}

static void a_delta_is_replaced_under_its_readers(void **state)
{
	pthread_t threads[READERS];

	(void)state;
	published_open(&p);
	published_base(&p, USERS, 3, true, 1);
	published_delta(&p, USERS, 3, 2, 1);
	start(threads);
	for (uint32_t generation = 3; generation < GENERATIONS; generation++) {
		unsigned long long lookups = atomic_load(&run.lookups);

		published_delta(&p, USERS, 3, generation, 1);
		await_a_reader(lookups);
	}
	finish(threads);
	published_close(&p);
}

/* The daemon merges: a new base, then a delta of it; what is old in between is not wrong. */
static void both_are_replaced_under_their_readers(void **state)
{
	pthread_t threads[READERS];

	(void)state;
	published_open(&p);
	published_base(&p, USERS, 3, true, 1);
	published_delta(&p, USERS, 3, 2, 1);
	start(threads);
	for (uint32_t generation = 3; generation < GENERATIONS; generation += 2) {
		unsigned long long lookups = atomic_load(&run.lookups);

		published_base(&p, USERS, 3, true, generation);
		published_delta(&p, USERS, 3, generation + 1, generation);
		await_a_reader(lookups);
	}
	finish(threads);
	published_close(&p);
}

/*
 * A child of a process whose threads are in the middle of anything can look up and look
 * again.  What those threads read at that moment stays mapped in it, so a new base may
 * find no place: then it goes on with one of those that did.
 */
static void a_fork_among_readers_goes_on_reading(void **state)
{
	pthread_t threads[READERS];

	(void)state;
	published_open(&p);
	published_delta(&p, 0, 0, 1, 1);
	published_base(&p, USERS, 3, true, 1);
	start(threads);
	for (uint32_t generation = 2; generation < 60; generation++) {
		int status = 0;
		pid_t child;

		published_base(&p, USERS, 3, true, generation);
		child = fork();
		if (child == 0) {
			struct up_snapshot *snapshot = up_snapshot_acquire(&p.source);

			_exit(snapshot != NULL && look_at_all(snapshot) >= 1 ? 0 : 1);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
	}
	finish(threads);
	published_close(&p);
}

static pthread_barrier_t gate;

static void *acquire_first(void *arg)
{
	(void)pthread_barrier_wait(&gate);
	struct up_snapshot *snapshot = up_snapshot_acquire(&p.source);
	PROP(snapshot != NULL);
	(void)look_at_all(snapshot);
	up_snapshot_release(snapshot);
	return arg;
}

/* The first lookups of a process, all at once: who comes second is not told "cannot tell". */
static void the_first_lookups_of_many_threads_all_answer(void **state)
{
	pthread_t threads[READERS];

	(void)state;
	published_open(&p);
	published_base(&p, USERS, 3, true, 1);
	published_delta(&p, 0, 0, 1, 1);
	assert_int_equal(pthread_barrier_init(&gate, NULL, READERS), 0);
	for (int round = 0; round < 300; round++) {
		published_reset(&p);
		for (int i = 0; i < READERS; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, acquire_first, NULL), 0);
		for (int i = 0; i < READERS; i++)
			assert_int_equal(pthread_join(threads[i], NULL), 0);
	}
	assert_int_equal(pthread_barrier_destroy(&gate), 0);
	published_close(&p);
}

static void *acquire_until_cancelled(void *arg)
{
	for (;;) {
		up_snapshot_release(up_snapshot_acquire(&p.source));
		pthread_testcancel();
	}
	return arg;
}

/* NSS-12: a thread that is cancelled in the middle of mapping does not take the right to map with
 * it. */
static void a_cancelled_thread_leaves_nothing_taken(void **state)
{
	(void)state;
	published_open(&p);
	published_base(&p, USERS, 3, true, 1);
	published_delta(&p, 0, 0, 1, 1);
	for (uint32_t generation = 2; generation < 300; generation++) {
		pthread_t thread;

		/* Retired, and still there: each acquiring opens the files again. */
		published_base(&p, USERS, 3, true, generation);
		published_retire(&p, UP_SNAPSHOT_BASE);
		assert_int_equal(pthread_create(&thread, NULL, acquire_until_cancelled, NULL), 0);
		(void)sched_yield();
		assert_int_equal(pthread_cancel(thread), 0);
		assert_int_equal(pthread_join(thread, NULL), 0);
		struct up_snapshot *snapshot = up_snapshot_acquire(&p.source);
		assert_non_null(snapshot);
		assert_int_equal(look_at_all(snapshot), generation);
		up_snapshot_release(snapshot);
	}
	published_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_lookups_of_many_threads_all_answer),
		cmocka_unit_test(a_cancelled_thread_leaves_nothing_taken),
		cmocka_unit_test(a_base_is_replaced_under_its_readers),
		cmocka_unit_test(a_delta_is_replaced_under_its_readers),
		cmocka_unit_test(both_are_replaced_under_their_readers),
		cmocka_unit_test(a_fork_among_readers_goes_on_reading),
	};

	return cmocka_run_group_tests_name("common/readers", tests, NULL, NULL);
}
