/* SPDX-License-Identifier: MIT */
/* Who holds the access token of a request. */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/crypto/encoding.h"
#include "daemon/embedded/family.h"

#define SCOPE "aws.cognito.signin.user.admin"

static enum up_err load_keyset(struct embedded *e, const char *pool_id, struct jws_keyset **ret)
{
	const struct signing_keys *keys = NULL;

	UP_TRY(keys_get(e, pool_id, &keys));
	json_t *jwks = json_pack("{s:[o]}", "keys", jws_key_public(keys->access));
	enum up_err err = jwks == NULL ? UP_ERR_NOMEM : jws_keyset_load(jwks, ret);
	json_decref(jwks);
	return err;
}

/* What the token says, before anything of it may be believed; NULL: nothing. */
static json_t *read_unverified(const char *token)
{
	const char *dot = strchr(token, '.');
	size_t len = 0;

	if (dot == NULL)
		return NULL;
	_auto_(free) uint8_t *payload = base64url_decode(dot + 1, strcspn(dot + 1, "."), &len);
	return payload == NULL ? NULL : json_loadb((char *)payload, len, 0, NULL);
}

/* The pool that claims to have issued the token: whose keys are to be asked. */
static enum found find_issuer(struct embedded *e, const char *token, char ret[POOL_ID_SIZE])
{
	json_t *claims = read_unverified(token);
	struct query q = store_query(e->store, "SELECT id FROM pools WHERE issuer = ?");

	query_bind_text(&q, claims != NULL ? text_of(claims, "iss") : "");
	bool is_found = query_next(&q) == QUERY_ROW && copy_column(&q, 0, ret, POOL_ID_SIZE);
	enum up_err err = query_end(&q);
	json_decref(claims);
	if (err != UP_OK)
		return FOUND_FAILED;
	return is_found ? FOUND_ONE : FOUND_NONE;
}

/* A new reference to the claims, or NULL with the refusal. */
static json_t *verify(struct embedded *e, const char *token, struct pool_row *pool,
		      struct pool_error *error)
{
	_auto_(jws_keyset_free) struct jws_keyset *keys = NULL;
	char pool_id[POOL_ID_SIZE] = "";
	json_t *claims = NULL;

	enum found found = find_issuer(e, token, pool_id);
	if (found == FOUND_FAILED)
		return refuse_internal(error, UP_ERR_IO);
	if (found == FOUND_NONE)
		return refuse_not_authorized(error, "Invalid Access Token");
	if (!pool_find(e, pool_id, pool, error))
		return NULL;
	enum up_err err = load_keyset(e, pool_id, &keys);
	if (err != UP_OK)
		return refuse_internal(error, err);
	if (jws_verify(keys, token, &claims) != JWS_GOOD)
		return refuse_not_authorized(error, "Invalid Access Token");
	return claims;
}

static const char *problem_of(json_t *claims, const struct pool_row *pool)
{
	if (strcmp(text_of(claims, "iss"), pool->issuer) != 0 ||
	    strcmp(text_of(claims, "token_use"), "access") != 0)
		return "Invalid Access Token";
	if (json_integer_value(json_object_get(claims, "exp")) <= clock_wall())
		return "Access Token has expired";
	if (strcmp(text_of(claims, "scope"), SCOPE) != 0)
		return "Access Token does not have required scopes";
	return NULL;
}

static bool find_holder(struct embedded *e, json_t *claims, struct user_row *ret,
			struct pool_error *error)
{
	struct family_row family;

	switch (family_by_id(e, text_of(claims, "origin_jti"), &family)) {
	case FOUND_FAILED:
		(void)refuse_internal(error, UP_ERR_IO);
		return false;
	case FOUND_NONE:
		(void)refuse_not_authorized(error, "Access Token has been revoked");
		return false;
	case FOUND_ONE:
	default:
		break;
	}
	enum found found = user_find_sub(e, family.sub, ret);
	if (found == FOUND_FAILED) {
		(void)refuse_internal(error, UP_ERR_IO);
		return false;
	}
	if (found == FOUND_NONE || family.is_revoked ||
	    strcmp(family.sub, text_of(claims, "sub")) != 0) {
		(void)refuse_not_authorized(error, "Access Token has been revoked");
		return false;
	}
	if (!ret->enabled) {
		(void)refuse_not_authorized(error, "User is disabled.");
		return false;
	}
	return true;
}

bool access_user(struct embedded *e, json_t *request, struct pool_row *pool, struct user_row *ret,
		 struct pool_error *error)
{
	json_t *claims = verify(e, text_of(request, "AccessToken"), pool, error);

	if (claims == NULL)
		return false;
	const char *problem = problem_of(claims, pool);
	bool ok = problem == NULL && find_holder(e, claims, ret, error);
	if (problem != NULL)
		(void)refuse_not_authorized(error, problem);
	json_decref(claims);
	return ok;
}
