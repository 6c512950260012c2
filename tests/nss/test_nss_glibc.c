/* SPDX-License-Identifier: MIT */
/*
 * The built module behind glibc's own functions: loaded by name, with glibc's buffers,
 * merging of groups and enumeration.  It reads from identity/ of the current directory.
 */
#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <nss.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/identity/snapshot_writer.h"
#include "tests/lib/testing.h"

#define FIRST_UID 1900000000u
#define GROUP_GID 2000000000u
#define USERS     3000

static char directory[] = "/tmp/userpool-glibc-XXXXXX";

static void publish(uint64_t generation)
{
	_auto_(snapshot_writer_free) struct snapshot_writer *base = NULL, *delta = NULL;

	assert_int_equal(snapshot_writer_new(&base), UP_OK);
	assert_int_equal(snapshot_writer_new(&delta), UP_OK);
	assert_int_equal(snapshot_writer_add_group(base, "everybody", GROUP_GID), UP_OK);
	for (uint32_t i = 0; i < USERS; i++) {
		char name[32];
		const struct snapshot_user user = { name, "", "/home", "/bin/sh", FIRST_UID + i };

		(void)snprintf(name, sizeof(name), "user%u", i);
		assert_int_equal(snapshot_writer_add_user(base, &user), UP_OK);
		assert_int_equal(snapshot_writer_add_member(base, GROUP_GID, user.uid), UP_OK);
	}
	/* A group of the host, by map_groups. */
	assert_int_equal(snapshot_writer_add_foreign_gid(base, FIRST_UID, 27), UP_OK);
	assert_int_equal(snapshot_writer_publish_base(base, "identity", generation), UP_OK);
	assert_int_equal(snapshot_writer_publish_delta(delta, "identity", generation, generation),
			 UP_OK);
}

static int open_all(void **state)
{
	char path[4096];

	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_int_equal(chdir(directory), 0);
	assert_int_equal(mkdir("identity", 0755), 0);
	/* glibc asks the loader for libnss_userpool.so.2, which is then there by its soname. */
	(void)snprintf(path, sizeof(path), "%s/tests/nss/.libs/libnss_userpool.so.2",
		       getenv("TOP_BUILDDIR"));
	if (dlopen(path, RTLD_NOW) == NULL)
		fail_msg("%s", dlerror());
	assert_int_equal(__nss_configure_lookup("passwd", "files userpool"), 0);
	assert_int_equal(__nss_configure_lookup("group", "files userpool"), 0);
	assert_int_equal(__nss_configure_lookup("initgroups", "files userpool"), 0);
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	(void)unlink("identity/identity.base");
	(void)unlink("identity/identity.delta");
	(void)rmdir("identity");
	return chdir("/") == 0 ? rmdir(directory) : -1;
}

/* L3: what a program sees when nobody can tell is an error, and not that nobody is there. */
static void an_outage_is_an_error_and_no_absence(void **state)
{
	struct passwd user, *found = &user;
	char buffer[1024];

	(void)state;
	assert_int_not_equal(getpwnam_r("user1", &user, buffer, sizeof(buffer), &found), 0);
	assert_null(found);
	errno = 0;
	assert_null(getpwnam("user1"));
	assert_int_not_equal(errno, 0);
	/* L15 */
	assert_non_null(getpwnam("root"));
	assert_non_null(getpwuid(0));
}

static void users_are_found(void **state)
{
	struct passwd user, *found = NULL;
	char buffer[1024];

	(void)state;
	publish(1);
	found = getpwnam("user1");
	assert_non_null(found);
	assert_int_equal(found->pw_uid, FIRST_UID + 1);
	found = getpwuid(FIRST_UID + 2);
	assert_non_null(found);
	assert_string_equal(found->pw_name, "user2");
	errno = 0;
	assert_int_equal(getpwnam_r("nobody-here", &user, buffer, sizeof(buffer), &found), 0);
	assert_null(found);
	assert_int_equal(getpwnam_r("user1", &user, buffer, 3, &found), ERANGE);
}

/* glibc begins with a small buffer and comes again until it is large enough. */
static void a_large_group_is_found(void **state)
{
	const struct group *group;
	unsigned int members = 0;

	(void)state;
	publish(2);
	group = getgrnam("everybody");
	assert_non_null(group);
	while (group->gr_mem[members] != NULL)
		members++;
	assert_int_equal(members, USERS);
	assert_non_null(getgrgid(GROUP_GID));
}

static void the_groups_of_a_user_are_merged(void **state)
{
	gid_t groups[16];
	int count = 16;

	(void)state;
	publish(3);
	assert_int_equal(getgrouplist("user0", FIRST_UID, groups, &count), 3);
	assert_int_equal(groups[0], FIRST_UID);
	assert_int_equal(groups[1] + groups[2], 27 + GROUP_GID);
	/* Too small an array tells how many there are. */
	count = 1;
	assert_int_equal(getgrouplist("user0", FIRST_UID, groups, &count), -1);
	assert_int_equal(count, 3);
	/* Of nobody: the one that was given. */
	count = 16;
	assert_int_equal(getgrouplist("nobody-here", 7, groups, &count), 1);
	count = 16;
	assert_true(getgrouplist("root", 0, groups, &count) >= 1);
}

static void *enumerate(void *unused)
{
	(void)getpwnam("user77");
	(void)unused;
	return NULL;
}

static void everybody_is_enumerated_once(void **state)
{
	unsigned int ours = 0;
	struct passwd *user;
	pthread_t thread;

	(void)state;
	publish(4);
	for (int round = 0; round < 2; round++) {
		ours = 0;
		setpwent();
		while ((user = getpwent()) != NULL) {
			if (user->pw_uid >= FIRST_UID && user->pw_uid < FIRST_UID + USERS)
				assert_int_equal(user->pw_uid, FIRST_UID + ours++);
			if (ours % 1000 == 500) {
				assert_int_equal(pthread_create(&thread, NULL, enumerate, NULL), 0);
				assert_int_equal(pthread_join(thread, NULL), 0);
			}
		}
		assert_int_equal(ours, USERS);
		endpwent();
	}
}

/* NSS-27 */
static void the_module_stays_when_it_is_closed(void **state)
{
	char path[4096];
	void *module;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/tests/nss/.libs/libnss_userpool.so.2",
		       getenv("TOP_BUILDDIR"));
	for (int i = 0; i < 5; i++) {
		module = dlopen(path, RTLD_NOW);
		assert_non_null(module);
		assert_int_equal(dlclose(module), 0);
	}
	assert_non_null(getpwnam("user1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_outage_is_an_error_and_no_absence),
		cmocka_unit_test(users_are_found),
		cmocka_unit_test(a_large_group_is_found),
		cmocka_unit_test(the_groups_of_a_user_are_merged),
		cmocka_unit_test(everybody_is_enumerated_once),
		cmocka_unit_test(the_module_stays_when_it_is_closed),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
