/* SPDX-License-Identifier: MIT */
/* One process looks things up in files that are whole, bent, foreign, or replaced meanwhile. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/common/inspect.h"
#include "tests/common/published.h"
#include "tests/lib/prop.h"
#include "tests/lib/scratch.h"
#include "tests/lib/testing.h"

static struct published p;

static int make_place(void **state)
{
	(void)state;
	published_open(&p);
	return 0;
}

static int remove_place(void **state)
{
	(void)state;
	published_close(&p);
	return 0;
}

static enum up_found user_named(const struct up_snapshot *snapshot, const char *name)
{
	struct up_snapshot_user user;

	return up_snapshot_user_by_name(snapshot, name, &user);
}

static void answers_hits_and_misses(void **state)
{
	struct up_snapshot_user user;
	struct up_snapshot_group group;
	const char *member = NULL;
	uint32_t gid = 0;

	(void)state;
	published_base(&p, 100, 10, true, 3);
	published_delta(&p, 0, 0, 3, 3);
	struct up_snapshot *s = up_snapshot_acquire(&p.source);
	assert_non_null(s);
	assert_int_equal(up_snapshot_user_by_name(s, "user42", &user), UP_FOUND);
	assert_int_equal(user.uid, IMAGE_FIRST_UID + 42);
	assert_string_equal(user.text, "user42");
	assert_string_equal(user.text + user.gecos, "g3");
	assert_string_equal(user.text + user.home, "/home/g3");
	assert_string_equal(user.text + user.shell, "/bin/sh");
	assert_int_equal(user.gid_count, 1);
	assert_int_equal(up_snapshot_gid(s, &user, 0, &gid), UP_FOUND);
	assert_int_equal(gid, IMAGE_FIRST_GID + 2);
	assert_int_equal(up_snapshot_user_by_uid(s, IMAGE_FIRST_UID + 99, &user), UP_FOUND);
	assert_string_equal(user.text, "user99");
	assert_int_equal(up_snapshot_group_by_gid(s, IMAGE_FIRST_GID + 9, &group), UP_FOUND);
	assert_string_equal(group.name, "group9");
	assert_int_equal(up_snapshot_members_most(&group), 10);
	assert_int_equal(up_snapshot_member(s, &group, 1, &member), UP_FOUND);
	assert_string_equal(member, "user19");
	assert_int_equal(up_snapshot_group_by_name(s, "group0", &group), UP_FOUND);
	assert_int_equal(group.gid, IMAGE_FIRST_GID);
	assert_int_equal(user_named(s, "user100"), UP_ABSENT);
	assert_int_equal(user_named(s, ""), UP_ABSENT);
	assert_int_equal(up_snapshot_user_by_uid(s, 0, &user), UP_ABSENT);
	assert_int_equal(up_snapshot_group_by_name(s, "user1", &group), UP_ABSENT);
	assert_int_equal(up_snapshot_group_by_gid(s, UINT32_MAX, &group), UP_ABSENT);
	inspect_snapshot(s);
	up_snapshot_release(s);
}

static void every_record_is_found_and_counted_once(void **state)
{
	(void)state;
	for (uint32_t users = 0; users < 70; users += 1 + users / 8) {
		struct up_snapshot_user user;
		uint64_t cursor = 0;
		uint32_t seen = 0;

		published_reopen(&p);
		published_base(&p, users, users / 3, true, 1);
		published_delta(&p, 0, 0, 1, 1);
		struct up_snapshot *s = up_snapshot_acquire(&p.source);
		assert_non_null(s);
		for (; up_snapshot_user_next(s, &cursor, &user) == UP_FOUND; cursor++)
			seen++;
		assert_int_equal(seen, users);
		for (uint32_t i = 0; i < users + 5; i++)
			assert_int_equal(up_snapshot_user_by_uid(s, IMAGE_FIRST_UID + i, &user),
					 i < users ? UP_FOUND : UP_ABSENT);
		up_snapshot_release(s);
	}
}

/* L3 */
static void a_partial_snapshot_never_says_no(void **state)
{
	struct up_snapshot_group group;
	struct up_snapshot_user user;

	(void)state;
	published_base(&p, 10, 2, false, 1);
	published_delta(&p, 0, 0, 1, 1);
	struct up_snapshot *s = up_snapshot_acquire(&p.source);
	assert_int_equal(user_named(s, "user9"), UP_FOUND);
	assert_int_equal(user_named(s, "user10"), UP_UNKNOWN);
	assert_int_equal(up_snapshot_user_by_uid(s, 5000, &user), UP_UNKNOWN);
	assert_int_equal(up_snapshot_group_by_name(s, "nope", &group), UP_UNKNOWN);
	assert_int_equal(up_snapshot_group_by_gid(s, 5000, &group), UP_UNKNOWN);
	up_snapshot_release(s);
}

