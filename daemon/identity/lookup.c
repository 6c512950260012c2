/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "daemon/identity/internal.h"
#include "daemon/identity/row.h"

/* A row that is refused on the way out is nobody's user; an unreadable store tells nothing. */
static enum identity_found find(struct identity *identity, struct query *q,
				struct identity_user *ret)
{
	const struct admission by = { identity->config, identity->local };
	struct identity_user user;
	bool found = query_next(q) == QUERY_ROW && row_read_user(&by, q, &user);

	if (query_end(q) != UP_OK || identity->local == NULL)
		return IDENTITY_CANNOT_TELL;
	if (!found)
		return IDENTITY_ABSENT;
	*ret = user;
	return IDENTITY_FOUND;
}

enum identity_found identity_find_by_name(struct identity *identity, const char *name,
					  struct identity_user *ret)
{
	struct query q =
		store_query(identity->store, "SELECT " USER_COLUMNS " FROM users WHERE name = ?");

	query_bind_text(&q, name);
	return find(identity, &q, ret);
}

enum identity_found identity_find_by_uid(struct identity *identity, uint32_t uid,
					 struct identity_user *ret)
{
	struct query q =
		store_query(identity->store, "SELECT " USER_COLUMNS " FROM users WHERE uid = ?");

	query_bind_int(&q, uid);
	return find(identity, &q, ret);
}

enum identity_found identity_in_groups(struct identity *identity, const char *sub, char **groups)
{
	for (; *groups != NULL; groups++) {
		struct query q = store_query(
			identity->store, "SELECT 1 FROM members WHERE sub = ? AND pool_group = ?");

		query_bind_text(&q, sub);
		query_bind_text(&q, *groups);
		bool is_member = query_next(&q) == QUERY_ROW;
		if (query_end(&q) != UP_OK)
			return IDENTITY_CANNOT_TELL;
		if (is_member)
			return IDENTITY_FOUND;
	}
	return IDENTITY_ABSENT;
}

static json_t *describe_groups(struct identity *identity, const char *sub)
{
	struct query q = store_query(identity->store,
				     "SELECT pool_group, groups.name, groups.gid FROM members"
				     " LEFT JOIN groups ON pool_name = pool_group"
				     " WHERE sub = ? ORDER BY pool_group");
	json_t *list = json_array();

	query_bind_text(&q, sub);
	while (query_next(&q) == QUERY_ROW) {
		json_t *group =
			query_is_null(&q, 1)
				? json_pack("{s:s}", "GroupName", query_text(&q, 0))
				: json_pack("{s:s, s:s, s:I}", "GroupName", query_text(&q, 0),
					    "LinuxGroup", query_text(&q, 1), "Gid",
					    (json_int_t)query_int(&q, 2));
		if (list == NULL || json_array_append_new(list, group) != 0)
			break;
	}
	if (query_end(&q) == UP_OK)
		return list;
	json_decref(list);
	return NULL;
}

enum identity_found identity_describe(struct identity *identity, const char *name, json_t **ret)
{
	struct identity_user user;
	enum identity_found found = identity_find_by_name(identity, name, &user);

	if (found != IDENTITY_FOUND)
		return found;
	json_t *json =
		json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:s, s:s, s:b, s:s, s:o}", "Username",
			  user.name, "Sub", user.sub, "Issuer", identity_issuer(identity), "Uid",
			  (json_int_t)user.uid, "Gid", (json_int_t)user.uid, "Gecos", user.gecos,
			  "Home", user.home, "Shell", user.shell, "Enabled", (int)user.enabled,
			  "UserStatus", user.status, "Groups", describe_groups(identity, user.sub));
	if (json == NULL)
		return IDENTITY_CANNOT_TELL;
	*ret = json;
	return IDENTITY_FOUND;
}
