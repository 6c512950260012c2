/* SPDX-License-Identifier: MIT */
/*
 * Reading the whole pool: a row of `steps` per operation, each repeated while the
 * answer names another page.  A page goes to host.db as it comes; when all were read,
 * what none of them had is swept out, a piece at a time, and the snapshot is published.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/identity/internal.h"
#include "daemon/identity/seen.h"
#include "daemon/identity/sweep.h"

#define CLIENT_NAME "host-login"
#define POOL_NAME   "default"
/* A pool that pages for ever is no pool. */
#define PAGES_MAX 1000000

struct step;

struct identity_sync {
	struct identity *identity;
	const struct step *step;
	struct pool_call *call;
	bool is_waiting;        /* for a reading of one record, between two pages */
	bool waits_for_base;    /* all is read, and the first base is being built */
	sd_event_source *sweep; /* runs when all is read */
	struct sweep sweeping;
	char *page; /* token of the next page, or NULL */
	size_t pages;
	char *pool_id, *client_id, *issuer;
	struct jws_keyset *keys;
	struct seen *seen;
	json_t *groups; /* names, whose members are read one after the other */
	size_t group;
	struct refused refused;
	struct refusing refusing;
	int64_t users;
};

struct step {
	const char *operation;
	const char *page; /* the page token's name, in the request and the answer; NULL: one page */
	/* The request's own members beside UserPoolId; a new reference. */
	json_t *(*request)(const struct identity_sync *sync);
	enum up_err (*take)(struct identity_sync *sync, json_t *result);
	/* Whether the step is to be run once more for the next thing; NULL: no. */
	bool (*again)(struct identity_sync *sync);
};

static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static enum up_err keep(char **field, const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		return UP_ERR_NOMEM;
	free(*field);
	*field = copy;
	return UP_OK;
}

/* The list that an answer must have: one without it says nothing, not "none". */
static enum up_err list_of(json_t *result, const char *key, json_t **ret)
{
	json_t *list = json_object_get(result, key);

	if (!json_is_array(list))
		return UP_ERR_MALFORMED;
	*ret = list;
	return UP_OK;
}

/* The configured id, or the id of the entry with the name that a new store is created with. */
static enum up_err choose(json_t *list, const char *configured, const char *name_key,
			  const char *name, const char *id_key, char **ret)
{
	json_t *entry;
	size_t i;

	json_array_foreach (list, i, entry) {
		bool chosen = *configured != '\0' ? strcmp(text_of(entry, id_key), configured) == 0
						  : strcmp(text_of(entry, name_key), name) == 0;
		if (chosen && *ret == NULL)
			UP_TRY(keep(ret, text_of(entry, id_key)));
	}
	return UP_OK;
}

static json_t *request_pools(const struct identity_sync *sync)
{
	(void)sync;
	return json_pack("{s:i}", "MaxResults", 60);
}

static enum up_err take_pools(struct identity_sync *sync, json_t *result)
{
	return choose(json_object_get(result, "UserPools"),
		      sync->identity->config->pool_user_pool_id, "Name", POOL_NAME, "Id",
		      &sync->pool_id);
}

static json_t *request_page_of_60(const struct identity_sync *sync)
{
	(void)sync;
	return json_pack("{s:i}", "Limit", 60);
}

static enum up_err take_clients(struct identity_sync *sync, json_t *result)
{
	return choose(json_object_get(result, "UserPoolClients"),
		      sync->identity->config->pool_client_id, "ClientName", CLIENT_NAME, "ClientId",
		      &sync->client_id);
}

static json_t *request_nothing(const struct identity_sync *sync)
{
	(void)sync;
	return json_object();
}

static enum up_err take_keys(struct identity_sync *sync, json_t *result)
{
	if (*text_of(result, "Issuer") == '\0')
		return UP_ERR_MALFORMED;
	UP_TRY(keep(&sync->issuer, text_of(result, "Issuer")));
	return jws_keyset_load(result, &sync->keys);
}

/* Puts each element of a page, in one transaction.  What an unchanged page costs is reading. */
static enum up_err put_page(struct identity_sync *sync, json_t *list,
			    enum up_err (*put)(struct identity_sync *sync, const struct records *r,
					       json_t *entry))
{
	struct store *store = sync->identity->store;
	const struct records r = identity_records(sync->identity, sync->issuer, &sync->refusing);
	enum up_err err;
	json_t *entry;
	size_t i;

	if (sync->identity->local == NULL)
		return UP_ERR_IO;
	UP_TRY(store_begin(store));
	err = UP_OK;
	json_array_foreach (list, i, entry)
		if (err == UP_OK)
			err = put(sync, &r, entry);
	if (err == UP_OK)
		return store_commit(store);
	store_rollback(store);
	return err;
}

static enum up_err put_user(struct identity_sync *sync, const struct records *r, json_t *entry)
{
	sync->users++;
	UP_TRY(identity_put_user(r, entry, "Attributes"));
	return seen_add(sync->seen, 'u', identity_sub_of(entry, "Attributes"), "");
}

static enum up_err take_users(struct identity_sync *sync, json_t *result)
{
	json_t *list = NULL;