/* Without its delta a base cannot know what is new: it may say yes, and never no. */
static void a_base_alone_never_says_no(void **state)
{
	(void)state;
	published_base(&p, 10, 2, true, 1);
	struct up_snapshot *s = up_snapshot_acquire(&p.source);
	assert_int_equal(user_named(s, "user9"), UP_FOUND);
	assert_int_equal(user_named(s, "user10"), UP_UNKNOWN);
	up_snapshot_release(s);
}

static void without_a_base_there_is_no_snapshot(void **state)
{
	(void)state;
	assert_null(up_snapshot_acquire(&p.source));
	published_delta(&p, 10, 2, 1, 1);
	assert_null(up_snapshot_acquire(&p.source));
	up_snapshot_release(NULL);
}

static void a_delta_adds_changes_and_removes(void **state)
{
	struct up_snapshot_user user;

	(void)state;
	published_base(&p, 5, 1, true, 1);
	/* user0 to user6 as they are in generation 2, but user1 is no more. */
	struct image delta = image_make_delta(7, 1, 2, 1);
	struct up_user_record *records = image_section(&delta, UP_SECTION_USERS);
	records[1].size = 0;
	records[1].text = 0;
	published_put(&p, UP_SNAPSHOT_DELTA, &delta);
	image_free(&delta);
	struct up_snapshot *s = up_snapshot_acquire(&p.source);
	assert_int_equal(up_snapshot_user_by_name(s, "user0", &user), UP_FOUND);
	assert_string_equal(user.text + user.gecos, "g2");
	assert_int_equal(up_snapshot_user_by_name(s, "user6", &user), UP_FOUND);
	assert_int_equal(user_named(s, "user1"), UP_ABSENT);
	assert_int_equal(up_snapshot_user_by_uid(s, IMAGE_FIRST_UID + 1, &user), UP_ABSENT);
	assert_int_equal(user_named(s, "user7"), UP_ABSENT);
	inspect_snapshot(s);
	up_snapshot_release(s);
}

static void a_delta_of_another_base_changes_nothing(void **state)
{
	static const struct {
		uint32_t of_base;
		enum up_found missing;
	} cases[] = { { 1, UP_ABSENT }, { 3, UP_UNKNOWN } };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		struct up_snapshot_user user;

		published_reopen(&p);
		published_base(&p, 5, 1, true, 2);
		published_delta(&p, 7, 1, 9, cases[i].of_base);
		struct up_snapshot *s = up_snapshot_acquire(&p.source);
		assert_int_equal(up_snapshot_user_by_name(s, "user0", &user), UP_FOUND);
		assert_string_equal(user.text + user.gecos, "g2");
		/* An older delta is in this base already; a newer one tells of a newer base. */
		assert_int_equal(user_named(s, "user6"), cases[i].missing);
		up_snapshot_release(s);
	}
}

