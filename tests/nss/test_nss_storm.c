/* SPDX-License-Identifier: MIT */
/*
 * NSS-11, NSS-12, NSS-19, NSS-21: threads and processes look things up while the
 * snapshot is replaced again and again.  No answer is wrong, missing or a mixture.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/attributes.h"
#include "tests/lib/testing.h"
#include "tests/nss/entry_points.h"
#include "tests/nss/published.h"

#define READERS      8
#define USERS        50
#define REPLACEMENTS 100
#define BUFFER       8192
#define MAKES_SURE   200 /* lookups of each reader, at the least */

/* What a reader saw; shared with the parent. */
struct tally {
	_Atomic bool is_over;
	atomic_ulong lookups, wrong, missing, unavailable;
	atomic_ulong newest; /* generation that anybody has seen */
};

static struct tally *tally;

/* The generation of an answer; 0: it is a mixture, or of another user. */
static uint64_t generation_of(const struct passwd *user, uint32_t number)
{
	char name[32], home[64], gecos[64], shell[64];
	uint64_t generation = 0;

	(void)snprintf(name, sizeof(name), "user%" PRIu32, number);
	if (strcmp(user->pw_name, name) != 0 || user->pw_uid != PUBLISHED_UID + number ||
	    user->pw_gid != user->pw_uid ||
	    sscanf(user->pw_shell, "/bin/sh%" SCNu64, &generation) != 1)
		return 0;
	(void)snprintf(gecos, sizeof(gecos), "User %" PRIu32 " of %" PRIu64, number, generation);
	(void)snprintf(home, sizeof(home), "/home/%" PRIu64 "/%s", generation, name);
	(void)snprintf(shell, sizeof(shell), "/bin/sh%" PRIu64, generation);
	return strcmp(user->pw_gecos, gecos) == 0 && strcmp(user->pw_dir, home) == 0 &&
			       strcmp(user->pw_shell, shell) == 0
		       ? generation
		       : 0;
}

static void judge(enum nss_status status, bool is_right)
{
	atomic_fetch_add(&tally->lookups, 1);
	if (status == NSS_STATUS_UNAVAIL)
		atomic_fetch_add(&tally->unavailable, 1);
	else if (status != NSS_STATUS_SUCCESS)
		atomic_fetch_add(&tally->missing, 1);
	else if (!is_right)
		atomic_fetch_add(&tally->wrong, 1);
}

static void ask_for_user(uint32_t number, bool by_uid, uint64_t *last)
{
	char name[32], buffer[512];
	struct passwd user;
	int error;

	(void)snprintf(name, sizeof(name), "user%" PRIu32, number);
	enum nss_status status =
		by_uid ? _nss_userpool_getpwuid_r(PUBLISHED_UID + number, &user, buffer,
						  sizeof(buffer), &error)
		       : _nss_userpool_getpwnam_r(name, &user, buffer, sizeof(buffer), &error);
	const uint64_t now = status == NSS_STATUS_SUCCESS ? generation_of(&user, number) : 0;
	/* Nobody goes back in time either. */
	judge(status, now != 0 && now >= *last);
	*last = now > *last ? now : *last;
	unsigned long newest = atomic_load(&tally->newest);
	while (newest < *last && !atomic_compare_exchange_weak(&tally->newest, &newest, *last))
		;
}

static void ask_for_group(void)
{
	char buffer[BUFFER];
	struct group group;
	uint32_t members = 0;
	int error;
	enum nss_status status =
		_nss_userpool_getgrnam_r("group0", &group, buffer, sizeof(buffer), &error);
	bool is_right = status == NSS_STATUS_SUCCESS && group.gr_gid == PUBLISHED_GID;

	while (is_right && group.gr_mem[members] != NULL) {
		char name[32];

		(void)snprintf(name, sizeof(name), "user%" PRIu32, members++);
		is_right = strcmp(group.gr_mem[members - 1], name) == 0;
	}
	judge(status, is_right && members == USERS);
}

static void ask_for_groups(void)
{
	gid_t *groups = NULL;
	long start = 0, size = 0;
	int error;
	enum nss_status status = _nss_userpool_initgroups_dyn("user7", PUBLISHED_UID + 7, &start,
							      &size, &groups, 0, &error);

	judge(status, start == 3 && groups[0] == PUBLISHED_GID && groups[2] == PUBLISHED_GID + 2);
	free(groups);
}

/* Who is in no generation is in none. */
static void ask_for_nobody(void)
{
	char buffer[512];
	struct passwd user;
	int error;
	enum nss_status status =
		_nss_userpool_getpwnam_r("nobody-here", &user, buffer, sizeof(buffer), &error);

	judge(status == NSS_STATUS_NOTFOUND ? NSS_STATUS_SUCCESS : NSS_STATUS_UNAVAIL, true);
}

