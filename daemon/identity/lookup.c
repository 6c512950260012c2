/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "daemon/identity/internal.h"

static bool copy(char *out, size_t size, const char *text)
{
	size_t len = strlen(text);

	if (len >= size)
		return false;
	memcpy(out, text, len + 1);
	return true;
}

/* `template` with %u for the login name and %% for a per cent sign. */
static bool expand(char *out, size_t size, const char *template, const char *name)
{
	size_t len = 0;

	for (const char *p = template; *p != '\0'; p++) {
		const char *piece = (char[]){ *p, '\0' };

		if (p[0] == '%' && p[1] == 'u')
			piece = name;
		if (p[0] == '%' && p[1] != '\0')
			p++;
		size_t more = strlen(piece);
		if (more >= size - len)
			return false;
		memcpy(out + len, piece, more);
		len += more;
	}
	out[len] = '\0';
	return true;
}

/* Name, uid and gecos of the row, if they may still be a Linux user's. */
static bool admit_row(const struct identity *identity, const struct query *row,
		      struct identity_user *user)
{
	const struct admission by = { identity->config, identity->local };
	const char *name = query_text(row, 0);
	int64_t uid = query_int(row, 2);

	if (identity->local == NULL || uid < 0 || uid > UINT32_MAX ||
	    admit_name(&by, name, user->name) != ADMIT_OK || strcmp(user->name, name) != 0 ||
	    admit_id(&by, (uint32_t)uid) != ADMIT_OK || !admit_gecos(query_text(row, 5)))
		return false;
	user->uid = (uint32_t)uid;
	return copy(user->gecos, sizeof(user->gecos), query_text(row, 5));
}

bool identity_read_user(const struct identity *identity, const struct query *row,
			struct identity_user *ret)
{
	struct identity_user user = { 0 };

	if (!admit_row(identity, row, &user))
		return false;
	user.enabled = query_int(row, 3) == 1;
	if (!copy(user.sub, sizeof(user.sub), query_text(row, 1)) ||
	    !copy(user.status, sizeof(user.status), query_text(row, 4)) ||
	    !expand(user.home, sizeof(user.home), identity->config->identity_home, user.name) ||
	    !copy(user.shell, sizeof(user.shell), identity->config->identity_shell))
		return false;
	*ret = user;
	return true;
}

/* A row that is refused on the way out is nobody's user; an unreadable store tells nothing. */
static enum identity_found find(struct identity *identity, struct query *q,
				struct identity_user *ret)
{
	struct identity_user user;
	bool found = query_next(q) == QUERY_ROW && identity_read_user(identity, q, &user);

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
