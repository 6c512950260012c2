/* SPDX-License-Identifier: MIT */
/* ID and access tokens with the claims that Cognito gives them ("Using tokens with user pools"). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/embedded/handlers.h"

#define SCOPE "aws.cognito.signin.user.admin"

/* What the user's groups give, the best precedence first. */
struct membership {
	json_t *names, *roles;
	char preferred[2049];
	int64_t best; /* precedence of the preferred one */
	bool is_ambiguous;
};

/* Roles come by precedence, so the first one is preferred unless its equal is another. */
static bool note_role(struct membership *m, const char *role, int64_t precedence)
{
	if (json_array_append_new(m->roles, json_string(role)) != 0)
		return false;
	if (json_array_size(m->roles) == 1) {
		m->best = precedence;
		(void)snprintf(m->preferred, sizeof(m->preferred), "%s", role);
	} else if (precedence == m->best && strcmp(role, m->preferred) != 0) {
		m->is_ambiguous = true;
	}
	return true;
}

static enum up_err read_groups(struct embedded *e, const struct user_row *user,
			       struct membership *ret)
{
	struct query q = store_query(
		e->store, "SELECT name, precedence, role FROM groups JOIN members"
			  " ON members.pool_id = groups.pool_id AND group_name = name"
			  " WHERE sub = ? ORDER BY precedence IS NULL, precedence, name");
	bool ok = true;

	query_bind_text(&q, user->sub);
	while (ok && query_next(&q) == QUERY_ROW) {
		ok = json_array_append_new(ret->names, json_string(query_text(&q, 0))) == 0;
		if (ok && !query_is_null(&q, 2))
			ok = note_role(ret, query_text(&q, 2),
				       query_is_null(&q, 1) ? INT64_MAX : query_int(&q, 1));
	}
	enum up_err err = query_end(&q);
	return err == UP_OK && !ok ? UP_ERR_NOMEM : err;
}

static bool set(json_t *claims, const char *name, json_t *value)
{
	return json_object_set_new(claims, name, value) == 0;
}

/* A sub claim of the user's own attributes may not take another claim's place. */
static bool add_attribute(json_t *claims, const char *name, const char *value)
{
	if (json_object_get(claims, name) != NULL)
		return true;
	if (strcmp(name, "email_verified") == 0 || strcmp(name, "phone_number_verified") == 0)
		return set(claims, name, json_boolean(strcmp(value, "true") == 0));
	return set(claims, name, json_string(value));
}

static bool add_attributes(struct embedded *e, const struct user_row *user, json_t *claims)
{
	json_t *list = attributes_list(e, user->sub), *attribute;
	bool ok = list != NULL;
	size_t i;

	json_array_foreach (list, i, attribute)
		ok = ok &&
		     add_attribute(claims, text_of(attribute, "Name"), text_of(attribute, "Value"));
	json_decref(list);
	return ok;
}

static bool add_groups(const struct membership *m, json_t *claims, bool with_roles)
{
	if (json_array_size(m->names) > 0 &&
	    json_object_set(claims, "cognito:groups", m->names) != 0)
		return false;
	if (!with_roles || json_array_size(m->roles) == 0)
		return true;
	return json_object_set(claims, "cognito:roles", m->roles) == 0 &&
	       (m->is_ambiguous ||
		set(claims, "cognito:preferred_role", json_string(m->preferred)));
}

/* What both tokens say. */
static json_t *common_claims(const struct sign_in *in, const char *event_id, int64_t lifetime)
{
	const int64_t now = clock_wall();
	char jti[UUID_SIZE];

	if (random_uuid(jti) != UP_OK)
		return NULL;
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "sub", in->user->sub, "iss",
			 in->pool->issuer, "origin_jti", in->family_id, "event_id", event_id, "jti",
			 jti, "auth_time", (json_int_t)in->auth_time, "iat", (json_int_t)now, "exp",
			 (json_int_t)(now + lifetime));
}

static json_t *id_claims(struct embedded *e, const struct sign_in *in, const struct membership *m,
			 const char *event_id)
{
	json_t *claims = common_claims(in, event_id, in->client->id_s);

	if (claims != NULL && set(claims, "token_use", json_string("id")) &&
	    set(claims, "aud", json_string(in->client->id)) &&
	    set(claims, "cognito:username", json_string(in->user->username)) &&
	    add_groups(m, claims, true) && add_attributes(e, in->user, claims))
		return claims;
	json_decref(claims);
	return NULL;
}

static json_t *access_claims(const struct sign_in *in, const struct membership *m,
			     const char *event_id)
{
	json_t *claims = common_claims(in, event_id, in->client->access_s);

	if (claims != NULL && set(claims, "token_use", json_string("access")) &&
	    set(claims, "client_id", json_string(in->client->id)) &&
	    set(claims, "username", json_string(in->user->username)) &&
	    set(claims, "scope", json_string(SCOPE)) && add_groups(m, claims, false))
		return claims;
	json_decref(claims);
	return NULL;
}

/* Takes over `claims`. */
static enum up_err sign(const struct jws_key *key, json_t *claims, char **ret)
{
	enum up_err err = claims == NULL ? UP_ERR_NOMEM : jws_sign(key, claims, ret);

	json_decref(claims);
	return err;
}

static json_t *pack(const struct sign_in *in, const char *id, const char *access)
{
	json_t *result =
		json_pack("{s:s, s:s, s:I, s:s}", "AccessToken", access, "IdToken", id, "ExpiresIn",
			  (json_int_t)in->client->access_s, "TokenType", "Bearer");

	if (result != NULL && in->refresh_token != NULL &&
	    !set(result, "RefreshToken", json_string(in->refresh_token))) {
		json_decref(result);
		return NULL;
	}
	return json_pack("{s:o, s:{}}", "AuthenticationResult", result, "ChallengeParameters");
}

json_t *tokens_issue(struct embedded *e, const struct sign_in *in, struct pool_error *error)
{
	struct membership m = { .names = json_array(), .roles = json_array() };
	_auto_(free) char *id = NULL, *access = NULL;
	const struct signing_keys *keys = NULL;
	char event_id[UUID_SIZE];

	enum up_err err = keys_get(e, in->pool->id, &keys);
	if (err == UP_OK)
		err = random_uuid(event_id);
	if (err == UP_OK)
		err = read_groups(e, in->user, &m);
	if (err == UP_OK)
		err = sign(keys->id, id_claims(e, in, &m, event_id), &id);
	if (err == UP_OK)
		err = sign(keys->access, access_claims(in, &m, event_id), &access);
	json_decref(m.names);
	json_decref(m.roles);
	return err != UP_OK ? refuse_internal(error, err)
			    : or_internal(pack(in, id, access), error);
}