static void *read_on(void *seed)
{
	uint32_t random = (uint32_t)(uintptr_t)seed;
	uint64_t last = 0;

	for (uint32_t done = 0; !atomic_load(&tally->is_over) || done < MAKES_SURE; done++) {
		random = random * 1664525 + 1013904223;
		switch (random >> 29) {
		case 0:
			ask_for_group();
			break;
		case 1:
			ask_for_groups();
			break;
		case 2:
			ask_for_nobody();
			break;
		default:
			ask_for_user((random >> 8) % USERS, (random >> 24 & 1) != 0, &last);
			break;
		}
	}
	return NULL;
}

static void replace(unsigned int times, struct published *what)
{
	for (unsigned int i = 0; i < times; i++) {
		what->generation++;
		publish(what);
		/* Until somebody has seen it. */
		while (atomic_load(&tally->newest) < what->generation)
			(void)sched_yield();
	}
}

static struct published first_publication(void)
{
	const struct published what = {
		.users = USERS, .groups = 3, .members = USERS, .generation = 1
	};

	memset((void *)tally, 0, sizeof(*tally));
	publish(&what);
	published_forget();
	return what;
}

static void expect_right_answers(void)
{
	assert_int_equal(atomic_load(&tally->wrong), 0);
	assert_int_equal(atomic_load(&tally->missing), 0);
	assert_int_equal(atomic_load(&tally->unavailable), 0);
	assert_true(atomic_load(&tally->lookups) >= READERS * MAKES_SURE);
	print_message("%lu lookups\n", atomic_load(&tally->lookups));
}

static void threads_get_right_answers_in_a_storm(void **state)
{
	struct published what = first_publication();
	pthread_t threads[READERS];

	(void)state;
	for (uintptr_t i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_on, (void *)(i + 1)), 0);
	replace(REPLACEMENTS, &what);
	atomic_store(&tally->is_over, true);
	for (size_t i = 0; i < READERS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	expect_right_answers();
	/* The storm has left nothing that keeps this process from the newest. */
	uint64_t last = what.generation;
	ask_for_user(1, true, &last);
	assert_int_equal(atomic_load(&tally->wrong), 0);
}

static void processes_get_right_answers_in_a_storm(void **state)
{
	struct published what = first_publication();
	pid_t children[READERS];

	(void)state;
	for (uintptr_t i = 0; i < READERS; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0) {
			if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
				_exit(1);
			(void)read_on((void *)(i + 1));
			_exit(0);
		}
	}
	replace(REPLACEMENTS, &what);
	atomic_store(&tally->is_over, true);
	for (size_t i = 0; i < READERS; i++) {
		int status;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		/* A SIGBUS would show here. */
		assert_int_equal(status, 0);
	}
	expect_right_answers();
}

static void look_up_in_a_handler(int signal)
{
	const int error = errno;

	(void)signal;
	ask_for_nobody();
	errno = error;
}

/* A handler that looks something up, in the middle of a lookup or of mapping. */
static void handlers_get_right_answers_in_a_storm(void **state)
{
	const struct sigaction action = { .sa_handler = look_up_in_a_handler,
					  .sa_flags = SA_RESTART };
	const struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, never = { { 0, 0 }, { 0, 0 } };
	struct published what = first_publication();
	pthread_t threads[READERS];

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	for (uintptr_t i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_on, (void *)(i + 1)), 0);
	replace(REPLACEMENTS / 4, &what);
	atomic_store(&tally->is_over, true);
	for (size_t i = 0; i < READERS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	/* One that is still under way is dropped. */
	assert_true(signal(SIGALRM, SIG_IGN) != SIG_ERR);
	expect_right_answers();
}

static void *fork_on(void *unused)
{
	for (int i = 0; i < 50; i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			struct passwd user;
			char buffer[512];
			int error;

			judge(_nss_userpool_getpwnam_r("user3", &user, buffer, sizeof(buffer),
						       &error),
			      true);
			_exit(0);
		}
		/* Its memory has what the other threads held: memcheck has its own view of that. */
		if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
			atomic_fetch_add(&tally->wrong, 1);
	}
	return unused;
}

/* A child has the memory of a moment in which other threads were in the middle of things. */
static void children_of_busy_processes_get_right_answers(void **state)
{
	struct published what = first_publication();
	pthread_t threads[READERS], forker;

	(void)state;
	for (uintptr_t i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_on, (void *)(i + 1)), 0);
	assert_int_equal(pthread_create(&forker, NULL, fork_on, NULL), 0);
	replace(REPLACEMENTS / 4, &what);
	assert_int_equal(pthread_join(forker, NULL), 0);
	atomic_store(&tally->is_over, true);
	for (size_t i = 0; i < READERS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	expect_right_answers();
}

static int open_all(void **state)
{
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	assert_true(tally != MAP_FAILED);
	return published_open(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_get_right_answers_in_a_storm),
		cmocka_unit_test(processes_get_right_answers_in_a_storm),
		cmocka_unit_test(handlers_get_right_answers_in_a_storm),
		cmocka_unit_test(children_of_busy_processes_get_right_answers),
	};

	return cmocka_run_group_tests(tests, open_all, published_close);
}
