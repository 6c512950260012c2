/* SPDX-License-Identifier: MIT */
/* What becomes of answers when the files are missing, damaged, partial, taken away or replaced, and
 * when the process lacks what it takes to read them. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/snapshot_format.h"
#include "nss/internal.h"
#include "tests/lib/testing.h"
#include "tests/nss/entry_points.h"
#include "tests/nss/published.h"

static const struct published small = { .users = 5, .groups = 2, .members = 5, .generation = 1 };

static enum nss_status look_up(const char *name)
{
	char buffer[256];
	struct passwd user;
	int error = 0;
	enum nss_status status =
		_nss_userpool_getpwnam_r(name, &user, buffer, sizeof(buffer), &error);

	if (status == NSS_STATUS_SUCCESS)
		assert_string_equal(user.pw_name, name);
	else
		assert_int_equal(error, status == NSS_STATUS_NOTFOUND ? ENOENT : EAGAIN);
	return status;
}

/* L3, NSS-09: every entry point. */
static void expect_everything_unavailable(void)
{
	char buffer[1024];
	struct passwd user;
	struct group group;
	gid_t *groups = NULL;
	long start = 0, size = 0;
	int error = 0;

	assert_int_equal(look_up("user0"), NSS_STATUS_UNAVAIL);
	assert_int_equal(look_up("root"), NSS_STATUS_UNAVAIL);
	assert_int_equal(
		_nss_userpool_getpwuid_r(PUBLISHED_UID, &user, buffer, sizeof(buffer), &error),
		NSS_STATUS_UNAVAIL);
	assert_int_equal(_nss_userpool_setpwent(0), NSS_STATUS_SUCCESS);
	assert_int_equal(_nss_userpool_getpwent_r(&user, buffer, sizeof(buffer), &error),
			 NSS_STATUS_UNAVAIL);
	assert_int_equal(_nss_userpool_getgrnam_r("group0", &group, buffer, sizeof(buffer), &error),
			 NSS_STATUS_UNAVAIL);
	assert_int_equal(
		_nss_userpool_getgrgid_r(PUBLISHED_GID, &group, buffer, sizeof(buffer), &error),
		NSS_STATUS_UNAVAIL);
	assert_int_equal(_nss_userpool_setgrent(0), NSS_STATUS_SUCCESS);
	assert_int_equal(_nss_userpool_getgrent_r(&group, buffer, sizeof(buffer), &error),
			 NSS_STATUS_UNAVAIL);
	assert_int_equal(
		_nss_userpool_initgroups_dyn("user0", 1, &start, &size, &groups, 0, &error),
		NSS_STATUS_UNAVAIL);
	assert_int_equal(error, EAGAIN);
	assert_int_equal(start, 0);
}

static void without_a_snapshot_nobody_can_tell(void **state)
{
	(void)state;
	(void)unlink(published_base);
	(void)unlink(published_delta);
	published_forget();
	expect_everything_unavailable();
	/* It is there from the moment it is. */
	publish(&small);
	assert_int_equal(look_up("user0"), NSS_STATUS_SUCCESS);
	assert_int_equal(look_up("user9"), NSS_STATUS_NOTFOUND);
}

/* Without the delta what is new is not known; what is known is. */
static void without_a_delta_only_hits_count(void **state)
{
	(void)state;
	publish(&small);
	assert_int_equal(unlink(published_delta), 0);
	published_forget();
	assert_int_equal(look_up("user0"), NSS_STATUS_SUCCESS);
	assert_int_equal(look_up("user9"), NSS_STATUS_UNAVAIL);
	publish(&small);
	assert_int_equal(unlink(published_base), 0);
	published_forget();
	expect_everything_unavailable();
}

static void set_header(const char *path, void (*change)(struct up_snapshot_header *header))
{
	size_t size;
	_auto_(free) uint8_t *bytes = published_read(path, &size);
	struct up_snapshot_header header;

	memcpy(&header, bytes, sizeof(header));
	change(&header);
	header.header_sum = up_snapshot_header_sum(&header);
	memcpy(bytes, &header, sizeof(header));
	published_put(path, bytes, size);
}

static void make_partial(struct up_snapshot_header *header)
{
	header->is_complete = 0;
}

static void a_partial_snapshot_never_says_no(void **state)
{
	char buffer[256];
	struct passwd user;
	int error = 0;

	(void)state;
	publish(&small);
	set_header(published_base, make_partial);
	published_forget();
	assert_int_equal(look_up("user0"), NSS_STATUS_SUCCESS);
	assert_int_equal(look_up("user9"), NSS_STATUS_UNAVAIL);
	/* Nor is the end of an enumeration the end of all there are. */
	assert_int_equal(_nss_userpool_setpwent(0), NSS_STATUS_SUCCESS);
	for (uint32_t i = 0; i < small.users; i++)
		assert_int_equal(_nss_userpool_getpwent_r(&user, buffer, sizeof(buffer), &error),
				 NSS_STATUS_SUCCESS);
	assert_int_equal(_nss_userpool_getpwent_r(&user, buffer, sizeof(buffer), &error),
			 NSS_STATUS_UNAVAIL);
}