	UP_TRY(list_of(result, "Users", &list));
	return put_page(sync, list, put_user);
}

static enum up_err put_group(struct identity_sync *sync, const struct records *r, json_t *entry)
{
	json_t *name = json_object_get(entry, "GroupName");

	if (!json_is_string(name))
		return UP_ERR_MALFORMED;
	if (json_array_append(sync->groups, name) != 0)
		return UP_ERR_NOMEM;
	UP_TRY(records_put_group(r, json_string_value(name)));
	return seen_add(sync->seen, 'g', json_string_value(name), "");
}

static enum up_err take_groups(struct identity_sync *sync, json_t *result)
{
	json_t *list = NULL;

	UP_TRY(list_of(result, "Groups", &list));
	return put_page(sync, list, put_group);
}

static const char *group_name(const struct identity_sync *sync)
{
	return json_string_value(json_array_get(sync->groups, sync->group));
}

static json_t *request_members(const struct identity_sync *sync)
{
	return json_pack("{s:s, s:i}", "GroupName", group_name(sync), "Limit", 60);
}

static enum up_err put_member(struct identity_sync *sync, const struct records *r, json_t *entry)
{
	const char *sub = identity_sub_of(entry, "Attributes");

	if (sub[0] == '\0')
		return UP_OK;
	UP_TRY(records_put_member(r, sub, group_name(sync)));
	return seen_add(sync->seen, 'm', sub, group_name(sync));
}

static enum up_err take_members(struct identity_sync *sync, json_t *result)
{
	json_t *list = NULL;

	UP_TRY(list_of(result, "Users", &list));
	return put_page(sync, list, put_member);
}

static bool more_groups(struct identity_sync *sync)
{
	return ++sync->group < json_array_size(sync->groups);
}

static const struct step steps[] = {
	{ "ListUserPools", "NextToken", request_pools, take_pools, NULL },
	{ "ListUserPoolClients", "NextToken", request_pools, take_clients, NULL },
	{ "GetJsonWebKeySet", NULL, request_nothing, take_keys, NULL },
	{ "ListUsers", "PaginationToken", request_page_of_60, take_users, NULL },
	{ "ListGroups", "NextToken", request_page_of_60, take_groups, NULL },
	{ "ListUsersInGroup", "NextToken", request_members, take_members, more_groups },
};
#define STEPS_END (steps + UP_COUNT(steps))

static void sync_free(struct identity_sync *sync)
{
	if (sync->call != NULL)
		pool_cancel(sync->call);
	sd_event_source_disable_unref(sync->sweep);
	seen_free(sync->seen);
	json_decref(sync->groups);
	jws_keyset_free(sync->keys);
	refused_clear(&sync->refused);
	free(sync->page);
	free(sync->pool_id);
	free(sync->client_id);
	free(sync->issuer);
	free(sync);
}

static void swap_text(char **a, char **b)
{
	char *text = *a;

	*a = *b;
	*b = text;
}

static void end(struct identity_sync *sync, enum up_err err)
{
	struct identity *identity = sync->identity;

	identity->sync = NULL;
	sync_free(sync);
	identity_sync_ended(identity, err);
	identity_refresh_next(identity);
}

/* Everything was read and the rest is swept out. */
static enum up_err conclude(struct identity_sync *sync)
{
	struct identity *identity = sync->identity;

	refused_close(&sync->refused);
	const struct refused before = identity->refused;
	identity->refused = sync->refused;
	sync->refused = before;
	swap_text(&identity->pool_id, &sync->pool_id);
	swap_text(&identity->client_id, &sync->client_id);
	swap_text(&identity->issuer, &sync->issuer);
	jws_keyset_free(identity->keys);
	identity->keys = TAKE(sync->keys);
	identity->is_filled = true;
	identity->synced_at = clock_wall();
	identity->users = sync->users;
	identity->groups = (int64_t)json_array_size(sync->groups);
	return identity_publish_changes(identity);
}

/* Who waits for a reading wants the names to resolve: also where the first base takes a while. */
static void finish(struct identity_sync *sync)
{
	enum up_err err = conclude(sync);

	if (err == UP_OK && sync->identity->published.base == 0 && sync->identity->builder != NULL)
		sync->waits_for_base = true;
	else
		end(sync, err);
}

