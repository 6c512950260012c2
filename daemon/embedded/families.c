/* SPDX-License-Identifier: MIT */
/* A sign-in and the tokens that come of it: one row, whose refresh token is kept as a digest. */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/crypto/digest.h"
#include "daemon/embedded/family.h"

#define REFRESH_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

static struct up_span text_span(const char *text)
{
	return (struct up_span){ (const uint8_t *)text, strlen(text) };
}

enum up_err family_make(struct embedded *e, const struct user_row *user,
			const struct client_row *client, int64_t now, char id[UUID_SIZE],
			char refresh[REFRESH_SIZE])
{
	uint8_t digest[DIGEST_SIZE];

	UP_TRY(random_uuid(id));
	UP_TRY(random_text(refresh, REFRESH_SIZE - 1, REFRESH_LETTERS));
	UP_TRY(digest_sha256(text_span(refresh), digest));
	struct query old = store_query(e->store, "DELETE FROM families WHERE expires < ?");
	query_bind_int(&old, now);
	UP_TRY(query_run(&old));
	struct query q = store_query(e->store,
				     "INSERT INTO families (id, sub, client_id, refresh, auth_time,"
				     " expires) VALUES (?, ?, ?, ?, ?, ?)");
	query_bind_text(&q, id);
	query_bind_text(&q, user->sub);
	query_bind_text(&q, client->id);
	query_bind_blob(&q, (struct up_span){ digest, sizeof(digest) });
	query_bind_int(&q, now);
	query_bind_int(&q, now + client->refresh_s);
	return query_run(&q);
}

enum up_err families_revoke(struct embedded *e, const char *sub)
{
	struct query q = store_query(e->store, "UPDATE families SET revoked = 1 WHERE sub = ?");

	query_bind_text(&q, sub);
	return query_run(&q);
}

static enum found read_family(struct query *q, struct family_row *ret)
{
	struct family_row family = { 0 };
	enum query_step step = query_next(q);
	bool ok = true;

	if (step == QUERY_ROW) {
		ok = copy_column(q, 0, family.id, sizeof(family.id)) &&
		     copy_column(q, 1, family.sub, sizeof(family.sub)) &&
		     copy_column(q, 2, family.client_id, sizeof(family.client_id));
		family.auth_time = query_int(q, 3);
		family.expires = query_int(q, 4);
		family.is_revoked = query_int(q, 5) != 0;
	}
	if (query_end(q) != UP_OK || !ok)
		return FOUND_FAILED;
	if (step != QUERY_ROW)
		return FOUND_NONE;
	*ret = family;
	return FOUND_ONE;
}

#define FIELDS "id, sub, client_id, auth_time, expires, revoked"

enum found family_by_refresh(struct embedded *e, const char *refresh, struct family_row *ret)
{
	uint8_t digest[DIGEST_SIZE];

	if (digest_sha256(text_span(refresh), digest) != UP_OK)
		return FOUND_FAILED;
	struct query q = store_query(e->store, "SELECT " FIELDS " FROM families WHERE refresh = ?");
	query_bind_blob(&q, (struct up_span){ digest, sizeof(digest) });
	return read_family(&q, ret);
}

enum found family_by_id(struct embedded *e, const char *id, struct family_row *ret)
{
	struct query q = store_query(e->store, "SELECT " FIELDS " FROM families WHERE id = ?");

	query_bind_text(&q, id);
	return read_family(&q, ret);
}

json_t *refresh_tokens(struct embedded *e, const struct client_row *client, const char *refresh,
		       struct pool_error *error)
{
	struct family_row family;
	struct pool_row pool;
	struct user_row user;

	if (refresh[0] == '\0')
		return refuse_parameter(error, "Missing required parameter REFRESH_TOKEN");
	enum found found = family_by_refresh(e, refresh, &family);
	if (found == FOUND_FAILED)
		return refuse_internal(error, UP_ERR_IO);
	if (found == FOUND_NONE || strcmp(family.client_id, client->id) != 0)
		return refuse_not_authorized(error, "Invalid Refresh Token");
	if (family.is_revoked)
		return refuse_not_authorized(error, "Refresh Token has been revoked");
	if (family.expires <= clock_wall())
		return refuse_not_authorized(error, "Refresh Token has expired");
	found = user_find_sub(e, family.sub, &user);
	if (found == FOUND_FAILED)
		return refuse_internal(error, UP_ERR_IO);
	if (found == FOUND_NONE)
		return refuse_not_authorized(error, "Invalid Refresh Token");
	if (!user.enabled)
		return refuse_not_authorized(error, "User is disabled.");
	if (!pool_find(e, user.pool_id, &pool, error))
		return NULL;
	const struct sign_in sign_in = { .pool = &pool,
					 .client = client,
					 .user = &user,
					 .family_id = family.id,
					 .auth_time = family.auth_time };
	return tokens_issue(e, &sign_in, error);
}

json_t *get_tokens_from_refresh_token(void *backend, json_t *request, struct pool_error *error)
{
	struct client_row client;

	if (!client_find(backend, text_of(request, "ClientId"), &client, error))
		return NULL;
	return refresh_tokens(backend, &client, text_of(request, "RefreshToken"), error);
}

/* A token that is unknown or revoked already is as good as revoked: 200, as the real service. */
json_t *revoke_token(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	struct client_row client;
	struct family_row family;

	if (!client_find(e, text_of(request, "ClientId"), &client, error))
		return NULL;
	if (!client.revokes)
		return pool_refuse(error, "UnsupportedOperationException",
				   "Revocation is not enabled for the client.");
	/* An ID or access token: three parts with dots between them. */
	if (strchr(text_of(request, "Token"), '.') != NULL)
		return pool_refuse(error, "UnsupportedTokenTypeException",
				   "Unsupported token type");
	enum found found = family_by_refresh(e, text_of(request, "Token"), &family);
	if (found == FOUND_FAILED)
		return refuse_internal(error, UP_ERR_IO);
	if (found == FOUND_NONE)
		return or_internal(json_object(), error);
	if (strcmp(family.client_id, client.id) != 0)
		return pool_refuse(error, "UnauthorizedException",
				   "The token is another client's.");
	struct query q = store_query(e->store, "UPDATE families SET revoked = 1 WHERE id = ?");
	query_bind_text(&q, family.id);
	return run_statement(&q, error);
}
