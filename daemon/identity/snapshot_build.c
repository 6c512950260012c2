/* SPDX-License-Identifier: MIT */
#include "daemon/identity/snapshot_build.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/identity/row.h"
#include "daemon/identity/snapshot_writer.h"

/* What both builds have at hand. */
struct building {
	const struct snapshot_build *build;
	struct snapshot_writer *writer;
};

/* A record the writer has already (a user's own group, say) is left out, not the whole snapshot. */
static enum up_err skip_conflict(enum up_err err, const char *kind, const char *name)
{
	if (err != UP_ERR_CONFLICT)
		return err;
	log_event(EV_RECORD_REFUSED, log_str("kind", kind), log_str("name", name),
		  log_str("reason", "its name or id is in the snapshot already"));
	return UP_OK;
}

/* Who was not admitted is in no group, and which group was not has no members. */
static enum up_err skip_absent(enum up_err err)
{
	return err == UP_ERR_CONFLICT ? UP_OK : err;
}

static enum up_err add_user(const struct building *b, const struct identity_user *user)
{
	const struct snapshot_user entry = { .name = user->name,
					     .gecos = user->gecos,
					     .home = user->home,
					     .shell = user->shell,
					     .uid = user->uid };

	return skip_conflict(snapshot_writer_add_user(b->writer, &entry), "user", user->name);
}

static enum up_err add_users(const struct building *b)
{
	struct query q =
		store_query(b->build->store, "SELECT " USER_COLUMNS " FROM users ORDER BY uid");
	struct identity_user user;
	enum up_err err = UP_OK;

	while (err == UP_OK && query_next(&q) == QUERY_ROW)
		if (row_read_user(&b->build->by, &q, &user))
			err = add_user(b, &user);
	enum up_err end = query_end(&q);
	return err != UP_OK ? err : end;
}

static enum up_err add_groups(const struct building *b)
{
	struct query q = store_query(b->build->store, "SELECT name, gid FROM groups"
						      " WHERE name IS NOT NULL ORDER BY gid");
	enum up_err err = UP_OK;

	while (err == UP_OK && query_next(&q) == QUERY_ROW) {
		const char *name = query_text(&q, 0);

		if (row_group_is_admitted(&b->build->by, name, query_int(&q, 1)))
			err = skip_conflict(snapshot_writer_add_group(b->writer, name,
								      (uint32_t)query_int(&q, 1)),
					    "group", name);
	}
	enum up_err end = query_end(&q);
	return err != UP_OK ? err : end;
}

static enum up_err add_members(const struct building *b)
{
	struct query q = store_query(b->build->store, "SELECT gid, uid FROM members"
						      " JOIN users ON users.sub = members.sub"
						      " JOIN groups ON pool_name = pool_group"
						      " WHERE gid IS NOT NULL");
	enum up_err err = UP_OK;

	while (err == UP_OK && query_next(&q) == QUERY_ROW)
		err = skip_absent(snapshot_writer_add_member(b->writer, (uint32_t)query_int(&q, 0),
							     (uint32_t)query_int(&q, 1)));
	enum up_err end = query_end(&q);
	return err != UP_OK ? err : end;
}

/* Members of a pool group that the admin mapped to a local group. */
static enum up_err add_mapped(const struct building *b, const char *pool_group, uint32_t gid)
{
	struct query q = store_query(b->build->store,
				     "SELECT uid FROM members JOIN users ON users.sub = members.sub"
				     " WHERE pool_group = ?");
	enum up_err err = UP_OK;

	query_bind_text(&q, pool_group);
	while (err == UP_OK && query_next(&q) == QUERY_ROW)
		err = skip_absent(snapshot_writer_add_foreign_gid(b->writer,
								  (uint32_t)query_int(&q, 0), gid));
	enum up_err end = query_end(&q);
	return err != UP_OK ? err : end;
}

/* Whether a mapped pair has the pool group and a local group; *gid is the latter's. */
static bool pair_fits(const struct building *b, char *pair, uint32_t *gid)
{
	char *local_group = strrchr(pair, ':');

	if (local_group == NULL)
		return false;
	*local_group++ = '\0';
	if (local_names_group(b->build->by.local, local_group, gid))
		return true;
	log_event(EV_RECORD_REFUSED, log_str("kind", "map_groups"), log_str("name", local_group),
		  log_str("reason", "there is no such group in /etc/group"));
	return false;
}

static enum up_err add_all_mapped(const struct building *b)
{
	for (char **pair = b->build->by.config->identity_map_groups; *pair != NULL; pair++) {
		_auto_(free) char *pool_group = strdup(*pair);
		uint32_t gid = 0;

		if (pool_group == NULL)
			return UP_ERR_NOMEM;
		if (pair_fits(b, pool_group, &gid))
			UP_TRY(add_mapped(b, pool_group, gid));
	}
	return UP_OK;
}

enum up_err snapshot_build_base(const struct snapshot_build *build, uint64_t generation)
{
	_auto_(snapshot_writer_free) struct snapshot_writer *writer = NULL;

