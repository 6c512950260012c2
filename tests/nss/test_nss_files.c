/* SPDX-License-Identifier: MIT */
/* What becomes of answers when the files are missing, damaged, partial, taken away or replaced. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/snapshot_format.h"
#include "nss/internal.h"
#include "tests/lib/testing.h"
#include "tests/nss/entry_points.h"
#include "tests/nss/published.h"

static const struct published small = { .users = 5, .groups = 2, .members = 5, .generation = 1 };

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
	};

	return cmocka_run_group_tests(tests, published_open, published_close);
}
