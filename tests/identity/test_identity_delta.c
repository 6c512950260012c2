/* SPDX-License-Identifier: MIT */
/*
 * Any order of changes to the pool's records and to the local users, published as
 * deltas and bases in any order, against a model of who must be found with what: what
 * a reader sees after each publication is the model, whole, with nothing of before.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/snapshot.h"
#include "daemon/identity/changes.h"
#include "daemon/identity/records.h"
#include "daemon/identity/snapshot_build.h"
#include "daemon/identity/snapshot_file.h"
#include "daemon/store/host_schema.h"
#include "tests/lib/prop.h"
#include "tests/lib/scratch.h"
#include "tests/lib/testing.h"

#define USERS  8
#define GROUPS 5
#define STEPS  60
#define MAPPED 4242 /* the gid of a local group that members of group0 are in as well */

struct model_user {
	bool is_there, is_local;
	unsigned int gecos;
	bool in[GROUPS];
};

struct world {
	char *directory;
	struct store *store;
	struct config config;
	char *map[2];
	struct local_names *local;
	uint64_t generation, base;
	struct up_snapshot_source source;
	char *paths[2];
	struct model_user user[USERS];
	bool group[GROUPS];
};

static void must(enum up_err err)
{
	PROP(err == UP_OK);
}

static void no_refusal(const char *kind, const char *pool_name, enum admit why, void *arg)
{
	(void)kind, (void)pool_name, (void)arg;
	/* Nothing else in these records is wrong. */
	PROP(why == ADMIT_LOCAL_NAME);
}

static struct records records_of(struct world *w)
{
	return (struct records){ .store = w->store,
				 .by = { &w->config, w->local },
				 .issuer = "https://pool",
				 .refused = no_refusal };
}

static const char *numbered(char out[32], const char *word, unsigned int i)
{
	(void)snprintf(out, 32, "%s%u", word, i);
	return out;
}

/* The local users are root and those of the model. */
static struct local_names *load_local(const struct world *w)
{
	_auto_(free) char *passwd = scratch_path(w->directory, "passwd");
	_auto_(free) char *group = scratch_path(w->directory, "group");
	struct local_names *local = NULL;
	char text[1024] = "root:x:0:0::/root:/bin/sh\n";

	for (unsigned int i = 0; i < USERS; i++)
		if (w->user[i].is_local)
			(void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
				       "user%u:x:%u:100::/:/bin/sh\n", i, 2000 + i);
	scratch_write(w->directory, "passwd", text, strlen(text), 0644);
	scratch_write(w->directory, "group", "local:x:4242:\n", 14, 0644);
	must(local_names_load(passwd, group, &local));
	return local;
}

static void begin(struct world *w)
{
	_auto_(free) char *database = NULL;

	*w = (struct world){ .directory = scratch_new() };
	w->config = (struct config){ .identity_id_min = 1879048192,
				     .identity_id_max = 2147483647,
				     .identity_map_groups = w->map };
	w->map[0] = strdup("group0:local");
	w->config.identity_home = strdup("/home/%u");
	w->config.identity_shell = strdup("/bin/sh");
	database = scratch_path(w->directory, "host.db");
	must(store_open(database, host_migrations, host_migration_count, 1000, &w->store));
	w->local = load_local(w);
	w->paths[0] = scratch_path(w->directory, UP_SNAPSHOT_BASE);
	w->paths[1] = scratch_path(w->directory, UP_SNAPSHOT_DELTA);
	w->source.base_path = w->paths[0];
	w->source.delta_path = w->paths[1];
}

static void end(struct world *w)
{
	for (int i = 0; i < UP_SNAPSHOT_VIEWS; i++)
		up_mapping_close(&w->source.view[i].delta);
	for (int i = 0; i < UP_SNAPSHOT_BASES; i++)
		up_mapping_close(&w->source.base[i].mapping);
	store_close(w->store);
	local_names_free(w->local);
	free(w->paths[0]);
	free(w->paths[1]);
	free(w->map[0]);
	free(w->config.identity_home);
	free(w->config.identity_shell);
	scratch_free(w->directory);
}

/* --- changes ------------------------------------------------------------------------------------
 */

