/* SPDX-License-Identifier: MIT */
/* userpoold(8): options, then server_run(). */
#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <jansson.h>

#include "common/wipe.h"
#include "daemon/server/server.h"

const char *argp_program_version = "userpoold " PACKAGE_VERSION;

enum option_key {
	KEY_CONFIG = 0x100,
	KEY_STATE_DIR,
	KEY_RUNTIME_DIR,
	KEY_WORKER,
	KEY_BUILDER,
	KEY_LOG,
};

static const struct argp_option options[] = {
	{ "config", KEY_CONFIG, "FILE", 0,
	  "read this file instead of userpool.conf and its drop-ins", 0 },
	{ "state-dir", KEY_STATE_DIR, "DIR", 0, "where the state is kept [" UP_STATEDIR "]", 0 },
	{ "runtime-dir", KEY_RUNTIME_DIR, "DIR", 0,
	  "where the sockets are made [" UP_RUNTIMEDIR "]", 0 },
	{ "worker", KEY_WORKER, "PATH", 0, "the program of the pool workers", 0 },
	{ "builder", KEY_BUILDER, "PATH", 0, "the program that builds the snapshot of a large pool",
	  0 },
	{ "log", KEY_LOG, "TARGET", 0, "auto, stderr or journal", 0 },
	{ 0 },
};

static error_t parse_log(const char *text, struct argp_state *state, enum log_target *ret)
{
	static const char *const targets[] = { [LOG_TARGET_AUTO] = "auto",
					       [LOG_TARGET_STDERR] = "stderr",
					       [LOG_TARGET_JOURNAL] = "journal" };

	for (size_t i = 0; i < UP_COUNT(targets); i++)
		if (strcmp(targets[i], text) == 0) {
			*ret = (enum log_target)i;
			return 0;
		}
	argp_error(state, "--log takes auto, stderr or journal, not \"%s\"", text);
	return EINVAL;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct server_options *chosen = state->input;

	switch (key) {
	case KEY_CONFIG:
		chosen->config_file = argument;
		return 0;
	case KEY_STATE_DIR:
		chosen->state_dir = argument;
		return 0;
	case KEY_RUNTIME_DIR:
		chosen->runtime_dir = argument;
		return 0;
	case KEY_WORKER:
		chosen->worker = argument;
		return 0;
	case KEY_BUILDER:
		chosen->builder = argument;
		return 0;
	case KEY_LOG:
		return parse_log(argument, state, &chosen->log);
	case ARGP_KEY_ARG:
		argp_error(state, "there are no arguments: \"%s\"", argument);
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "Lets people of a user pool sign in to this host.  See userpoold(8).",
	};
	struct server_options chosen = { .state_dir = UP_STATEDIR,
					 .runtime_dir = UP_RUNTIMEDIR,
					 .worker = UP_LIBEXECDIR "/userpool-pool",
					 .builder = UP_LIBEXECDIR "/userpool-snapshot",
					 .log = LOG_TARGET_AUTO };

	if (argp_parse(&argp, argc, argv, 0, NULL, &chosen) != 0)
		return EX_USAGE;
	json_set_alloc_funcs(up_wiping_alloc, up_wiping_free);
	switch ((int)server_run(&chosen)) {
	case UP_OK:
		return EXIT_SUCCESS;
	case UP_ERR_CORRUPT:
	case UP_ERR_VERSION:
	case UP_ERR_UNTRUSTED:
	case UP_ERR_CONFIG:
		return EX_CONFIG;
	default:
		return EXIT_FAILURE;
	}
}
