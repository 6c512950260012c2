/* SPDX-License-Identifier: MIT */
#include "daemon/identity/identity.h"

#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

#include "common/localdb.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/identity/internal.h"
#include "daemon/identity/snapshot_check.h"

/* After a reading that failed: the first one, and any later one. */
#define RETRY_FIRST_S 5
#define RETRY_S       30

static void load_local(struct identity *identity)
{
	struct local_names *local = NULL;
	enum up_err err = local_names_load(UP_LOCAL_PASSWD, UP_LOCAL_GROUP, &local);

	if (err != UP_OK)
		log_event(EV_SYNC_FAILED, log_str("operation", "read local users"), log_err(err));
	local_names_free(identity->local);
	identity->local = local;
}

/* Who has the name or id of a local user now leaves the snapshot, and who had it comes back. */
static enum up_err note_differences(struct identity *identity, const struct local_names *before)
{
	UP_TRY(store_begin(identity->store));
	enum up_err err = local_note_differences(before, identity->local, identity->store);
	if (err == UP_OK)
		return store_commit(identity->store);
	store_rollback(identity->store);
	return err;
}

enum up_err identity_look_at_local(struct identity *identity)
{
	_auto_(local_names_free) struct local_names *before = TAKE(identity->local);

	load_local(identity);
	if (before == NULL || identity->local == NULL)
		return UP_ERR_IO;
	return note_differences(identity, before);
}

static enum up_err arm_timer(struct identity *identity, bool has_failed)
{
	int64_t wait_s = identity->config->identity_sync_interval;

	if (has_failed && wait_s > RETRY_S)
		wait_s = RETRY_S;
	if (identity->synced_at == 0)
		wait_s = RETRY_FIRST_S;
	if (sd_event_source_set_time_relative(identity->timer, (uint64_t)wait_s * 1000000) < 0 ||
	    sd_event_source_set_enabled(identity->timer, SD_EVENT_ONESHOT) < 0)
		return UP_ERR_SYSTEM;
	return UP_OK;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)source;
	(void)usec;
	identity_sync(arg, NULL, NULL);
	return 0;
}

/* At once. */
static int on_local_change(sd_event_source *source, const struct inotify_event *event, void *arg)
{
	struct identity *identity = arg;

	(void)source;
	if (event->len > 0 && strcmp(event->name, "passwd") != 0 &&
	    strcmp(event->name, "group") != 0)
		return 0;
	enum up_err err = identity_look_at_local(identity);
	/* Each has logged why not. */
	(void)(err == UP_OK ? identity_publish_changes(identity) : identity_publish_all(identity));
	return 0;
}

static enum up_err start(struct identity *identity)
{
	if (sd_event_add_time_relative(identity->loop, &identity->timer, CLOCK_BOOTTIME, 0, 0,
				       on_timer, identity) < 0)
		return UP_ERR_SYSTEM;
	if (sd_event_add_inotify(identity->loop, &identity->watch, "/etc",
				 IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE, on_local_change,
				 identity) < 0)
		return UP_ERR_SYSTEM;
	return UP_OK;
}

static enum up_err look_if_filled(struct identity *identity)
{
	struct query q = store_query(identity->store, "SELECT 1 FROM users LIMIT 1");

	identity->is_filled = query_next(&q) == QUERY_ROW;
	return query_end(&q);
}

static void note_refused(const char *kind, const char *pool_name, enum admit why, void *arg)
{
	const struct refusing *refusing = arg;

	refused_note(refusing->now, refusing->before, kind, pool_name, why);
}

struct records identity_records(struct identity *identity, const char *issuer,
				struct refusing *refusing)
{
	return (struct records){ .store = identity->store,
				 .by = { identity->config, identity->local },
				 .issuer = issuer,
				 .refused = note_refused,
				 .arg = refusing };
}

/* What was published before: without it, or where it is not what was written, all is made anew. */
static enum up_err look_at_published(struct identity *identity)
{
	struct published *published = &identity->published;
	const char *why = NULL;

	UP_TRY(published_read(identity->store, published));
	/* Readers tell files by their generations: one must not come again after a lost database.
	 */
	if (published->generation < clock_wall())
		published->generation = clock_wall();
	if (published->base != 0 &&
	    !snapshot_base_is_whole(identity->directory, (uint64_t)published->base, &why)) {
		log_event(EV_SNAPSHOT_DAMAGED, log_str("directory", identity->directory),
			  log_str("why", why));
		published->base = 0;
	}
	return UP_OK;
}

static enum up_err copy(const char *text, char **ret)
{
	*ret = text != NULL ? strdup(text) : NULL;
	return text == NULL || *ret != NULL ? UP_OK : UP_ERR_NOMEM;
}

enum up_err identity_open(sd_event *loop, const struct identity_options *options,
			  struct identity **ret)
{
	_auto_(identity_close) struct identity *identity = calloc(1, sizeof(*identity));

