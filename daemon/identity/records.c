/* SPDX-License-Identifier: MIT */
#include "daemon/identity/records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/identity/ledger.h"

struct apply {
	struct store *store;
	const struct admission *by;
	const char *issuer;
	const struct roster *roster;
	records_refused_fn *refused;
	void *arg;
	int64_t changes;
};

/* Runs a statement that changes rows, and counts them. */
static enum up_err change(struct apply *a, struct query *q)
{
	UP_TRY(query_run(q));
	a->changes += store_changes(a->store);
	return UP_OK;
}

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

static enum up_err forget_user(struct apply *a, const char *sub)
{
	struct query q = store_query(a->store, "DELETE FROM users WHERE sub = ?");

	query_bind_text(&q, sub);
	return change(a, &q);
}

static enum up_err put_user(struct apply *a, const struct roster_user *user, const char *name,
			    uint32_t uid)
{
	struct query q = store_query(
		a->store,
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
	return change(a, &q);
}

/* Name and id of a record, or why it gets none. */
static enum up_err settle(struct apply *a, const struct ledger_key *key, const char *pool_name,
			  const char *wish_text, enum admit *admit, char name[UP_LOGIN_NAME_SIZE],
			  uint32_t *id)
{
	uint32_t wish = 0;

	*admit = admit_name(a->by, pool_name, name);
	if (*admit == ADMIT_OK)
		*admit = parse_wish(wish_text, &wish);
	if (*admit != ADMIT_OK)
		return UP_OK;
	UP_TRY(ledger_claim_name(a->store, name, key, admit));
	if (*admit != ADMIT_OK)
		return UP_OK;
	return ledger_id(a->store, a->by, key, wish, admit, id);
}

static enum up_err apply_user(struct apply *a, const struct roster_user *user)
{
	const struct ledger_key key = { a->issuer, LEDGER_USER, user->sub };
	char name[UP_LOGIN_NAME_SIZE] = "";
	enum admit admit = ADMIT_BAD_RECORD;
	uint32_t uid = 0;

	if (user->sub[0] != '\0')
		UP_TRY(settle(a, &key, user->pool_name, user->wish, &admit, name, &uid));
	if (admit == ADMIT_OK)
		return put_user(a, user, name, uid);
	a->refused("user", user->pool_name, admit, a->arg);
	return forget_user(a, user->sub);
}

/* A group that may not be one here still counts for policies, by its pool name. */
static enum up_err apply_group(struct apply *a, const char *pool_name)
{
	const struct ledger_key key = { a->issuer, LEDGER_GROUP, pool_name };
	char name[UP_LOGIN_NAME_SIZE] = "";
	enum admit admit = ADMIT_OK;
	uint32_t gid = 0;

	UP_TRY(settle(a, &key, pool_name, NULL, &admit, name, &gid));
	if (admit != ADMIT_OK)
		a->refused("group", pool_name, admit, a->arg);
	struct query q = store_query(
		a->store,
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
	return change(a, &q);
}

static enum up_err apply_member(struct apply *a, const struct roster_member *member)
{
	struct query q = store_query(a->store, "INSERT INTO members (sub, pool_group) VALUES (?, ?)"
					       " ON CONFLICT DO NOTHING");

	query_bind_text(&q, member->sub);
	query_bind_text(&q, a->roster->group[member->group]);
	return change(a, &q);
}

/* The roster's keys, in a temporary table, so that what it lacks can be swept out. */
static enum up_err note_seen(struct apply *a, const char *kind, const char *first,
			     const char *second)
{
	struct query q =
		store_query(a->store, "INSERT INTO seen (kind, first, second) VALUES (?, ?, ?)"
				      " ON CONFLICT DO NOTHING");

	query_bind_text(&q, kind);
	query_bind_text(&q, first);
	query_bind_text(&q, second);
	return query_run(&q);
}

static enum up_err run(struct apply *a, const char *sql)
{
	struct query q = store_query(a->store, sql);

	return query_run(&q);
}

static enum up_err note_all_seen(struct apply *a)
{
	const struct roster *r = a->roster;

	UP_TRY(run(a, "CREATE TEMP TABLE IF NOT EXISTS seen (kind TEXT NOT NULL,"
		      " first TEXT NOT NULL, second TEXT NOT NULL,"
		      " PRIMARY KEY (kind, first, second)) STRICT, WITHOUT ROWID"));
	UP_TRY(run(a, "DELETE FROM seen"));
	for (size_t i = 0; i < r->users; i++)
		UP_TRY(note_seen(a, "user", r->user[i].sub, ""));
	for (size_t i = 0; i < r->groups; i++)
		UP_TRY(note_seen(a, "group", r->group[i], ""));
	for (size_t i = 0; i < r->members; i++)
		UP_TRY(note_seen(a, "member", r->member[i].sub, r->group[r->member[i].group]));
	return UP_OK;
}

/* Before anything is put in: a name that moved to another record must be free. */
static enum up_err sweep(struct apply *a)
{
	struct query users = store_query(
		a->store, "DELETE FROM users WHERE NOT EXISTS (SELECT 1 FROM seen"
			  " WHERE kind = 'user' AND first = users.sub AND second = '')");
	UP_TRY(change(a, &users));
	struct query groups = store_query(
		a->store, "DELETE FROM groups WHERE NOT EXISTS (SELECT 1 FROM seen"
			  " WHERE kind = 'group' AND first = groups.pool_name AND second = '')");
	UP_TRY(change(a, &groups));
	struct query members = store_query(
		a->store,
		"DELETE FROM members WHERE NOT EXISTS (SELECT 1 FROM seen WHERE kind = 'member'"
		" AND first = members.sub AND second = members.pool_group)");
	return change(a, &members);
}

static enum up_err apply_all(struct apply *a)
{
	UP_TRY(note_all_seen(a));
	UP_TRY(sweep(a));
	for (size_t i = 0; i < a->roster->users; i++)
		UP_TRY(apply_user(a, &a->roster->user[i]));
	for (size_t i = 0; i < a->roster->groups; i++)
		UP_TRY(apply_group(a, a->roster->group[i]));
	for (size_t i = 0; i < a->roster->members; i++)
		UP_TRY(apply_member(a, &a->roster->member[i]));
	return run(a, "DELETE FROM seen");
}

enum up_err records_apply(struct store *store, const struct admission *by, const char *issuer,
			  const struct roster *roster, records_refused_fn *refused, void *arg,
			  bool *changed)
{
	struct apply a = { .store = store,
			   .by = by,
			   .issuer = issuer,
			   .roster = roster,
			   .refused = refused,
			   .arg = arg };

	UP_TRY(store_begin(store));
	enum up_err err = apply_all(&a);
	if (err == UP_OK)
		err = store_commit(store);
	else
		store_rollback(store);
	if (err == UP_OK)
		*changed = a.changes > 0;
	return err;
}
