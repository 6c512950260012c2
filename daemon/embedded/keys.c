/* SPDX-License-Identifier: MIT */
/* Two signing keys a pool, as Cognito has it: one for ID tokens, one for access tokens. */
#include <stdlib.h>
#include <string.h>

#include "daemon/embedded/handlers.h"

#define ID_KEY     "id-key"
#define ACCESS_KEY "access-key"

void keys_clear(struct signing_keys *keys)
{
	jws_key_free(keys->id);
	jws_key_free(keys->access);
	*keys = (struct signing_keys){ 0 };
}

static enum up_err make_one(struct embedded *e, const char *kind, const char *pool_id,
			    uint8_t **ret, size_t *len)
{
	_auto_(jws_key_free) struct jws_key *key = NULL;
	uint8_t *der = NULL;
	size_t der_len = 0;

	UP_TRY(jws_key_generate(&key));
	UP_TRY(jws_key_export(key, &der, &der_len));
	enum up_err err = column_seal(e, kind, pool_id, (struct up_span){ der, der_len }, ret, len);
	explicit_bzero(der, der_len);
	free(der);
	return err;
}

enum up_err keys_make(struct embedded *e, const char *pool_id)
{
	_auto_(free) uint8_t *id = NULL, *access = NULL;
	size_t id_len = 0, access_len = 0;

	UP_TRY(make_one(e, ID_KEY, pool_id, &id, &id_len));
	UP_TRY(make_one(e, ACCESS_KEY, pool_id, &access, &access_len));
	struct query q =
		store_query(e->store, "UPDATE pools SET id_key = ?, access_key = ? WHERE id = ?");
	query_bind_blob(&q, (struct up_span){ id, id_len });
	query_bind_blob(&q, (struct up_span){ access, access_len });
	query_bind_text(&q, pool_id);
	return query_run(&q);
}

static enum up_err load_one(struct embedded *e, const char *kind, const char *pool_id,
			    struct up_span sealed, struct jws_key **ret)
{
	uint8_t *der = NULL;
	size_t len = 0;

	UP_TRY(column_unseal(e, kind, pool_id, sealed, &der, &len));
	enum up_err err = jws_key_import((struct up_span){ der, len }, ret);
	explicit_bzero(der, len);
	free(der);
	return err;
}

static enum up_err load(struct embedded *e, const char *pool_id, struct signing_keys *ret)
{
	struct query q = store_query(e->store, "SELECT id_key, access_key FROM pools WHERE id = ?");
	enum up_err err = UP_ERR_CORRUPT;

	query_bind_text(&q, pool_id);
	if (query_next(&q) == QUERY_ROW) {
		err = load_one(e, ID_KEY, pool_id, query_blob(&q, 0), &ret->id);
		if (err == UP_OK)
			err = load_one(e, ACCESS_KEY, pool_id, query_blob(&q, 1), &ret->access);
	}
	enum up_err end = query_end(&q);
	return end != UP_OK ? end : err;
}

enum up_err keys_get(struct embedded *e, const char *pool_id, const struct signing_keys **ret)
{
	struct signing_keys keys = { 0 };

	if (strcmp(e->signing.pool_id, pool_id) != 0) {
		enum up_err err = load(e, pool_id, &keys);

		if (err != UP_OK) {
			keys_clear(&keys);
			return err;
		}
		memcpy(keys.pool_id, pool_id, strlen(pool_id) + 1);
		keys_clear(&e->signing);
		e->signing = keys;
	}
	*ret = &e->signing;
	return UP_OK;
}

json_t *get_json_web_key_set(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	const struct signing_keys *keys = NULL;
	struct pool_row pool;

	if (!pool_of(e, request, &pool, error))
		return NULL;
	enum up_err err = keys_get(e, pool.id, &keys);
	if (err != UP_OK)
		return refuse_internal(error, err);
	return or_internal(json_pack("{s:s, s:[o, o]}", "Issuer", pool.issuer, "keys",
				     jws_key_public(keys->id), jws_key_public(keys->access)),
			   error);
}
