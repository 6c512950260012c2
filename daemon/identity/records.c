/* SPDX-License-Identifier: MIT */
#include "daemon/identity/records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/identity/ledger.h"

/* The number in custom:uid, written as a number is: nothing before, behind or inside it. */
static enum admit parse_wish(const char *text, uint32_t *ret)
{
	char *end = NULL;

	*ret = 0;
	if (text == NULL)
		return ADMIT_OK;
	if (*text < '1' || *text > '9')
		return ADMIT_BAD_ID;
	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0' || value > UINT32_MAX)
		return ADMIT_BAD_ID;
	*ret = (uint32_t)value;
	return ADMIT_OK;
}

static enum up_err put_user(const struct records *r, const struct record_user *user,
			    const char *name, uint32_t uid)
{
	struct query q = store_query(
		r->store,
		"INSERT INTO users (sub, name, uid, enabled, status, gecos)"
		" VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (sub) DO UPDATE SET name = excluded.name,"
		" uid = excluded.uid, enabled = excluded.enabled, status = excluded.status,"
		" gecos = excluded.gecos WHERE (name, uid, enabled, status, gecos) IS NOT"
		" (excluded.name, excluded.uid, excluded.enabled, excluded.status, excluded.gecos)");

	query_bind_text(&q, user->sub);
	query_bind_text(&q, name);
	query_bind_int(&q, uid);
	query_bind_int(&q, user->enabled);
	query_bind_text(&q, user->status);
	query_bind_text(&q, admit_gecos(user->gecos) ? user->gecos : "");
	return query_run(&q);
}

/* Name and id of a record, or why it gets none. */
static enum up_err settle(const struct records *r, const struct ledger_key *key,
			  const char *pool_name, const char *wish_text, enum admit *admit,
			  char name[UP_LOGIN_NAME_SIZE], uint32_t *id)
{
	uint32_t wish = 0;

	*admit = admit_name(&r->by, pool_name, name);
	if (*admit == ADMIT_OK)
		*admit = parse_wish(wish_text, &wish);
	if (*admit != ADMIT_OK)
		return UP_OK;
	UP_TRY(ledger_claim_name(r->store, name, key, admit));
	if (*admit != ADMIT_OK)
		return UP_OK;
	return ledger_id(r->store, &r->by, key, wish, admit, id);
}

enum up_err records_put_user(const struct records *r, const struct record_user *user)
{
	const struct ledger_key key = { r->issuer, LEDGER_USER, user->sub };
	char name[UP_LOGIN_NAME_SIZE] = "";
	enum admit admit = ADMIT_BAD_RECORD;
	uint32_t uid = 0;

	if (user->sub[0] != '\0')
		UP_TRY(settle(r, &key, user->pool_name, user->wish, &admit, name, &uid));
	if (admit == ADMIT_OK)
		return put_user(r, user, name, uid);
	r->refused("user", user->pool_name, admit, r->arg);
	return records_forget_user(r, user->sub);
}

enum up_err records_forget_user(const struct records *r, const char *sub)
{
	/* The user first: memberships that go with it are no change of anybody's. */
	struct query user = store_query(r->store, "DELETE FROM users WHERE sub = ?");

	query_bind_text(&user, sub);
	UP_TRY(query_run(&user));
	struct query members = store_query(r->store, "DELETE FROM members WHERE sub = ?");
	query_bind_text(&members, sub);
	return query_run(&members);
}

enum up_err records_forget_name(const struct records *r, const char *name, const char *sub)
{
	struct query members =
		store_query(r->store, "DELETE FROM members WHERE sub <> ?1 AND sub IN"
				      " (SELECT sub FROM users WHERE name = ?2)");

	query_bind_text(&members, sub);
	query_bind_text(&members, name);
	UP_TRY(query_run(&members));
	struct query users =
		store_query(r->store, "DELETE FROM users WHERE sub <> ?1 AND name = ?2");
	query_bind_text(&users, sub);
	query_bind_text(&users, name);
	return query_run(&users);
}

enum up_err records_put_group(const struct records *r, const char *pool_name)
{
	const struct ledger_key key = { r->issuer, LEDGER_GROUP, pool_name };
	char name[UP_LOGIN_NAME_SIZE] = "";
	enum admit admit = ADMIT_OK;
	uint32_t gid = 0;

	UP_TRY(settle(r, &key, pool_name, NULL, &admit, name, &gid));
	if (admit != ADMIT_OK)
		r->refused("group", pool_name, admit, r->arg);
	struct query q = store_query(
		r->store,
		"INSERT INTO groups (pool_name, name, gid) VALUES (?, ?, ?)"
		" ON CONFLICT (pool_name) DO UPDATE SET name = excluded.name,"
		" gid = excluded.gid WHERE (name, gid) IS NOT (excluded.name, excluded.gid)");
	query_bind_text(&q, pool_name);
	if (admit == ADMIT_OK) {
		query_bind_text(&q, name);
		query_bind_int(&q, gid);
	} else {
		query_bind_null(&q);
		query_bind_null(&q);
	}
	return query_run(&q);
}

enum up_err records_forget_group(const struct records *r, const char *pool_name)
{
	/* The group first: its members need not be written one by one. */
	struct query group = store_query(r->store, "DELETE FROM groups WHERE pool_name = ?");

	query_bind_text(&group, pool_name);
	UP_TRY(query_run(&group));
	struct query members = store_query(r->store, "DELETE FROM members WHERE pool_group = ?");
	query_bind_text(&members, pool_name);
	return query_run(&members);
}

enum up_err records_put_member(const struct records *r, const char *sub, const char *pool_group)
{
	struct query q = store_query(r->store, "INSERT INTO members (sub, pool_group) VALUES (?, ?)"
					       " ON CONFLICT DO NOTHING");

	query_bind_text(&q, sub);
	query_bind_text(&q, pool_group);
	return query_run(&q);
}

enum up_err records_forget_member(const struct records *r, const char *sub, const char *pool_group)
{
	struct query q =
		store_query(r->store, "DELETE FROM members WHERE sub = ? AND pool_group = ?");

	query_bind_text(&q, sub);
	query_bind_text(&q, pool_group);
	return query_run(&q);
}
