/* SPDX-License-Identifier: MIT */
/* The chokepoint: what a pool may name, on the way in and on the way back out of host.db. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/identity/admit.h"
#include "tests/identity/a_reading.h"
#include "tests/lib/testing.h"

static const struct {
	const char *wish;
	bool is_admitted;
} ids[] = {
	{ "1879048192", true },
	{ "2147483647", true },
	{ "1999999999", true },
	{ "0", false },
	{ "1", false },
	{ "999", false },
	{ "1000", false },
	{ "60001", false },
	{ "60513", false },
	{ "61184", false },
	{ "65519", false },
	{ "65534", false },
	{ "65535", false },
	{ "65536", false }, /* a free one, but not of this host's range */
	{ "524288", false },
	{ "1879048191", false },
	{ "2147483648", false },
	{ "4294967294", false },
	{ "4294967295", false },
	{ "4294967296", false },
	{ "6174015488", false }, /* 2^32 + one that would be good */
	{ "18446744073709551616", false },
	{ "-1", false },
	{ "1e9", false },
	{ "1999999999.0", false },
	{ " 1999999999", false },
	{ "1999999999 ", false },
	{ "01999999999", false },
	{ "0x7fffffff", false },
	{ "+1999999999", false },
	{ "1999999999\n", false },
	{ "", false },
	{ "root", false },
	{ "99999999999999999999999999999999999999999999", false },
};

/* NSS-02: what custom:uid may say. */
static void an_id_is_admitted_or_the_user_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < UP_COUNT(ids); i++) {
		struct small_user users[] = {
			{ .name = "alice", .sub = SUB_ALICE, .wish = ids[i].wish },
			{ .name = "bob", .sub = SUB_BOB }
		};
		struct identity_user user = { .uid = 0 };
		struct a_reading r;

		a_reading_init(&r, "");
		r.pool.user = users;
		assert_int_equal(a_reading_sync(&r), UP_OK);
		const bool is_found =
			identity_find_by_name(r.host.identity, "alice", &user) == IDENTITY_FOUND;
		if (is_found != ids[i].is_admitted ||
		    (is_found && user.uid != strtoul(ids[i].wish, NULL, 10)))
			fail_msg("\"%s\" gave uid %u", ids[i].wish, user.uid);
		assert_int_equal(a_reading_refused(&r), !ids[i].is_admitted);
		/* One bad record is one user, not the whole pool. */
		assert_int_equal(identity_find_by_name(r.host.identity, "bob", &user),
				 IDENTITY_FOUND);
		a_reading_clear(&r);
	}
}

#define LONG_NAME "23456789012345678901234567890123" /* 32, and begins with a digit */

static const struct {
	const char *name, *login; /* NULL: refused */
} names[] = {
	{ "carol", "carol" },
	{ "Carol", "carol" },
	{ "_carol", "_carol" },
	{ "c", "c" },
	{ "carol-2_x", "carol-2_x" },
	{ LONG_NAME, NULL },
	{ "a2345678901234567890123456789012", "a2345678901234567890123456789012" },
	{ "a" LONG_NAME, NULL },
	{ "", NULL },
	{ ".", NULL },
	{ "..", NULL },
	{ "-x", NULL },
	{ "1", NULL },
	{ "123", NULL },
	{ "+", NULL },
	{ "+@ng", NULL },
	{ "a:b", NULL },
	{ "a/b", NULL },
	{ "a\nb", NULL },
	{ "a\nroot:x:0:0", NULL },
	{ " a", NULL },
	{ "a ", NULL },
	{ "a\x1b[m", NULL },
	{ "a\x7f", NULL },
	{ "a\xe2\x80\xae", NULL }, /* U+202E */
	{ "\xc3\xa4lice", NULL },  /* a with diaeresis */
	{ "\xd0\xb0lice", NULL },  /* Cyrillic a */
	{ "alice@example.com", NULL },
	{ "a.b", NULL },
	{ "root", NULL },
	{ "ROOT", NULL },
	{ "daemon", NULL },   /* in passwd */
	{ "staffers", NULL }, /* in group */
	{ "sudo", NULL },
	{ "wheel", NULL },
	{ "adm", NULL },
	{ "docker", NULL },
	{ "lxd", NULL },
	{ "disk", NULL },
	{ "shadow", NULL },
	{ "kvm", NULL },
	{ "libvirt", NULL },
	{ "systemd-journal", NULL },
	{ "systemd-anything", NULL },
	{ "nobody", NULL },
	{ "nogroup", NULL },
};

