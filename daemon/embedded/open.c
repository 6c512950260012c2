/* SPDX-License-Identifier: MIT */
/* The store of the pool, and its first run. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/log.h"
#include "daemon/embedded/internal.h"
#include "daemon/embedded/schema.h"

#define BUSY_MS        5000
#define KEY_NAME       "pool.key"
#define PATH_SIZE      4096
#define DIRECTORY_SIZE (PATH_SIZE - 256)

static bool is_there(const char *directory, const char *name)
{
	char path[PATH_SIZE];

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	return access(path, F_OK) == 0 || errno != ENOENT;
}

static bool has_credential(void)
{
	const char *directory = secure_getenv("CREDENTIALS_DIRECTORY");

	return directory != NULL && is_there(directory, KEY_NAME);
}

static enum up_err count_pools(struct embedded *e, int64_t *ret)
{
	struct query q = store_query(e->store, "SELECT count(*) FROM pools");

	if (query_next(&q) == QUERY_ROW)
		*ret = query_int(&q, 0);
	return query_end(&q);
}

static enum up_err fill(struct embedded *e)
{
	struct pool_row pool;
	struct client_row client;

	pool_standard(&pool);
	client_standard(&client);
	(void)snprintf(pool.name, sizeof(pool.name), DEFAULT_POOL);
	pool.mfa = MFA_OPTIONAL;
	pool.has_totp = true;
	UP_TRY(pool_insert(e, &pool));
	(void)snprintf(client.name, sizeof(client.name), DEFAULT_CLIENT);
	memcpy(client.pool_id, pool.id, sizeof(client.pool_id));
	client.flows = FLOW_PASSWORD | FLOW_ADMIN_PASSWORD | FLOW_REFRESH;
	return client_insert(e, &client);
}

/* Two workers may start at once: who has the lock first fills it. */
static enum up_err fill_if_empty(struct embedded *e)
{
	int64_t pools = 0;

	UP_TRY(store_begin(e->store));
	enum up_err err = count_pools(e, &pools);
	if (err == UP_OK && pools == 0)
		err = fill(e);
	if (err != UP_OK) {
		store_rollback(e->store);
		return err;
	}
	return store_commit(e->store);
}

/* Names the half that is lost or broken: to mend it, an admin must know which. */
static enum up_err failed(const char *what, enum up_err err)
{
	log_event(EV_STORE_FAILED, log_str("what", what), log_err(err));
	return err;
}

/*
 * A database without its key, or a key without its database, has lost its half, and
 * starting anew would give everybody's name away.  Only a database without any pool
 * is new, whatever was interrupted.  The database is made before the key, and the
 * key before the first pool, so that another worker that starts looks in that order.
 */
static enum up_err open_in(const char *directory, struct embedded *e)
{
	char path[PATH_SIZE];
	int64_t pools = 0;

	if (mkdir(directory, 0700) < 0 && errno != EEXIST)
		return UP_ERR_IO;
	(void)snprintf(path, sizeof(path), "%s/pool.db", directory);
	if (is_there(directory, KEY_NAME) && !is_there(directory, "pool.db"))
		return failed(path, UP_ERR_CORRUPT);
	enum up_err err =
		store_open(path, embedded_migrations, embedded_migration_count, BUSY_MS, &e->store);
	if (err == UP_OK)
		err = count_pools(e, &pools);
	if (err != UP_OK)
		return failed(path, err);
	if (pools > 0 && !is_there(directory, KEY_NAME) && !has_credential())
		return failed(KEY_NAME, UP_ERR_CORRUPT);
	err = seal_key_open(directory, KEY_NAME, pools == 0, &e->key);
	if (err != UP_OK)
		return failed(KEY_NAME, err);
	return pools == 0 ? fill_if_empty(e) : UP_OK;
}

enum up_err embedded_open(const char *state_dir, struct embedded **ret)
{
	_auto_(embedded_close) struct embedded *e = calloc(1, sizeof(*e));
	char directory[DIRECTORY_SIZE];

	if (e == NULL)
		return UP_ERR_NOMEM;
	if ((size_t)snprintf(directory, sizeof(directory), "%s/pool", state_dir) >=
	    sizeof(directory))
		return UP_ERR_TOO_LARGE;
	UP_TRY(open_in(directory, e));
	*ret = TAKE(e);
	return UP_OK;
}

void embedded_close(struct embedded *e)
{
	if (e == NULL)
		return;
	keys_clear(&e->signing);
	seal_key_free(e->key);
	store_close(e->store);
	free(e);
}