static int on_sweep(sd_event_source *source, void *arg)
{
	struct identity_sync *sync = arg;
	const struct records r = identity_records(sync->identity, sync->issuer, &sync->refusing);
	bool is_over = false;
	enum up_err err = sweep_piece(&sync->sweeping, &r, sync->seen, &is_over);

	if (err == UP_OK && !is_over)
		return 0;
	(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	if (err == UP_OK) {
		finish(sync);
		return 0;
	}
	log_event(EV_SYNC_FAILED, log_str("operation", "sweep"), log_err(err));
	end(sync, err);
	return 0;
}

static enum up_err start_sweep(struct identity_sync *sync)
{
	sd_event *loop = sync->identity->loop;

	/* After what clients and the pool have to say. */
	if (sd_event_add_defer(loop, &sync->sweep, on_sweep, sync) < 0 ||
	    sd_event_source_set_priority(sync->sweep, SD_EVENT_PRIORITY_IDLE) < 0 ||
	    sd_event_source_set_enabled(sync->sweep, SD_EVENT_ON) < 0)
		return UP_ERR_SYSTEM;
	return UP_OK;
}

static void on_reply(const struct pool_reply *reply, void *arg);

static enum up_err ask(struct identity_sync *sync)
{
	json_t *request = sync->step->request(sync);
	int rc = request == NULL;

	if (rc == 0 && sync->pool_id != NULL)
		rc |= json_object_set_new(request, "UserPoolId", json_string(sync->pool_id));
	if (rc == 0 && sync->page != NULL)
		rc |= json_object_set_new(request, sync->step->page, json_string(sync->page));
	enum up_err err = rc != 0 ? UP_ERR_NOMEM
				  : pool_call(sync->identity->pool, sync->step->operation, request,
					      on_reply, sync, &sync->call);
	json_decref(request);
	return err;
}

/* The step after the last one is the end; without groups nobody is asked for their members. */
static enum up_err next_step(struct identity_sync *sync)
{
	sync->step++;
	if (sync->pool_id == NULL || (sync->step > steps + 1 && sync->client_id == NULL))
		return UP_ERR_CONFIG;
	if (sync->step < STEPS_END && sync->step->again != NULL &&
	    json_array_size(sync->groups) == 0)
		sync->step++;
	return UP_OK;
}

/* Chooses what to ask next: another page, the same of another thing, or the next step. */
static enum up_err advance(struct identity_sync *sync, json_t *result)
{
	const char *page = sync->step->page != NULL ? text_of(result, sync->step->page) : "";

	if (*page != '\0' && ++sync->pages > PAGES_MAX)
		return UP_ERR_TOO_LARGE;
	if (*page != '\0')
		return keep(&sync->page, page);
	free(sync->page);
	sync->page = NULL;
	if (sync->step->again != NULL && sync->step->again(sync))
		return UP_OK;
	return next_step(sync);
}

/* The next page, unless the reading of one record has come in between. */
static enum up_err go_on(struct identity_sync *sync)
{
	if (sync->step == STEPS_END)
		return start_sweep(sync);
	if (sync->identity->refresh == NULL)
		return ask(sync);
	sync->is_waiting = true;
	identity_refresh_next(sync->identity);
	return UP_OK;
}

static void on_reply(const struct pool_reply *reply, void *arg)
{
	struct identity_sync *sync = arg;
	const char *operation = sync->step->operation;

	sync->call = NULL;
	if (reply->error != NULL) {
		log_event(EV_SYNC_FAILED, log_str("operation", operation),
			  log_str("error", reply->error), log_str("message", reply->message));
		end(sync, strcmp(reply->error, POOL_BUSY) == 0 ? UP_ERR_BUSY : UP_ERR_OFFLINE);
		return;
	}
	enum up_err err = sync->step->take(sync, reply->result);
	if (err == UP_OK)
		err = advance(sync, reply->result);
	if (err == UP_OK)
		err = go_on(sync);
	if (err == UP_OK)
		return;
	log_event(EV_SYNC_FAILED, log_str("operation", operation), log_err(err));
	end(sync, err);
}

enum up_err identity_sync_start(struct identity *identity)
{
	struct identity_sync *sync = calloc(1, sizeof(*sync));
	enum up_err err;

	if (sync == NULL)
		return UP_ERR_NOMEM;
	*sync = (struct identity_sync){ .identity = identity,
					.step = steps,
					.groups = json_array() };
	sync->refusing = (struct refusing){ &sync->refused, &identity->refused };
	/* The watch may have missed what a reading must not. */
	if (identity_look_at_local(identity) != UP_OK)
		(void)identity_publish_all(identity);
	err = sync->groups != NULL ? seen_new(&sync->seen) : UP_ERR_NOMEM;
	if (err == UP_OK && identity->refresh != NULL)
		sync->is_waiting = true;
	else if (err == UP_OK)
		err = ask(sync);
	if (err != UP_OK) {
		sync_free(sync);
		return err;
	}
	identity->sync = sync;
	return UP_OK;
}

void identity_sync_resume(struct identity *identity)
{
	struct identity_sync *sync = identity->sync;

	if (sync == NULL)
		return;
	if (sync->waits_for_base && identity->builder == NULL) {
		end(sync, identity->published.base != 0 ? UP_OK : UP_ERR_IO);
		return;
	}
	if (!sync->is_waiting)
		return;
	sync->is_waiting = false;
	enum up_err err = go_on(sync);
	if (err != UP_OK)
		end(sync, err);
}

bool identity_sync_is_asking(const struct identity *identity)
{
	return identity->sync != NULL && identity->sync->call != NULL;
}

enum up_err identity_sync_note(struct identity *identity, char kind, const char *first,
			       const char *second)
{
	if (identity->sync == NULL)
		return UP_OK;
	return seen_add(identity->sync->seen, kind, first, second);
}

void identity_sync_stop(struct identity *identity)
{
	if (identity->sync != NULL)
		sync_free(identity->sync);
	identity->sync = NULL;
}
