/* SPDX-License-Identifier: MIT */
/*
 * When which file of the snapshot is written.  A change goes into the delta, at once;
 * when the delta has grown, or everything may be different, a new base is built: here,
 * where that takes no time worth the name, else by a program beside the daemon.
 */
#include "daemon/base/log.h"
#include "daemon/identity/internal.h"
#include "daemon/identity/snapshot_build.h"
#include "daemon/identity/snapshot_file.h"

#include "common/snapshot_format.h"

/* So many records are built in a few milliseconds. */
#define BUILT_HERE 2000
/* A delta of more is not written for each change. */
#define DELTA_MOST 256

static struct snapshot_build build_of(const struct identity *identity)
{
	return (struct snapshot_build){ identity->store,
					{ identity->config, identity->local },
					identity->directory };
}

static enum up_err failed(enum up_err err)
{
	if (err != UP_OK)
		log_event(EV_SNAPSHOT_FAILED, log_err(err));
	return err;
}

static enum up_err write_delta(struct identity *identity)
{
	const struct snapshot_build build = build_of(identity);
	struct published published = identity->published;
	int64_t seq = 0;

	if (identity->local == NULL)
		return UP_ERR_IO;
	UP_TRY(changes_last(identity->store, &seq));
	published.generation++;
	UP_TRY(snapshot_build_delta(&build, (uint64_t)published.generation,
				    (uint64_t)published.base));
	identity->published = published;
	identity->delta_seq = seq;
	log_event(EV_SNAPSHOT_PUBLISHED, log_int("generation", published.generation),
		  log_int("base", published.base));
	return published_write(identity->store, &published);
}

/* What the draft has is in force; what came since goes into its delta. */
static enum up_err commit_base(struct identity *identity)
{
	struct published published = identity->published;

	UP_TRY(snapshot_file_commit(identity->directory, UP_SNAPSHOT_BASE));
	published.base = identity->build_generation;
	if (published.generation < published.base)
		published.generation = published.base;
	identity->published = published;
	UP_TRY(store_begin(identity->store));
	enum up_err err = changes_forget(identity->store, identity->build_seq);
	if (err == UP_OK)
		err = published_write(identity->store, &published);
	if (err == UP_OK)
		err = store_commit(identity->store);
	else
		store_rollback(identity->store);
	return err == UP_OK ? write_delta(identity) : err;
}

static void on_built(enum up_err err, void *arg)
{
	struct identity *identity = arg;
	const bool again = identity->build_again;

	builder_free(TAKE(identity->builder));
	identity->build_again = false;
	(void)failed(err == UP_OK ? commit_base(identity) : err);
	if (again)
		(void)identity_publish_all(identity);
	identity_sync_resume(identity);
}

/* The generation and the place in the order of changes that the base will have. */
static enum up_err name_build(struct identity *identity)
{
	UP_TRY(changes_last(identity->store, &identity->build_seq));
	identity->published.generation++;
	identity->build_generation = identity->published.generation;
	return published_write(identity->store, &identity->published);
}

static enum up_err start_builder(struct identity *identity)
{
	const struct builder_options options = { .program = identity->builder_program,
						 .state_dir = identity->state_dir,
						 .config = identity->config,
						 .generation =
							 (uint64_t)identity->build_generation };

	return builder_start(identity->loop, &options, on_built, identity, &identity->builder);
}

static enum up_err is_small(struct identity *identity, bool *ret)
{
	struct query q = store_query(identity->store, "SELECT count(*) FROM"
						      " (SELECT 1 FROM users LIMIT ?)");

	query_bind_int(&q, BUILT_HERE + 1);
	*ret = query_next(&q) == QUERY_ROW && query_int(&q, 0) <= BUILT_HERE;
	return query_end(&q);
}

static enum up_err publish_all(struct identity *identity)
{
	const struct snapshot_build build = build_of(identity);
	bool here = false;

	if (identity->local == NULL)
		return UP_ERR_IO;
	UP_TRY(is_small(identity, &here));
	if (identity->builder != NULL) {
		identity->build_again = true;
		return UP_OK;
	}
	UP_TRY(name_build(identity));
	if (!here && identity->builder_program != NULL)
		return start_builder(identity);
	UP_TRY(snapshot_build_base(&build, (uint64_t)identity->build_generation));
	return commit_base(identity);
}

enum up_err identity_publish_all(struct identity *identity)
{
	return identity->is_filled ? failed(publish_all(identity)) : UP_OK;
}

static enum up_err publish_changes(struct identity *identity)
{
	int64_t count = 0, last = 0;

	if (identity->published.base == 0)
		return publish_all(identity);
	UP_TRY(changes_last(identity->store, &last));
	if (last == identity->delta_seq)
		return UP_OK;
	UP_TRY(changes_count(identity->store, &count));
	if (count <= DELTA_MOST || identity->builder != NULL)
		return write_delta(identity);
	/* Built here, the base has its delta; built elsewhere, it will be a while. */
	UP_TRY(publish_all(identity));
	return identity->builder != NULL ? write_delta(identity) : UP_OK;
}

enum up_err identity_publish_changes(struct identity *identity)
{
	return identity->is_filled ? failed(publish_changes(identity)) : UP_OK;
}