	UP_TRY(snapshot_writer_new(&writer));
	const struct building b = { build, writer };
	UP_TRY(add_users(&b));
	UP_TRY(add_groups(&b));
	UP_TRY(add_members(&b));
	UP_TRY(add_all_mapped(&b));
	return snapshot_writer_write_base(writer, build->directory, generation);
}

static enum up_err add_changed_group(const struct building *b, uint32_t gid)
{
	struct query q =
		store_query(b->build->store, "SELECT name, gid, gid IN (SELECT gid FROM new_groups)"
					     " FROM groups WHERE gid = ?");
	enum up_err err;

	query_bind_int(&q, gid);
	const bool is_there =
		query_next(&q) == QUERY_ROW &&
		row_group_is_admitted(&b->build->by, query_text(&q, 0), query_int(&q, 1));
	if (!is_there)
		err = snapshot_writer_add_gone_group(b->writer, gid);
	else if (query_int(&q, 2) != 0)
		err = snapshot_writer_add_new_group(b->writer, query_text(&q, 0), gid);
	else
		err = snapshot_writer_add_group(b->writer, query_text(&q, 0), gid);
	err = is_there ? skip_conflict(err, "group", query_text(&q, 0)) : skip_absent(err);
	enum up_err end = query_end(&q);
	return err != UP_OK ? err : end;
}

/* The groups of a changed user, each with its record, be it changed or not. */
static enum up_err add_groups_of(const struct building *b, const struct identity_user *user)
{
	struct query q = store_query(
		b->build->store, "SELECT name, gid FROM members JOIN groups"
				 " ON pool_name = pool_group WHERE sub = ? AND gid IS NOT NULL");
	enum up_err err = UP_OK;

	query_bind_text(&q, user->sub);
	while (err == UP_OK && query_next(&q) == QUERY_ROW) {
		const uint32_t gid = (uint32_t)query_int(&q, 1);

		if (!row_group_is_admitted(&b->build->by, query_text(&q, 0), query_int(&q, 1)))
			continue;
		err = skip_absent(snapshot_writer_add_group(b->writer, query_text(&q, 0), gid));
		if (err == UP_OK)
			err = skip_absent(snapshot_writer_add_member(b->writer, gid, user->uid));
	}
	enum up_err end = query_end(&q);
	return err != UP_OK ? err : end;
}

static enum up_err is_member(const struct building *b, const char *sub, const char *pool_group,
			     bool *ret)
{
	struct query q = store_query(b->build->store,
				     "SELECT 1 FROM members WHERE sub = ? AND pool_group = ?");

	query_bind_text(&q, sub);
	query_bind_text(&q, pool_group);
	*ret = query_next(&q) == QUERY_ROW;
	return query_end(&q);
}

static enum up_err add_mapped_of(const struct building *b, const struct identity_user *user)
{
	for (char **pair = b->build->by.config->identity_map_groups; *pair != NULL; pair++) {
		_auto_(free) char *pool_group = strdup(*pair);
		bool is_in = false;
		uint32_t gid = 0;

		if (pool_group == NULL)
			return UP_ERR_NOMEM;
		if (!pair_fits(b, pool_group, &gid))
			continue;
		UP_TRY(is_member(b, user->sub, pool_group, &is_in));
		if (is_in)
			UP_TRY(skip_absent(
				snapshot_writer_add_foreign_gid(b->writer, user->uid, gid)));
	}
	return UP_OK;
}

static enum up_err add_changed_user(const struct building *b, uint32_t uid)
{
	struct query q =
		store_query(b->build->store, "SELECT " USER_COLUMNS " FROM users WHERE uid = ?");
	struct identity_user user;

	query_bind_int(&q, uid);
	bool is_there = query_next(&q) == QUERY_ROW && row_read_user(&b->build->by, &q, &user);
	UP_TRY(query_end(&q));
	if (!is_there)
		return skip_absent(snapshot_writer_add_gone_user(b->writer, uid));
	UP_TRY(add_user(b, &user));
	UP_TRY(add_groups_of(b, &user));
	return add_mapped_of(b, &user);
}

/* Groups come first, so that a group's own change is not taken for one that a member brings. */
static enum up_err add_changes(const struct building *b)
{
	struct query q =
		store_query(b->build->store, "SELECT kind, id FROM changes ORDER BY kind, id");
	enum up_err err = UP_OK;

	while (err == UP_OK && query_next(&q) == QUERY_ROW) {
		const uint32_t id = (uint32_t)query_int(&q, 1);

		err = strcmp(query_text(&q, 0), "group") == 0 ? add_changed_group(b, id)
							      : add_changed_user(b, id);
	}
	enum up_err end = query_end(&q);
	return err != UP_OK ? err : end;
}

enum up_err snapshot_build_delta(const struct snapshot_build *build, uint64_t generation,
				 uint64_t of_base)
{
	_auto_(snapshot_writer_free) struct snapshot_writer *writer = NULL;

	UP_TRY(snapshot_writer_new(&writer));
	const struct building b = { build, writer };
	UP_TRY(add_changes(&b));
	return snapshot_writer_publish_delta(writer, build->directory, generation, of_base);
}