static void put_user(struct world *w, unsigned int i, unsigned int gecos)
{
	const struct records r = records_of(w);
	char sub[32], name[32], full[32];
	const struct record_user user = { .sub = numbered(sub, "sub", i),
					  .pool_name = numbered(name, "user", i),
					  .gecos = numbered(full, "Number ", gecos),
					  .status = "CONFIRMED",
					  .enabled = true };

	must(records_put_user(&r, &user));
	if (w->user[i].is_local) {
		/* Refused, and forgotten with all groups. */
		w->user[i] = (struct model_user){ .is_local = true };
		return;
	}
	w->user[i].is_there = true;
	w->user[i].gecos = gecos;
}

static void forget_user(struct world *w, unsigned int i)
{
	const struct records r = records_of(w);
	char sub[32];

	must(records_forget_user(&r, numbered(sub, "sub", i)));
	w->user[i] = (struct model_user){ .is_local = w->user[i].is_local };
}

static void put_group(struct world *w, unsigned int g)
{
	const struct records r = records_of(w);
	char name[32];

	must(records_put_group(&r, numbered(name, "group", g)));
	w->group[g] = true;
}

static void forget_group(struct world *w, unsigned int g)
{
	const struct records r = records_of(w);
	char name[32];

	must(records_forget_group(&r, numbered(name, "group", g)));
	w->group[g] = false;
	for (unsigned int i = 0; i < USERS; i++)
		w->user[i].in[g] = false;
}

static void set_member(struct world *w, unsigned int i, unsigned int g, bool is_in)
{
	const struct records r = records_of(w);
	char sub[32], name[32];

	if (!w->user[i].is_there || !w->group[g])
		return;
	(void)numbered(sub, "sub", i);
	(void)numbered(name, "group", g);
	must(is_in ? records_put_member(&r, sub, name) : records_forget_member(&r, sub, name));
	w->user[i].in[g] = is_in;
}

static void set_local(struct world *w, unsigned int i, bool is_local)
{
	struct local_names *before = w->local;

	w->user[i].is_local = is_local;
	w->local = load_local(w);
	must(local_note_differences(before, w->local, w->store));
	local_names_free(before);
}

/* --- publications -------------------------------------------------------------------------------
 */

static void publish_delta(struct world *w)
{
	const struct snapshot_build build = { w->store, { &w->config, w->local }, w->directory };

	must(snapshot_build_delta(&build, ++w->generation, w->base));
}

static void publish_base(struct world *w, bool with_delta)
{
	const struct snapshot_build build = { w->store, { &w->config, w->local }, w->directory };
	int64_t seq = 0;

	must(changes_last(w->store, &seq));
	must(snapshot_build_base(&build, ++w->generation));
	must(snapshot_file_commit(w->directory, UP_SNAPSHOT_BASE));
	w->base = w->generation;
	must(changes_forget(w->store, seq));
	/* Between the two, the delta of the older base is passed over. */
	if (with_delta)
		publish_delta(w);
}

/* --- what must be found -------------------------------------------------------------------------
 */

static bool is_seen(const struct world *w, unsigned int i)
{
	return w->user[i].is_there && !w->user[i].is_local;
}

static bool has_gid(const struct up_snapshot *s, const struct up_snapshot_user *user, uint32_t gid)
{
	uint32_t found = 0, times = 0;

	for (uint32_t i = 0; i < user->gid_count; i++)
		if (up_snapshot_gid(s, user, i, &found) == UP_FOUND)
			times += found == gid;
	PROP(times <= 1);
	return times == 1;
}

static bool has_member(const struct up_snapshot *s, const struct up_snapshot_group *group,
		       const char *name)
{
	const uint64_t most = up_snapshot_members_most(group);
	const char *member = NULL;
	int times = 0;

	for (uint64_t i = 0; i < most; i++) {
		enum up_found found = up_snapshot_member(s, group, i, &member);

		PROP(found != UP_UNKNOWN);
		times += found == UP_FOUND && strcmp(member, name) == 0;
	}
	PROP(times <= 1);
	return times == 1;
}

