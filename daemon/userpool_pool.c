/* SPDX-License-Identifier: MIT */
/* userpool-pool embedded --state-dir DIR: a worker of userpoold, with its channel on fd 3. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/wipe.h"
#include "daemon/base/log.h"
#include "daemon/base/sandbox.h"
#include "daemon/embedded/embedded.h"

#define CHANNEL_FD 3

/* Only these lead the daemon to say "damaged" and to wait; others may pass. */
static int status_of(enum up_err err)
{
	switch ((int)err) {
	case UP_ERR_CORRUPT:
	case UP_ERR_VERSION:
	case UP_ERR_UNTRUSTED:
		return EX_CONFIG;
	default:
		return EXIT_FAILURE;
	}
}

static enum up_err confine(const char *state_dir)
{
	char pool_dir[4096];

	if ((size_t)snprintf(pool_dir, sizeof(pool_dir), "%s/pool", state_dir) >= sizeof(pool_dir))
		return UP_ERR_TOO_LARGE;
	const struct sandbox_path paths[] = {
		{ pool_dir, SANDBOX_WRITE },
		{ "/etc/localtime", SANDBOX_READ },
	};

	return sandbox_enter(paths, UP_COUNT(paths), SANDBOX_NO_EXEC | SANDBOX_NO_INET);
}

static int run(const char *state_dir)
{
	_auto_(embedded_close) struct embedded *embedded = NULL;
	enum up_err err = embedded_open(state_dir, &embedded);

	if (err == UP_OK)
		err = confine(state_dir);
	if (err != UP_OK) {
		log_event(EV_START_FAILED, log_str("state_dir", state_dir), log_err(err));
		return status_of(err);
	}
	err = backend_serve(CHANNEL_FD, embedded_operations, embedded_operation_count, embedded);
	if (err != UP_OK)
		log_event(EV_WORKER_FAILED, log_str("why", "the channel broke"), log_err(err));
	return err == UP_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	log_setup("userpool-pool", LOG_TARGET_AUTO, LOG_INFO);
	if (argc != 4 || strcmp(argv[1], "embedded") != 0 || strcmp(argv[2], "--state-dir") != 0) {
		(void)fprintf(
			stderr,
			"userpool-pool is started by userpoold(8), with its channel on fd 3:\n"
			"userpool-pool embedded --state-dir DIR\n");
		return EX_USAGE;
	}
	json_set_alloc_funcs(up_wiping_alloc, up_wiping_free);
	(void)signal(SIGPIPE, SIG_IGN);
	return run(argv[3]);
}