/* NSS-19: cut at any length it is not mapped. */
static void a_base_of_any_other_length_is_no_snapshot(void **state)
{
	size_t size;

	(void)state;
	publish(&small);
	_auto_(free) uint8_t *bytes = published_read(published_base, &size);
	for (size_t length = 0; length < size; length++) {
		published_put(published_base, bytes, length);
		published_forget();
		assert_int_equal(look_up("user0"), NSS_STATUS_UNAVAIL);
	}
	_auto_(free) uint8_t *longer = calloc(1, size + 8);
	assert_non_null(longer);
	memcpy(longer, bytes, size);
	published_put(published_base, longer, size + 8);
	published_forget();
	assert_int_equal(look_up("user0"), NSS_STATUS_UNAVAIL);
	published_put(published_base, bytes, size);
	published_forget();
	assert_int_equal(look_up("user0"), NSS_STATUS_SUCCESS);
}

/* NSS-20: a header with one bit changed is no header, but for what says nothing about the data. */
static void a_header_with_a_changed_bit_is_no_snapshot(void **state)
{
	static const size_t free_from = offsetof(struct up_snapshot_header, data_sum);
	const char *const files[] = { published_base, published_delta };

	(void)state;
	for (size_t file = 0; file < UP_COUNT(files); file++) {
		size_t size;

		publish(&small);
		_auto_(free) uint8_t *bytes = published_read(files[file], &size);
		for (size_t bit = 0; bit < sizeof(struct up_snapshot_header) * 8; bit++) {
			const bool is_free = bit / 8 >= free_from;

			bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ (1u << bit % 8));
			published_put(files[file], bytes, size);
			published_forget();
			assert_int_equal(look_up("user0"), is_free || file == 1
								   ? NSS_STATUS_SUCCESS
								   : NSS_STATUS_UNAVAIL);
			assert_int_equal(look_up("user9"),
					 is_free ? NSS_STATUS_NOTFOUND : NSS_STATUS_UNAVAIL);
			bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ (1u << bit % 8));
		}
	}
}

/* NSS-20: whatever bit has changed behind the header, nobody gets another's name or id. */
static void damaged_data_never_answers_for_another(void **state)
{
	size_t size;

	(void)state;
	publish(&small);
	_auto_(free) uint8_t *bytes = published_read(published_base, &size);
	for (size_t bit = sizeof(struct up_snapshot_header) * 8; bit < size * 8; bit++) {
		char buffer[1024];
		struct passwd user;
		struct group group;
		int error;

		bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ (1u << bit % 8));
		published_put(published_base, bytes, size);
		published_forget();
		(void)look_up("user0");
		(void)look_up("user9");
		if (_nss_userpool_getpwuid_r(PUBLISHED_UID + 1, &user, buffer, sizeof(buffer),
					     &error) == NSS_STATUS_SUCCESS)
			assert_int_equal(user.pw_uid, PUBLISHED_UID + 1);
		(void)_nss_userpool_getgrnam_r("group1", &group, buffer, sizeof(buffer), &error);
		bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ (1u << bit % 8));
	}
}

/* What others may have written is not read. */
static void a_file_that_others_may_write_is_not_trusted(void **state)
{
	static const struct {
		mode_t file, directory;
	} modes[] = { { 0664, 0755 }, { 0646, 0755 }, { 0644, 0775 }, { 0644, 0757 } };

	(void)state;
	publish(&small);
	for (size_t i = 0; i < UP_COUNT(modes); i++) {
		published_forget();
		assert_int_equal(chmod(published_base, modes[i].file), 0);
		assert_int_equal(chmod(published_directory, modes[i].directory), 0);
		assert_int_equal(look_up("user0"), NSS_STATUS_UNAVAIL);
		assert_int_equal(chmod(published_base, 0644), 0);
		assert_int_equal(chmod(published_directory, 0755), 0);
	}
	assert_int_equal(look_up("user0"), NSS_STATUS_SUCCESS);
}

static void only_a_plain_file_is_a_snapshot(void **state)
{
	char target[128];

	(void)state;
	publish(&small);
	(void)snprintf(target, sizeof(target), "%s.real", published_base);
	assert_int_equal(rename(published_base, target), 0);
	assert_int_equal(symlink(target, published_base), 0);
	published_forget();
	assert_int_equal(look_up("user0"), NSS_STATUS_UNAVAIL);
	assert_int_equal(unlink(published_base), 0);
	assert_int_equal(mkdir(published_base, 0755), 0);
	assert_int_equal(look_up("user0"), NSS_STATUS_UNAVAIL);
	assert_int_equal(rmdir(published_base), 0);
	/* Nobody writes to it: opening it must not wait. */
	assert_int_equal(mkfifo(published_base, 0644), 0);
	assert_int_equal(look_up("user0"), NSS_STATUS_UNAVAIL);
	assert_int_equal(unlink(published_base), 0);
	assert_int_equal(unlink(target), 0);
}

