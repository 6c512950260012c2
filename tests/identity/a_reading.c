/* SPDX-License-Identifier: MIT */
#include "tests/identity/a_reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fake_reply answer(const char *operation, json_t *request, void *arg)
{
	const struct a_reading *r = arg;

	if (r->failing != NULL && strcmp(operation, r->failing) == 0)
		return fake_error(POOL_UNAVAILABLE, "The pool does not answer.");
	return small_pool_answer(operation, request, (void *)(uintptr_t)&r->pool);
}

void a_reading_init(struct a_reading *r, const char *config)
{
	*r = (struct a_reading){ .failing = NULL };
	small_pool_init(&r->pool);
	fake_pool_answer_with(answer, r);
	fake_host_init(&r->host);
	fake_host_configure(&r->host, config);
	fake_host_open(&r->host);
}

void a_reading_clear(struct a_reading *r)
{
	fake_host_clear(&r->host);
	small_pool_clear(&r->pool);
}

static void on_synced(enum up_err err, void *arg)
{
	*(enum up_err *)arg = err;
}

enum up_err a_reading_sync(struct a_reading *r)
{
	enum up_err err = UP_ERR_TIMEOUT;

	identity_sync(r->host.identity, on_synced, &err);
	fake_host_settle(&r->host);
	identity_forget(r->host.identity, &err);
	return err;
}

int64_t a_reading_refused(const struct a_reading *r)
{
	struct identity_status status;

	identity_get_status(r->host.identity, &status);
	return status.refused;
}

enum up_err a_reading_run_sql(struct a_reading *r, const char *sql)
{
	struct query q = store_query(r->host.store, sql);

	return query_run(&q);
}

/* As a process does that looks for the first time.  Its mappings stay, as there. */
static struct up_snapshot *look(const struct a_reading *r, struct up_snapshot_source *source)
{
	static char base[96], delta[96];

	(void)snprintf(base, sizeof(base), "%s/identity.base", r->host.directory);
	(void)snprintf(delta, sizeof(delta), "%s/identity.delta", r->host.directory);
	source->base_path = base;
	source->delta_path = delta;
	return up_snapshot_acquire(source);
}

static void add(char out[TOLD_SIZE], const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(char out[TOLD_SIZE], const char *format, ...)
{
	const size_t len = strlen(out);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(out + len, TOLD_SIZE - len, format, args);
	va_end(args);
}

static enum up_found tell_user(const struct up_snapshot *snapshot, const char *name,
			       char out[TOLD_SIZE])
{
	struct up_snapshot_user user;
	enum up_found found = up_snapshot_user_by_name(snapshot, name, &user);
	uint32_t gid = 0;

	if (found != UP_FOUND)
		return found;
	add(out, "%u:%s:%s:%s:", user.uid, user.text + user.gecos, user.text + user.home,
	    user.text + user.shell);
	for (uint32_t i = 0; i < user.gid_count; i++)
		if (up_snapshot_gid(snapshot, &user, i, &gid) == UP_FOUND)
			add(out, "%s%u", i > 0 ? " " : "", gid);
	return found;
}

static enum up_found tell_group(const struct up_snapshot *snapshot, const char *name,
				char out[TOLD_SIZE])
{
	struct up_snapshot_group group;
	enum up_found found = up_snapshot_group_by_name(snapshot, name, &group);
	const char *member = NULL;

	if (found != UP_FOUND)
		return found;
	add(out, "%u:", group.gid);
	for (uint64_t i = 0; i < up_snapshot_members_most(&group); i++)
		if (up_snapshot_member(snapshot, &group, i, &member) == UP_FOUND)
			add(out, "%s%s", i > 0 ? " " : "", member);
	return found;
}

static enum up_found tell(const struct a_reading *r, const char *name, char out[TOLD_SIZE],
			  enum up_found (*teller)(const struct up_snapshot *, const char *, char *))
{
	struct up_snapshot_source *source = calloc(1, sizeof(*source));
	struct up_snapshot *snapshot = source != NULL ? look(r, source) : NULL;
	enum up_found found = UP_UNKNOWN;

	out[0] = '\0';
	if (snapshot != NULL)
		found = teller(snapshot, name, out);
	up_snapshot_release(snapshot);
	free(source);
	return found;
}

enum up_found a_reading_tells_user(const struct a_reading *r, const char *name, char out[TOLD_SIZE])
{
	return tell(r, name, out, tell_user);
}

enum up_found a_reading_tells_group(const struct a_reading *r, const char *name,
				    char out[TOLD_SIZE])
{
	return tell(r, name, out, tell_group);
}
