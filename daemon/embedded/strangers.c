/* SPDX-License-Identifier: MIT */
/*
 * Names that nobody has.  They fail as users do, wait by the same curve and cost the
 * same write, so that neither answers nor time tell who is there.  What is typed for a
 * name may be a password, so only its keyed digest is kept, for as long as it counts.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/crypto/digest.h"
#include "daemon/embedded/lockout.h"

static enum up_err digest_of(struct embedded *e, const char *pool_id, const char *name,
			     uint8_t ret[DIGEST_SIZE])
{
	char label[POOL_ID_SIZE + 16], folded[NAME_SIZE];
	uint8_t key[32];

	(void)snprintf(label, sizeof(label), "strangers:%s", pool_id);
	if (fold_name(name, folded))
		name = folded;
	UP_TRY(seal_derive(e->key, label, key));
	enum up_err err =
		digest_hmac_sha256((struct up_span){ key, sizeof(key) },
				   (struct up_span){ (const uint8_t *)name, strlen(name) }, ret);
	explicit_bzero(key, sizeof(key));
	return err;
}

bool stranger_see(struct embedded *e, const char *pool_id, const char *name, struct stranger *ret,
		  struct pool_error *error)
{
	*ret = (struct stranger){ .attempts = { 0 } };
	enum up_err err = digest_of(e, pool_id, name, ret->digest);

	if (err == UP_OK) {
		struct query q = store_query(e->store, "SELECT failures, failed_at FROM strangers"
						       " WHERE digest = ?");

		query_bind_blob(&q, (struct up_span){ ret->digest, sizeof(ret->digest) });
		if (query_next(&q) == QUERY_ROW)
			ret->attempts = (struct attempts){ query_int(&q, 0), query_int(&q, 1) };
		err = query_end(&q);
	}
	if (err != UP_OK)
		(void)refuse_internal(error, err);
	return err == UP_OK;
}

/* Each failure costs a hash, so the rows of a quiet time are bounded by what workers can hash. */
static enum up_err count(struct embedded *e, const struct stranger *stranger)
{
	const int64_t now = clock_wall();
	struct query old = store_query(e->store, "DELETE FROM strangers WHERE failed_at < ?");

	query_bind_int(&old, now - LOCKOUT_QUIET_S);
	UP_TRY(query_run(&old));
	struct query q = store_query(
		e->store, "INSERT INTO strangers (digest, failures, failed_at) VALUES (?, 1, ?)"
			  " ON CONFLICT (digest) DO UPDATE SET failures = failures + 1,"
			  " failed_at = excluded.failed_at");
	query_bind_blob(&q, (struct up_span){ stranger->digest, sizeof(stranger->digest) });
	query_bind_int(&q, now);
	return query_run(&q);
}

bool stranger_count(struct embedded *e, const struct stranger *stranger, struct pool_error *error)
{
	if (!change_begin(e, error))
		return false;
	enum up_err err = count(e, stranger);
	json_t *done = change_end(
		e, err != UP_OK ? refuse_internal(error, err) : or_internal(json_object(), error),
		error);
	json_decref(done);
	return done != NULL;
}
