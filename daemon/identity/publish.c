/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/identity/internal.h"
#include "daemon/identity/snapshot_writer.h"

/* A record the writer has already (a user's own group, say) is left out, not the whole snapshot. */
static enum up_err skip_conflict(enum up_err err, const char *kind, const char *name)
{
	if (err != UP_ERR_CONFLICT)
		return err;
	log_event(EV_RECORD_REFUSED, log_str("kind", kind), log_str("name", name),
		  log_str("reason", "its name or id is in the snapshot already"));
	return UP_OK;
}

static enum up_err add_users(struct identity *identity, struct snapshot_writer *writer)
{
	struct query q =
		store_query(identity->store, "SELECT " USER_COLUMNS " FROM users ORDER BY uid");
	struct identity_user user;
	enum up_err err = UP_OK;

	while (err == UP_OK && query_next(&q) == QUERY_ROW) {
		if (!identity_read_user(identity, &q, &user))
			continue;
		const struct snapshot_user entry = { .name = user.name,
						     .gecos = user.gecos,
						     .home = user.home,
						     .shell = user.shell,
						     .uid = user.uid };
		err = skip_conflict(snapshot_writer_add_user(writer, &entry), "user", user.name);
	}
	enum up_err end = query_end(&q);
	return err != UP_OK ? err : end;
}

static bool group_is_admitted(const struct identity *identity, const char *name, int64_t gid)
{
	const struct admission by = { identity->config, identity->local };
	char folded[UP_LOGIN_NAME_SIZE];

	return admit_name(&by, name, folded) == ADMIT_OK && strcmp(folded, name) == 0 && gid >= 0 &&
	       gid <= UINT32_MAX && admit_id(&by, (uint32_t)gid) == ADMIT_OK;
}

static enum up_err add_groups(struct identity *identity, struct snapshot_writer *writer)
{
	struct query q = store_query(identity->store, "SELECT name, gid FROM groups"
						      " WHERE name IS NOT NULL ORDER BY gid");
	enum up_err err = UP_OK;

	while (err == UP_OK && query_next(&q) == QUERY_ROW) {
		const char *name = query_text(&q, 0);

		if (group_is_admitted(identity, name, query_int(&q, 1)))
			err = skip_conflict(
				snapshot_writer_add_group(writer, name, (uint32_t)query_int(&q, 1)),
				"group", name);
	}
	enum up_err end = query_end(&q);
	return err != UP_OK ? err : end;
}

static enum up_err add_members(struct identity *identity, struct snapshot_writer *writer)
{
	struct query q = store_query(
		identity->store,
		"SELECT users.name, users.sub, uid, enabled, status, gecos, groups.name, gid"
		" FROM members JOIN users ON users.sub = members.sub"
		" JOIN groups ON pool_name = pool_group WHERE groups.name IS NOT NULL");
	struct identity_user user;
	enum up_err err = UP_OK;

	while (err == UP_OK && query_next(&q) == QUERY_ROW)
		if (identity_read_user(identity, &q, &user) &&
		    group_is_admitted(identity, query_text(&q, 6), query_int(&q, 7)))
			err = skip_conflict(snapshot_writer_add_member(
						    writer, (uint32_t)query_int(&q, 7), user.uid),
					    "member", user.name);
	enum up_err end = query_end(&q);
	return err != UP_OK ? err : end;
}

/* Members of a pool group that the admin mapped to a local group. */
static enum up_err add_mapped(struct identity *identity, struct snapshot_writer *writer,
			      const char *pool_group, uint32_t gid)
{
	struct query q =
		store_query(identity->store, "SELECT " USER_COLUMNS " FROM users WHERE sub IN"
					     " (SELECT sub FROM members WHERE pool_group = ?)");
	struct identity_user user;
	enum up_err err = UP_OK;

	query_bind_text(&q, pool_group);
	while (err == UP_OK && query_next(&q) == QUERY_ROW)
		if (identity_read_user(identity, &q, &user))
			err = snapshot_writer_add_foreign_gid(writer, user.uid, gid);
	enum up_err end = query_end(&q);
	return err != UP_OK ? err : end;
}

static enum up_err add_all_mapped(struct identity *identity, struct snapshot_writer *writer)
{
	for (char **pair = identity->config->identity_map_groups; *pair != NULL; pair++) {
		_auto_(free) char *pool_group = strdup(*pair);
		uint32_t gid = 0;

		if (pool_group == NULL)
			return UP_ERR_NOMEM;
		char *local_group = strrchr(pool_group, ':');
		if (local_group == NULL)
			continue;
		*local_group++ = '\0';
		if (local_names_group(identity->local, local_group, &gid))
			UP_TRY(add_mapped(identity, writer, pool_group, gid));
		else
			log_event(EV_RECORD_REFUSED, log_str("kind", "map_groups"),
				  log_str("name", local_group),
				  log_str("reason", "there is no such group in /etc/group"));
	}
	return UP_OK;
}

static enum up_err build_base(struct identity *identity, uint64_t generation)
{
	_auto_(snapshot_writer_free) struct snapshot_writer *writer = NULL;

	if (identity->local == NULL)
		return UP_ERR_IO;
	UP_TRY(snapshot_writer_new(&writer));
	UP_TRY(add_users(identity, writer));
	UP_TRY(add_groups(identity, writer));
	UP_TRY(add_members(identity, writer));
	UP_TRY(add_all_mapped(identity, writer));
	return snapshot_writer_publish_base(writer, identity->directory, generation);
}

static enum up_err build_delta(struct identity *identity, uint64_t generation)
{
	_auto_(snapshot_writer_free) struct snapshot_writer *writer = NULL;

	UP_TRY(snapshot_writer_new(&writer));
	return snapshot_writer_publish_delta(writer, identity->directory, generation, generation);
}

enum up_err identity_publish(struct identity *identity)
{
	if (!identity->is_filled)
		return UP_OK;
	const uint64_t generation = (uint64_t)identity->generation + 1;
	enum up_err err = build_base(identity, generation);

	if (err == UP_OK)
		err = build_delta(identity, generation);
	if (err != UP_OK) {
		log_event(EV_SNAPSHOT_FAILED, log_err(err));
		return err;
	}
	identity->generation++;
	log_event(EV_SNAPSHOT_PUBLISHED, log_int("generation", identity->generation));
	return UP_OK;
}
