/* SPDX-License-Identifier: MIT */
#include "daemon/server/confine.h"

#include "daemon/base/sandbox.h"

/*
 * Workers are started later and inherit this, so their directory and the libraries of
 * the system are in it; they give up more themselves.
 */
enum up_err confine(const struct server_options *options)
{
	const struct sandbox_path paths[] = {
		{ options->state_dir, SANDBOX_WRITE },
		{ options->runtime_dir, SANDBOX_WRITE },
		{ options->worker, SANDBOX_EXECUTE },
		{ options->builder, SANDBOX_EXECUTE },
		{ options->config_file != NULL ? options->config_file : UP_CONFDIR, SANDBOX_READ },
		{ UP_CONFDIR, SANDBOX_READ },
		{ UP_VENDORCONFDIR, SANDBOX_READ },
		{ "/etc", SANDBOX_READ },
		{ "/proc", SANDBOX_READ },
		{ "/dev/null", SANDBOX_WRITE },
		{ "/dev/urandom", SANDBOX_READ },
		{ "/run/systemd", SANDBOX_WRITE }, /* journal and notify sockets */
		{ "/lib", SANDBOX_EXECUTE },
		{ "/lib64", SANDBOX_EXECUTE },
		{ "/usr", SANDBOX_EXECUTE },
	};

	return sandbox_enter(paths, UP_COUNT(paths), SANDBOX_NO_INET);
}
