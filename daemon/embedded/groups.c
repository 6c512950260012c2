/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/embedded/handlers.h"

#define FIELDS "name, description, precedence, role, created, modified"

/* {GroupName, ...} of the columns of FIELDS. */
static json_t *describe(const struct query *q, const char *pool_id)
{
	json_t *group =
		json_pack("{s:s, s:s, s:I, s:I}", "GroupName", query_text(q, 0), "UserPoolId",
			  pool_id, "CreationDate", (json_int_t)query_int(q, 4), "LastModifiedDate",
			  (json_int_t)query_int(q, 5));
	bool ok = group != NULL;

	if (ok && !query_is_null(q, 1))
		ok = json_object_set_new(group, "Description", json_string(query_text(q, 1))) == 0;
	if (ok && !query_is_null(q, 2))
		ok = json_object_set_new(group, "Precedence", json_integer(query_int(q, 2))) == 0;
	if (ok && !query_is_null(q, 3))
		ok = json_object_set_new(group, "RoleArn", json_string(query_text(q, 3))) == 0;
	if (ok)
		return group;
	json_decref(group);
	return NULL;
}

/* {Group: ...} of the named group, or a refusal. */
static json_t *show(struct embedded *e, const char *pool_id, const char *name,
		    struct pool_error *error)
{
	struct query q = store_query(e->store, "SELECT " FIELDS
					       " FROM groups WHERE pool_id = ? AND name = ?");

	query_bind_text(&q, pool_id);
	query_bind_text(&q, name);
	enum query_step step = query_next(&q);
	json_t *group = step == QUERY_ROW ? describe(&q, pool_id) : NULL;
	enum up_err err = query_end(&q);
	if (err != UP_OK || (step == QUERY_ROW && group == NULL)) {
		json_decref(group);
		return refuse_internal(error, err != UP_OK ? err : UP_ERR_NOMEM);
	}
	if (group == NULL)
		return pool_refuse(error, "ResourceNotFoundException", "Group not found.");
	return or_internal(json_pack("{s:o}", "Group", group), error);
}

/* Each of these three is NULL in the row where the request does not have it. */
static void bind_details(struct query *q, json_t *request)
{
	json_t *precedence = member_of(request, "Precedence");

	query_bind_text(q, json_string_value(member_of(request, "Description")));
	if (precedence != NULL)
		query_bind_int(q, json_integer_value(precedence));
	else
		query_bind_null(q);
	query_bind_text(q, json_string_value(member_of(request, "RoleArn")));
}

json_t *create_group(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	const char *name = text_of(request, "GroupName");
	const int64_t now = clock_wall();
	struct pool_row pool;

	if (!pool_of(e, request, &pool, error))
		return NULL;
	struct query q =
		store_query(e->store, "INSERT INTO groups (pool_id, name, description, precedence,"
				      " role, created, modified) VALUES (?, ?, ?, ?, ?, ?, ?)");
	query_bind_text(&q, pool.id);
	query_bind_text(&q, name);
	bind_details(&q, request);
	query_bind_int(&q, now);
	query_bind_int(&q, now);
	enum up_err err = query_run(&q);
	if (err == UP_ERR_CONFLICT)
		return pool_refuse(error, "GroupExistsException",
				   "A group with the name already exists.");
	return err != UP_OK ? refuse_internal(error, err) : show(e, pool.id, name, error);
}

json_t *get_group(void *backend, json_t *request, struct pool_error *error)
{
	struct pool_row pool;

	if (!pool_of(backend, request, &pool, error))
		return NULL;
	return show(backend, pool.id, text_of(request, "GroupName"), error);
}

json_t *update_group(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	const char *name = text_of(request, "GroupName");
	struct pool_row pool;

	if (!pool_of(e, request, &pool, error))
		return NULL;
	struct query q = store_query(
		e->store, "UPDATE groups SET description = coalesce(?, description),"
			  " precedence = coalesce(?, precedence), role = coalesce(?, role),"
			  " modified = ? WHERE pool_id = ? AND name = ?");
	bind_details(&q, request);
	query_bind_int(&q, clock_wall());
	query_bind_text(&q, pool.id);
	query_bind_text(&q, name);
	enum up_err err = query_run(&q);
	return err != UP_OK ? refuse_internal(error, err) : show(e, pool.id, name, error);
}

json_t *delete_group(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	struct pool_row pool;

	if (!pool_of(e, request, &pool, error))
		return NULL;
	struct query q = store_query(e->store, "DELETE FROM groups WHERE pool_id = ? AND name = ?");
	query_bind_text(&q, pool.id);
	query_bind_text(&q, text_of(request, "GroupName"));
	json_t *answer = run_statement(&q, error);
	if (answer == NULL || store_changes(e->store) > 0)
		return answer;
	json_decref(answer);
	return pool_refuse(error, "ResourceNotFoundException", "Group not found.");
}

/* Reads a page of groups from a bound query; the last bound value is limit + 1. */
static json_t *read_page(struct query *q, const char *pool_id, int64_t limit,
			 struct pool_error *error)
{
	json_t *list = json_array();
	bool has_more = false, ok = true;
	char last[NAME_SIZE] = "";

	while (ok && query_next(q) == QUERY_ROW) {
		has_more = (int64_t)json_array_size(list) == limit;
		if (has_more)
			break;
		ok = copy_column(q, 0, last, sizeof(last)) &&
		     json_array_append_new(list, describe(q, pool_id)) == 0;
	}
	enum up_err err = query_end(q);
	if (err != UP_OK || !ok) {
		json_decref(list);
		return refuse_internal(error, err != UP_OK ? err : UP_ERR_NOMEM);
	}
	return or_internal(page_answer(list, "Groups", "NextToken", last, has_more), error);
}

json_t *list_groups(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	struct pool_row pool;
	struct page page;

	if (!pool_of(e, request, &pool, error) ||
	    !page_read(request, "Limit", "NextToken", &page, error))
		return NULL;
	struct query q = store_query(e->store, "SELECT " FIELDS " FROM groups WHERE pool_id = ?"
					       " AND name > ? ORDER BY name LIMIT ?");
	query_bind_text(&q, pool.id);
	query_bind_text(&q, page.first);
	query_bind_int(&q, page.limit + 1);
	return read_page(&q, pool.id, page.limit, error);
}

json_t *admin_list_groups_for_user(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	struct pool_row pool;
	struct user_row user;
	struct page page;

	if (!user_of(e, request, &pool, &user, error) ||
	    !page_read(request, "Limit", "NextToken", &page, error))
		return NULL;
	struct query q =
		store_query(e->store, "SELECT " FIELDS " FROM groups WHERE pool_id = ? AND name > ?"
				      " AND name IN (SELECT group_name FROM members WHERE sub = ?)"
				      " ORDER BY name LIMIT ?");
	query_bind_text(&q, pool.id);
	query_bind_text(&q, page.first);
	query_bind_text(&q, user.sub);
	query_bind_int(&q, page.limit + 1);
	return read_page(&q, pool.id, page.limit, error);
}
