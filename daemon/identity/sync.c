/* SPDX-License-Identifier: MIT */
/*
 * Reading the whole pool: a row of `steps` per operation, each repeated while the
 * answer names another page, then the roster goes to host.db and the snapshot out.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/identity/internal.h"

#define CLIENT_NAME "host-login"
#define POOL_NAME   "default"
/* A pool that pages for ever is no pool. */
#define PAGES_MAX 100000

struct step;

struct identity_sync {
	struct identity *identity;
	const struct step *step;
	struct pool_call *call;
	char *page; /* token of the next page, or NULL */
	size_t pages;
	char *pool_id, *client_id, *issuer;
	struct jws_keyset *keys;
	struct roster roster;
	size_t group; /* whose members are being read */
	char **refused;
	size_t refused_count, refused_room;
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

/* NULL: it is not there.  "": it is no text, which is no sub, no name and no number either. */
static const char *attribute(json_t *attributes, const char *name)
{
	json_t *entry;
	size_t i;

	json_array_foreach (attributes, i, entry)
		if (strcmp(text_of(entry, "Name"), name) == 0)
			return text_of(entry, "Value");
	return NULL;
}

static void copy_or_empty(char *out, size_t size, const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;

	if (len >= size)
		len = 0;
	if (len > 0)
		memcpy(out, text, len);
	out[len] = '\0';
}

static enum up_err take_users(struct identity_sync *sync, json_t *result)
{
	json_t *list = NULL, *entry;
	size_t i;

	UP_TRY(list_of(result, "Users", &list));
	json_array_foreach (list, i, entry) {
		json_t *attributes = json_object_get(entry, "Attributes");
		const char *gecos = attribute(attributes, "name");
		const char *wish = attribute(attributes, "custom:uid");
		char name[UP_USER_FIELD_SIZE], full_name[UP_GECOS_SIZE], uid[32];
		struct roster_user user = { .pool_name = name,
					    .gecos = full_name,
					    .wish = wish != NULL ? uid : NULL };

		copy_or_empty(name, sizeof(name), text_of(entry, "Username"));
		copy_or_empty(full_name, sizeof(full_name), gecos);
		copy_or_empty(uid, sizeof(uid), wish);
		copy_or_empty(user.sub, sizeof(user.sub), attribute(attributes, "sub"));
		copy_or_empty(user.status, sizeof(user.status), text_of(entry, "UserStatus"));
		user.enabled = json_is_true(json_object_get(entry, "Enabled"));
		UP_TRY(roster_add_user(&sync->roster, &user));
	}
	return UP_OK;
}

static enum up_err take_groups(struct identity_sync *sync, json_t *result)
{
	json_t *list = NULL, *entry;
	size_t i;

	UP_TRY(list_of(result, "Groups", &list));
	json_array_foreach (list, i, entry)
		UP_TRY(roster_add_group(&sync->roster, text_of(entry, "GroupName")));
	return UP_OK;
}

static json_t *request_members(const struct identity_sync *sync)
{
	return json_pack("{s:s, s:i}", "GroupName", sync->roster.group[sync->group], "Limit", 60);
}

static enum up_err take_members(struct identity_sync *sync, json_t *result)
{
	json_t *list = NULL, *entry;
	size_t i;

