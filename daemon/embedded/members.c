/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "daemon/embedded/handlers.h"

/* Cognito's limit: all their names have to fit into a token. */
#define GROUPS_MOST 100

/* The user and the group of a membership; false: one of them is not there. */
static bool both_of(struct embedded *e, json_t *request, struct pool_row *pool,
		    struct user_row *user, struct pool_error *error)
{
	if (!user_of(e, request, pool, user, error))
		return false;
	json_t *group = get_group(e, request, error);
	json_decref(group);
	return group != NULL;
}

static enum up_err count_groups(struct embedded *e, const char *sub, int64_t *ret)
{
	struct query q = store_query(e->store, "SELECT count(*) FROM members WHERE sub = ?");

	query_bind_text(&q, sub);
	if (query_next(&q) == QUERY_ROW)
		*ret = query_int(&q, 0);
	return query_end(&q);
}

/* Inside a change: what is one too many is rolled back. */
static json_t *add(struct embedded *e, const struct pool_row *pool, const struct user_row *user,
		   const char *group, struct pool_error *error)
{
	int64_t groups = 0;
	struct query q = store_query(e->store, "INSERT INTO members (pool_id, group_name, sub)"
					       " VALUES (?, ?, ?) ON CONFLICT DO NOTHING");

	query_bind_text(&q, pool->id);
	query_bind_text(&q, group);
	query_bind_text(&q, user->sub);
	enum up_err err = query_run(&q);
	if (err == UP_OK)
		err = count_groups(e, user->sub, &groups);
	if (err != UP_OK)
		return refuse_internal(error, err);
	if (groups > GROUPS_MOST)
		return pool_refuse(error, "LimitExceededException",
				   "A user may be in %d groups at most.", GROUPS_MOST);
	return or_internal(json_object(), error);
}

json_t *admin_add_user_to_group(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	struct pool_row pool;
	struct user_row user;

	if (!both_of(e, request, &pool, &user, error) || !change_begin(e, error))
		return NULL;
	return change_end(e, add(e, &pool, &user, text_of(request, "GroupName"), error), error);
}

json_t *admin_remove_user_from_group(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	struct pool_row pool;
	struct user_row user;

	if (!both_of(e, request, &pool, &user, error))
		return NULL;
	struct query q = store_query(
		e->store, "DELETE FROM members WHERE pool_id = ? AND group_name = ? AND sub = ?");
	query_bind_text(&q, pool.id);
	query_bind_text(&q, text_of(request, "GroupName"));
	query_bind_text(&q, user.sub);
	return run_statement(&q, error);
}

static enum up_err read_members(struct embedded *e, struct query *q, const struct page *page,
				json_t *list, char last[NAME_SIZE], bool *has_more)
{
	enum up_err err = UP_OK;
	struct user_row user;

	while (err == UP_OK && query_next(q) == QUERY_ROW) {
		*has_more = (int64_t)json_array_size(list) == page->limit;
		if (*has_more)
			break;
		if (!user_read(q, &user)) {
			err = UP_ERR_CORRUPT;
		} else if (json_array_append_new(list, user_describe(e, &user, "Attributes")) !=
			   0) {
			err = UP_ERR_NOMEM;
		} else {
			memcpy(last, user.username, NAME_SIZE);
		}
	}
	enum up_err end = query_end(q);
	return end != UP_OK ? end : err;
}

json_t *list_users_in_group(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	char last[NAME_SIZE] = "";
	bool has_more = false;
	struct pool_row pool;
	struct page page;

	if (!pool_of(e, request, &pool, error) ||
	    !page_read(request, "Limit", "NextToken", &page, error))
		return NULL;
	json_t *group = get_group(e, request, error);
	json_decref(group);
	if (group == NULL)
		return NULL;
	struct query q = store_query(
		e->store, "SELECT " USER_FIELDS " FROM users WHERE pool_id = ? AND username > ?"
			  " AND sub IN (SELECT sub FROM members WHERE pool_id = ?"
			  " AND group_name = ?) ORDER BY username LIMIT ?");
	query_bind_text(&q, pool.id);
	query_bind_text(&q, page.first);
	query_bind_text(&q, pool.id);
	query_bind_text(&q, text_of(request, "GroupName"));
	query_bind_int(&q, page.limit + 1);
	json_t *list = json_array();
	enum up_err err = read_members(e, &q, &page, list, last, &has_more);
	if (err != UP_OK) {
		json_decref(list);
		return refuse_internal(error, err);
	}
	return or_internal(page_answer(list, "Users", "NextToken", last, has_more), error);
}
