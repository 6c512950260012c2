/* SPDX-License-Identifier: MIT */
/* Readings of the pool: ids for ever, failures that lose nobody, and what everybody is told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/identity/a_reading.h"
#include "tests/lib/testing.h"

static uint32_t uid_of(struct a_reading *r, const char *name)
{
	struct identity_user user = { .uid = 0 };

	return identity_find_by_name(r->host.identity, name, &user) == IDENTITY_FOUND ? user.uid
										      : 0;
}

/* Hosts that never spoke agree, in whatever order they met the users. */
static void two_hosts_agree(void **state)
{
	static struct small_user some[50], reversed[50];
	static char names[50][16], subs[50][40];
	uint32_t uids[50];
	struct a_reading r;

	(void)state;
	for (size_t i = 0; i < 50; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "user%zu", i);
		(void)snprintf(subs[i], sizeof(subs[i]), "00000000-0000-4000-8000-%012zu", i);
		some[i] = (struct small_user){ .name = names[i], .sub = subs[i] };
		reversed[49 - i] = some[i];
	}
	a_reading_init(&r, "");
	r.pool.user = some;
	r.pool.users = 50;
	assert_int_equal(a_reading_sync(&r), UP_OK);
	for (size_t i = 0; i < 50; i++) {
		uids[i] = uid_of(&r, names[i]);
		assert_in_range(uids[i], 1879048192, 2147483647);
	}
	a_reading_clear(&r);

	a_reading_init(&r, "");
	r.pool.user = reversed;
	r.pool.users = 1;
	for (; r.pool.users <= 50; r.pool.users += 7)
		assert_int_equal(a_reading_sync(&r), UP_OK);
	r.pool.users = 50;
	assert_int_equal(a_reading_sync(&r), UP_OK);
	for (size_t i = 0; i < 50; i++)
		assert_int_equal(uid_of(&r, names[i]), uids[i]);
	a_reading_clear(&r);
}

/* L5: deleted, made anew under the same name: another person, who gets neither name nor id; the
 * first one comes back to both. */
static void a_name_and_an_id_are_given_once(void **state)
{
	struct small_user first[] = { { .name = "alice", .sub = SUB_ALICE } };
	struct small_user second[] = { { .name = "alice",
					 .sub = "a11ce000-0000-4000-8000-00000000000f" } };
	struct identity_user user;
	struct a_reading r;

	(void)state;
	a_reading_init(&r, "");
	r.pool.users = 1;
	r.pool.user = first;
	assert_int_equal(a_reading_sync(&r), UP_OK);
	const uint32_t uid = uid_of(&r, "alice");
	r.pool.users = 0;
	assert_int_equal(a_reading_sync(&r), UP_OK);
	assert_int_equal(uid_of(&r, "alice"), 0);
	r.pool.users = 1;
	r.pool.user = second;
	assert_int_equal(a_reading_sync(&r), UP_OK);
	assert_int_equal(uid_of(&r, "alice"), 0);
	assert_int_equal(identity_find_by_uid(r.host.identity, uid, &user), IDENTITY_ABSENT);
	assert_int_equal(a_reading_refused(&r), 1);
	/* Not by asking for the id either. */
	char wish[16];
	(void)snprintf(wish, sizeof(wish), "%u", uid);
	second[0].name = "alice2";
	second[0].wish = wish;
	assert_int_equal(a_reading_sync(&r), UP_OK);
	assert_int_equal(uid_of(&r, "alice2"), 0);
	second[0].wish = NULL;
	assert_int_equal(a_reading_sync(&r), UP_OK);
	assert_int_not_equal(uid_of(&r, "alice2"), uid);
	assert_int_not_equal(uid_of(&r, "alice2"), 0);
	r.pool.user = first;
	assert_int_equal(a_reading_sync(&r), UP_OK);
	assert_int_equal(uid_of(&r, "alice"), uid);
	a_reading_clear(&r);
}

