/* SPDX-License-Identifier: MIT */
#include "daemon/identity/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/crypto/digest.h"

/* A range that is as good as full is not searched to its end. */
#define PROBES_MAX 4096

static const char *kind_name(enum ledger_kind kind)
{
	return kind == LEDGER_USER ? "user" : "group";
}

static void bind_key(struct query *q, const struct ledger_key *key)
{
	query_bind_text(q, key->issuer);
	query_bind_text(q, kind_name(key->kind));
	query_bind_text(q, key->subject);
}

/* *found tells whether the key has an id already. */
static enum up_err look_up(struct store *store, const struct ledger_key *key, bool *found,
			   uint32_t *ret)
{
	struct query q = store_query(
		store, "SELECT id FROM ids WHERE issuer = ? AND kind = ? AND subject = ?");

	bind_key(&q, key);
	*found = query_next(&q) == QUERY_ROW;
	if (*found)
		*ret = (uint32_t)query_int(&q, 0);
	return query_end(&q);
}

static enum up_err is_given(struct store *store, uint32_t id, bool *ret)
{
	struct query q = store_query(store, "SELECT 1 FROM ids WHERE id = ?");

	query_bind_int(&q, id);
	*ret = query_next(&q) == QUERY_ROW;
	return query_end(&q);
}

static enum up_err give(struct store *store, const struct ledger_key *key, uint32_t id)
{
	struct query q = store_query(store, "INSERT INTO ids (issuer, kind, subject, id, given_at)"
					    " VALUES (?, ?, ?, ?, ?)");

	bind_key(&q, key);
	query_bind_int(&q, id);
	query_bind_int(&q, clock_wall());
	return query_run(&q);
}

static enum up_err first_choice(const struct admission *by, const struct ledger_key *key,
				uint32_t *ret)
{
	uint64_t range = (uint64_t)(by->config->identity_id_max - by->config->identity_id_min) + 1;
	uint8_t digest[DIGEST_SIZE];
	uint64_t number = 0;
	char *text = NULL;

	/* A NUL-free separator that no issuer and no kind contains. */
	int len = asprintf(&text, "%s\n%s\n%s", key->issuer, kind_name(key->kind), key->subject);
	if (len < 0)
		return UP_ERR_NOMEM;
	enum up_err err = digest_sha256((struct up_span){ (uint8_t *)text, (size_t)len }, digest);
	free(text);
	UP_TRY(err);
	for (size_t i = 0; i < sizeof(number); i++)
		number = number << 8 | digest[i];
	*ret = (uint32_t)((uint64_t)by->config->identity_id_min + number % range);
	return UP_OK;
}

static enum up_err find_free(struct store *store, const struct admission *by,
			     const struct ledger_key *key, uint32_t *ret)
{
	uint32_t id = 0;

	UP_TRY(first_choice(by, key, &id));
	for (int i = 0; i < PROBES_MAX; i++) {
		bool given = true;

		if (admit_id(by, id) == ADMIT_OK)
			UP_TRY(is_given(store, id, &given));
		if (!given) {
			*ret = id;
			return UP_OK;
		}
		id = id < by->config->identity_id_max ? id + 1
						      : (uint32_t)by->config->identity_id_min;
	}
	return UP_ERR_CONFLICT;
}

enum up_err ledger_id(struct store *store, const struct admission *by, const struct ledger_key *key,
		      uint32_t wish, enum admit *admit, uint32_t *ret)
{
	bool found = false, given = false;
	uint32_t id = 0;

	UP_TRY(look_up(store, key, &found, &id));
	if (found) {
		*admit = admit_id(by, id);
		*ret = id;
		return UP_OK;
	}
	if (wish == 0) {
		UP_TRY(find_free(store, by, key, &id));
	} else {
		id = wish;
		*admit = admit_id(by, id);
		if (*admit != ADMIT_OK)
			return UP_OK;
		UP_TRY(is_given(store, id, &given));
		if (given) {
			*admit = ADMIT_ID_GIVEN;
			return UP_OK;
		}
	}
	UP_TRY(give(store, key, id));
	*admit = ADMIT_OK;
	*ret = id;
	return UP_OK;
}

enum up_err ledger_claim_name(struct store *store, const char *name, const struct ledger_key *key,
			      enum admit *admit)
{
	struct query insert =
		store_query(store, "INSERT INTO names (issuer, kind, subject, name, given_at)"
				   " VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING");

	bind_key(&insert, key);
	query_bind_text(&insert, name);
	query_bind_int(&insert, clock_wall());
	UP_TRY(query_run(&insert));

	struct query q = store_query(store, "SELECT 1 FROM names WHERE issuer = ? AND kind = ?"
					    " AND subject = ? AND name = ?");
	bind_key(&q, key);
	query_bind_text(&q, name);
	*admit = query_next(&q) == QUERY_ROW ? ADMIT_OK : ADMIT_NAME_GIVEN;
	return query_end(&q);
}