/* Every byte of a header that counts, flipped every way: NSS-20. */
static void every_flipped_byte_of_a_header_is_noticed(void **state)
{
	struct image image = image_make(3, 2, true, 1);

	(void)state;
	for (size_t i = 0; i < offsetof(struct up_snapshot_header, data_sum); i++)
		for (int bit = 0; bit < 8; bit++) {
			image.data[i] ^= (uint8_t)(1 << bit);
			published_reopen(&p);
			published_put(&p, UP_SNAPSHOT_BASE, &image);
			assert_null(up_snapshot_acquire(&p.source));
			image.data[i] ^= (uint8_t)(1 << bit);
		}
	image_free(&image);
}

/* Whoever can write the file can make the sum right as well. */
static void a_header_with_a_right_sum_is_checked_all_the_same(void **state)
{
	struct image good = image_make(3, 2, true, 1);
	const uint64_t length = good.len;

	(void)state;
	for (int section = 0; section < UP_SECTIONS; section++) {
		const struct up_section_place place = image_head(&good)->section[section];
		const struct up_section_place bad[] = {
			{ 0, place.count },
			{ sizeof(struct up_snapshot_header) - 8, place.count },
			{ place.offset + 1, place.count },
			{ place.offset + 4, place.count },
			{ length, place.count + 1 },
			{ length + 8, 0 },
			{ UINT64_MAX - 7, place.count },
			{ UINT64_MAX, place.count },
			{ place.offset, length },
			{ place.offset, UINT32_MAX },
			{ place.offset, (uint64_t)UINT32_MAX + 1 },
			{ place.offset, UINT64_MAX },
			{ place.offset, UINT64_MAX / 4 + 1 },
		};

		for (size_t i = 0; i < UP_COUNT(bad); i++) {
			image_head(&good)->section[section] = bad[i];
			image_seal(&good);
			published_reopen(&p);
			published_put(&p, UP_SNAPSHOT_BASE, &good);
			if (up_snapshot_acquire(&p.source) != NULL)
				fail_msg("section %d, bad place %zu", section, i);
		}
		image_head(&good)->section[section] = place;
	}
	image_free(&good);
}

static void a_table_of_no_power_of_two_is_refused(void **state)
{
	static const uint64_t counts[] = { 0, 3, 5, 12, 15 };
	struct image image = image_make(3, 2, true, 1);

	(void)state;
	for (int table = UP_SECTION_BY_NAME; table <= UP_SECTION_BY_GID; table++) {
		const uint64_t kept = image_head(&image)->section[table].count;

		for (size_t i = 0; i < UP_COUNT(counts); i++) {
			image_head(&image)->section[table].count = counts[i];
			image_seal(&image);
			published_reopen(&p);
			published_put(&p, UP_SNAPSHOT_BASE, &image);
			assert_null(up_snapshot_acquire(&p.source));
		}
		image_head(&image)->section[table].count = kept;
	}
	image_free(&image);
}

/* NSS-20: cyclic probes are walked once. */
static void a_table_without_a_free_place_ends_in_unknown(void **state)
{
	struct image image = image_make(3, 2, true, 1);
	struct up_snapshot_user user;
	struct up_snapshot_group group;

	(void)state;
	for (int table = UP_SECTION_BY_NAME; table <= UP_SECTION_BY_GID; table++) {
		struct up_table_place *places = image_section(&image, (enum up_section)table);

		for (uint64_t i = 0; i < image_head(&image)->section[table].count; i++)
			places[i].record = 1;
	}
	published_put(&p, UP_SNAPSHOT_BASE, &image);
	published_delta(&p, 0, 0, 1, 1);
	struct up_snapshot *s = up_snapshot_acquire(&p.source);
	assert_non_null(s);
	assert_int_equal(user_named(s, "nobody-there"), UP_UNKNOWN);
	assert_int_not_equal(up_snapshot_user_by_uid(s, 7, &user), UP_FOUND);
	assert_int_equal(up_snapshot_group_by_name(s, "nobody-there", &group), UP_UNKNOWN);
	assert_int_equal(up_snapshot_group_by_gid(s, 7, &group), UP_UNKNOWN);
	up_snapshot_release(s);
	image_free(&image);
}

