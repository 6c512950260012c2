/* SPDX-License-Identifier: MIT */
/* The identity room on a fake host, reading a small pool, and the snapshot that it publishes. */
#pragma once

#include "common/snapshot.h"
#include "tests/lib/fake_host.h"
#include "tests/lib/small_pool.h"

struct a_reading {
	struct fake_host host;
	struct small_pool pool;
	const char *failing; /* an operation that the pool fails, or NULL */
};

void a_reading_init(struct a_reading *r, const char *config);
void a_reading_clear(struct a_reading *r);

/* Reads the whole pool; how that ended. */
enum up_err a_reading_sync(struct a_reading *r);
/* How many records were refused. */
int64_t a_reading_refused(const struct a_reading *r);
/* Runs a statement on host.db. */
enum up_err a_reading_run_sql(struct a_reading *r, const char *sql);

/* What everybody's NSS would be told: "uid:gecos:home:shell:gid gid ..." of a user, "gid:name name
 * ..." of a group. */
#define TOLD_SIZE 1024
enum up_found a_reading_tells_user(const struct a_reading *r, const char *name,
				   char out[TOLD_SIZE]);
enum up_found a_reading_tells_group(const struct a_reading *r, const char *name,
				    char out[TOLD_SIZE]);
