/* SPDX-License-Identifier: MIT */
/* Recovery codes, for a lost phone: shown once, kept as keyed digests, each good for one sign-in.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/crypto/digest.h"
#include "daemon/embedded/handlers.h"

#define CODES       10
#define CODE_LENGTH 10 /* of 32 letters: 50 bits */
#define LETTERS     "abcdefghijkmnpqrstuvwxyz23456789"

/* Small letters, without the dash.  One letter more is kept: what is too long must not match. */
static void tidy(const char *code, char ret[CODE_LENGTH + 2])
{
	size_t len = 0;

	for (; *code != '\0' && len <= CODE_LENGTH; code++)
		if (*code != '-')
			ret[len++] =
				(char)(*code >= 'A' && *code <= 'Z' ? *code - 'A' + 'a' : *code);
	ret[len] = '\0';
}

static enum up_err digest_of(struct embedded *e, const char *code, uint8_t ret[DIGEST_SIZE])
{
	uint8_t key[32];

	UP_TRY(seal_derive(e->key, "recovery-codes", key));
	enum up_err err =
		digest_hmac_sha256((struct up_span){ key, sizeof(key) },
				   (struct up_span){ (const uint8_t *)code, strlen(code) }, ret);
	explicit_bzero(key, sizeof(key));
	return err;
}

enum up_err recovery_use(struct embedded *e, const char *sub, const char *code, bool *ret)
{
	char tidied[CODE_LENGTH + 2];
	uint8_t digest[DIGEST_SIZE];

	tidy(code, tidied);
	UP_TRY(digest_of(e, tidied, digest));
	struct query q =
		store_query(e->store, "DELETE FROM recovery_codes WHERE sub = ? AND digest = ?");
	query_bind_text(&q, sub);
	query_bind_blob(&q, (struct up_span){ digest, sizeof(digest) });
	UP_TRY(query_run(&q));
	*ret = store_changes(e->store) == 1;
	return UP_OK;
}

static enum up_err make_one(struct embedded *e, const char *sub, json_t *list)
{
	char code[CODE_LENGTH + 1], shown[CODE_LENGTH + 2];
	uint8_t digest[DIGEST_SIZE];

	UP_TRY(random_text(code, CODE_LENGTH, LETTERS));
	UP_TRY(digest_of(e, code, digest));
	struct query q =
		store_query(e->store, "INSERT INTO recovery_codes (sub, digest) VALUES (?, ?)");
	query_bind_text(&q, sub);
	query_bind_blob(&q, (struct up_span){ digest, sizeof(digest) });
	UP_TRY(query_run(&q));
	(void)snprintf(shown, sizeof(shown), "%.5s-%s", code, code + 5);
	return json_array_append_new(list, json_string(shown)) == 0 ? UP_OK : UP_ERR_NOMEM;
}

static json_t *make_all(struct embedded *e, const char *sub, struct pool_error *error)
{
	json_t *list = json_array();
	struct query q = store_query(e->store, "DELETE FROM recovery_codes WHERE sub = ?");

	query_bind_text(&q, sub);
	enum up_err err = query_run(&q);
	for (int i = 0; i < CODES && err == UP_OK; i++)
		err = make_one(e, sub, list);
	if (err != UP_OK) {
		json_decref(list);
		return refuse_internal(error, err);
	}
	return or_internal(json_pack("{s:o}", "RecoveryCodes", list), error);
}

json_t *admin_create_recovery_codes(void *backend, json_t *request, struct pool_error *error)
{
	struct pool_row pool;
	struct user_row user;

	if (!user_of(backend, request, &pool, &user, error) || !change_begin(backend, error))
		return NULL;
	return change_end(backend, make_all(backend, user.sub, error), error);
}

json_t *create_recovery_codes(void *backend, json_t *request, struct pool_error *error)
{
	struct pool_row pool;
	struct user_row user;

	if (!access_user(backend, request, &pool, &user, error) || !change_begin(backend, error))
		return NULL;
	return change_end(backend, make_all(backend, user.sub, error), error);
}