/* UPS-16: who is renamed keeps the id; the old name stays hers. */
static void a_renamed_user_keeps_the_id(void **state)
{
	struct small_user users[] = { { .name = "alice", .sub = SUB_ALICE },
				      { .name = "bob", .sub = SUB_BOB } };
	struct a_reading r;

	(void)state;
	a_reading_init(&r, "");
	r.pool.user = users;
	assert_int_equal(a_reading_sync(&r), UP_OK);
	const uint32_t uid = uid_of(&r, "alice");
	users[0].name = "alicia";
	users[1].name = "alice";
	assert_int_equal(a_reading_sync(&r), UP_OK);
	assert_int_equal(uid_of(&r, "alicia"), uid);
	assert_int_equal(uid_of(&r, "alice"), 0);
	a_reading_clear(&r);
}

/* NSS-04: two names that fold to one are one name, whose first owner has it. */
static void a_folded_name_has_one_owner(void **state)
{
	struct small_user users[] = { { .name = "Alice", .sub = SUB_ALICE },
				      { .name = "alice", .sub = SUB_BOB } };
	struct identity_user user;
	struct a_reading r;

	(void)state;
	a_reading_init(&r, "");
	r.pool.user = users;
	assert_int_equal(a_reading_sync(&r), UP_OK);
	assert_int_equal(a_reading_refused(&r), 1);
	assert_int_equal(identity_find_by_name(r.host.identity, "alice", &user), IDENTITY_FOUND);
	assert_string_equal(user.sub, SUB_ALICE);
	a_reading_clear(&r);
}

/* A wish that is taken, by a user and by a group's id; and one that the user had not at first. */
static void a_wish_is_not_anothers_id(void **state)
{
	struct small_user users[] = { { .name = "alice", .sub = SUB_ALICE, .wish = "2000000000" },
				      { .name = "bob", .sub = SUB_BOB, .wish = "2000000000" } };
	struct a_reading r;

	(void)state;
	a_reading_init(&r, "");
	r.pool.user = users;
	assert_int_equal(a_reading_sync(&r), UP_OK);
	assert_int_equal(uid_of(&r, "alice"), 2000000000);
	assert_int_equal(uid_of(&r, "bob"), 0);
	users[0].wish = "2000000001";
	assert_int_equal(a_reading_sync(&r), UP_OK);
	assert_int_equal(uid_of(&r, "alice"), 2000000000);
	a_reading_clear(&r);
}

/* A small range: collisions take the next free id, and a full range refuses, whole, the reading. */
static void a_full_range_gives_no_id_twice(void **state)
{
	static struct small_user users[12];
	static char names[12][16], subs[12][40];
	struct a_reading r;

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "user%zu", i);
		(void)snprintf(subs[i], sizeof(subs[i]), "00000000-0000-4000-8000-%012zu", i);
		users[i] = (struct small_user){ .name = names[i], .sub = subs[i] };
	}
	a_reading_init(&r, "[identity]\nid_min = 100000\nid_max = 100009\n");
	r.pool.user = users;
	r.pool.users = 10;
	assert_int_equal(a_reading_sync(&r), UP_OK);
	for (size_t i = 0; i < 10; i++) {
		assert_in_range(uid_of(&r, names[i]), 100000, 100009);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(uid_of(&r, names[i]), uid_of(&r, names[k]));
	}
	r.pool.users = 11;
	assert_int_equal(a_reading_sync(&r), UP_ERR_CONFLICT);
	assert_in_range(uid_of(&r, names[0]), 100000, 100009);
	assert_int_equal(uid_of(&r, names[10]), 0);
	a_reading_clear(&r);
}

