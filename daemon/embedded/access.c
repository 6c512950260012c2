/* SPDX-License-Identifier: MIT */
/* Who holds the access token of a request. */
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/embedded/family.h"

#define SCOPE       "aws.cognito.signin.user.admin"
#define POOLS_TRIED (JWS_KEYS_MAX / 2)

static enum up_err load_keyset(struct embedded *e, const char *pool_id, struct jws_keyset **ret)
{
	const struct signing_keys *keys = NULL;

	UP_TRY(keys_get(e, pool_id, &keys));
	json_t *jwks = json_pack("{s:[o]}", "keys", jws_key_public(keys->access));
	enum up_err err = jwks == NULL ? UP_ERR_NOMEM : jws_keyset_load(jwks, ret);
	json_decref(jwks);
	return err;
}

/* The token does not say whose key to take; each pool's is tried. */
static enum up_err list_pools(struct embedded *e, char ret[POOLS_TRIED][POOL_ID_SIZE],
			      size_t *count)
{
	struct query q = store_query(e->store, "SELECT id FROM pools ORDER BY created, id");

	*count = 0;
	while (*count < POOLS_TRIED && query_next(&q) == QUERY_ROW)
		if (copy_column(&q, 0, ret[*count], POOL_ID_SIZE))
			(*count)++;
	return query_end(&q);
}

/* A new reference to the claims, or NULL with the refusal. */
static json_t *verify(struct embedded *e, const char *token, struct pool_row *pool,
		      struct pool_error *error)
{
	char ids[POOLS_TRIED][POOL_ID_SIZE];
	json_t *claims = NULL;
	size_t count = 0;
	enum up_err err = list_pools(e, ids, &count);

	for (size_t i = 0; i < count && err == UP_OK && claims == NULL; i++) {
		_auto_(jws_keyset_free) struct jws_keyset *keys = NULL;

		err = load_keyset(e, ids[i], &keys);
		if (err == UP_OK && jws_verify(keys, token, &claims) == JWS_GOOD &&
		    !pool_find(e, ids[i], pool, error)) {
			json_decref(claims);
			return NULL;
		}
	}
	if (err != UP_OK) {
		json_decref(claims);
		return refuse_internal(error, err);
	}
	return claims != NULL ? claims : refuse_not_authorized(error, "Invalid Access Token");
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
	if (family.is_revoked || strcmp(family.sub, text_of(claims, "sub")) != 0 ||
	    user_find_sub(e, family.sub, ret) != FOUND_ONE) {
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
