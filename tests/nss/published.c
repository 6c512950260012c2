/* SPDX-License-Identifier: MIT */
#include "tests/nss/published.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/identity/snapshot_writer.h"
#include "nss/internal.h"
#include "tests/lib/testing.h"
#include "tests/nss/entry_points.h"

char published_directory[32] = "/tmp/userpool-nss-XXXXXX";
char published_base[sizeof(published_directory) + sizeof("/" UP_SNAPSHOT_BASE)];
char published_delta[sizeof(published_directory) + sizeof("/" UP_SNAPSHOT_DELTA)];

static char draft[sizeof(published_directory) + sizeof("/draft")];

int published_open(void **state)
{
	(void)state;
	/* In memory where there is such a place: every publication is synced to the disk. */
	if (access("/dev/shm", W_OK) == 0)
		memcpy(published_directory, "/dev/shm/userpool-nss-XXXXXX",
		       sizeof("/dev/shm/userpool-nss-XXXXXX"));
	assert_non_null(mkdtemp(published_directory));
	assert_int_equal(chmod(published_directory, 0755), 0);
	(void)snprintf(published_base, sizeof(published_base), "%s/" UP_SNAPSHOT_BASE,
		       published_directory);
	(void)snprintf(published_delta, sizeof(published_delta), "%s/" UP_SNAPSHOT_DELTA,
		       published_directory);
	(void)snprintf(draft, sizeof(draft), "%s/draft", published_directory);
	published_forget();
	return 0;
}

int published_close(void **state)
{
	(void)state;
	published_forget();
	(void)unlink(published_base);
	(void)unlink(published_delta);
	(void)unlink(draft);
	return rmdir(published_directory);
}

static void add_users(struct snapshot_writer *writer, const struct published *what)
{
	for (uint32_t i = 0; i < what->users; i++) {
		char name[32], gecos[64], home[64], shell[64];
		const struct snapshot_user user = { name, gecos, home, shell, PUBLISHED_UID + i };

		(void)snprintf(name, sizeof(name), "user%" PRIu32, i);
		(void)snprintf(gecos, sizeof(gecos), "User %" PRIu32 " of %" PRIu64, i,
			       what->generation);
		(void)snprintf(home, sizeof(home), "/home/%" PRIu64 "/%s", what->generation, name);
		(void)snprintf(shell, sizeof(shell), "/bin/sh%" PRIu64, what->generation);
		assert_int_equal(snapshot_writer_add_user(writer, &user), UP_OK);
	}
}

static void add_groups(struct snapshot_writer *writer, const struct published *what)
{
	const uint32_t members = what->members > 0 ? what->members : 1;

	for (uint32_t i = 0; i < what->groups; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "group%" PRIu32, i);
		assert_int_equal(snapshot_writer_add_group(writer, name, PUBLISHED_GID + i), UP_OK);
		for (uint32_t user = 0; user < members && user < what->users; user++)
			assert_int_equal(snapshot_writer_add_member(writer, PUBLISHED_GID + i,
								    PUBLISHED_UID + user),
					 UP_OK);
	}
}

static void publish_delta(struct snapshot_writer *writer, uint64_t generation, uint64_t of_base)
{
	assert_int_equal(
		snapshot_writer_publish_delta(writer, published_directory, generation, of_base),
		UP_OK);
}

void publish(const struct published *what)
{
	_auto_(snapshot_writer_free) struct snapshot_writer *base = NULL, *delta = NULL;

	assert_int_equal(snapshot_writer_new(&base), UP_OK);
	assert_int_equal(snapshot_writer_new(&delta), UP_OK);
	add_users(base, what);
	add_groups(base, what);
	assert_int_equal(snapshot_writer_publish_base(base, published_directory, what->generation),
			 UP_OK);
	publish_delta(delta, what->generation, what->generation);
}

void publish_change(const struct published *what)
{
	_auto_(snapshot_writer_free) struct snapshot_writer *delta = NULL;
	const struct snapshot_user renamed = { "renamed", "Renamed", "/home/renamed", "/bin/sh",
					       PUBLISHED_UID + 1 };
	const struct snapshot_user newcomer = { "newcomer", "New", "/home/newcomer", "/bin/sh",
						PUBLISHED_UID + what->users };

	assert_int_equal(snapshot_writer_new(&delta), UP_OK);
	assert_int_equal(snapshot_writer_add_gone_user(delta, PUBLISHED_UID), UP_OK);
	assert_int_equal(snapshot_writer_add_user(delta, &renamed), UP_OK);
	assert_int_equal(snapshot_writer_add_user(delta, &newcomer), UP_OK);
	assert_int_equal(snapshot_writer_add_group(delta, "group0", PUBLISHED_GID), UP_OK);
	assert_int_equal(snapshot_writer_add_member(delta, PUBLISHED_GID, newcomer.uid), UP_OK);
	publish_delta(delta, what->generation + 1, what->generation);
}

void published_forget(void)
{
	for (size_t i = 0; i < UP_COUNT(nss_source.base); i++)
		up_mapping_close(&nss_source.base[i].mapping);
	for (size_t i = 0; i < UP_COUNT(nss_source.view); i++)
		up_mapping_close(&nss_source.view[i].delta);
	memset((void *)&nss_source, 0, sizeof(nss_source));
	nss_source.base_path = published_base;
	nss_source.delta_path = published_delta;
}

uint8_t *published_read(const char *path, size_t *size)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	*size = (size_t)st.st_size;
	uint8_t *bytes = malloc(*size);
	assert_non_null(bytes);
	assert_int_equal(read(fd, bytes, *size), *size);
	assert_int_equal(close(fd), 0);
	return bytes;
}

void published_put(const char *path, const uint8_t *bytes, size_t size)
{
	int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	assert_int_equal(close(fd), 0);
	assert_int_equal(rename(draft, path), 0);
}

enum nss_status look_up(const char *name)
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

void expect_everything_unavailable(void)
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