/* Every page is read, however small they are. */
static void every_page_is_read(void **state)
{
	static const char *const groups[] = { "one", "two", "three", NULL };
	static struct small_user users[7];
	static char names[7][16], subs[7][40];
	struct a_reading r;
	char told[TOLD_SIZE];

	(void)state;
	for (size_t i = 0; i < 7; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "user%zu", i);
		(void)snprintf(subs[i], sizeof(subs[i]), "00000000-0000-4000-8000-%012zu", i);
		users[i] = (struct small_user){ .name = names[i],
						.sub = subs[i],
						.groups = { "one", "three" } };
	}
	for (size_t page = 1; page <= 8; page++) {
		a_reading_init(&r, "");
		r.pool.user = users;
		r.pool.users = 7;
		r.pool.group = groups;
		r.pool.page = page;
		assert_int_equal(a_reading_sync(&r), UP_OK);
		for (size_t i = 0; i < 7; i++)
			assert_int_not_equal(uid_of(&r, names[i]), 0);
		assert_int_equal(a_reading_tells_group(&r, "three", told), UP_FOUND);
		for (size_t i = 0; i < 7; i++)
			assert_non_null(strstr(told, names[i]));
		assert_int_equal(a_reading_tells_group(&r, "two", told), UP_FOUND);
		assert_null(strstr(told, "user"));
		a_reading_clear(&r);
	}
}

/* The pool fails at one step of the reading: the last known records stay, in lookups and for all.
 */
static void a_failed_reading_loses_nobody(void **state)
{
	static const char *const steps[] = { "ListUserPools",    "ListUserPoolClients",
					     "GetJsonWebKeySet", "ListUsers",
					     "ListGroups",       "ListUsersInGroup" };
	static const char *const groups[] = { "one", NULL };
	struct small_user users[] = { { .name = "alice", .sub = SUB_ALICE, .groups = { "one" } },
				      { .name = "bob", .sub = SUB_BOB } };
	struct a_reading r;
	char told[TOLD_SIZE];

	(void)state;
	a_reading_init(&r, "");
	r.pool.user = users;
	r.pool.group = groups;
	assert_int_equal(a_reading_sync(&r), UP_OK);
	const uint32_t uid = uid_of(&r, "alice");
	users[0].disabled = true;
	r.pool.users = 1;
	for (size_t i = 0; i < UP_COUNT(steps); i++) {
		struct identity_user user;

		r.failing = steps[i];
		assert_int_equal(a_reading_sync(&r), UP_ERR_OFFLINE);
		assert_int_equal(identity_find_by_name(r.host.identity, "alice", &user),
				 IDENTITY_FOUND);
		assert_int_equal(user.uid, uid);
		assert_int_equal(identity_find_by_name(r.host.identity, "bob", &user),
				 IDENTITY_FOUND);
		assert_int_equal(a_reading_tells_user(&r, "bob", told), UP_FOUND);
	}
	r.failing = NULL;
	assert_int_equal(a_reading_sync(&r), UP_OK);
	assert_int_equal(uid_of(&r, "bob"), 0);
	assert_int_equal(a_reading_tells_user(&r, "bob", told), UP_ABSENT);
	a_reading_clear(&r);
}

/* L3: an answer without its list says nothing; it is not "none". */
static struct fake_reply answer_empty(const char *operation, json_t *request, void *arg)
{
	const struct a_reading *r = arg;

	if (strcmp(operation, r->failing) == 0)
		return fake_result(json_object());
	return small_pool_answer(operation, request, (void *)(uintptr_t)&r->pool);
}

static void an_answer_that_says_nothing_is_no_answer(void **state)
{
	static const char *const steps[] = { "ListUserPools", "ListUserPoolClients",
					     "GetJsonWebKeySet", "ListUsers", "ListGroups" };
	struct a_reading r;

	(void)state;
	a_reading_init(&r, "");
	assert_int_equal(a_reading_sync(&r), UP_OK);
	const uint32_t uid = uid_of(&r, "alice");
	fake_pool_answer_with(answer_empty, &r);
	for (size_t i = 0; i < UP_COUNT(steps); i++) {
		r.failing = steps[i];
		assert_int_not_equal(a_reading_sync(&r), UP_OK);
		assert_int_equal(uid_of(&r, "alice"), uid);
	}
	a_reading_clear(&r);
}

/* L11: a pool that names another page for ever. */
static struct fake_reply answer_endlessly(const char *operation, json_t *request, void *arg)
{
	static unsigned int page;

