/* SPDX-License-Identifier: MIT */
/* The daemon's side: the queue, and workers that are broken in every way (DMN-13). */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "common/protocol.h"
#include "daemon/base/clock.h"
#include "daemon/pool/pool.h"
#include "tests/lib/scratch.h"
#include "tests/lib/testing.h"

#define TIMEOUT_MS 200
#define CALLS_MAX  64

struct answer {
	bool is_done;
	char error[64]; /* "" if there is a result */
	int64_t number; /* the request's, as it came back */
};

struct world {
	char *directory, *program;
	sd_event *loop;
	struct pool *pool;
	size_t done;
	struct answer answers[CALLS_MAX];
};

/* A pool of the fake; `kind` is part of its state directory's name. */
static struct world *world_new(const char *kind, int64_t workers, int64_t queue)
{
	struct world *world = calloc(1, sizeof(*world));
	char *parent = scratch_new();
	_auto_(free) char *directory = scratch_path(parent, kind);

	assert_non_null(world);
	assert_non_null(getenv("TOP_BUILDDIR"));
	assert_return_code(mkdir(directory, 0700), 0);
	world->directory = parent;
	world->program = scratch_path(getenv("TOP_BUILDDIR"), "tests/pool/fake_worker");
	assert_return_code(sd_event_new(&world->loop), 0);
	const struct pool_options options = { .program = world->program,
					      .state_dir = directory,
					      .workers = workers,
					      .idle_s = 1,
					      .queue = queue,
					      .timeout_ms = TIMEOUT_MS };
	/* As the daemon has it: children are the loop's to reap. */
	sigset_t mask;
	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &mask, NULL);
	assert_int_equal(pool_new(world->loop, &options, &world->pool), UP_OK);
	return world;
}

