/* SPDX-License-Identifier: MIT */
#include "daemon/server/server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "daemon/base/clock.h"
#include "daemon/server/confine.h"
#include "daemon/server/host_state.h"
#include "daemon/server/listen.h"
#include "daemon/server/services.h"

#define WORKER_TIMEOUT_MS 20000
#define CALL_KEYS_MAX     1024
#define DRAIN_MS          30000
#define DRAIN_LOOK_MS     50
#define DRAIN_ACCURACY_US 10000

struct server {
	const struct server_options *options;
	sd_event *loop;
	struct config *config;
	struct host_state state;
	struct services services;
	struct connections *clients[3];
	struct listener *listener[3];
	sd_event_source *drain;
	int64_t drain_until_ms; /* clock_boot_ms() */
};

static int log_priority(const struct config *config)
{
	static const struct {
		const char *name;
		int priority;
	} levels[] = { { "error", LOG_ERR },
		       { "warning", LOG_WARNING },
		       { "notice", LOG_NOTICE },
		       { "info", LOG_INFO },
		       { "debug", LOG_DEBUG } };

	for (size_t i = 0; i < UP_COUNT(levels); i++)
		if (strcmp(levels[i].name, config->daemon_log_level) == 0)
			return levels[i].priority;
	return LOG_INFO;
}

/* The file and line are in the event. */
static enum up_err load_config(struct server *server, struct config **ret)
{
	char *problem = NULL;
	enum up_err err = config_load(server->options->config_file, ret, &problem);

	if (err != UP_OK)
		log_event(EV_CONFIG_INVALID, log_str("problem", problem), log_err(err));
	else
		log_setup("userpoold", server->options->log, log_priority(*ret));
	free(problem);
	return err;
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *arg)
{
	struct server *server = arg;
	struct config *config = NULL;

	(void)source, (void)info;
	(void)sd_notify(0, "RELOADING=1");
	if (load_config(server, &config) == UP_OK) {
		/* What a login needs of it was copied when it began. */
		login_engine_configure(server->services.logins, config);
		identity_configure(server->services.identity, config);
		server->services.config = config;
		config_free(server->config);
		server->config = config;
		log_event(EV_RELOADED, log_str("file", server->options->config_file));
	}
	(void)sd_notify(0, "READY=1");
	return 0;
}

static int look_drained(sd_event_source *source, uint64_t usec, void *arg)
{
	struct server *server = arg;

	(void)usec;
	if (login_count(server->services.logins) == 0 || clock_boot_ms() >= server->drain_until_ms)
		return sd_event_exit(server->loop, 0);
	if (sd_event_source_set_time_relative(source, (uint64_t)DRAIN_LOOK_MS * 1000) < 0)
		return sd_event_exit(server->loop, 0);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* No new clients; who is in the middle of a login may finish it. */
static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *arg)
{
	struct server *server = arg;

	(void)source, (void)info;
	(void)sd_notify(0, "STOPPING=1");
	for (size_t i = 0; i < UP_COUNT(server->listener); i++) {
		listener_free(server->listener[i]);
		server->listener[i] = NULL;
	}
	if (server->drain != NULL)
		return sd_event_exit(server->loop, 0);
	server->drain_until_ms = clock_boot_ms() + DRAIN_MS;
	if (sd_event_add_time_relative(server->loop, &server->drain, CLOCK_BOOTTIME, 0,
				       DRAIN_ACCURACY_US, look_drained, server) < 0)
		return sd_event_exit(server->loop, 0);
	return 0;
}

static enum up_err watch_signals(struct server *server)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGCHLD);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 ||
	    sd_event_add_signal(server->loop, NULL, SIGHUP, on_reload, server) < 0 ||
	    sd_event_add_signal(server->loop, NULL, SIGTERM, on_stop, server) < 0 ||
	    sd_event_add_signal(server->loop, NULL, SIGINT, on_stop, server) < 0)
		return UP_ERR_SYSTEM;
	(void)sd_event_set_watchdog(server->loop, true);
	return UP_OK;
}

static enum up_err open_rooms(struct server *server)
{
	const struct server_options *options = server->options;
	const struct config *config = server->config;
	const struct pool_options pool = { .program = options->worker,
					   .state_dir = options->state_dir,
					   .workers = config->daemon_workers,
					   .idle_s = config->daemon_worker_idle,
					   .queue = config->daemon_queue,
					   .timeout_ms = WORKER_TIMEOUT_MS };
	struct identity_options identity = { .config = config,
					     .builder = options->builder,
					     .state_dir = options->state_dir };
	struct services *services = &server->services;

	services->config = config;
	UP_TRY(host_state_open(options->state_dir, &server->state));
	UP_TRY(pool_new(server->loop, &pool, &services->pool));
	UP_TRY(sessions_open(server->loop, server->state.store, server->state.key,
			     &services->sessions));
	identity.store = server->state.store;
	identity.pool = services->pool;
	identity.directory = server->state.identity_dir;
	UP_TRY(identity_open(server->loop, &identity, &services->identity));
	UP_TRY(login_engine_new(server->loop, config, services->pool, services->identity,
				services->sessions, &services->logins));
	return limits_new(CALL_KEYS_MAX, config->daemon_attempts_per_minute,
			  config->daemon_attempts_per_minute, &services->calls);
}

static enum up_err open_sockets(struct server *server)
{
	const struct connection_service served[] = { login_service(&server->services),
						     api_service(&server->services),
						     nss_service(&server->services) };

	for (size_t i = 0; i < UP_COUNT(served); i++) {
		UP_TRY(connections_new(server->loop, &served[i], &server->clients[i]));
		UP_TRY(listener_new(server->loop, server->options->runtime_dir, served[i].name,
				    server->clients[i], &server->listener[i]));
	}
	return UP_OK;
}

/* In the order of who leans on whom; each takes NULL. */
static void close_all(struct server *server)
{
	struct services *services = &server->services;

	for (size_t i = 0; i < UP_COUNT(server->listener); i++)
		listener_free(server->listener[i]);
	for (size_t i = 0; i < UP_COUNT(server->clients); i++)
		connections_free(server->clients[i]);
	sd_event_source_disable_unref(server->drain);
	login_engine_free(services->logins);
	identity_close(services->identity);
	sessions_close(services->sessions);
	pool_free(services->pool);
	limits_free(services->calls);
	host_state_close(&server->state);
	config_free(server->config);
	sd_event_unref(server->loop);
}

static enum up_err start(struct server *server)
{
	if (sd_event_default(&server->loop) < 0)
		return UP_ERR_SYSTEM;
	UP_TRY(load_config(server, &server->config));
	UP_TRY(watch_signals(server));
	UP_TRY(open_rooms(server));
	UP_TRY(open_sockets(server));
	return confine(server->options);
}

enum up_err server_run(const struct server_options *options)
{
	struct server server = { .options = options, .state = { .lock = -1 } };
	enum up_err err;

	log_setup("userpoold", options->log, LOG_INFO);
	err = start(&server);
	if (err == UP_OK) {
		log_event(EV_STARTED, log_str("version", PACKAGE_VERSION),
			  log_str("runtime_dir", options->runtime_dir));
		(void)sd_notify(0, "READY=1");
		if (sd_event_loop(server.loop) < 0)
			err = UP_ERR_SYSTEM;
		log_event(EV_STOPPED,
			  log_int("sessions", (int64_t)sessions_count(server.services.sessions)));
	} else {
		log_event(EV_START_FAILED, log_str("state_dir", options->state_dir), log_err(err));
	}
	close_all(&server);
	return err;
}
