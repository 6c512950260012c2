/* SPDX-License-Identifier: MIT */
#include "tests/lib/fake_host.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/localdb.h"
#include "daemon/crypto/seal.h"
#include "daemon/identity/local.h"
#include "daemon/store/host_schema.h"
#include "tests/lib/fake_pool.h"

static struct {
	char etc[64]; /* where /etc is for the code under test */
} fake;

/* What the linker puts in the place of the host's own: see fake_host_ldflags. */
enum up_err __real_local_names_load(const char *passwd, const char *group,
				    struct local_names **ret);
enum up_err __wrap_local_names_load(const char *passwd, const char *group,
				    struct local_names **ret);
enum up_local __real_up_local_find_name(const char *path, const char *name, uint32_t *id);
enum up_local __wrap_up_local_find_name(const char *path, const char *name, uint32_t *id);
int __real_sd_event_add_inotify(sd_event *loop, sd_event_source **ret, const char *path,
				uint32_t mask, sd_event_inotify_handler_t callback, void *arg);
int __wrap_sd_event_add_inotify(sd_event *loop, sd_event_source **ret, const char *path,
				uint32_t mask, sd_event_inotify_handler_t callback, void *arg);

/* /etc/NAME in the directory of the test. */
static const char *moved(const char *path, char out[128])
{
	(void)snprintf(out, 128, "%s%s", fake.etc, path + strlen("/etc"));
	return out;
}

enum up_err __wrap_local_names_load(const char *passwd, const char *group, struct local_names **ret)
{
	char passwd_path[128], group_path[128];

	return __real_local_names_load(moved(passwd, passwd_path), moved(group, group_path), ret);
}

enum up_local __wrap_up_local_find_name(const char *path, const char *name, uint32_t *id)
{
	char moved_path[128];

	return __real_up_local_find_name(moved(path, moved_path), name, id);
}

int __wrap_sd_event_add_inotify(sd_event *loop, sd_event_source **ret, const char *path,
				uint32_t mask, sd_event_inotify_handler_t callback, void *arg)
{
	char moved_path[128];

	return __real_sd_event_add_inotify(loop, ret, moved(path, moved_path), mask, callback, arg);
}

static void must(enum up_err err, const char *what)
{
	if (err == UP_OK)
		return;
	(void)fprintf(stderr, "fake host: %s: %s\n", what, up_strerror(err));
	abort();
}

void fake_host_init(struct fake_host *host)
{
	*host = (struct fake_host){ .directory = "/tmp/userpool-host-XXXXXX" };
	if (mkdtemp(host->directory) == NULL || sd_event_new(&host->loop) < 0)
		abort();
	(void)snprintf(fake.etc, sizeof(fake.etc), "%s/etc", host->directory);
	if (mkdir(fake.etc, 0755) < 0)
		abort();
	fake_host_write(host, "etc/passwd",
			"root:x:0:0:root:/root:/bin/bash\n"
			"daemon:x:1:1::/usr/sbin:/usr/sbin/nologin\n");
	fake_host_write(host, "etc/group", "root:x:0:\ndaemon:x:1:\nsudo:x:27:\n");
	fake_host_configure(host, "");
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st, (void)kind, (void)walk;
	return remove(path);
}

void fake_host_clear(struct fake_host *host)
{
	fake_host_close(host);
	config_free(host->config);
	sd_event_unref(host->loop);
	(void)nftw(host->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void fake_host_write(const struct fake_host *host, const char *name, const char *text)
{
	char path[128], part[136];

	(void)snprintf(path, sizeof(path), "%s/%s", host->directory, name);
	(void)snprintf(part, sizeof(part), "%s.new", path);
	FILE *file = fopen(part, "we");
	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0 || rename(part, path) < 0)
		abort();
}

void fake_host_configure(struct fake_host *host, const char *text)
{
	struct config *config = NULL;
	char path[128], *problem = NULL;

	fake_host_write(host, "userpool.conf", text);
	(void)snprintf(path, sizeof(path), "%s/userpool.conf", host->directory);
	must(config_load(path, &config, &problem), problem != NULL ? problem : "config");
	free(problem);
	config_free(host->config);
	host->config = config;
}

void fake_host_open(struct fake_host *host)
{
	const struct pool_options options = { .program = "", .state_dir = "" };
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/host.db", host->directory);
	must(store_open(path, host_migrations, host_migration_count, 1000, &host->store), path);
	must(seal_key_open(host->directory, "host.key", true, &host->key), "key");
	must(pool_new(host->loop, &options, &host->pool), "pool");
	must(sessions_open(host->loop, host->store, host->key, &host->sessions), "sessions");
	const struct identity_options identity = { .config = host->config,
						   .store = host->store,
						   .pool = host->pool,
						   .directory = host->directory };
	must(identity_open(host->loop, &identity, &host->identity), "identity");
}

void fake_host_close(struct fake_host *host)
{
	identity_close(TAKE(host->identity));
	sessions_close(TAKE(host->sessions));
	pool_free(TAKE(host->pool));
	seal_key_free(TAKE(host->key));
	store_close(TAKE(host->store));
}

void fake_host_settle(const struct fake_host *host)
{
	while (sd_event_run(host->loop, 0) > 0)
		;
}