static bool has_children(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* The loop reaps what the pool has left behind. */
static void reap_all(struct world *world)
{
	const int64_t end = clock_boot_ms() + 10000;

	while (has_children()) {
		assert_true(clock_boot_ms() < end);
		assert_return_code(sd_event_run(world->loop, 100000), 0);
	}
}

static void world_free(struct world *world)
{
	pool_free(world->pool);
	reap_all(world);
	sd_event_unref(world->loop);
	scratch_free(world->directory);
	free(world->program);
	free(world);
}

static void on_done(const struct pool_reply *reply, void *arg)
{
	struct answer *answer = arg;

	assert_false(answer->is_done);
	assert_true((reply->result == NULL) == (reply->error != NULL));
	answer->is_done = true;
	(void)snprintf(answer->error, sizeof(answer->error), "%s",
		       reply->error != NULL ? reply->error : "");
	answer->number = json_integer_value(json_object_get(reply->result, "number"));
}

static enum up_err call(struct world *world, const char *operation, size_t index,
			struct pool_call **ret)
{
	json_t *request = json_pack("{s:I}", "number", (json_int_t)index);

	world->answers[index] = (struct answer){ 0 };
	enum up_err err =
		pool_call(world->pool, operation, request, on_done, &world->answers[index], ret);
	json_decref(request);
	/* Never from inside the call. */
	assert_false(world->answers[index].is_done);
	return err;
}

/* Runs the loop until this answer is there. */
static void wait_for(struct world *world, size_t index)
{
	const int64_t end = clock_boot_ms() + 10000;

	while (!world->answers[index].is_done) {
		assert_true(clock_boot_ms() < end);
		assert_return_code(sd_event_run(world->loop, 100000), 0);
	}
}

/* Runs the loop for so long. */
static void run_for(struct world *world, int64_t ms)
{
	const int64_t end = clock_boot_ms() + ms;

	for (int64_t left = ms; left > 0; left = end - clock_boot_ms())
		assert_return_code(sd_event_run(world->loop, (uint64_t)left * 1000), 0);
}

static void ask(struct world *world, const char *operation, size_t index)
{
	assert_int_equal(call(world, operation, index, NULL), UP_OK);
	wait_for(world, index);
}

/* Asks until a worker answers: none is started while the pool backs off. */
static void echo_in_time(struct world *world, size_t index, int64_t ms)
{
	const int64_t end = clock_boot_ms() + ms;

	for (;;) {
		ask(world, "Echo", index);
		if (world->answers[index].error[0] == '\0')
			break;
		assert_string_equal(world->answers[index].error, POOL_UNAVAILABLE);
		assert_true(clock_boot_ms() < end);
		run_for(world, 10);
	}
	assert_int_equal(world->answers[index].number, index);
}

static size_t count_starts(struct world *world, const char *kind)
{
	_auto_(free) char *directory = scratch_path(world->directory, kind);
	_auto_(free) char *path = scratch_path(directory, "starts");
	struct stat st;

	return stat(path, &st) == 0 ? (size_t)st.st_size : 0;
}

static struct pool_status status_of(struct world *world)
{
	struct pool_status status;

	pool_get_status(world->pool, &status);
	return status;
}

static void wait_until_busy(struct world *world, int64_t workers)
{
	const int64_t end = clock_boot_ms() + 10000;

	while (status_of(world).busy < workers) {
		assert_true(clock_boot_ms() < end);
		assert_return_code(sd_event_run(world->loop, 100000), 0);
	}
}

static void every_answer_goes_to_who_asked(void **state)
{
	struct world *world = world_new("good", 3, CALLS_MAX);

	(void)state;
	assert_int_equal(status_of(world).workers, 0);
	for (size_t i = 0; i < CALLS_MAX; i++)
		assert_int_equal(call(world, "Echo", i, NULL), UP_OK);
	for (size_t i = 0; i < CALLS_MAX; i++) {
		wait_for(world, i);
		assert_string_equal(world->answers[i].error, "");
		assert_int_equal(world->answers[i].number, i);
	}
	assert_int_equal(status_of(world).workers, 3);
	assert_int_equal(status_of(world).failures, 0);
	world_free(world);
}

static void a_refusal_is_an_answer_of_the_pool(void **state)
{
	struct world *world = world_new("good", 1, 8);

	(void)state;
	ask(world, "Refuse", 0);
	assert_string_equal(world->answers[0].error, "NotAuthorizedException");
	ask(world, "Echo", 1);
	assert_int_equal(world->answers[1].number, 1);
	assert_int_equal(count_starts(world, "good"), 1);
	world_free(world);
}

static void a_full_queue_says_so_at_once(void **state)
{
	struct world *world = world_new("good", 1, 4);

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(call(world, "Echo", i, NULL), UP_OK);
	assert_int_equal(call(world, "Echo", 4, NULL), UP_ERR_BUSY);
	assert_int_equal(status_of(world).waiting, 4);
	wait_for(world, 3);
	assert_false(world->answers[4].is_done);
	ask(world, "Echo", 5);
	assert_int_equal(world->answers[5].number, 5);
	world_free(world);
}

static void a_request_that_is_too_large_is_not_taken(void **state)
{
	struct world *world = world_new("good", 1, 4);
	char *text = malloc(UP_API_PAYLOAD_MAX + 1);

	(void)state;
	memset(text, 'a', UP_API_PAYLOAD_MAX);
	text[UP_API_PAYLOAD_MAX] = '\0';
	json_t *request = json_pack("{s:s}", "text", text);
	assert_int_equal(pool_call(world->pool, "Echo", request, on_done, NULL, NULL),
			 UP_ERR_TOO_LARGE);
	assert_int_equal(status_of(world).waiting, 0);
	json_decref(request);
	free(text);
	world_free(world);
}

/* The call fails closed, and the next one works. */
static void a_broken_worker_costs_one_call(void **state)
{
	static const char *const cases[] = {
		"Crash",        "End",
		"Hang",         "Half",
		"HalfAndHang",  "Garbage",
		"TooLarge",     "Empty",
		"OtherFrame",   "ACall",
		"NoJson",       "NoObject",
		"Duplicate",    "RefuseWithoutType",
		"CloseAndHang",
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		struct world *world = world_new("good", 1, 8);
		const int64_t start = clock_boot_ms();

		print_message("%s\n", cases[i]);
		ask(world, cases[i], 0);
		assert_string_equal(world->answers[0].error, POOL_UNAVAILABLE);
		assert_in_range(clock_boot_ms() - start, 0, TIMEOUT_MS + 1000);
		assert_int_equal(status_of(world).failures, 1);
		echo_in_time(world, 1, 2000);
		assert_int_equal(count_starts(world, "good"), 2);
		world_free(world);
	}
}

/* The second answer was nobody's, and is not the next one's. */
static void an_answer_too_many_is_not_taken_for_the_next(void **state)
{
	struct world *world = world_new("good", 1, 8);

	(void)state;
	assert_int_equal(call(world, "Twice", 7, NULL), UP_OK);
	assert_int_equal(call(world, "Echo", 8, NULL), UP_OK);
	wait_for(world, 7);
	assert_int_equal(world->answers[7].number, 7);
	wait_for(world, 8);
	assert_int_not_equal(world->answers[8].number, 7);
	echo_in_time(world, 9, 2000);
	/* And with nobody waiting. */
	ask(world, "Twice", 10);
	assert_int_equal(world->answers[10].number, 10);
	run_for(world, 50);
	echo_in_time(world, 11, 2000);
	world_free(world);
}

static void a_broken_worker_does_not_disturb_the_others(void **state)
{
	struct world *world = world_new("good", 2, 16);

	(void)state;
	assert_int_equal(call(world, "Hang", 0, NULL), UP_OK);
	for (size_t i = 1; i < 10; i++)
		ask(world, i == 5 ? "Refuse" : "Echo", i);
	assert_false(world->answers[0].is_done);
	assert_int_equal(status_of(world).busy, 1);
	wait_for(world, 0);
	assert_string_equal(world->answers[0].error, POOL_UNAVAILABLE);
	world_free(world);
}

static void a_worker_that_cannot_start_is_tried_ever_less_often(void **state)
{
	struct world *world = world_new("ends", 1, 8);
	const int64_t end = clock_boot_ms() + 1000;
	size_t calls = 0;

	(void)state;
	while (clock_boot_ms() < end) {
		const int64_t start = clock_boot_ms();

		ask(world, "Echo", 0);
		assert_string_equal(world->answers[0].error, POOL_UNAVAILABLE);
		/* Nobody waits for the back-off. */
		assert_true(clock_boot_ms() - start < 500);
		calls++;
		run_for(world, 5);
	}
	/* After 0, 100, 300 and 700 ms. */
	assert_in_range(count_starts(world, "ends"), 2, 4);
	assert_true(calls > 10);
	world_free(world);
}

static void a_damaged_store_is_not_tried_again_soon(void **state)
{
	static const char *const kinds[] = { "damaged", "good" };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(kinds); i++) {
		struct world *world = world_new(kinds[i], 1, 8);
		const int64_t end = clock_boot_ms() + 600;

		ask(world, "Damaged", 0);
		while (clock_boot_ms() < end) {
			ask(world, "Echo", 0);
			assert_string_equal(world->answers[0].error, POOL_UNAVAILABLE);
			run_for(world, 20);
		}
		assert_int_equal(count_starts(world, kinds[i]), 1);
		world_free(world);
	}
}

