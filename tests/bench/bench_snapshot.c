/* SPDX-License-Identifier: MIT */
/*
 * bench_snapshot DIRECTORY USERS GROUPS: publishes u0 ... in groups g0 ... as the daemon
 * does, each user in two groups and `many` in a hundred, and prints
 * "build SECONDS peak MIB bytes MIB".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "daemon/identity/snapshot_writer.h"

#define FIRST_UID 1879048192u
#define FIRST_GID 2000000000u
#define MANY      100

static double now_s(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void must(enum up_err err, const char *what)
{
	if (err == UP_OK)
		return;
	(void)fprintf(stderr, "bench_snapshot: %s: %s\n", what, up_strerror(err));
	exit(1);
}

static void add_user(struct snapshot_writer *writer, const char *name, uint32_t uid)
{
	char home[64];

	(void)snprintf(home, sizeof(home), "/home/%s", name);
	must(snapshot_writer_add_user(writer, &(struct snapshot_user){ .name = name,
								       .gecos = "User",
								       .home = home,
								       .shell = "/bin/bash",
								       .uid = uid }),
	     name);
}

static void fill(struct snapshot_writer *writer, uint32_t users, uint32_t groups)
{
	char name[32];

	for (uint32_t i = 0; i < users; i++) {
		(void)snprintf(name, sizeof(name), "u%u", i);
		add_user(writer, name, FIRST_UID + i);
	}
	add_user(writer, "many", FIRST_UID + users);
	for (uint32_t i = 0; i < groups; i++) {
		(void)snprintf(name, sizeof(name), "g%u", i);
		must(snapshot_writer_add_group(writer, name, FIRST_GID + i), name);
	}
	for (uint32_t i = 0; i < users; i++) {
		must(snapshot_writer_add_member(writer, FIRST_GID + i % groups, FIRST_UID + i),
		     "member");
		must(snapshot_writer_add_member(writer, FIRST_GID + (i / 2 + 1) % groups,
						FIRST_UID + i),
		     "member");
	}
	for (uint32_t i = 0; i < MANY && i < groups; i++)
		must(snapshot_writer_add_member(writer, FIRST_GID + i, FIRST_UID + users), "many");
}

int main(int argc, char **argv)
{
	struct snapshot_writer *writer = NULL, *none = NULL;
	struct rusage usage = { 0 };
	struct stat st = { 0 };
	char path[512];

	if (argc != 4)
		return 2;
	const double start = now_s();
	must(snapshot_writer_new(&writer), "writer");
	fill(writer, (uint32_t)strtoul(argv[2], NULL, 10), (uint32_t)strtoul(argv[3], NULL, 10));
	const uint64_t generation = (uint64_t)time(NULL);
	must(snapshot_writer_publish_base(writer, argv[1], generation), "base");
	must(snapshot_writer_new(&none), "writer");
	must(snapshot_writer_publish_delta(none, argv[1], generation, generation), "delta");
	const double end = now_s();
	(void)getrusage(RUSAGE_SELF, &usage);
	(void)snprintf(path, sizeof(path), "%s/identity.base", argv[1]);
	(void)stat(path, &st);
	(void)printf("build %.3f peak %.1f bytes %.1f\n", end - start,
		     (double)usage.ru_maxrss / 1024, (double)st.st_size / 1048576);
	snapshot_writer_free(writer);
	snapshot_writer_free(none);
	return 0;
}