static void strings_end_inside_of_their_section(void **state)
{
	struct image image = image_make(3, 2, true, 1);
	char *strings = image_section(&image, UP_SECTION_STRINGS);
	const uint64_t size = image_head(&image)->section[UP_SECTION_STRINGS].count;

	(void)state;
	strings[size - 1] = 'x';
	published_put(&p, UP_SNAPSHOT_BASE, &image);
	assert_null(up_snapshot_acquire(&p.source));
	strings[size - 1] = '\0';
	strings[0] = 'x';
	published_put(&p, UP_SNAPSHOT_BASE, &image);
	assert_null(up_snapshot_acquire(&p.source));
	image_free(&image);
}

/* Behind the header nothing is summed: each answer must stay inside all the same. */
static void every_flipped_byte_of_the_data_stays_inside(void **state)
{
	struct image image = image_make(3, 2, true, 1);

	(void)state;
	for (size_t i = sizeof(struct up_snapshot_header); i < image.len; i++)
		for (int bit = 0; bit < 8; bit += 1 + (int)(i % 3)) {
			image.data[i] ^= (uint8_t)(1 << bit);
			published_reopen(&p);
			published_put(&p, UP_SNAPSHOT_BASE, &image);
			published_delta(&p, 0, 0, 1, 1);
			struct up_snapshot *s = up_snapshot_acquire(&p.source);
			if (s != NULL)
				inspect_snapshot(s);
			up_snapshot_release(s);
			image.data[i] ^= (uint8_t)(1 << bit);
		}
	image_free(&image);
}

static void a_file_of_another_length_is_refused(void **state)
{
	struct image image = image_make(3, 2, true, 1);
	const size_t len = image.len;

	(void)state;
	image.data = realloc(image.data, len + 4096);
	memset(image.data + len, 0, 4096);
	for (size_t cut = 0; cut <= len + 9; cut++) {
		image.len = cut;
		published_reopen(&p);
		published_put(&p, UP_SNAPSHOT_BASE, &image);
		struct up_snapshot *s = up_snapshot_acquire(&p.source);
		assert_int_equal(s != NULL, cut == len);
		up_snapshot_release(s);
	}
	image_free(&image);
}

static void a_file_that_others_may_write_is_refused(void **state)
{
	static const struct {
		mode_t file, directory;
		bool is_good;
	} cases[] = {
		{ 0644, 0755, true },  { 0600, 0700, true },  { 0444, 0755, true },
		{ 0664, 0755, false }, { 0646, 0755, false }, { 0666, 0755, false },
		{ 0644, 0775, false }, { 0644, 0757, false }, { 0644, 01777, false },
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		published_reopen(&p);
		published_base(&p, 3, 2, true, 1);
		assert_int_equal(chmod(p.base_path, cases[i].file), 0);
		assert_int_equal(chmod(p.directory, cases[i].directory), 0);
		struct up_snapshot *s = up_snapshot_acquire(&p.source);
		assert_int_equal(s != NULL, cases[i].is_good);
		up_snapshot_release(s);
		assert_int_equal(chmod(p.directory, 0700), 0);
	}
}

static void a_file_of_another_user_is_refused(void **state)
{
	static const struct {
		uid_t file, directory;
		bool is_good;
	} cases[] = {
		{ 0, 0, true },      { 0, 12345, true },      { 12345, 12345, true },
		{ 12345, 0, false }, { 12345, 12346, false },
	};

	(void)state;
	if (geteuid() != 0) {
		print_message("not root: cannot give a file away\n");
		return;
	}
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		published_reopen(&p);
		published_base(&p, 3, 2, true, 1);
		assert_int_equal(chown(p.base_path, cases[i].file, 0), 0);
		assert_int_equal(chown(p.directory, cases[i].directory, 0), 0);
		struct up_snapshot *s = up_snapshot_acquire(&p.source);
		assert_int_equal(s != NULL, cases[i].is_good);
		up_snapshot_release(s);
	}
}