/* It ended between two calls: the daemon finds the channel closed before it learns why. */
static void a_store_that_is_damaged_between_calls_is_not_tried_again_soon(void **state)
{
	struct world *world = world_new("good", 1, 8);
	siginfo_t info;

	(void)state;
	ask(world, "EchoAndDamaged", 1);
	assert_int_equal(world->answers[1].number, 1);
	assert_return_code(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
	for (size_t i = 2; i < 20; i++) {
		ask(world, "Echo", i);
		assert_string_equal(world->answers[i].error, POOL_UNAVAILABLE);
		run_for(world, 20);
	}
	assert_int_equal(count_starts(world, "good"), 1);
	world_free(world);
}

static void who_lost_interest_is_not_called(void **state)
{
	struct world *world = world_new("good", 1, 8);
	struct pool_call *first = NULL, *second = NULL, *third = NULL;

	(void)state;
	assert_int_equal(call(world, "Echo", 0, &first), UP_OK);
	assert_int_equal(call(world, "Echo", 1, &second), UP_OK);
	assert_int_equal(call(world, "Echo", 2, &third), UP_OK);
	pool_cancel(third); /* the last that waits */
	pool_cancel(second);
	assert_int_equal(call(world, "Echo", 3, NULL), UP_OK);
	wait_for(world, 3);
	assert_true(world->answers[0].is_done);
	assert_false(world->answers[1].is_done);
	assert_false(world->answers[2].is_done);

	/* A worker has it already: its answer is nobody's, and not the next one's. */
	assert_int_equal(call(world, "Hang", 4, &first), UP_OK);
	wait_until_busy(world, 1);
	pool_cancel(first);
	run_for(world, TIMEOUT_MS + 100);
	assert_false(world->answers[4].is_done);
	echo_in_time(world, 5, 2000);
	world_free(world);
}

static void an_idle_worker_ends_and_that_is_no_failure(void **state)
{
	struct world *world = world_new("good", 1, 8);

	(void)state;
	ask(world, "Echo", 0);
	assert_int_equal(status_of(world).workers, 1);
	run_for(world, 1500);
	assert_int_equal(status_of(world).workers, 0);
	assert_int_equal(status_of(world).failures, 0);
	ask(world, "Echo", 1);
	assert_int_equal(count_starts(world, "good"), 2);
	world_free(world);
}

static void the_end_of_the_pool_answers_all_and_leaves_no_child(void **state)
{
	struct world *world = world_new("good", 2, 8);

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(call(world, "Hang", i, NULL), UP_OK);
	wait_until_busy(world, 2);
	pool_free(TAKE(world->pool));
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(world->answers[i].error, POOL_UNAVAILABLE);
	reap_all(world);
	world_free(world);
}

static void a_program_that_is_not_there_fails_the_call(void **state)
{
	struct world *world = world_new("good", 1, 8);
	const struct pool_options options = { .program = "/nonexistent/userpool-pool",
					      .state_dir = world->directory,
					      .workers = 1,
					      .idle_s = 1,
					      .queue = 8,
					      .timeout_ms = TIMEOUT_MS };

	(void)state;
	pool_free(TAKE(world->pool));
	assert_int_equal(pool_new(world->loop, &options, &world->pool), UP_OK);
	ask(world, "Echo", 0);
	assert_string_equal(world->answers[0].error, POOL_UNAVAILABLE);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_answer_goes_to_who_asked),
		cmocka_unit_test(a_refusal_is_an_answer_of_the_pool),
		cmocka_unit_test(a_full_queue_says_so_at_once),
		cmocka_unit_test(a_request_that_is_too_large_is_not_taken),
		cmocka_unit_test(a_broken_worker_costs_one_call),
		cmocka_unit_test(an_answer_too_many_is_not_taken_for_the_next),
		cmocka_unit_test(a_broken_worker_does_not_disturb_the_others),
		cmocka_unit_test(a_worker_that_cannot_start_is_tried_ever_less_often),
		cmocka_unit_test(a_damaged_store_is_not_tried_again_soon),
		cmocka_unit_test(a_store_that_is_damaged_between_calls_is_not_tried_again_soon),
		cmocka_unit_test(who_lost_interest_is_not_called),
		cmocka_unit_test(an_idle_worker_ends_and_that_is_no_failure),
		cmocka_unit_test(the_end_of_the_pool_answers_all_and_leaves_no_child),
		cmocka_unit_test(a_program_that_is_not_there_fails_the_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