	if (strcmp(operation, "ListUsers") == 0)
		return fake_result(json_pack("{s:[], s:o}", "Users", "PaginationToken",
					     json_sprintf("%u", page++)));
	return small_pool_answer(operation, request, arg);
}

static void pages_without_an_end_are_no_pool(void **state)
{
	struct a_reading r;

	(void)state;
	a_reading_init(&r, "");
	fake_pool_answer_with(answer_endlessly, &r.pool);
	assert_int_equal(a_reading_sync(&r), UP_ERR_TOO_LARGE);
	a_reading_clear(&r);
}

/* What everybody is told agrees with the records, line by line. */
static void everybody_is_told_what_the_records_say(void **state)
{
	static const char *const groups[] = { "builders", "admins", NULL };
	struct small_user users[] = { { .name = "alice",
					.sub = SUB_ALICE,
					.full_name = "Alice Example",
					.wish = "2000000001",
					.groups = { "builders", "admins" } },
				      { .name = "bob", .sub = SUB_BOB, .wish = "2000000002" } };
	char told[TOLD_SIZE], expected[TOLD_SIZE];
	uint32_t builders;
	struct a_reading r;

	(void)state;
	a_reading_init(&r, "[identity]\nmap_groups = admins:sudo nobodys:sudo admins:nosuch\n");
	r.pool.user = users;
	r.pool.group = groups;
	assert_int_equal(a_reading_sync(&r), UP_OK);
	assert_int_equal(a_reading_tells_group(&r, "builders", told), UP_FOUND);
	builders = (uint32_t)strtoul(told, NULL, 10);
	(void)snprintf(expected, sizeof(expected), "%u:alice", builders);
	assert_string_equal(told, expected);
	assert_int_equal(a_reading_tells_group(&r, "admins", told), UP_FOUND);
	const uint32_t admins = (uint32_t)strtoul(told, NULL, 10);

	/* The local group is hers by the map, and by nothing else. */
	assert_int_equal(a_reading_tells_user(&r, "alice", told), UP_FOUND);
	assert_non_null(strstr(told, "2000000001:Alice Example:/home/alice:/bin/bash:"));
	char one[16];
	(void)snprintf(one, sizeof(one), "%u", builders);
	assert_non_null(strstr(told, one));
	(void)snprintf(one, sizeof(one), "%u", admins);
	assert_non_null(strstr(told, one));
	assert_non_null(strstr(told, "27"));
	assert_int_equal(a_reading_tells_user(&r, "bob", told), UP_FOUND);
	assert_string_equal(told, "2000000002::/home/bob:/bin/bash:");
	/* Each has a group of the own name. */
	assert_int_equal(a_reading_tells_group(&r, "bob", told), UP_FOUND);
	assert_memory_equal(told, "2000000002:", 11);
	assert_int_equal(a_reading_tells_group(&r, "sudo", told), UP_ABSENT);
	assert_int_equal(a_reading_tells_user(&r, "carol", told), UP_ABSENT);
	a_reading_clear(&r);
}

/* NSS-03: a pool group named as a local one, and one named as a user. */
static void a_group_takes_nobodys_name(void **state)
{
	static const char *const groups[] = { "alice", "daemon", "users", NULL };
	struct small_user users[] = {
		{ .name = "alice", .sub = SUB_ALICE, .groups = { "alice", "daemon" } },
		{ .name = "users", .sub = SUB_BOB }
	};
	char told[TOLD_SIZE], expected[TOLD_SIZE];
	struct a_reading r;

	(void)state;
	a_reading_init(&r, "");
	r.pool.user = users;
	r.pool.group = groups;
	assert_int_equal(a_reading_sync(&r), UP_OK);
	assert_int_equal(a_reading_refused(&r), 3);
	assert_int_equal(a_reading_tells_group(&r, "alice", told), UP_FOUND);
	(void)snprintf(expected, sizeof(expected), "%u:", uid_of(&r, "alice"));
	assert_memory_equal(told, expected, strlen(expected));
	assert_int_equal(a_reading_tells_group(&r, "daemon", told), UP_ABSENT);
	/* For policies they count by their names in the pool. */
	char daemons[] = "daemon", *names[] = { daemons, NULL };
	assert_int_equal(identity_in_groups(r.host.identity, SUB_ALICE, names), IDENTITY_FOUND);
	assert_int_equal(identity_in_groups(r.host.identity, SUB_BOB, names), IDENTITY_ABSENT);
	a_reading_clear(&r);
}