static void only_a_regular_file_is_mapped(void **state)
{
	(void)state;
	published_base(&p, 3, 2, true, 1);
	_auto_(free) char *real = scratch_path(p.directory, "real");
	assert_int_equal(rename(p.base_path, real), 0);
	assert_int_equal(symlink("real", p.base_path), 0);
	assert_null(up_snapshot_acquire(&p.source));
	assert_int_equal(unlink(p.base_path), 0);
	assert_int_equal(mkfifo(p.base_path, 0644), 0);
	assert_null(up_snapshot_acquire(&p.source));
	assert_int_equal(unlink(p.base_path), 0);
	assert_int_equal(mkdir(p.base_path, 0755), 0);
	assert_null(up_snapshot_acquire(&p.source));
	assert_int_equal(rmdir(p.base_path), 0);
	assert_int_equal(rename(real, p.base_path), 0);
	struct up_snapshot *s = up_snapshot_acquire(&p.source);
	assert_non_null(s);
	up_snapshot_release(s);
}

static int generation_now(void)
{
	struct up_snapshot_user user;
	struct up_snapshot *s = up_snapshot_acquire(&p.source);
	int generation = -1;

	if (s != NULL && up_snapshot_user_by_name(s, "user0", &user) == UP_FOUND)
		generation = atoi(user.text + user.gecos + 1);
	up_snapshot_release(s);
	return generation;
}

/* The word in the old file is what makes a reader look again, and nothing else is. */
static void a_newer_file_is_taken_when_the_old_one_is_retired(void **state)
{
	(void)state;
	published_delta(&p, 0, 0, 1, 1);
	published_base(&p, 3, 2, true, 1);
	assert_int_equal(generation_now(), 1);
	published_silently(&p, UP_SNAPSHOT_BASE, 3, 2, 2);
	assert_int_equal(generation_now(), 1);
	for (uint32_t generation = 3; generation < 40; generation++) {
		published_reset(&p);
		published_base(&p, 3, 2, true, generation);
		assert_int_equal(generation_now(), (int)generation);
		published_base(&p, 3, 2, true, generation + 1);
		assert_int_equal(generation_now(), (int)generation + 1);
	}
}

/* A crash between the two steps, or a newer file that is no good: the last good one stays. */
static void the_last_good_file_stays_in_force(void **state)
{
	(void)state;
	published_delta(&p, 0, 0, 1, 1);
	published_base(&p, 3, 2, true, 1);
	assert_int_equal(generation_now(), 1);
	published_retire(&p, UP_SNAPSHOT_BASE);
	assert_int_equal(generation_now(), 1);
	struct image image = image_make(3, 2, true, 2);
	image.data[8] ^= 0xff;
	published_put(&p, UP_SNAPSHOT_BASE, &image);
	assert_int_equal(generation_now(), 1);
	image_free(&image);
	assert_int_equal(unlink(p.base_path), 0);
	assert_int_equal(generation_now(), 1);
	published_base(&p, 3, 2, true, 3);
	assert_int_equal(generation_now(), 3);
}

static void a_held_snapshot_outlives_any_number_of_newer_ones(void **state)
{
	struct up_snapshot_user user;

	(void)state;
	published_delta(&p, 0, 0, 1, 1);
	published_base(&p, 3, 2, true, 1);
	struct up_snapshot *held = up_snapshot_acquire(&p.source);
	for (uint32_t generation = 2; generation < 30; generation++) {
		published_base(&p, 3, 2, true, generation);
		assert_int_equal(generation_now(), (int)generation);
		assert_int_equal(up_snapshot_user_by_name(held, "user0", &user), UP_FOUND);
		assert_string_equal(user.text + user.gecos, "g1");
	}
	up_snapshot_release(held);
}

