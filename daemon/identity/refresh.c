/* SPDX-License-Identifier: MIT */
/*
 * Reading one user or one group again, after it was changed over api.sock: what that
 * costs has nothing to do with how many there are.
 */
#include <stdlib.h>
#include <string.h>

#include "common/names.h"
#include "daemon/base/log.h"
#include "daemon/identity/internal.h"

#define PAGES_MAX 1000

struct identity_refresh {
	struct identity *identity;
	bool is_group;
	char *name;
	identity_done_fn *done; /* NULL: nobody waits any more */
	void *arg;
	struct pool_call *call; /* NULL: it has not begun */
	json_t *record;         /* of the user; NULL: there is none */
	json_t *groups;         /* the user's, by name */
	int pages;
	struct identity_refresh *next;
};

static void refresh_free(struct identity_refresh *refresh)
{
	if (refresh->call != NULL)
		pool_cancel(refresh->call);
	json_decref(refresh->record);
	json_decref(refresh->groups);
	free(refresh->name);
	free(refresh);
}

/* The next one, or the sync that stood aside. */
static void end(struct identity_refresh *refresh, enum up_err err)
{
	struct identity *identity = refresh->identity;
	identity_done_fn *done = refresh->done;
	void *arg = refresh->arg;

	identity->refresh = refresh->next;
	if (identity->refresh == NULL)
		identity->refresh_end = &identity->refresh;
	if (err != UP_OK)
		log_event(EV_SYNC_FAILED, log_str("operation", "refresh"),
			  log_str("name", refresh->name), log_err(err));
	refresh_free(refresh);
	if (done != NULL)
		done(err, arg);
	if (identity->refresh != NULL)
		identity_refresh_next(identity);
	else
		identity_sync_resume(identity);
}

static bool is_in(json_t *names, const char *name)
{
	json_t *entry;
	size_t i;

	json_array_foreach (names, i, entry)
		if (strcmp(json_string_value(entry), name) == 0)
			return true;
	return false;
}

/* The user's groups on this host that the pool does not name any more. */
static enum up_err forget_others(const struct records *r, const char *sub, json_t *names)
{
	struct query q = store_query(r->store, "SELECT pool_group FROM members WHERE sub = ?");
	json_t *gone = json_array(), *entry;
	enum up_err err = gone != NULL ? UP_OK : UP_ERR_NOMEM;
	size_t i;

	query_bind_text(&q, sub);
	while (err == UP_OK && query_next(&q) == QUERY_ROW)
		if (!is_in(names, query_text(&q, 0)) &&
		    json_array_append_new(gone, json_string(query_text(&q, 0))) != 0)
			err = UP_ERR_NOMEM;
	enum up_err end_err = query_end(&q);
	if (err == UP_OK)
		err = end_err;
	json_array_foreach (gone, i, entry)
		if (err == UP_OK)
			err = records_forget_member(r, sub, json_string_value(entry));
	json_decref(gone);
	return err;
}

static enum up_err put_groups(struct identity_refresh *refresh, const struct records *r,
			      const char *sub)
{
	json_t *entry;
	size_t i;

	UP_TRY(forget_others(r, sub, refresh->groups));
	json_array_foreach (refresh->groups, i, entry) {
		const char *name = json_string_value(entry);

		UP_TRY(records_put_group(r, name));
		UP_TRY(records_put_member(r, sub, name));
		UP_TRY(identity_sync_note(refresh->identity, 'g', name, ""));
		UP_TRY(identity_sync_note(refresh->identity, 'm', sub, name));
	}
	return UP_OK;
}

static enum up_err apply_user(struct identity_refresh *refresh, const struct records *r)
{
	const char *sub = "";
	char name[UP_LOGIN_NAME_SIZE];

	if (refresh->record != NULL)
		sub = identity_sub_of(refresh->record, "UserAttributes");
	/* Deleted, or deleted and made anew: another person. */
	if (up_login_name_fold(refresh->name, name))
		UP_TRY(records_forget_name(r, name, sub));
	if (refresh->record == NULL)
		return UP_OK;
	UP_TRY(identity_put_user(r, refresh->record, "UserAttributes"));
	UP_TRY(identity_sync_note(refresh->identity, 'u', sub, ""));
	return put_groups(refresh, r, sub);
}

static enum up_err apply_group(struct identity_refresh *refresh, const struct records *r)
{
	if (refresh->record == NULL)
		return records_forget_group(r, refresh->name);
	UP_TRY(identity_sync_note(refresh->identity, 'g', refresh->name, ""));
	return records_put_group(r, refresh->name);
}

/* Whether members of the group that is gone have it in a list that only a base can take it from. */
static bool needs_base(const struct identity_refresh *refresh)
{
	const size_t len = strlen(refresh->name);

	if (!refresh->is_group || refresh->record != NULL)
		return false;
	for (char **pair = refresh->identity->config->identity_map_groups; *pair != NULL; pair++)
		if (strncmp(*pair, refresh->name, len) == 0 && (*pair)[len] == ':')
			return true;
	return false;
}

static enum up_err apply(struct identity_refresh *refresh)
{
	struct identity *identity = refresh->identity;
	const struct records r =
		identity_records(identity, identity_issuer(identity), &identity->refusing);

