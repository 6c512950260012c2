/* SPDX-License-Identifier: MIT */
/* What the entry points answer and how: records, buffers of every size, errno, groups. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/attributes.h"
#include "tests/lib/testing.h"
#include "tests/nss/entry_points.h"
#include "tests/nss/published.h"

#define ERRNO_BEFORE 77

/* A buffer that ends where memory ends, or begins where it begins. */
static struct {
	char *start, *end;
	size_t size;
} arena;

static int open_all(void **state)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	/* A group of 200000 members needs four megabytes. */
	const size_t size = 8 * 1024 * 1024;
	char *memory = mmap(NULL, size + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(memory != MAP_FAILED);
	assert_int_equal(mprotect(memory + page, size, PROT_READ | PROT_WRITE), 0);
	arena.start = memory + page;
	arena.end = arena.start + size;
	arena.size = size;
	return published_open(state);
}

static void small_pool(void **state)
{
	(void)state;
	publish(&(struct published){ .users = 5, .groups = 3, .members = 3, .generation = 1 });
	published_forget();
}

static void a_user_is_found_by_name_and_by_uid(void **state)
{
	struct passwd user;
	int error = ERRNO_BEFORE;

	small_pool(state);
	for (int by_uid = 0; by_uid < 2; by_uid++) {
		memset(&user, 0, sizeof(user));
		assert_int_equal(by_uid ? _nss_userpool_getpwuid_r(PUBLISHED_UID + 3, &user,
								   arena.start, 1024, &error)
					: _nss_userpool_getpwnam_r("user3", &user, arena.start,
								   1024, &error),
				 NSS_STATUS_SUCCESS);
		assert_string_equal(user.pw_name, "user3");
		/* NSS-22 */
		assert_string_equal(user.pw_passwd, "*");
		assert_int_equal(user.pw_uid, PUBLISHED_UID + 3);
		assert_int_equal(user.pw_gid, PUBLISHED_UID + 3);
		assert_string_equal(user.pw_gecos, "User 3 of 1");
		assert_string_equal(user.pw_dir, "/home/1/user3");
		assert_string_equal(user.pw_shell, "/bin/sh1");
		assert_int_equal(error, ERRNO_BEFORE);
	}
}

static void a_group_is_found_by_name_and_by_gid(void **state)
{
	struct group group;
	int error = ERRNO_BEFORE;

	small_pool(state);
	for (int by_gid = 0; by_gid < 2; by_gid++) {
		memset(&group, 0, sizeof(group));
		assert_int_equal(by_gid ? _nss_userpool_getgrgid_r(PUBLISHED_GID + 2, &group,
								   arena.start, 1024, &error)
					: _nss_userpool_getgrnam_r("group2", &group, arena.start,
								   1024, &error),
				 NSS_STATUS_SUCCESS);
		assert_string_equal(group.gr_name, "group2");
		assert_string_equal(group.gr_passwd, "*");
		assert_int_equal(group.gr_gid, PUBLISHED_GID + 2);
		assert_string_equal(group.gr_mem[0], "user0");
		assert_string_equal(group.gr_mem[2], "user2");
		assert_null(group.gr_mem[3]);
		assert_int_equal(error, ERRNO_BEFORE);
	}
	/* Everybody has a group of one's own, without members, as useradd makes it. */
	assert_int_equal(_nss_userpool_getgrnam_r("user4", &group, arena.start, 1024, &error),
			 NSS_STATUS_SUCCESS);
	assert_int_equal(group.gr_gid, PUBLISHED_UID + 4);
	assert_null(group.gr_mem[0]);
}