/* How many snapshot files are mapped, the deleted ones apart. */
static void count_mappings(unsigned int *named, unsigned int *deleted)
{
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "re");

	assert_non_null(maps);
	*named = *deleted = 0;
	while (fgets(line, sizeof(line), maps) != NULL)
		if (strstr(line, published_directory) != NULL)
			*(strstr(line, "(deleted)") != NULL ? deleted : named) += 1;
	assert_int_equal(fclose(maps), 0);
}

static void a_replaced_snapshot_is_seen_at_once_and_the_old_one_let_go(void **state)
{
	struct published what = small;
	unsigned int named, deleted;

	(void)state;
	publish(&what);
	published_forget();
	for (what.users = 6; what.users < 30; what.users++) {
		char name[16], missing[16];

		(void)snprintf(name, sizeof(name), "user%u", what.users - 1);
		(void)snprintf(missing, sizeof(missing), "user%u", what.users);
		assert_int_equal(look_up(name), NSS_STATUS_NOTFOUND);
		what.generation++;
		publish(&what);
		assert_int_equal(look_up(name), NSS_STATUS_SUCCESS);
		assert_int_equal(look_up(missing), NSS_STATUS_NOTFOUND);
		count_mappings(&named, &deleted);
		assert_int_equal(named, 2);
		assert_int_equal(deleted, 0);
	}
	publish_change(&what);
	assert_int_equal(look_up("newcomer"), NSS_STATUS_SUCCESS);
	assert_int_equal(look_up("user0"), NSS_STATUS_NOTFOUND);
	count_mappings(&named, &deleted);
	assert_int_equal(named, 2);
	assert_int_equal(deleted, 0);
}

/* A pinned view is what a thread reads in that is late. */
static void a_reader_keeps_what_it_reads(void **state)
{
	struct published what = small;
	struct up_snapshot_user user;

	(void)state;
	publish(&what);
	published_forget();
	struct up_snapshot *late = up_snapshot_acquire(&nss_source);
	assert_non_null(late);
	for (int i = 0; i < 20; i++) {
		what.generation++;
		publish(&what);
		assert_int_equal(look_up("user0"), NSS_STATUS_SUCCESS);
	}
	assert_int_equal(up_snapshot_user_by_name(late, "user0", &user), UP_FOUND);
	assert_string_equal(user.text + user.gecos, "User 0 of 1");
	up_snapshot_release(late);
}

static time_t clock_offset;

int __real_clock_gettime(clockid_t clock, struct timespec *ret);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
	int rc = __real_clock_gettime(clock, ret);

	ret->tv_sec += clock_offset;
	return rc;
}

/* NSS-19: files that somebody took away, or put there, say nothing to who has the old ones mapped.
 */
static void files_taken_away_are_missed_before_long(void **state)
{
	struct published what = small;
	unsigned int named, deleted;

	(void)state;
	publish(&what);
	published_forget();
	assert_int_equal(look_up("user5"), NSS_STATUS_NOTFOUND);
	assert_int_equal(unlink(published_base), 0);
	assert_int_equal(unlink(published_delta), 0);
	/* Nothing better is known. */
	clock_offset += 60;
	assert_int_equal(look_up("user0"), NSS_STATUS_SUCCESS);
	assert_int_equal(look_up("user5"), NSS_STATUS_NOTFOUND);
	/* The daemon starts anew. */
	what.users = 6;
	publish(&what);
	clock_offset += 60;
	assert_int_equal(look_up("user5"), NSS_STATUS_SUCCESS);
	count_mappings(&named, &deleted);
	assert_int_equal(named, 2);
	assert_int_equal(deleted, 0);
}

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
	assert_int_equal(pthread_create(&threads[1], NULL, look_up_user0, &second), 0);
	(void)usleep(20000);
	assert_int_equal(sem_post(&may_go), 0);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
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
	while (unused < STACK_SIZE && stack[unused] == STACK_PAINT)
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
		cmocka_unit_test(without_a_snapshot_nobody_can_tell),
		cmocka_unit_test(without_a_delta_only_hits_count),
		cmocka_unit_test(a_partial_snapshot_never_says_no),
		cmocka_unit_test(a_base_of_any_other_length_is_no_snapshot),
		cmocka_unit_test(a_header_with_a_changed_bit_is_no_snapshot),
		cmocka_unit_test(damaged_data_never_answers_for_another),
		cmocka_unit_test(a_file_that_others_may_write_is_not_trusted),
		cmocka_unit_test(only_a_plain_file_is_a_snapshot),
		cmocka_unit_test(a_replaced_snapshot_is_seen_at_once_and_the_old_one_let_go),
		cmocka_unit_test(a_reader_keeps_what_it_reads),
		cmocka_unit_test(files_taken_away_are_missed_before_long),
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