	if (identity == NULL)
		return UP_ERR_NOMEM;
	identity->loop = loop;
	identity->config = options->config;
	identity->store = options->store;
	identity->pool = options->pool;
	identity->refresh_end = &identity->refresh;
	identity->refusing = (struct refusing){ &identity->refused, &identity->refused };
	identity->delta_seq = -1;
	UP_TRY(copy(options->directory, &identity->directory));
	UP_TRY(copy(options->state_dir, &identity->state_dir));
	UP_TRY(copy(options->builder, &identity->builder_program));
	load_local(identity);
	UP_TRY(look_if_filled(identity));
	UP_TRY(look_at_published(identity));
	UP_TRY(start(identity));
	/* Local users may have come, or the configuration changed, while nobody watched. */
	(void)identity_publish_all(identity);
	*ret = TAKE(identity);
	return UP_OK;
}

void identity_close(struct identity *identity)
{
	if (identity == NULL)
		return;
	identity_sync_stop(identity);
	identity_refresh_stop(identity);
	builder_free(identity->builder);
	sd_event_source_disable_unref(identity->timer);
	sd_event_source_disable_unref(identity->watch);
	local_names_free(identity->local);
	jws_keyset_free(identity->keys);
	refused_clear(&identity->refused);
	free(identity->waiter);
	free(identity->directory);
	free(identity->state_dir);
	free(identity->builder_program);
	free(identity->pool_id);
	free(identity->client_id);
	free(identity->issuer);
	free(identity);
}

void identity_configure(struct identity *identity, const struct config *config)
{
	/* A reading under way may be of another pool. */
	identity_sync_stop(identity);
	identity->config = config;
	identity->synced_at = 0;
	(void)identity_publish_all(identity);
	identity_sync(identity, NULL, NULL);
}

static const char *or_empty(const char *text)
{
	return text != NULL ? text : "";
}

const char *identity_pool_id(const struct identity *identity)
{
	return or_empty(identity->pool_id);
}

const char *identity_client_id(const struct identity *identity)
{
	return or_empty(identity->client_id);
}

const char *identity_issuer(const struct identity *identity)
{
	return or_empty(identity->issuer);
}

const struct jws_keyset *identity_keys(const struct identity *identity)
{
	return identity->keys;
}

static bool add_waiter(struct identity *identity, identity_done_fn *done, void *arg)
{
	struct identity_waiter *grown =
		reallocarray(identity->waiter, identity->waiters + 1, sizeof(*grown));

	if (grown == NULL)
		return false;
	identity->waiter = grown;
	identity->waiter[identity->waiters++] = (struct identity_waiter){
		.done = done,
		.arg = arg,
		.next_run = identity->sync != NULL || identity->telling,
	};
	return true;
}

void identity_sync(struct identity *identity, identity_done_fn *done, void *arg)
{
	if (done != NULL && !add_waiter(identity, done, arg)) {
		done(UP_ERR_NOMEM, arg);
		return;
	}
	if (identity->sync != NULL || identity->telling)
		return;
	enum up_err err = identity_sync_start(identity);
	if (err != UP_OK)
		identity_sync_ended(identity, err);
}

void identity_forget(struct identity *identity, void *arg)
{
	size_t kept = 0;

	for (size_t i = 0; i < identity->waiters; i++)
		if (identity->waiter[i].arg != arg)
			identity->waiter[kept++] = identity->waiter[i];
	identity->waiters = kept;
	identity_refresh_forget(identity, arg);
}

/* A waiter may call identity_sync() or identity_forget() from its callback, so one is taken out
 * of the list at a time, and what comes meanwhile waits for the next run. */
static bool tell_one(struct identity *identity, enum up_err err)
{
	for (size_t i = 0; i < identity->waiters; i++) {
		struct identity_waiter waiter = identity->waiter[i];

		if (waiter.next_run)
			continue;
		identity->waiters--;
		memmove(&identity->waiter[i], &identity->waiter[i + 1],
			(identity->waiters - i) * sizeof(waiter));
		waiter.done(err, waiter.arg);
		return true;
	}
	return false;
}

void identity_sync_ended(struct identity *identity, enum up_err err)
{
	identity->telling = true;
	while (tell_one(identity, err))
		;
	identity->telling = false;
	for (size_t i = 0; i < identity->waiters; i++)
		identity->waiter[i].next_run = false;
	if (arm_timer(identity, err != UP_OK) != UP_OK)
		log_event(EV_SYNC_FAILED, log_str("operation", "arm the timer"),
			  log_err(UP_ERR_SYSTEM));
	if (identity->waiters > 0)
		identity_sync(identity, NULL, NULL);
}

void identity_get_status(const struct identity *identity, struct identity_status *ret)
{
	*ret = (struct identity_status){
		.users = identity->users,
		.groups = identity->groups,
		.refused = (int64_t)identity->refused.count,
		.synced_at = identity->synced_at,
		.generation = identity->published.generation,
	};
}