/* A local name or id that appears leaves at once, and comes back when it is gone. */
static void a_local_user_leaves_the_snapshot_at_once(void **state)
{
	char told[TOLD_SIZE], text[256];
	struct a_reading r;

	(void)state;
	a_reading_init(&r, "");
	assert_int_equal(a_reading_sync(&r), UP_OK);
	const uint32_t bob = uid_of(&r, "bob");
	assert_int_equal(a_reading_tells_user(&r, "alice", told), UP_FOUND);
	(void)snprintf(text, sizeof(text),
		       "root:x:0:0::/:/bin/sh\nalice:x:1001:1001::/:/bin/sh\n"
		       "xavier:x:%u:1002::/:/bin/sh\n",
		       bob);
	fake_host_write(&r.host, "etc/passwd", text);
	fake_host_settle(&r.host);
	assert_int_equal(a_reading_tells_user(&r, "alice", told), UP_ABSENT);
	assert_int_equal(a_reading_tells_user(&r, "bob", told), UP_ABSENT);
	assert_int_equal(uid_of(&r, "alice"), 0);
	fake_host_write(&r.host, "etc/passwd", "root:x:0:0::/:/bin/sh\n");
	fake_host_settle(&r.host);
	assert_int_equal(a_reading_tells_user(&r, "alice", told), UP_FOUND);
	assert_int_equal(uid_of(&r, "bob"), bob);
	a_reading_clear(&r);
}

/* L3: who has never read the pool publishes nothing; who has read it once does so at every start.
 */
static void nothing_is_said_before_it_is_known(void **state)
{
	char told[TOLD_SIZE];
	struct a_reading r;

	(void)state;
	a_reading_init(&r, "");
	r.failing = "ListUsers";
	assert_int_equal(a_reading_sync(&r), UP_ERR_OFFLINE);
	fake_host_write(&r.host, "etc/passwd", "root:x:0:0::/:/bin/sh\n");
	fake_host_settle(&r.host);
	assert_int_equal(a_reading_tells_user(&r, "alice", told), UP_UNKNOWN);
	r.failing = NULL;
	assert_int_equal(a_reading_sync(&r), UP_OK);
	assert_int_equal(a_reading_tells_user(&r, "alice", told), UP_FOUND);

	fake_host_close(&r.host);
	fake_host_write(&r.host, "etc/passwd", "root:x:0:0::/:/bin/sh\nalice:x:1:1::/:/bin/sh\n");
	r.failing = "ListUserPools";
	fake_host_open(&r.host);
	assert_int_equal(a_reading_tells_user(&r, "alice", told), UP_ABSENT);
	assert_int_equal(a_reading_tells_user(&r, "bob", told), UP_FOUND);
	a_reading_clear(&r);
}

/* L3: a store that cannot be read says "cannot tell". */
static void an_unreadable_file_tells_nothing(void **state)
{
	struct identity_user user;
	char path[96];
	struct a_reading r;

	(void)state;
	a_reading_init(&r, "");
	assert_int_equal(a_reading_sync(&r), UP_OK);
	(void)snprintf(path, sizeof(path), "%s/etc/passwd", r.host.directory);
	assert_int_equal(remove(path), 0);
	fake_host_settle(&r.host);
	assert_int_equal(identity_find_by_name(r.host.identity, "alice", &user),
			 IDENTITY_CANNOT_TELL);
	assert_int_equal(identity_find_by_name(r.host.identity, "carol", &user),
			 IDENTITY_CANNOT_TELL);
	fake_host_write(&r.host, "etc/passwd", "root:x:0:0::/:/bin/sh\n");
	fake_host_settle(&r.host);
	assert_int_equal(identity_find_by_name(r.host.identity, "alice", &user), IDENTITY_FOUND);
	assert_int_equal(a_reading_run_sql(&r, "DROP TABLE users"), UP_OK);
	assert_int_equal(identity_find_by_name(r.host.identity, "alice", &user),
			 IDENTITY_CANNOT_TELL);
	a_reading_clear(&r);
}