static void compare_user(const struct world *w, const struct up_snapshot *s, unsigned int i)
{
	struct up_snapshot_user user, again;
	struct up_snapshot_group own;
	char name[32], gecos[32];
	enum up_found found = up_snapshot_user_by_name(s, numbered(name, "user", i), &user);

	PROP(found == (is_seen(w, i) ? UP_FOUND : UP_ABSENT));
	if (found != UP_FOUND) {
		PROP(up_snapshot_group_by_name(s, name, &own) == UP_ABSENT);
		return;
	}
	PROP(strcmp(user.text, name) == 0);
	PROP(strcmp(user.text + user.gecos, numbered(gecos, "Number ", w->user[i].gecos)) == 0);
	PROP(up_snapshot_user_by_uid(s, user.uid, &again) == UP_FOUND);
	PROP(strcmp(again.text, name) == 0);
	PROP(up_snapshot_group_by_gid(s, user.gid, &own) == UP_FOUND);
	PROP(strcmp(own.name, name) == 0 && up_snapshot_members_most(&own) == 0);
	PROP(has_gid(s, &user, MAPPED) == w->user[i].in[0]);
}

static void compare_group(const struct world *w, const struct up_snapshot *s, unsigned int g)
{
	struct up_snapshot_group group;
	struct up_snapshot_user user;
	char name[32], member[32];
	enum up_found found = up_snapshot_group_by_name(s, numbered(name, "group", g), &group);

	PROP(found == (w->group[g] ? UP_FOUND : UP_ABSENT));
	if (found != UP_FOUND)
		return;
	for (unsigned int i = 0; i < USERS; i++) {
		const bool is_in = is_seen(w, i) && w->user[i].in[g];

		PROP(has_member(s, &group, numbered(member, "user", i)) == is_in);
		if (is_seen(w, i)) {
			PROP(up_snapshot_user_by_name(s, member, &user) == UP_FOUND);
			PROP(has_gid(s, &user, group.gid) == is_in);
		}
	}
}

static void compare_enumeration(const struct world *w, const struct up_snapshot *s)
{
	struct up_snapshot_group group;
	struct up_snapshot_user user;
	uint64_t users = 0, groups = 0, expected_users = 0, expected_groups = 0, cursor = 0;

	for (unsigned int i = 0; i < USERS; i++)
		expected_users += is_seen(w, i);
	for (unsigned int g = 0; g < GROUPS; g++)
		expected_groups += w->group[g];
	for (; up_snapshot_user_next(s, &cursor, &user) == UP_FOUND; cursor++)
		users++;
	for (cursor = 0; up_snapshot_group_next(s, &cursor, &group) == UP_FOUND; cursor++)
		groups++;
	PROP(users == expected_users);
	PROP(groups == expected_groups + expected_users);
}

static void compare(struct world *w)
{
	struct up_snapshot *s = up_snapshot_acquire(&w->source);

	PROP(s != NULL);
	for (unsigned int i = 0; i < USERS; i++)
		compare_user(w, s, i);
	for (unsigned int g = 0; g < GROUPS; g++)
		compare_group(w, s, g);
	compare_enumeration(w, s);
	up_snapshot_release(s);
}

static void change(struct world *w, struct up_reader *choices)
{
	const unsigned int i = prop_pick(choices, 0, USERS - 1);
	const unsigned int g = prop_pick(choices, 0, GROUPS - 1);

	switch (prop_pick(choices, 0, 7)) {
	case 0:
	case 1:
		put_user(w, i, g);
		break;
	case 2:
		forget_user(w, i);
		break;
	case 3:
		put_group(w, g);
		break;
	case 4:
		forget_group(w, g);
		/* What only a base can take back: see needs_base() of refresh.c. */
		if (g == 0)
			publish_base(w, true);
		break;
	case 5:
		set_local(w, i, !w->user[i].is_local);
		break;
	default:
		set_member(w, i, g, prop_pick(choices, 0, 2) != 0);
		break;
	}
}

static void what_is_published_is_what_there_is(struct up_reader *choices)
{
	struct world w;

	begin(&w);
	publish_base(&w, true);
	for (int step = 0; step < STEPS; step++) {
		change(&w, choices);
		if (prop_pick(choices, 0, 2) != 0)
			continue;
		if (prop_pick(choices, 0, 4) == 0)
			publish_base(&w, prop_pick(choices, 0, 1) != 0);
		else
			publish_delta(&w);
		compare(&w);
	}
	end(&w);
}

static void publishes_what_there_is(void **state)
{
	(void)state;
	prop_check(what_is_published_is_what_there_is);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(publishes_what_there_is) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
