/* SPDX-License-Identifier: MIT */
/*
 * A directory with a snapshot that the real writer made, and the module reading from
 * there.  User I is called userI and has the uid PUBLISHED_UID + I; group I groupI and
 * PUBLISHED_GID + I.
 */
#pragma once

#include <nss.h>
#include <stddef.h>
#include <stdint.h>

#define PUBLISHED_UID 1900000000u
#define PUBLISHED_GID 2000000000u

struct published {
	uint32_t users, groups;
	/* Group I has the first `members` users; 0: each group has user0 only. */
	uint32_t members;
	/* Written into gecos, home and shell of every user, so that a mixed answer shows. */
	uint64_t generation;
};

/* cmocka's group set-up and tear-down. */
int published_open(void **state);
int published_close(void **state);

/* The directory, and the two files in it. */
extern char published_directory[];
extern char published_base[], published_delta[];

/* A base with an empty delta, as the daemon does. */
void publish(const struct published *what);

/* A delta of the base of `what`: user0 is no more, user1 is called renamed, and newcomer, with the
 * uid PUBLISHED_UID + `users`, is there. */
void publish_change(const struct published *what);

/* Makes the module as it is in a fresh process. */
void published_forget(void);

/* Reads a file, and puts another one in its place, as anything but the writer would. */
uint8_t *published_read(const char *path, size_t *size);
void published_put(const char *path, const uint8_t *bytes, size_t size);

/* Looks the user up, and that an answer is of that user, and errno what belongs to the status. */
enum nss_status look_up(const char *name);

/* L3, NSS-09: of user0 and group0, by every entry point. */
void expect_everything_unavailable(void);
