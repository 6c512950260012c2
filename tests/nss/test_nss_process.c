/* SPDX-License-Identifier: MIT */
/* What becomes of answers when the process lacks what it takes to read the files, and what lookups
 * take from it and leave in it. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "nss/internal.h"
#include "tests/lib/testing.h"
#include "tests/nss/entry_points.h"
#include "tests/nss/published.h"

static const struct published small = { .users = 5, .groups = 2, .members = 5, .generation = 1 };

static unsigned int opened;
static bool open_fails;

/* A publication comes in between a reader's opening of the base and of the delta, so often. */
static struct published storming;
static unsigned int storms;

/* Where a thread stands in open(2) until it is let go. */
static _Atomic bool open_stands;
static sem_t standing, may_go;

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	opened++;
	if (atomic_exchange(&open_stands, false)) {
		(void)sem_post(&standing);
		(void)sem_wait(&may_go);
	}
	if (storms > 0 && strcmp(path, published_delta) == 0) {
		storms--;
		storming.generation++;
		publish(&storming);
	}
	if (open_fails) {
		errno = EMFILE;
		return -1;
	}
	return __real_open(path, flags, 0644);
}

static void lookups_open_nothing_while_nothing_changes(void **state)
{
	(void)state;
	publish(&small);
	published_forget();
	assert_int_equal(look_up("user0"), NSS_STATUS_SUCCESS);
	opened = 0;
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(look_up("user0"), NSS_STATUS_SUCCESS);
		assert_int_equal(look_up("user9"), NSS_STATUS_NOTFOUND);
	}
	/* The clock may have come to where a look is due. */
	assert_true(opened <= 4);
}

/* NSS-15: with no fd left, who has a snapshot goes on with it. */
static void without_an_fd_old_answers_stay_and_new_ones_are_not_made_up(void **state)
{
	struct published what = small;

	(void)state;
	publish(&what);
	published_forget();
	assert_int_equal(look_up("user0"), NSS_STATUS_SUCCESS);
	what.users = 6;
	publish(&what);
	open_fails = true;
	assert_int_equal(look_up("user0"), NSS_STATUS_SUCCESS);
	published_forget();
	expect_everything_unavailable();
	open_fails = false;
	assert_int_equal(look_up("user5"), NSS_STATUS_SUCCESS);
}

/* A base with the delta of another one knows less than the base and delta before. */
static void files_that_do_not_belong_together_are_not_preferred(void **state)
{
	(void)state;
	storming = small;
	publish(&storming);
	published_forget();
	assert_int_equal(look_up("user9"), NSS_STATUS_NOTFOUND);
	for (unsigned int times = 1; times < 5; times++) {
		storming.generation++;
		publish(&storming);
		storms = times;
		assert_int_equal(look_up("user9"), NSS_STATUS_NOTFOUND);
		storms = 0;
	}
	/* At the first time there is nothing before. */
	published_forget();
	storms = 2;
	assert_int_equal(look_up("user9"), NSS_STATUS_NOTFOUND);
	published_forget();
	storms = 3;
	assert_int_equal(look_up("user9"), NSS_STATUS_UNAVAIL);
	assert_int_equal(look_up("user9"), NSS_STATUS_NOTFOUND);
}

static bool mmap_fails;

void *__real_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	if (!mmap_fails)
		return __real_mmap(at, size, protection, flags, fd, offset);
	errno = ENOMEM;
	return MAP_FAILED;
}