/* NSS-01, NSS-03, NSS-04 */
static void a_name_is_admitted_or_the_user_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < UP_COUNT(names); i++) {
		/* As a user, and as a group. */
		const char *const groups[] = { names[i].name, NULL };
		struct small_user users[] = { { .name = names[i].name, .sub = SUB_ALICE } };
		struct identity_user user;
		struct a_reading r;

		a_reading_init(&r, "");
		fake_host_write(&r.host, "etc/group", "root:x:0:\nstaffers:x:1200:\n");
		fake_host_settle(&r.host);
		r.pool.user = users;
		r.pool.users = 1;
		assert_int_equal(a_reading_sync(&r), UP_OK);
		const bool is_found = names[i].login != NULL &&
				      identity_find_by_name(r.host.identity, names[i].login,
							    &user) == IDENTITY_FOUND;
		if (is_found != (names[i].login != NULL) ||
		    a_reading_refused(&r) != (names[i].login == NULL))
			fail_msg("user \"%s\": found %d, refused %d", names[i].name, is_found,
				 (int)a_reading_refused(&r));
		a_reading_clear(&r);

		if (names[i].name[0] == '\0')
			continue;
		a_reading_init(&r, "");
		fake_host_write(&r.host, "etc/group", "root:x:0:\nstaffers:x:1200:\n");
		fake_host_settle(&r.host);
		r.pool.group = groups;
		assert_int_equal(a_reading_sync(&r), UP_OK);
		if (a_reading_refused(&r) != (names[i].login == NULL))
			fail_msg("group \"%s\"", names[i].name);
		a_reading_clear(&r);
	}
}

/* NSS-02, NSS-03: what stands in host.db is admitted again on the way out. */
static void a_poisoned_row_is_nobody(void **state)
{
	static const char *const poison[] = {
		"UPDATE users SET uid = 0",
		"UPDATE users SET uid = 1000",
		"UPDATE users SET uid = 65535",
		"UPDATE users SET uid = 4294967295",
		"UPDATE users SET uid = 4294967296",
		"UPDATE users SET uid = -1",
		"UPDATE users SET uid = 2147483648",
		"UPDATE users SET name = 'root'",
		"UPDATE users SET name = 'daemon'",
		"UPDATE users SET name = 'sudo'",
		"UPDATE users SET name = 'Alice'",
		"UPDATE users SET name = 'a:b'",
		"UPDATE users SET name = 'alice' || char(10) || 'x:0:0'",
		"UPDATE users SET name = ''",
		"UPDATE users SET gecos = 'a:b'",
		"UPDATE users SET gecos = 'a' || char(10) || 'evil:x:0:0'",
		"UPDATE users SET gecos = 'a' || char(27)",
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(poison); i++) {
		struct small_user users[] = { { .name = "alice", .sub = SUB_ALICE } };
		struct identity_user user = { .uid = 0 };
		char told[TOLD_SIZE];
		struct a_reading r;

		a_reading_init(&r, "");
		r.pool.user = users;
		r.pool.users = 1;
		assert_int_equal(a_reading_sync(&r), UP_OK);
		assert_int_equal(a_reading_run_sql(&r, poison[i]), UP_OK);
		for (size_t k = 0; k < 8; k++) {
			static const char *const asked[] = { "alice", "root",        "daemon",
							     "sudo",  "Alice",       "a:b",
							     "",      "alice\nx:0:0" };

			if (identity_find_by_name(r.host.identity, asked[k], &user) ==
			    IDENTITY_FOUND)
				fail_msg("%s: %s has uid %u", poison[i], asked[k], user.uid);
		}
		assert_int_not_equal(identity_find_by_uid(r.host.identity, 0, &user),
				     IDENTITY_FOUND);
		/* Nor does it come into the snapshot. */
		fake_host_write(&r.host, "etc/group", "root:x:0:\n");
		fake_host_settle(&r.host);
		assert_int_equal(a_reading_tells_user(&r, "alice", told), UP_ABSENT);
		assert_int_equal(a_reading_tells_user(&r, "root", told), UP_ABSENT);
		a_reading_clear(&r);
	}
}

/* NSS-05: home and shell are the host's own; the gecos of a pool is text or nothing. */
static void a_pool_chooses_neither_home_nor_shell(void **state)
{
	static const char *const gecoses[] = { "a:b", "a\nroot:x:0:0", "\x1b[2J", "\x7f" };
	struct small_user users[] = { { .name = "alice", .sub = SUB_ALICE } };
	struct identity_user user;
	struct a_reading r;

	(void)state;
	for (size_t i = 0; i < UP_COUNT(gecoses); i++) {
		users[0].full_name = gecoses[i];
		a_reading_init(&r, "[identity]\nhome = /srv/%u/%%\nshell = /bin/zsh\n");
		r.pool.user = users;
		r.pool.users = 1;
		assert_int_equal(a_reading_sync(&r), UP_OK);
		assert_int_equal(identity_find_by_name(r.host.identity, "alice", &user),
				 IDENTITY_FOUND);
		assert_string_equal(user.gecos, "");
		assert_string_equal(user.home, "/srv/alice/%");
		assert_string_equal(user.shell, "/bin/zsh");
		a_reading_clear(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_is_admitted_or_the_user_is_refused),
		cmocka_unit_test(a_name_is_admitted_or_the_user_is_refused),
		cmocka_unit_test(a_poisoned_row_is_nobody),
		cmocka_unit_test(a_pool_chooses_neither_home_nor_shell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