	if (identity->local == NULL)
		return UP_ERR_IO;
	UP_TRY(store_begin(identity->store));
	enum up_err err = refresh->is_group ? apply_group(refresh, &r) : apply_user(refresh, &r);
	if (err == UP_OK)
		err = store_commit(identity->store);
	else
		store_rollback(identity->store);
	refused_close(&identity->refused);
	if (err != UP_OK)
		return err;
	return needs_base(refresh) ? identity_publish_all(identity)
				   : identity_publish_changes(identity);
}

static enum up_err ask(struct identity_refresh *refresh, const char *operation, json_t *request,
		       pool_done_fn *next)
{
	if (request == NULL)
		return UP_ERR_NOMEM;
	enum up_err err = pool_call(refresh->identity->pool, operation, request, next, refresh,
				    &refresh->call);
	json_decref(request);
	return err;
}

static enum up_err take_groups(struct identity_refresh *refresh, json_t *result)
{
	json_t *list = json_object_get(result, "Groups"), *entry;
	size_t i;

	if (!json_is_array(list) || ++refresh->pages > PAGES_MAX)
		return UP_ERR_MALFORMED;
	json_array_foreach (list, i, entry) {
		json_t *name = json_object_get(entry, "GroupName");

		if (!json_is_string(name))
			return UP_ERR_MALFORMED;
		if (json_array_append(refresh->groups, name) != 0)
			return UP_ERR_NOMEM;
	}
	return UP_OK;
}

static enum up_err ask_groups(struct identity_refresh *refresh, const char *page);

static void on_groups(const struct pool_reply *reply, void *arg)
{
	struct identity_refresh *refresh = arg;
	enum up_err err = UP_ERR_OFFLINE;

	refresh->call = NULL;
	if (reply->error == NULL)
		err = take_groups(refresh, reply->result);
	const char *page = json_string_value(json_object_get(reply->result, "NextToken"));
	if (err == UP_OK && page != NULL) {
		err = ask_groups(refresh, page);
		if (err == UP_OK)
			return;
	}
	end(refresh, err == UP_OK ? apply(refresh) : err);
}

static enum up_err ask_groups(struct identity_refresh *refresh, const char *page)
{
	return ask(refresh, "AdminListGroupsForUser",
		   json_pack("{s:s, s:s, s:i, s:s*}", "UserPoolId",
			     identity_pool_id(refresh->identity), "Username", refresh->name,
			     "Limit", 60, "NextToken", page),
		   on_groups);
}

static void on_record(const struct pool_reply *reply, void *arg)
{
	struct identity_refresh *refresh = arg;
	const char *absent =
		refresh->is_group ? "ResourceNotFoundException" : "UserNotFoundException";

	refresh->call = NULL;
	if (reply->error != NULL && strcmp(reply->error, absent) != 0) {
		end(refresh, UP_ERR_OFFLINE);
		return;
	}
	if (reply->error == NULL)
		refresh->record = json_incref(reply->result);
	if (refresh->is_group || refresh->record == NULL) {
		end(refresh, apply(refresh));
		return;
	}
	enum up_err err = ask_groups(refresh, NULL);
	if (err != UP_OK)
		end(refresh, err);
}

static enum up_err begin(struct identity_refresh *refresh)
{
	const char *pool_id = identity_pool_id(refresh->identity);

	if (refresh->is_group)
		return ask(
			refresh, "GetGroup",
			json_pack("{s:s, s:s}", "UserPoolId", pool_id, "GroupName", refresh->name),
			on_record);
	return ask(refresh, "AdminGetUser",
		   json_pack("{s:s, s:s}", "UserPoolId", pool_id, "Username", refresh->name),
		   on_record);
}

void identity_refresh_next(struct identity *identity)
{
	struct identity_refresh *refresh = identity->refresh;

	if (refresh == NULL || refresh->call != NULL || identity_sync_is_asking(identity))
		return;
	enum up_err err = begin(refresh);
	if (err != UP_OK)
		end(refresh, err);
}

void identity_refresh(struct identity *identity, enum identity_kind kind, const char *name,
		      identity_done_fn *done, void *arg)
{
	struct identity_refresh *refresh = NULL;

	/* Before the first reading of all there is nothing that one more record would complete. */
	if (identity_pool_id(identity)[0] == '\0') {
		identity_sync(identity, done, arg);
		return;
	}
	refresh = calloc(1, sizeof(*refresh));
	if (refresh != NULL) {
		*refresh = (struct identity_refresh){ .identity = identity,
						      .is_group = kind == IDENTITY_GROUP,
						      .name = strdup(name),
						      .done = done,
						      .arg = arg,
						      .groups = json_array() };
	}
	if (refresh == NULL || refresh->name == NULL || refresh->groups == NULL) {
		if (refresh != NULL)
			refresh_free(refresh);
		if (done != NULL)
			done(UP_ERR_NOMEM, arg);
		return;
	}
	*identity->refresh_end = refresh;
	identity->refresh_end = &refresh->next;
	identity_refresh_next(identity);
}

void identity_refresh_stop(struct identity *identity)
{
	while (identity->refresh != NULL) {
		struct identity_refresh *refresh = identity->refresh;

		identity->refresh = refresh->next;
		refresh_free(refresh);
	}
	identity->refresh_end = &identity->refresh;
}

/* identity_forget() for those that wait for one record. */
void identity_refresh_forget(struct identity *identity, const void *arg)
{
	for (struct identity_refresh *refresh = identity->refresh; refresh != NULL;
	     refresh = refresh->next)
		if (refresh->arg == arg)
			refresh->done = NULL;
}