/* NSS-09: in a complete snapshot. */
static void who_is_not_there_is_not_found(void **state)
{
	static char huge[1024 * 1024];
	static const char *const names[] = { "",     "user5",  "user",   "user33",  "User3",
					     "root", "user3 ", "user3:", "user3\n", "../x",
					     "+",    "\xff",   huge };
	static const uint32_t ids[] = {
		0, 1, 1000, PUBLISHED_UID - 1, PUBLISHED_UID + 5, UINT32_MAX
	};
	struct passwd user = { .pw_uid = 7 };
	struct group group = { .gr_gid = 7 };
	long start = 0, size = 0;
	gid_t *groups = NULL;

	memset(huge, 'u', sizeof(huge) - 1);
	small_pool(state);
	for (size_t i = 0; i < UP_COUNT(names); i++) {
		int error = 0;

		assert_int_equal(
			_nss_userpool_getpwnam_r(names[i], &user, arena.start, 1024, &error),
			NSS_STATUS_NOTFOUND);
		assert_int_equal(error, ENOENT);
		assert_int_equal(
			_nss_userpool_getgrnam_r(names[i], &group, arena.start, 1024, &error),
			NSS_STATUS_NOTFOUND);
		assert_int_equal(_nss_userpool_initgroups_dyn(names[i], 1, &start, &size, &groups,
							      0, &error),
				 NSS_STATUS_NOTFOUND);
	}
	for (size_t i = 0; i < UP_COUNT(ids); i++) {
		int error = 0;

		assert_int_equal(_nss_userpool_getpwuid_r(ids[i], &user, arena.start, 1024, &error),
				 NSS_STATUS_NOTFOUND);
		assert_int_equal(error, ENOENT);
		assert_int_equal(
			_nss_userpool_getgrgid_r(ids[i], &group, arena.start, 1024, &error),
			NSS_STATUS_NOTFOUND);
	}
	assert_int_equal(user.pw_uid, 7);
	assert_int_equal(group.gr_gid, 7);
	assert_int_equal(start, 0);
	assert_null(groups);
}

static bool is_inside(const void *pointer, size_t size, const char *buffer, size_t room)
{
	return (const char *)pointer >= buffer && (const char *)pointer + size <= buffer + room;
}

static void check_user_in(const struct passwd *user, const char *buffer, size_t room)
{
	const char *const fields[] = { user->pw_name, user->pw_passwd, user->pw_gecos, user->pw_dir,
				       user->pw_shell };

	for (size_t i = 0; i < UP_COUNT(fields); i++)
		assert_true(is_inside(fields[i], strlen(fields[i]) + 1, buffer, room));
	assert_string_equal(user->pw_dir, "/home/1/user3");
}

/* Calls with a buffer and looks that nothing in front of it changed; behind it is no memory, or a
 * canary. */
static enum nss_status user_with_buffer(char *buffer, size_t room, struct passwd *user, int *error)
{
	enum { AROUND = 16 };
	const bool has_front = buffer - arena.start >= AROUND;
	const bool has_back = arena.end - (buffer + room) >= AROUND;

	if (has_front)
		memset(buffer - AROUND, 0x5a, AROUND);
	if (has_back)
		memset(buffer + room, 0x5a, AROUND);
	enum nss_status status = _nss_userpool_getpwnam_r("user3", user, buffer, room, error);
	for (int i = 1; i <= AROUND; i++) {
		assert_true(!has_front || buffer[-i] == 0x5a);
		assert_true(!has_back || buffer[room + (size_t)i - 1] == 0x5a);
	}
	return status;
}

/* NSS-06 */
static void a_user_fits_exactly_or_the_buffer_is_too_small(void **state)
{
	const size_t need = sizeof("user3") + sizeof("*") + sizeof("User 3 of 1") +
			    sizeof("/home/1/user3") + sizeof("/bin/sh1");

	small_pool(state);
	for (size_t room = 0; room <= need + 1; room++)
		for (size_t shift = 0; shift <= 8; shift++) {
			char *const buffers[] = { arena.end - room - (shift == 8 ? 0 : shift + 16),
						  arena.start + (shift == 8 ? 0 : shift + 16) };

			for (size_t i = 0; i < UP_COUNT(buffers); i++) {
				struct passwd user = { .pw_uid = 7 };
				int error = ERRNO_BEFORE;
				enum nss_status status =
					user_with_buffer(buffers[i], room, &user, &error);

				if (room < need) {
					assert_int_equal(status, NSS_STATUS_TRYAGAIN);
					assert_int_equal(error, ERANGE);
					assert_int_equal(user.pw_uid, 7);
					continue;
				}
				assert_int_equal(status, NSS_STATUS_SUCCESS);
				assert_int_equal(error, ERRNO_BEFORE);
				check_user_in(&user, buffers[i], room);
			}
		}
}

static size_t misalignment(const char *buffer)
{
	const size_t over = (uintptr_t)buffer % sizeof(char *);

	return over == 0 ? 0 : sizeof(char *) - over;
}

/* Names of the first `members` users, their ends and pointers, and the group's own fields. */
static size_t room_for_group(uint32_t members, const char *buffer)
{
	size_t need = misalignment(buffer) + sizeof("group0") + sizeof("*") +
		      ((size_t)members + 1) * sizeof(char *);

	for (uint32_t i = 0; i < members; i++)
		need += (size_t)snprintf(NULL, 0, "user%" PRIu32, i) + 1;
	return need;
}