	UP_TRY(list_of(result, "Users", &list));
	json_array_foreach (list, i, entry) {
		const char *sub = attribute(json_object_get(entry, "Attributes"), "sub");

		if (sub != NULL)
			UP_TRY(roster_add_member(&sync->roster, sub, sync->group));
	}
	return UP_OK;
}

static bool more_groups(struct identity_sync *sync)
{
	return ++sync->group < sync->roster.groups;
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
	roster_clear(&sync->roster);
	jws_keyset_free(sync->keys);
	for (size_t i = 0; i < sync->refused_count; i++)
		free(sync->refused[i]);
	free(sync->refused);
	free(sync->page);
	free(sync->pool_id);
	free(sync->client_id);
	free(sync->issuer);
	free(sync);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool was_refused_before(const struct identity *identity, const char *text)
{
	return identity->refused_count > 0 &&
	       bsearch(&text, identity->refused, identity->refused_count, sizeof(text),
		       compare_texts) != NULL;
}

/* Remembers `text`, which is taken over; without memory it is logged once more. */
static void remember_refused(struct identity_sync *sync, char *text)
{
	if (text != NULL && sync->refused_count == sync->refused_room) {
		size_t room = sync->refused_room == 0 ? 16 : sync->refused_room * 2;
		char **grown = reallocarray(sync->refused, room, sizeof(*grown));

		if (grown == NULL) {
			free(text);
			return;
		}
		sync->refused = grown;
		sync->refused_room = room;
	}
	if (text != NULL)
		sync->refused[sync->refused_count++] = text;
}

/* Logged when it is new, and remembered so that the next run is silent about it. */
static void note_refused(const char *kind, const char *pool_name, enum admit why, void *arg)
{
	struct identity_sync *sync = arg;
	char *text = NULL;

	if (asprintf(&text, "%s:%s:%d", kind, pool_name, (int)why) < 0)
		text = NULL;
	if (text == NULL || !was_refused_before(sync->identity, text))
		log_event(EV_RECORD_REFUSED, log_str("kind", kind), log_str("name", pool_name),
			  log_str("reason", admit_reason(why)));
	remember_refused(sync, text);
}

static void swap_refused(struct identity_sync *sync)
{
	struct identity *identity = sync->identity;
	char **old = identity->refused;
	size_t count = identity->refused_count;

	if (sync->refused_count > 0)
		qsort(sync->refused, sync->refused_count, sizeof(*sync->refused), compare_texts);
	identity->refused = sync->refused;
	identity->refused_count = sync->refused_count;
	sync->refused = old;
	sync->refused_count = count;
}

static void swap_text(char **a, char **b)
{
	char *text = *a;

	*a = *b;
	*b = text;
}

/* Everything was read: the roster goes to host.db, the snapshot out. */
static enum up_err conclude(struct identity_sync *sync)
{
	struct identity *identity = sync->identity;
	bool changed = false;

	identity_load_local(identity);
	if (identity->local == NULL)
		return UP_ERR_IO;
	const struct admission by = { identity->config, identity->local };
	UP_TRY(records_apply(identity->store, &by, sync->issuer, &sync->roster, note_refused, sync,
			     &changed));
	swap_refused(sync);
	swap_text(&identity->pool_id, &sync->pool_id);
	swap_text(&identity->client_id, &sync->client_id);
	swap_text(&identity->issuer, &sync->issuer);
	jws_keyset_free(identity->keys);
	identity->keys = TAKE(sync->keys);
	bool first = identity->synced_at == 0;
	identity->is_filled = true;
	identity->synced_at = clock_wall();
	identity->users = (int64_t)sync->roster.users;
	identity->groups = (int64_t)sync->roster.groups;
	return changed || first ? identity_publish(identity) : UP_OK;
}

static void end(struct identity_sync *sync, enum up_err err)
{
	struct identity *identity = sync->identity;

	identity->sync = NULL;
	sync_free(sync);
	identity_sync_ended(identity, err);
}

static void on_reply(const struct pool_reply *reply, void *arg);

static enum up_err ask(struct identity_sync *sync)
{
	json_t *request = sync->step->request(sync);
	int failed = request == NULL;

	if (!failed && sync->pool_id != NULL)
		failed |= json_object_set_new(request, "UserPoolId", json_string(sync->pool_id));
	if (!failed && sync->page != NULL)
		failed |= json_object_set_new(request, sync->step->page, json_string(sync->page));
	enum up_err err = failed != 0 ? UP_ERR_NOMEM
				      : pool_call(sync->identity->pool, sync->step->operation,
						  request, on_reply, sync, &sync->call);
	json_decref(request);
	return err;
}

/* The step after the last one is the end; without groups nobody is asked for their members. */
static enum up_err next_step(struct identity_sync *sync)
{
	sync->step++;
	if (sync->pool_id == NULL || (sync->step > steps + 1 && sync->client_id == NULL))
		return UP_ERR_CONFIG;
	if (sync->step < STEPS_END && sync->step->again != NULL && sync->roster.groups == 0)
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

static void on_reply(const struct pool_reply *reply, void *arg)
{
	struct identity_sync *sync = arg;

	sync->call = NULL;
	if (reply->error != NULL) {
		log_event(EV_SYNC_FAILED, log_str("operation", sync->step->operation),
			  log_str("error", reply->error), log_str("message", reply->message));
		end(sync, strcmp(reply->error, POOL_BUSY) == 0 ? UP_ERR_BUSY : UP_ERR_OFFLINE);
		return;
	}
	const char *operation = sync->step->operation;
	enum up_err err = sync->step->take(sync, reply->result);
	if (err == UP_OK)
		err = advance(sync, reply->result);
	if (err == UP_OK && sync->step < STEPS_END) {
		err = ask(sync);
		if (err == UP_OK)
			return;
	} else if (err == UP_OK) {
		operation = "conclude";
		err = conclude(sync);
	}
	if (err != UP_OK)
		log_event(EV_SYNC_FAILED, log_str("operation", operation), log_err(err));
	end(sync, err);
}

enum up_err identity_sync_start(struct identity *identity)
{
	struct identity_sync *sync = calloc(1, sizeof(*sync));

	if (sync == NULL)
		return UP_ERR_NOMEM;
	*sync = (struct identity_sync){ .identity = identity, .step = steps };
	enum up_err err = ask(sync);
	if (err != UP_OK) {
		sync_free(sync);
		return err;
	}
	identity->sync = sync;
	return UP_OK;
}

void identity_sync_stop(struct identity *identity)
{
	if (identity->sync != NULL)
		sync_free(identity->sync);
	identity->sync = NULL;
}
