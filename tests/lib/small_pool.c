/* SPDX-License-Identifier: MIT */
#include "tests/lib/small_pool.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"

static const struct small_user alice_and_bob[] = {
	{ .name = "alice", .sub = SUB_ALICE, .full_name = "Alice Example" },
	{ .name = "bob", .sub = SUB_BOB, .full_name = "Bob Example" },
};

void small_pool_init(struct small_pool *pool)
{
	*pool = (struct small_pool){ .user = alice_and_bob, .users = UP_COUNT(alice_and_bob) };
	if (jws_key_generate(&pool->key) != UP_OK)
		abort();
}

void small_pool_clear(struct small_pool *pool)
{
	jws_key_free(pool->key);
	pool->key = NULL;
}

static json_t *attribute(const char *name, const char *value)
{
	return json_pack("{s:s, s:s}", "Name", name, "Value", value);
}

static json_t *describe(const struct small_user *user, const char *attributes_member)
{
	json_t *attributes = json_array();

	(void)json_array_append_new(attributes, attribute("sub", user->sub));
	if (user->full_name != NULL)
		(void)json_array_append_new(attributes, attribute("name", user->full_name));
	if (user->wish != NULL)
		(void)json_array_append_new(attributes, attribute("custom:uid", user->wish));
	return json_pack("{s:s, s:b, s:s, s:o}", "Username", user->name, "Enabled", !user->disabled,
			 "UserStatus", user->status != NULL ? user->status : "CONFIRMED",
			 attributes_member, attributes);
}

/* `all` from where `token` says, and where the next page begins. */
static json_t *page_of(const struct small_pool *pool, json_t *all, const char *list,
		       const char *token_member, json_t *request)
{
	const char *token = json_string_value(json_object_get(request, token_member));
	const size_t first = token != NULL ? strtoul(token, NULL, 10) : 0;
	const size_t size = pool->page != 0 ? pool->page : json_array_size(all) + 1;
	json_t *page = json_array(), *result = json_pack("{s:o}", list, page);

	for (size_t i = first; i < first + size && i < json_array_size(all); i++)
		(void)json_array_append(page, json_array_get(all, i));
	if (first + size < json_array_size(all))
		(void)json_object_set_new(result, token_member, json_sprintf("%zu", first + size));
	json_decref(all);
	return result;
}

static json_t *list_users(const struct small_pool *pool, json_t *request)
{
	json_t *all = json_array();

	for (size_t i = 0; i < pool->users; i++)
		(void)json_array_append_new(all, describe(&pool->user[i], "Attributes"));
	return page_of(pool, all, "Users", "PaginationToken", request);
}

static json_t *list_groups(const struct small_pool *pool, json_t *request)
{
	json_t *all = json_array();

	for (const char *const *group = pool->group; group != NULL && *group != NULL; group++)
		(void)json_array_append_new(all, json_pack("{s:s}", "GroupName", *group));
	return page_of(pool, all, "Groups", "NextToken", request);
}

static json_t *list_members(const struct small_pool *pool, json_t *request)
{
	const char *group = json_string_value(json_object_get(request, "GroupName"));
	json_t *all = json_array();

	for (size_t i = 0; i < pool->users; i++)
		for (size_t k = 0; k < UP_COUNT(pool->user[i].groups); k++)
			if (pool->user[i].groups[k] != NULL &&
			    strcmp(pool->user[i].groups[k], group) == 0)
				(void)json_array_append_new(all,
							    describe(&pool->user[i], "Attributes"));
	return page_of(pool, all, "Users", "NextToken", request);
}

static json_t *key_set(const struct small_pool *pool)
{
	return json_pack("{s:s, s:[o]}", "Issuer", SMALL_ISSUER, "keys", jws_key_public(pool->key));
}

static struct fake_reply get_user(const struct small_pool *pool, json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "Username"));

	for (size_t i = 0; i < pool->users; i++)
		if (strcmp(pool->user[i].name, name) == 0)
			return fake_result(describe(&pool->user[i], "UserAttributes"));
	return fake_error("UserNotFoundException", "User does not exist.");
}

struct fake_reply small_pool_answer(const char *operation, json_t *request, void *arg)
{
	const struct small_pool *pool = arg;

	if (strcmp(operation, "ListUserPools") == 0)
		return fake_result(json_pack("{s:[{s:s, s:s}]}", "UserPools", "Id", SMALL_POOL_ID,
					     "Name", "default"));
	if (strcmp(operation, "ListUserPoolClients") == 0)
		return fake_result(json_pack("{s:[{s:s, s:s}]}", "UserPoolClients", "ClientId",
					     SMALL_CLIENT_ID, "ClientName", "host-login"));
	if (strcmp(operation, "GetJsonWebKeySet") == 0)
		return fake_result(key_set(pool));
	if (strcmp(operation, "ListUsers") == 0)
		return fake_result(list_users(pool, request));
	if (strcmp(operation, "ListGroups") == 0)
		return fake_result(list_groups(pool, request));
	if (strcmp(operation, "ListUsersInGroup") == 0)
		return fake_result(list_members(pool, request));
	if (strcmp(operation, "AdminGetUser") == 0)
		return get_user(pool, request);
	return fake_error("UnknownOperationException", "No such operation.");
}

json_t *small_pool_claims(const struct small_user *user, bool is_access)
{
	const int64_t now = clock_wall();
	json_t *claims =
		json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "sub", user->sub, "iss", SMALL_ISSUER,
			  "token_use", is_access ? "access" : "id", "iat", (json_int_t)now,
			  "auth_time", (json_int_t)now, "exp", (json_int_t)now + 3600);

	(void)json_object_set_new(claims, is_access ? "client_id" : "aud",
				  json_string(SMALL_CLIENT_ID));
	(void)json_object_set_new(claims, is_access ? "username" : "cognito:username",
				  json_string(user->name));
	return claims;
}

char *small_pool_sign(const struct jws_key *key, json_t *claims)
{
	char *token = NULL;

	if (jws_sign(key, claims, &token) != UP_OK)
		abort();
	json_decref(claims);
	return token;
}

json_t *small_pool_tokens(const struct small_pool *pool, const struct small_user *user)
{
	char *id = small_pool_sign(pool->key, small_pool_claims(user, false));
	char *access = small_pool_sign(pool->key, small_pool_claims(user, true));
	json_t *result =
		json_pack("{s:{s:s, s:s, s:s, s:i, s:s}}", "AuthenticationResult", "IdToken", id,
			  "AccessToken", access, "RefreshToken", "opaque-refresh-token",
			  "ExpiresIn", 3600, "TokenType", "Bearer");

	free(id);
	free(access);
	return result;
}

json_t *small_pool_challenge(const char *name)
{
	return json_pack("{s:s, s:s, s:{}}", "ChallengeName", name, "Session",
			 "session-of-the-challenge-0001", "ChallengeParameters");
}