static void check_group_in(const struct group *group, uint32_t members, const char *buffer,
			   size_t room)
{
	assert_int_equal((uintptr_t)group->gr_mem % sizeof(char *), 0);
	assert_true(is_inside(group->gr_mem, ((size_t)members + 1) * sizeof(char *), buffer, room));
	assert_true(is_inside(group->gr_name, sizeof("group0"), buffer, room));
	assert_true(is_inside(group->gr_passwd, sizeof("*"), buffer, room));
	for (uint32_t i = 0; i < members; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "user%" PRIu32, i);
		if (!is_inside(group->gr_mem[i], strlen(name) + 1, buffer, room) ||
		    strcmp(group->gr_mem[i], name) != 0)
			fail_msg("member %" PRIu32, i);
	}
	assert_null(group->gr_mem[members]);
}

static void ask_for_group(char *buffer, size_t room, uint32_t members)
{
	const size_t need = room_for_group(members, buffer);
	struct group group = { .gr_gid = 7 };
	int error = ERRNO_BEFORE;
	enum nss_status status = _nss_userpool_getgrnam_r("group0", &group, buffer, room, &error);

	if (room < need) {
		assert_int_equal(status, NSS_STATUS_TRYAGAIN);
		assert_int_equal(error, ERANGE);
		assert_int_equal(group.gr_gid, 7);
		return;
	}
	assert_int_equal(status, NSS_STATUS_SUCCESS);
	assert_int_equal(error, ERRNO_BEFORE);
	check_group_in(&group, members, buffer, room);
}

static void a_group_fits_exactly_or_the_buffer_is_too_small(void **state)
{
	static const uint32_t counts[] = { 0, 1, 2, 7 };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(counts); i++) {
		publish(&(struct published){
			.users = counts[i], .groups = 1, .members = counts[i] });
		published_forget();
		for (size_t room = 0; room <= room_for_group(counts[i], "") + 9; room++) {
			ask_for_group(arena.end - room, room, counts[i]);
			for (size_t shift = 0; shift < 8; shift++)
				ask_for_group(arena.start + shift, room, counts[i]);
		}
	}
}

static void a_large_group_fits_exactly_or_the_buffer_is_too_small(void **state)
{
	static const uint32_t counts[] = { 1000, 50000, 200000 };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(counts); i++) {
		publish(&(struct published){
			.users = counts[i], .groups = 1, .members = counts[i] });
		published_forget();
		for (size_t shift = 0; shift < 2; shift++) {
			char *start = arena.start + shift;
			const size_t need = room_for_group(counts[i], start);
			const size_t rooms[] = { 0,        1,        8,        1024, need / 2,
						 need - 9, need - 8, need - 1, need, need + 1 };

			for (size_t j = 0; j < UP_COUNT(rooms); j++)
				ask_for_group(start, rooms[j], counts[i]);
		}
	}
}

static bool realloc_fails;

void *__real_reallocarray(void *memory, size_t count, size_t size);
void *__wrap_reallocarray(void *memory, size_t count, size_t size);
void *__wrap_reallocarray(void *memory, size_t count, size_t size)
{
	if (!realloc_fails)
		return __real_reallocarray(memory, count, size);
	errno = ENOMEM;
	return NULL;
}

/* NSS-08 */
static void the_groups_of_a_user_respect_the_limit(void **state)
{
	static const uint32_t counts[] = { 5, 1000, 70000 };
	static const long limits[] = { -1, 0, 10, 65536 };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(counts) * UP_COUNT(limits); i++) {
		const uint32_t count = counts[i / UP_COUNT(limits)];
		const long limit = limits[i % UP_COUNT(limits)];
		const long expected = limit > 0 && limit < count + 1 ? limit : count + 1;
		long start = 1, size = 1;
		gid_t *groups = malloc(sizeof(*groups));
		int error = ERRNO_BEFORE;

		if (i % UP_COUNT(limits) == 0) {
			publish(&(struct published){ .users = 1, .groups = count });
			published_forget();
		}
		/* As getgrouplist(3): the first is the user's own. */
		assert_non_null(groups);
		groups[0] = PUBLISHED_UID;
		assert_int_equal(_nss_userpool_initgroups_dyn("user0", PUBLISHED_UID, &start, &size,
							      &groups, limit, &error),
				 NSS_STATUS_SUCCESS);
		assert_int_equal(error, ERRNO_BEFORE);
		assert_int_equal(start, expected);
		assert_true(size >= start && (limit <= 0 || size <= limit));
		for (long j = 1; j < start; j++)
			assert_int_equal(groups[j], PUBLISHED_GID + (uint32_t)j - 1);
		free(groups);
	}
}

