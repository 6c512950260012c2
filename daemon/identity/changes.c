/* SPDX-License-Identifier: MIT */
#include "daemon/identity/changes.h"

static enum up_err read_number(struct query *q, int64_t *ret)
{
	const enum query_step step = query_next(q);
	const int64_t number = query_int(q, 0);

	UP_TRY(query_end(q));
	if (step != QUERY_ROW)
		return UP_ERR_CORRUPT;
	*ret = number;
	return UP_OK;
}

enum up_err changes_count(struct store *store, int64_t *ret)
{
	struct query q = store_query(store, "SELECT count(*) FROM changes");

	return read_number(&q, ret);
}

enum up_err changes_last(struct store *store, int64_t *ret)
{
	struct query q = store_query(store, "SELECT coalesce(max(seq), 0) FROM changes");

	return read_number(&q, ret);
}

enum up_err changes_forget(struct store *store, int64_t seq)
{
	struct query q = store_query(store, "DELETE FROM changes WHERE seq <= ?");

	query_bind_int(&q, seq);
	UP_TRY(query_run(&q));
	struct query groups = store_query(store, "DELETE FROM new_groups WHERE gid NOT IN"
						 " (SELECT id FROM changes WHERE kind = 'group')");
	return query_run(&groups);
}

enum up_err changes_note_name(struct store *store, const char *name)
{
	struct query q =
		store_query(store, "INSERT OR REPLACE INTO changes (kind, id)"
				   " SELECT 'user', uid FROM users WHERE name = ?1 UNION ALL"
				   " SELECT 'group', gid FROM groups WHERE name = ?1");

	query_bind_text(&q, name);
	return query_run(&q);
}

enum up_err changes_note_id(struct store *store, uint32_t id)
{
	struct query q =
		store_query(store, "INSERT OR REPLACE INTO changes (kind, id)"
				   " SELECT 'user', uid FROM users WHERE uid = ?1 UNION ALL"
				   " SELECT 'group', gid FROM groups WHERE gid = ?1");

	query_bind_int(&q, id);
	return query_run(&q);
}

enum up_err published_read(struct store *store, struct published *ret)
{
	struct query q = store_query(store, "SELECT generation, base FROM published");
	const enum query_step step = query_next(&q);
	const struct published published = { query_int(&q, 0), query_int(&q, 1) };

	UP_TRY(query_end(&q));
	if (step != QUERY_ROW)
		return UP_ERR_CORRUPT;
	*ret = published;
	return UP_OK;
}

enum up_err published_write(struct store *store, const struct published *published)
{
	struct query q = store_query(store, "UPDATE published SET generation = ?, base = ?");

	query_bind_int(&q, published->generation);
	query_bind_int(&q, published->base);
	return query_run(&q);
}