/* So many held that no place is left: the newest that was mapped goes on answering. */
static void holding_all_places_stops_no_lookup(void **state)
{
	struct up_snapshot *held[2 * UP_SNAPSHOT_VIEWS];

	(void)state;
	published_delta(&p, 0, 0, 1, 1);
	for (uint32_t i = 0; i < UP_COUNT(held); i++) {
		published_base(&p, 3, 2, true, i + 1);
		held[i] = up_snapshot_acquire(&p.source);
		assert_non_null(held[i]);
		assert_int_equal(user_named(held[i], "user2"), UP_FOUND);
	}
	for (size_t i = 0; i < UP_COUNT(held); i++)
		up_snapshot_release(held[i]);
	assert_int_equal(generation_now(), UP_COUNT(held));
}

static void no_fd_is_left_and_errno_is_kept(void **state)
{
	(void)state;
	published_delta(&p, 0, 0, 1, 1);
	int before = open("/dev/null", O_RDONLY | O_CLOEXEC);
	(void)close(before);
	errno = ENOTUNIQ;
	assert_int_equal(generation_now(), -1);
	assert_int_equal(errno, ENOTUNIQ);
	published_base(&p, 3, 2, true, 1);
	errno = ENOTUNIQ;
	assert_int_equal(generation_now(), 1);
	assert_int_equal(errno, ENOTUNIQ);
	assert_int_equal(open("/dev/null", O_RDONLY | O_CLOEXEC), before);
	(void)close(before);
}

/* NSS-12: a fork in the middle of mapping leaves the owner's pid behind. */
static void a_fork_in_the_middle_of_mapping_leaves_nothing_taken(void **state)
{
	int status = 0;

	(void)state;
	published_delta(&p, 0, 0, 1, 1);
	published_base(&p, 3, 2, true, 1);
	assert_int_equal(generation_now(), 1);
	atomic_store(&p.source.owner, getpid());
	published_base(&p, 3, 2, true, 2);
	/* Here another thread is at it: we go on with what there is. */
	assert_int_equal(generation_now(), 1);
	pid_t child = fork();
	if (child == 0)
		_exit(generation_now() == 2 ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	atomic_store(&p.source.owner, 0);
	assert_int_equal(generation_now(), 2);
}

#define SNAPSHOT_TEST(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SNAPSHOT_TEST(answers_hits_and_misses),
		SNAPSHOT_TEST(every_record_is_found_and_counted_once),
		SNAPSHOT_TEST(a_partial_snapshot_never_says_no),
		SNAPSHOT_TEST(a_base_alone_never_says_no),
		SNAPSHOT_TEST(without_a_base_there_is_no_snapshot),
		SNAPSHOT_TEST(a_delta_adds_changes_and_removes),
		SNAPSHOT_TEST(a_delta_of_another_base_changes_nothing),
		SNAPSHOT_TEST(every_flipped_byte_of_a_header_is_noticed),
		SNAPSHOT_TEST(a_header_with_a_right_sum_is_checked_all_the_same),
		SNAPSHOT_TEST(a_table_of_no_power_of_two_is_refused),
		SNAPSHOT_TEST(a_table_without_a_free_place_ends_in_unknown),
		SNAPSHOT_TEST(strings_end_inside_of_their_section),
		SNAPSHOT_TEST(every_flipped_byte_of_the_data_stays_inside),
		SNAPSHOT_TEST(a_file_of_another_length_is_refused),
		SNAPSHOT_TEST(a_file_that_others_may_write_is_refused),
		SNAPSHOT_TEST(a_file_of_another_user_is_refused),
		SNAPSHOT_TEST(only_a_regular_file_is_mapped),
		SNAPSHOT_TEST(a_newer_file_is_taken_when_the_old_one_is_retired),
		SNAPSHOT_TEST(the_last_good_file_stays_in_force),
		SNAPSHOT_TEST(a_held_snapshot_outlives_any_number_of_newer_ones),
		SNAPSHOT_TEST(holding_all_places_stops_no_lookup),
		SNAPSHOT_TEST(no_fd_is_left_and_errno_is_kept),
		SNAPSHOT_TEST(a_fork_in_the_middle_of_mapping_leaves_nothing_taken),
	};

	return cmocka_run_group_tests_name("common/snapshot", tests, NULL, NULL);
}