static void a_group_is_not_listed_twice(void **state)
{
	/* Two that another module has found, the primary group given, and room to spare. */
	gid_t *groups = malloc(64 * sizeof(*groups));
	long start = 2, size = 64;
	int error = 0;

	(void)state;
	publish(&(struct published){ .users = 1, .groups = 4 });
	published_forget();
	assert_non_null(groups);
	groups[0] = PUBLISHED_GID + 2;
	groups[1] = 27;
	assert_int_equal(_nss_userpool_initgroups_dyn("user0", PUBLISHED_GID + 1, &start, &size,
						      &groups, 0, &error),
			 NSS_STATUS_SUCCESS);
	assert_int_equal(start, 4);
	assert_int_equal(size, 64);
	assert_int_equal(groups[2], PUBLISHED_GID);
	assert_int_equal(groups[3], PUBLISHED_GID + 3);
	free(groups);
}

static void the_groups_stay_valid_without_memory(void **state)
{
	gid_t *groups = malloc(2 * sizeof(*groups));
	long start = 1, size = 2;
	int error = 0;

	(void)state;
	publish(&(struct published){ .users = 1, .groups = 100 });
	published_forget();
	assert_non_null(groups);
	groups[0] = 27;
	realloc_fails = true;
	assert_int_equal(_nss_userpool_initgroups_dyn("user0", PUBLISHED_UID, &start, &size,
						      &groups, 0, &error),
			 NSS_STATUS_TRYAGAIN);
	realloc_fails = false;
	assert_int_equal(error, ENOMEM);
	assert_int_equal(start, 2);
	assert_int_equal(size, 2);
	assert_int_equal(groups[0], 27);
	assert_int_equal(groups[1], PUBLISHED_GID);
	free(groups);
}

static void enumeration_gives_everybody_once(void **state)
{
	struct passwd user;
	struct group group;
	int error = ERRNO_BEFORE;

	(void)state;
	publish(&(struct published){ .users = 300, .groups = 2, .members = 300 });
	published_forget();
	for (int round = 0; round < 2; round++) {
		assert_int_equal(_nss_userpool_setpwent(0), NSS_STATUS_SUCCESS);
		for (uint32_t i = 0; i < 300; i++) {
			struct passwd other;

			/* A buffer too small, and lookups in between, lose nobody. */
			assert_int_equal(
				_nss_userpool_getpwent_r(&user, arena.start, i % 20, &error),
				NSS_STATUS_TRYAGAIN);
			assert_int_equal(error, ERANGE);
			assert_int_equal(
				_nss_userpool_getpwnam_r("user7", &other, arena.start, 256, &error),
				NSS_STATUS_SUCCESS);
			assert_int_equal(_nss_userpool_getpwent_r(&user, arena.start, 256, &error),
					 NSS_STATUS_SUCCESS);
			assert_int_equal(user.pw_uid, PUBLISHED_UID + i);
		}
		error = 0;
		assert_int_equal(_nss_userpool_getpwent_r(&user, arena.start, 256, &error),
				 NSS_STATUS_NOTFOUND);
		assert_int_equal(error, ENOENT);
		assert_int_equal(_nss_userpool_endpwent(), NSS_STATUS_SUCCESS);
	}
	/* The groups: one for each user, and two. */
	assert_int_equal(_nss_userpool_setgrent(1), NSS_STATUS_SUCCESS);
	for (uint32_t i = 0; i < 302; i++) {
		assert_int_equal(_nss_userpool_getgrent_r(&group, arena.start, 10, &error),
				 NSS_STATUS_TRYAGAIN);
		assert_int_equal(_nss_userpool_getgrent_r(&group, arena.start, 16384, &error),
				 NSS_STATUS_SUCCESS);
	}
	assert_string_equal(group.gr_name, "group1");
	assert_int_equal(_nss_userpool_getgrent_r(&group, arena.start, 16384, &error),
			 NSS_STATUS_NOTFOUND);
	assert_int_equal(_nss_userpool_endgrent(), NSS_STATUS_SUCCESS);
	assert_int_equal(_nss_userpool_getgrent_r(&group, arena.start, 16384, &error),
			 NSS_STATUS_SUCCESS);
	assert_string_equal(group.gr_name, "user0");
}