static unsigned int open_fds(void)
{
	unsigned int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* NSS-15: as under a low RLIMIT_AS. */
static void without_address_space_nobody_can_tell(void **state)
{
	struct published what = small;
	const unsigned int before = open_fds();

	(void)state;
	publish(&what);
	published_forget();
	mmap_fails = true;
	expect_everything_unavailable();
	mmap_fails = false;
	assert_int_equal(look_up("user0"), NSS_STATUS_SUCCESS);
	what.users = 6;
	publish(&what);
	mmap_fails = true;
	assert_int_equal(look_up("user0"), NSS_STATUS_SUCCESS);
	mmap_fails = false;
	assert_int_equal(look_up("user5"), NSS_STATUS_SUCCESS);
	assert_int_equal(open_fds(), before);
}

/* Nothing is kept open, so a program that closes all fds takes nothing of ours (NSS-14). */
static void nothing_stays_open(void **state)
{
	const unsigned int before = open_fds();

	(void)state;
	publish(&small);
	published_forget();
	assert_int_equal(look_up("user0"), NSS_STATUS_SUCCESS);
	assert_int_equal(open_fds(), before);
}

static void *look_up_and_be_cancelled(void *unused)
{
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	(void)pthread_cancel(pthread_self());
	(void)pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	/* open(2) would be where it ends. */
	(void)look_up("user0");
	pthread_testcancel();
	return unused;
}

/* NSS-12: a thread that is cancelled while it maps leaves the others able to. */
static void a_cancelled_thread_leaves_nothing_taken(void **state)
{
	const unsigned int before = open_fds();
	struct published what = small;
	pthread_t thread;
	void *result;

	(void)state;
	publish(&what);
	published_forget();
	for (; what.users < 10; what.users++) {
		publish(&what);
		assert_int_equal(pthread_create(&thread, NULL, look_up_and_be_cancelled, NULL), 0);
		assert_int_equal(pthread_join(thread, &result), 0);
		assert_ptr_equal(result, PTHREAD_CANCELED);
	}
	assert_int_equal(look_up("user8"), NSS_STATUS_SUCCESS);
	assert_int_equal(open_fds(), before);
}

static _Atomic bool waiter_helps;

int __real_nanosleep(const struct timespec *pause, struct timespec *left);
int __wrap_nanosleep(const struct timespec *pause, struct timespec *left);
int __wrap_nanosleep(const struct timespec *pause, struct timespec *left)
{
	if (atomic_exchange(&waiter_helps, false))
		(void)sem_post(&may_go);
	return __real_nanosleep(pause, left);
}

static void *look_up_user0(void *ret)
{
	*(enum nss_status *)ret = look_up("user0");
	return NULL;
}

/* A thread in its first lookup while another thread is still mapping for the first time. */
static void a_second_thread_waits_for_the_first_snapshot(void **state)
{
	enum nss_status first = NSS_STATUS_UNAVAIL, second = NSS_STATUS_UNAVAIL;
	pthread_t threads[2];

	(void)state;
	publish(&small);
	published_forget();
	assert_int_equal(sem_init(&standing, 0, 0), 0);
	assert_int_equal(sem_init(&may_go, 0, 0), 0);
	open_stands = true;
	assert_int_equal(pthread_create(&threads[0], NULL, look_up_user0, &first), 0);
	assert_int_equal(sem_wait(&standing), 0);
	/* Not for ever: a thread that hangs in there holds up nobody else. */
	assert_int_equal(look_up("user0"), NSS_STATUS_UNAVAIL);
	/* The second lets the first go when it waits for it. */
	waiter_helps = true;
	assert_int_equal(pthread_create(&threads[1], NULL, look_up_user0, &second), 0);
	assert_int_equal(pthread_join(threads[1], NULL), 0);
	assert_int_equal(sem_post(&may_go), 0);
	assert_int_equal(pthread_join(threads[0], NULL), 0);
	assert_int_equal(first, NSS_STATUS_SUCCESS);
	assert_int_equal(second, NSS_STATUS_SUCCESS);
}

/* A child of a process one of whose threads was mapping. */
static void a_forked_child_maps_for_itself(void **state)
{
	struct published what = small;
	int status;

	(void)state;
	publish(&what);
	published_forget();
	assert_int_equal(look_up("user0"), NSS_STATUS_SUCCESS);
	what.users = 6;
	publish(&what);
	/* Taken by the parent, whose thread does not exist in the child. */
	atomic_store(&nss_source.owner, getpid());
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		char buffer[256];
		struct passwd user;
		int error;

		_exit(_nss_userpool_getpwnam_r("user5", &user, buffer, sizeof(buffer), &error) ==
				      NSS_STATUS_SUCCESS
			      ? 0
			      : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	/* The parent's other threads go on with what they have. */
	assert_int_equal(look_up("user5"), NSS_STATUS_NOTFOUND);
	atomic_store(&nss_source.owner, 0);
	assert_int_equal(look_up("user5"), NSS_STATUS_SUCCESS);
}

#define STACK_SIZE  (256 * 1024)
#define STACK_PAINT 0xa5

static void *look_everything_up(void *is_asked)
{
	char buffer[512];
	struct group group;
	long start = 0, size = 0;
	gid_t *groups = NULL;
	int error;

	if (is_asked == NULL)
		return NULL;
	(void)look_up("user0");
	(void)_nss_userpool_getgrnam_r("group0", &group, buffer, sizeof(buffer), &error);
	(void)_nss_userpool_initgroups_dyn("user0", 1, &start, &size, &groups, 0, &error);
	free(groups);
	return NULL;
}

static size_t stack_used_by(void *is_asked)
{
	uint8_t *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	pthread_attr_t attributes;
	pthread_t thread;
	size_t unused = 0;

	assert_true(stack != MAP_FAILED);
	memset(stack, STACK_PAINT, STACK_SIZE);
	assert_int_equal(pthread_attr_init(&attributes), 0);
	assert_int_equal(pthread_attr_setstack(&attributes, stack, STACK_SIZE), 0);
	assert_int_equal(pthread_create(&thread, &attributes, look_everything_up, is_asked), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(pthread_attr_destroy(&attributes), 0);
	/* Past memcheck, to which what is below a stack is no memory. */
	static uint8_t seen[STACK_SIZE];
	int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	assert_true(memory >= 0);
	assert_int_equal(pread(memory, seen, STACK_SIZE, (off_t)(uintptr_t)stack), STACK_SIZE);
	assert_int_equal(close(memory), 0);
	while (unused < STACK_SIZE && seen[unused] == STACK_PAINT)
		unused++;
	assert_int_equal(munmap(stack, STACK_SIZE), 0);
	return STACK_SIZE - unused;
}

/* NSS-15 */
static void a_lookup_needs_little_stack(void **state)
{
	bool yes = true;

	(void)state;
	publish(&small);
	published_forget();
	const size_t idle = stack_used_by(NULL);
	const size_t asked = stack_used_by(&yes);
	assert_true(asked > idle);
#ifndef UP_SANITIZED
	assert_in_range(asked - idle, 1, 16384);
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lookups_open_nothing_while_nothing_changes),
		cmocka_unit_test(without_an_fd_old_answers_stay_and_new_ones_are_not_made_up),
		cmocka_unit_test(files_that_do_not_belong_together_are_not_preferred),
		cmocka_unit_test(without_address_space_nobody_can_tell),
		cmocka_unit_test(nothing_stays_open),
		cmocka_unit_test(a_cancelled_thread_leaves_nothing_taken),
		cmocka_unit_test(a_second_thread_waits_for_the_first_snapshot),
		cmocka_unit_test(a_forked_child_maps_for_itself),
		cmocka_unit_test(a_lookup_needs_little_stack),
	};

	return cmocka_run_group_tests(tests, published_open, published_close);
}
