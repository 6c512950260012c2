/* SPDX-License-Identifier: MIT */
/* Real processes, out of /proc. */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/session/session.h"
#include "tests/lib/testing.h"

static void the_own_tree_is_read(void **state)
{
	struct process_tree tree;

	(void)state;
	assert_int_equal(process_tree_read(getpid(), &tree), UP_OK);
	assert_in_range(tree.depth, 1, PROCESS_TREE_DEPTH);
	assert_int_equal(tree.process[0].pid, getpid());
	if (getppid() > 1)
		assert_int_equal(tree.process[1].pid, getppid());
	for (size_t i = 0; i < tree.depth; i++)
		assert_int_not_equal(tree.process[i].pid, 1);
}

/* A program chooses its name, which stands in the middle of the line. */
static void a_hostile_name_moves_no_field(void **state)
{
	static const char *const names[] = { ") R 1 1 1", "a) S 4242", "(((", ")", "a b c\n1 2 3" };
	struct process_tree before, after;

	(void)state;
	assert_int_equal(process_tree_read(getpid(), &before), UP_OK);
	for (size_t i = 0; i < UP_COUNT(names); i++) {
		uid_t uid = 4242;

		assert_int_equal(prctl(PR_SET_NAME, names[i]), 0);
		assert_int_equal(process_tree_read(getpid(), &after), UP_OK);
		assert_int_equal(after.depth, before.depth);
		for (size_t k = 0; k < after.depth; k++) {
			assert_int_equal(after.process[k].pid, before.process[k].pid);
			assert_int_equal(after.process[k].start, before.process[k].start);
		}
		assert_int_equal(process_real_uid(getpid(), &uid), UP_OK);
		assert_int_equal(uid, getuid());
	}
}

static void a_name_is_not_taken_for_the_uid(void **state)
{
	uid_t uid = 4242;

	(void)state;
	assert_int_equal(prctl(PR_SET_NAME, "\nUid:\t7"), 0);
	assert_int_equal(process_real_uid(getpid(), &uid), UP_OK);
	assert_int_equal(uid, getuid());
}

static void who_is_gone_has_no_tree(void **state)
{
	struct process_tree tree;
	uid_t uid;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(process_tree_read(pid, &tree), UP_ERR_IO);
	assert_int_equal(process_real_uid(pid, &uid), UP_ERR_IO);
	/* Of another pid namespace: SO_PEERCRED says 0. */
	assert_int_equal(process_tree_read(0, &tree), UP_ERR_IO);
	assert_int_equal(process_real_uid(0, &uid), UP_ERR_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_own_tree_is_read),
		cmocka_unit_test(a_hostile_name_moves_no_field),
		cmocka_unit_test(a_name_is_not_taken_for_the_uid),
		cmocka_unit_test(who_is_gone_has_no_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