/* The delta's word is the last one. */
static void what_has_changed_since_counts(void **state)
{
	static const struct published what = {
		.users = 3, .groups = 2, .members = 3, .generation = 5
	};
	struct passwd user;
	struct group group;
	int error = 0;

	(void)state;
	publish(&what);
	publish_change(&what);
	published_forget();
	assert_int_equal(_nss_userpool_getpwnam_r("user0", &user, arena.start, 256, &error),
			 NSS_STATUS_NOTFOUND);
	assert_int_equal(_nss_userpool_getpwuid_r(PUBLISHED_UID, &user, arena.start, 256, &error),
			 NSS_STATUS_NOTFOUND);
	assert_int_equal(_nss_userpool_getpwnam_r("user1", &user, arena.start, 256, &error),
			 NSS_STATUS_NOTFOUND);
	assert_int_equal(_nss_userpool_getpwnam_r("renamed", &user, arena.start, 256, &error),
			 NSS_STATUS_SUCCESS);
	assert_int_equal(user.pw_uid, PUBLISHED_UID + 1);
	assert_int_equal(_nss_userpool_getpwnam_r("user2", &user, arena.start, 256, &error),
			 NSS_STATUS_SUCCESS);
	assert_int_equal(_nss_userpool_getgrnam_r("group0", &group, arena.start, 256, &error),
			 NSS_STATUS_SUCCESS);
	assert_string_equal(group.gr_mem[0], "user2");
	assert_string_equal(group.gr_mem[1], "newcomer");
	assert_null(group.gr_mem[2]);
	/* Every size of buffer for a list with gaps. */
	const size_t need = 3 * sizeof(char *) + sizeof("group0") + sizeof("*") + sizeof("user2") +
			    sizeof("newcomer");
	for (size_t room = 0; room <= need + 1; room++) {
		char *buffer = arena.end - room;

		assert_int_equal(_nss_userpool_getgrnam_r("group0", &group, buffer, room, &error),
				 room < need + misalignment(buffer) ? NSS_STATUS_TRYAGAIN
								    : NSS_STATUS_SUCCESS);
	}
	/* Everybody once. */
	static const uint32_t uids[] = { 2, 1, 3 };
	assert_int_equal(_nss_userpool_setpwent(0), NSS_STATUS_SUCCESS);
	for (size_t i = 0; i < UP_COUNT(uids); i++) {
		assert_int_equal(_nss_userpool_getpwent_r(&user, arena.start, 4, &error),
				 NSS_STATUS_TRYAGAIN);
		assert_int_equal(_nss_userpool_getpwent_r(&user, arena.start, 256, &error),
				 NSS_STATUS_SUCCESS);
		assert_int_equal(user.pw_uid, PUBLISHED_UID + uids[i]);
	}
	assert_int_equal(_nss_userpool_getpwent_r(&user, arena.start, 256, &error),
			 NSS_STATUS_NOTFOUND);
}

static void an_empty_pool_has_nobody(void **state)
{
	struct passwd user;
	int error = 0;

	(void)state;
	publish(&(struct published){ .users = 0 });
	published_forget();
	assert_int_equal(_nss_userpool_getpwnam_r("user0", &user, arena.start, 256, &error),
			 NSS_STATUS_NOTFOUND);
	assert_int_equal(_nss_userpool_setpwent(0), NSS_STATUS_SUCCESS);
	assert_int_equal(_nss_userpool_getpwent_r(&user, arena.start, 256, &error),
			 NSS_STATUS_NOTFOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_is_found_by_name_and_by_uid),
		cmocka_unit_test(a_group_is_found_by_name_and_by_gid),
		cmocka_unit_test(who_is_not_there_is_not_found),
		cmocka_unit_test(a_user_fits_exactly_or_the_buffer_is_too_small),
		cmocka_unit_test(a_group_fits_exactly_or_the_buffer_is_too_small),
		cmocka_unit_test(a_large_group_fits_exactly_or_the_buffer_is_too_small),
		cmocka_unit_test(the_groups_of_a_user_respect_the_limit),
		cmocka_unit_test(a_group_is_not_listed_twice),
		cmocka_unit_test(the_groups_stay_valid_without_memory),
		cmocka_unit_test(enumeration_gives_everybody_once),
		cmocka_unit_test(what_has_changed_since_counts),
		cmocka_unit_test(an_empty_pool_has_nobody),
	};

	return cmocka_run_group_tests(tests, open_all, published_close);
}
