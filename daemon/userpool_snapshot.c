/* SPDX-License-Identifier: MIT */
/*
 * userpool-snapshot STATE-DIR GENERATION ID-MIN ID-MAX HOME SHELL [POOL-GROUP:LOCAL-GROUP]...
 * Builds the base of the snapshot from host.db beside userpoold(8), which starts it
 * and puts the result in force.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sysexits.h>

#include "common/localdb.h"
#include "daemon/base/log.h"
#include "daemon/base/sandbox.h"
#include "daemon/identity/snapshot_build.h"

#define FIXED 7

static enum up_err confine(const char *host, const char *identity)
{
	const struct sandbox_path paths[] = {
		{ host, SANDBOX_WRITE }, /* SQLite's shared memory beside the database */
		{ identity, SANDBOX_WRITE },
		{ UP_LOCAL_PASSWD, SANDBOX_READ },
		{ UP_LOCAL_GROUP, SANDBOX_READ },
	};

	return sandbox_enter(paths, UP_COUNT(paths), SANDBOX_NO_EXEC | SANDBOX_NO_INET);
}

static enum up_err build(const char *state_dir, const struct config *config, uint64_t generation)
{
	char host[4096], database[4096 + 16], identity[4096];
	_auto_(local_names_free) struct local_names *local = NULL;
	_auto_(store_close) struct store *store = NULL;

	if ((size_t)snprintf(host, sizeof(host), "%s/host", state_dir) >= sizeof(host) ||
	    (size_t)snprintf(identity, sizeof(identity), "%s/identity", state_dir) >=
		    sizeof(identity))
		return UP_ERR_TOO_LARGE;
	(void)snprintf(database, sizeof(database), "%s/host.db", host);
	UP_TRY(confine(host, identity));
	UP_TRY(local_names_load(UP_LOCAL_PASSWD, UP_LOCAL_GROUP, &local));
	UP_TRY(store_open_reader(database, &store));
	const struct snapshot_build what = { store, { config, local }, identity };
	return snapshot_build_base(&what, generation);
}

int main(int argc, char **argv)
{
	log_setup("userpool-snapshot", LOG_TARGET_AUTO, LOG_INFO);
	if (argc < FIXED) {
		(void)fprintf(stderr, "userpool-snapshot is started by userpoold(8)\n");
		return EX_USAGE;
	}
	const struct config config = { .identity_id_min = strtoll(argv[3], NULL, 10),
				       .identity_id_max = strtoll(argv[4], NULL, 10),
				       .identity_home = argv[5],
				       .identity_shell = argv[6],
				       .identity_map_groups = argv + FIXED };

	/* Logins go first. */
	(void)setpriority(PRIO_PROCESS, 0, 10);
	enum up_err err = build(argv[1], &config, strtoull(argv[2], NULL, 10));
	if (err != UP_OK)
		log_event(EV_SNAPSHOT_FAILED, log_err(err));
	return err == UP_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