/* A reload takes effect at once, also where the pool is gone, and a reading of before is dropped.
 */
static void a_reload_is_in_force_at_once(void **state)
{
	char told[TOLD_SIZE];
	struct config *old;
	struct a_reading r;

	(void)state;
	a_reading_init(&r, "");
	assert_int_equal(a_reading_sync(&r), UP_OK);
	old = TAKE(r.host.config);
	r.failing = "ListUserPools";
	fake_host_configure(&r.host, "[identity]\nhome = /srv/%u\n");
	identity_sync(r.host.identity, NULL, NULL);
	identity_configure(r.host.identity, r.host.config);
	config_free(old);
	assert_int_equal(a_reading_tells_user(&r, "bob", told), UP_FOUND);
	assert_non_null(strstr(told, ":/srv/bob:"));
	fake_host_settle(&r.host);
	assert_int_not_equal(uid_of(&r, "bob"), 0);
	a_reading_clear(&r);
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Ten thousand users, half of whom no host can take: in seconds, also the second time. */
static void ten_thousand_users_are_read_in_seconds(void **state)
{
	enum { USERS = 10000 };
	struct small_user *users = calloc(USERS, sizeof(*users));
	char(*names)[24] = calloc(USERS, sizeof(*names));
	char(*subs)[40] = calloc(USERS, sizeof(*subs));
	struct a_reading r;

	(void)state;
	for (size_t i = 0; i < USERS; i++) {
		(void)snprintf(names[i], sizeof(names[i]),
			       i % 2 == 0 ? "user%zu" : "u%zu@x.example", i);
		(void)snprintf(subs[i], sizeof(subs[i]), "00000000-0000-4000-8000-%012zu", i);
		users[i] = (struct small_user){ .name = names[i], .sub = subs[i] };
	}
	a_reading_init(&r, "");
	r.pool.user = users;
	r.pool.users = USERS;
	r.pool.page = 5000;
	for (int i = 0; i < 2; i++) {
		const int64_t before = now_ms();

		assert_int_equal(a_reading_sync(&r), UP_OK);
		print_message("reading %d: %lld ms\n", i + 1, (long long)(now_ms() - before));
		assert_in_range(now_ms() - before, 0, 10000);
	}
	assert_int_equal(a_reading_refused(&r), USERS / 2);
	assert_int_not_equal(uid_of(&r, "user9998"), 0);
	a_reading_clear(&r);
	free(users);
	free(names);
	free(subs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_hosts_agree),
		cmocka_unit_test(a_name_and_an_id_are_given_once),
		cmocka_unit_test(a_renamed_user_keeps_the_id),
		cmocka_unit_test(a_folded_name_has_one_owner),
		cmocka_unit_test(a_wish_is_not_anothers_id),
		cmocka_unit_test(a_full_range_gives_no_id_twice),
		cmocka_unit_test(every_page_is_read),
		cmocka_unit_test(a_failed_reading_loses_nobody),
		cmocka_unit_test(an_answer_that_says_nothing_is_no_answer),
		cmocka_unit_test(pages_without_an_end_are_no_pool),
		cmocka_unit_test(everybody_is_told_what_the_records_say),
		cmocka_unit_test(a_group_takes_nobodys_name),
		cmocka_unit_test(a_local_user_leaves_the_snapshot_at_once),
		cmocka_unit_test(nothing_is_said_before_it_is_known),
		cmocka_unit_test(an_unreadable_file_tells_nothing),
		cmocka_unit_test(a_reload_is_in_force_at_once),
		cmocka_unit_test(ten_thousand_users_are_read_in_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
