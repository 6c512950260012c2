/* SPDX-License-Identifier: MIT */
#include "daemon/identity/builder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_US 120000000
#define FIXED       7 /* arguments before the pairs of map_groups */

struct builder {
	builder_done_fn *done;
	void *arg;
	pid_t pid;
	int fd; /* a pidfd, so that nobody else's SIGCHLD is ours to mind */
	sd_event_source *io, *timer;
};

static void reap(struct builder *builder, int *status)
{
	while (waitpid(builder->pid, status, 0) < 0 && errno == EINTR)
		;
	builder->pid = 0;
}

static int on_end(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct builder *builder = arg;
	int status = 0;

	(void)source, (void)fd, (void)revents;
	(void)sd_event_source_set_enabled(builder->io, SD_EVENT_OFF);
	(void)sd_event_source_set_enabled(builder->timer, SD_EVENT_OFF);
	reap(builder, &status);
	builder->done(WIFEXITED(status) && WEXITSTATUS(status) == 0 ? UP_OK : UP_ERR_SYSTEM,
		      builder->arg);
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *arg)
{
	const struct builder *builder = arg;

	(void)source, (void)usec;
	(void)kill(builder->pid, SIGKILL);
	return 0;
}

struct arguments {
	char generation[24], least[24], most[24];
	char **argv;
};

static enum up_err make_arguments(const struct builder_options *options, struct arguments *ret)
{
	const struct config *config = options->config;
	size_t pairs = 0;

	while (config->identity_map_groups[pairs] != NULL)
		pairs++;
	(void)snprintf(ret->generation, sizeof(ret->generation), "%llu",
		       (unsigned long long)options->generation);
	(void)snprintf(ret->least, sizeof(ret->least), "%lld", (long long)config->identity_id_min);
	(void)snprintf(ret->most, sizeof(ret->most), "%lld", (long long)config->identity_id_max);
	ret->argv = calloc(FIXED + pairs + 1, sizeof(*ret->argv));
	if (ret->argv == NULL)
		return UP_ERR_NOMEM;
	const char *const fixed[FIXED] = {
		"userpool-snapshot", options->state_dir,    ret->generation,       ret->least,
		ret->most,           config->identity_home, config->identity_shell
	};
	/* posix_spawn(3) does not write to them. */
	for (size_t i = 0; i < FIXED; i++)
		ret->argv[i] = (char *)(uintptr_t)fixed[i];
	memcpy(ret->argv + FIXED, config->identity_map_groups, pairs * sizeof(*ret->argv));
	return UP_OK;
}

static enum up_err spawn_program(const struct builder_options *options, pid_t *ret)
{
	posix_spawnattr_t attributes;
	struct arguments arguments;
	char *env[] = { NULL };
	sigset_t none, all;

	UP_TRY(make_arguments(options, &arguments));
	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	int rc = posix_spawnattr_init(&attributes);
	if (rc == 0) {
		(void)posix_spawnattr_setsigmask(&attributes, &none);
		(void)posix_spawnattr_setsigdefault(&attributes, &all);
		(void)posix_spawnattr_setflags(&attributes,
					       POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
		rc = posix_spawn(ret, options->program, NULL, &attributes, arguments.argv, env);
		(void)posix_spawnattr_destroy(&attributes);
	}
	free(arguments.argv);
	return rc == 0 ? UP_OK : UP_ERR_SYSTEM;
}

enum up_err builder_start(sd_event *loop, const struct builder_options *options,
			  builder_done_fn *done, void *arg, struct builder **ret)
{
	struct builder *builder = calloc(1, sizeof(*builder));

	if (builder == NULL)
		return UP_ERR_NOMEM;
	*builder = (struct builder){ .done = done, .arg = arg, .fd = -1 };
	enum up_err err = spawn_program(options, &builder->pid);
	if (err == UP_OK) {
		builder->fd = pidfd_open(builder->pid, 0);
		if (builder->fd < 0 ||
		    sd_event_add_io(loop, &builder->io, builder->fd, EPOLLIN, on_end, builder) <
			    0 ||
		    sd_event_add_time_relative(loop, &builder->timer, CLOCK_BOOTTIME, PATIENCE_US,
					       0, on_timer, builder) < 0)
			err = UP_ERR_SYSTEM;
	}
	if (err != UP_OK) {
		builder_free(builder);
		return err;
	}
	*ret = builder;
	return UP_OK;
}

void builder_free(struct builder *builder)
{
	int status = 0;

	if (builder == NULL)
		return;
	sd_event_source_disable_unref(builder->io);
	sd_event_source_disable_unref(builder->timer);
	if (builder->pid > 0) {
		(void)kill(builder->pid, SIGKILL);
		reap(builder, &status);
	}
	if (builder->fd >= 0)
		(void)close(builder->fd);
	free(builder);
}
