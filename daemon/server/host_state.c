/* SPDX-License-Identifier: MIT */
#include "daemon/server/host_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/log.h"
#include "daemon/store/host_schema.h"

#define BUSY_MS  1000
#define KEY_NAME "host.key"

/* Who may write to it could put another directory in the place of one of ours. */
static enum up_err check_state_dir(const char *state_dir)
{
	struct stat st;

	if (stat(state_dir, &st) < 0)
		return UP_ERR_IO;
	if (!S_ISDIR(st.st_mode) || (st.st_uid != geteuid() && st.st_uid != 0) ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return UP_ERR_UNTRUSTED;
	return UP_OK;
}

static enum up_err make_directory(const char *state_dir, const char *name, mode_t mode, char **ret)
{
	_auto_(free) char *path = NULL;
	struct stat st;

	if (asprintf(&path, "%s/%s", state_dir, name) < 0) {
		path = NULL;
		return UP_ERR_NOMEM;
	}
	if (mkdir(path, mode) < 0 && errno != EEXIST)
		return UP_ERR_IO;
	if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid())
		return UP_ERR_UNTRUSTED;
	/* The umask may have taken from it, and it may never be writable for others. */
	if ((st.st_mode & 07777) != mode && chmod(path, mode) < 0)
		return UP_ERR_IO;
	*ret = TAKE(path);
	return UP_OK;
}

static bool is_there(const char *directory, const char *name)
{
	_auto_(free) char *path = NULL;

	if (asprintf(&path, "%s/%s", directory, name) < 0) {
		path = NULL;
		return true;
	}
	return access(path, F_OK) == 0 || errno != ENOENT;
}

/* Two daemons on one ledger would give one id twice.  The lock ends with the process. */
static enum up_err lock(const char *directory, int *ret)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return UP_ERR_IO;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		(void)close(fd);
		return errno == EWOULDBLOCK ? UP_ERR_CONFLICT : UP_ERR_SYSTEM;
	}
	*ret = fd;
	return UP_OK;
}

/* errno is that of what has just failed. */
static enum up_err failed(const char *what, enum up_err err)
{
	log_event(EV_STORE_FAILED, log_str("what", what), log_err(err),
		  log_str("errno", err == UP_ERR_IO ? strerrordesc_np(errno) : NULL),
		  log_str("detail", err == UP_ERR_CONFLICT ? "another daemon uses it" : NULL));
	return err;
}

/*
 * A key that has lost its database would start a new ledger and give ids anew.  A
 * database that has lost its key has lost tokens only: the sessions are made again.
 */
static enum up_err open_store(const char *directory, struct host_state *state)
{
	_auto_(free) char *path = NULL;
	enum up_err err;

	if (asprintf(&path, "%s/host.db", directory) < 0) {
		path = NULL;
		return UP_ERR_NOMEM;
	}
	if (!is_there(directory, "host.db") && is_there(directory, KEY_NAME))
		return failed(path, UP_ERR_CORRUPT);
	err = store_open(path, host_migrations, host_migration_count, BUSY_MS, &state->store);
	if (err != UP_OK)
		return failed(path, err);
	err = seal_key_open(directory, KEY_NAME, true, &state->key);
	return err == UP_OK ? UP_OK : failed(KEY_NAME, err);
}

static enum up_err open_directories(const char *state_dir, char **host, struct host_state *ret)
{
	_auto_(free) char *pool = NULL;

	UP_TRY(check_state_dir(state_dir));
	UP_TRY(make_directory(state_dir, "host", 0700, host));
	UP_TRY(make_directory(state_dir, "pool", 0700, &pool));
	UP_TRY(make_directory(state_dir, "identity", 0755, &ret->identity_dir));
	return lock(*host, &ret->lock);
}

enum up_err host_state_open(const char *state_dir, struct host_state *ret)
{
	_auto_(free) char *host = NULL;

	ret->lock = -1;
	enum up_err err = open_directories(state_dir, &host, ret);
	return err == UP_OK ? open_store(host, ret) : failed(state_dir, err);
}

void host_state_close(struct host_state *state)
{
	seal_key_free(state->key);
	store_close(state->store);
	free(state->identity_dir);
	if (state->lock >= 0)
		(void)close(state->lock);
}
