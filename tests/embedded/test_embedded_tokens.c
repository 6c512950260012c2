/* SPDX-License-Identifier: MIT */
/* Tokens: what they say, who takes them, how long, and how they end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/crypto/encoding.h"
#include "tests/embedded/a_pool.h"

#define REVOKED "Access Token has been revoked"
#define INVALID "Invalid Access Token"

/* The first part of a token, decoded. */
static json_t *header_of(struct a_pool *pool, const char *token)
{
	size_t len = 0;
	_auto_(free) uint8_t *bytes = base64url_decode(token, strcspn(token, "."), &len);
	json_t *header = json_loadb((char *)bytes, len, 0, NULL);

	assert_non_null(header);
	assert_int_equal(json_array_append_new(pool->kept, header), 0);
	return header;
}

static const char *access_of(json_t *tokens)
{
	return text_at(tokens, "AuthenticationResult.AccessToken");
}

static const char *refresh_of(json_t *tokens)
{
	return text_at(tokens, "AuthenticationResult.RefreshToken");
}

static void get_user_refused(struct a_pool *pool, const char *message, const char *token)
{
	refused(pool, "NotAuthorizedException", message, "GetUser", "{s:s}", "AccessToken", token);
}

static void refresh_refused(struct a_pool *pool, const char *message, const char *token)
{
	refused(pool, "NotAuthorizedException", message, "GetTokensFromRefreshToken", "{s:s}",
		"RefreshToken", token);
	refused(pool, "NotAuthorizedException", message, "InitiateAuth", "{s:s, s:{s:s}}",
		"AuthFlow", "REFRESH_TOKEN_AUTH", "AuthParameters", "REFRESH_TOKEN", token);
}

static void the_claims_are_cognitos(void **state)
{
	static const char *const common[] = { "sub",        "iss",      "token_use",
					      "origin_jti", "event_id", "auth_time",
					      "exp",        "iat",      "jti" };
	struct a_pool *pool = *state;
	json_t *tokens = sign_in(pool, "alice", PASSWORD);
	json_t *id = claims_of(pool, text_at(tokens, "AuthenticationResult.IdToken"));
	json_t *access = claims_of(pool, access_of(tokens));
	json_t *jwks = ask(pool, "GetJsonWebKeySet", NULL);

	for (size_t i = 0; i < UP_COUNT(common); i++) {
		assert_non_null(at(id, common[i]));
		assert_non_null(at(access, common[i]));
	}
	assert_string_equal(text_at(id, "token_use"), "id");
	assert_string_equal(text_at(id, "aud"), pool->client_id);
	assert_string_equal(text_at(id, "cognito:username"), "alice");
	assert_null(at(id, "client_id"));
	assert_null(at(id, "scope"));
	assert_string_equal(text_at(access, "token_use"), "access");
	assert_string_equal(text_at(access, "client_id"), pool->client_id);
	assert_string_equal(text_at(access, "username"), "alice");
	assert_string_equal(text_at(access, "scope"), "aws.cognito.signin.user.admin");
	assert_null(at(access, "aud"));

	assert_string_equal(text_at(id, "iss"), text_at(jwks, "Issuer"));
	assert_non_null(strstr(text_at(id, "iss"), pool->pool_id));
	assert_string_equal(text_at(id, "sub"), text_at(access, "sub"));
	assert_string_equal(text_at(id, "origin_jti"), text_at(access, "origin_jti"));
	assert_string_equal(text_at(id, "event_id"), text_at(access, "event_id"));
	assert_string_not_equal(text_at(id, "jti"), text_at(access, "jti"));
	assert_int_equal(json_integer_value(at(id, "auth_time")), NOW);
	assert_int_equal(json_integer_value(at(id, "exp")), NOW + 3600);
}

static void each_kind_of_token_has_its_key(void **state)
{
	struct a_pool *pool = *state;
	json_t *tokens = sign_in(pool, "alice", PASSWORD);
	json_t *id = header_of(pool, text_at(tokens, "AuthenticationResult.IdToken"));
	json_t *access = header_of(pool, access_of(tokens));
	json_t *jwks = ask(pool, "GetJsonWebKeySet", NULL);

	assert_int_equal(json_object_size(id), 2);
	assert_string_equal(text_at(id, "alg"), "RS256");
	assert_string_equal(text_at(access, "alg"), "RS256");
	assert_string_not_equal(text_at(id, "kid"), text_at(access, "kid"));
	assert_int_equal(json_array_size(at(jwks, "keys")), 2);
	for (int i = 0; i < 2; i++) {
		json_t *key = json_array_get(at(jwks, "keys"), (size_t)i);

		assert_string_equal(text_at(key, "kty"), "RSA");
		assert_string_equal(text_at(key, "use"), "sig");
		assert_string_equal(text_at(key, "e"), "AQAB");
		/* Nothing of the private key. */
		assert_int_equal(json_object_size(key), 6);
	}
}

static void attributes_are_claims_of_the_id_token_only(void **state)
{
	struct a_pool *pool = *state;

	(void)ask(pool, "AdminUpdateUserAttributes",
		  "{s:s, s:[{s:s, s:s}, {s:s, s:s}, {s:s, s:s}, {s:s, s:s}]}", "Username", "alice",
		  "UserAttributes", "Name", "email", "Value", "a@example.org", "Name",
		  "email_verified", "Value", "true", "Name", "phone_number_verified", "Value",
		  "false", "Name", "custom:level", "Value", "9");
	json_t *tokens = sign_in(pool, "alice", PASSWORD);
	json_t *id = claims_of(pool, text_at(tokens, "AuthenticationResult.IdToken"));
	assert_string_equal(text_at(id, "email"), "a@example.org");
	assert_true(json_is_true(at(id, "email_verified")));
	assert_true(json_is_false(at(id, "phone_number_verified")));
	assert_string_equal(text_at(id, "custom:level"), "9");
	assert_null(at(claims_of(pool, access_of(tokens)), "email"));
}

static void an_access_token_shows_its_user(void **state)
{
	json_t *user = ask(*state, "GetUser", "{s:s}", "AccessToken",
			   access_of(sign_in(*state, "alice", PASSWORD)));

	assert_string_equal(text_at(user, "Username"), "alice");
	assert_non_null(attribute_in(at(user, "UserAttributes"), "sub"));
}

static void only_an_access_token_that_is_whole_and_in_time_is_taken(void **state)
{
	struct a_pool *pool = *state;
	json_t *tokens = sign_in(pool, "alice", PASSWORD);
	const char *token = access_of(tokens);
	_auto_(free) char *changed = strdup(token);
	const size_t len = strlen(token);

	get_user_refused(pool, INVALID, text_at(tokens, "AuthenticationResult.IdToken"));
	get_user_refused(pool, INVALID, refresh_of(tokens));
	static const char *const bad[] = { "x", "a.b.c", "..", "eyJhbGciOiJub25lIn0.e30.", "." };
	for (size_t i = 0; i < UP_COUNT(bad); i++)
		get_user_refused(pool, INVALID, bad[i]);
	for (size_t i = 0; i < len; i += 11) {
		changed[i] = token[i] == 'A' ? 'B' : 'A';
		get_user_refused(pool, INVALID, changed);
		changed[i] = token[i];
	}
	clock_goes(3599);
	(void)ask(pool, "GetUser", "{s:s}", "AccessToken", token);
	clock_goes(1);
	get_user_refused(pool, "Access Token has expired", token);
}

/* The pool's keys are found by what the token says of itself, however many pools there are. */
static void tokens_of_many_pools_are_each_their_own(void **state)
{
	struct a_pool *pool = *state;
	const char *host_token = access_of(sign_in(pool, "alice", PASSWORD));

	change_in(pool, "INSERT INTO pools SELECT id || 'x' || i, name, issuer || 'x' || i, mfa,"
			" has_totp, least, upper, lower, digits, symbols, temporary_days, id_key,"
			" access_key, 0, 0 FROM pools, (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
			" SELECT i + 1 FROM n WHERE i < 20) SELECT i FROM n)");
	(void)ask(pool, "GetUser", "{s:s}", "AccessToken", host_token);

	struct a_pool other = *pool;
	other.pool_id =
		text_at(ask(pool, "CreateUserPool", "{s:s}", "PoolName", "other"), "UserPool.Id");
	other.client_id = text_at(ask(&other, "CreateUserPoolClient", "{s:s, s:[s]}", "ClientName",
				      "app", "ExplicitAuthFlows", "ALLOW_USER_PASSWORD_AUTH"),
				  "UserPoolClient.ClientId");
	person(&other, "alice");
	json_t *tokens = sign_in(&other, "alice", PASSWORD);
	json_t *mine = ask(pool, "GetUser", "{s:s}", "AccessToken", host_token);
	json_t *others = ask(pool, "GetUser", "{s:s}", "AccessToken", access_of(tokens));
	assert_string_not_equal(attribute_in(at(mine, "UserAttributes"), "sub"),
				attribute_in(at(others, "UserAttributes"), "sub"));
	refresh_refused(pool, "Invalid Refresh Token", refresh_of(tokens));
}

static void a_refresh_gives_new_tokens_of_the_same_sign_in(void **state)
{
	struct a_pool *pool = *state;
	json_t *tokens = sign_in(pool, "alice", PASSWORD);
	json_t *before = claims_of(pool, access_of(tokens));

	clock_goes(3000);
	static const char *const operations[] = { "GetTokensFromRefreshToken", "InitiateAuth" };
	for (size_t i = 0; i < UP_COUNT(operations); i++) {
		json_t *fresh = ask(pool, operations[i], "{s:s, s:s, s:{s:s}}", "RefreshToken",
				    refresh_of(tokens), "AuthFlow", "REFRESH_TOKEN_AUTH",
				    "AuthParameters", "REFRESH_TOKEN", refresh_of(tokens));
		json_t *after = claims_of(pool, access_of(fresh));

		assert_null(at(fresh, "AuthenticationResult.RefreshToken"));
		assert_int_equal(json_integer_value(at(after, "auth_time")), NOW);
		assert_int_equal(json_integer_value(at(after, "iat")), NOW + 3000);
		assert_string_equal(text_at(after, "origin_jti"), text_at(before, "origin_jti"));
		assert_string_not_equal(text_at(after, "jti"), text_at(before, "jti"));
		(void)ask(pool, "GetUser", "{s:s}", "AccessToken", access_of(fresh));
	}
	/* The sign-in lasts thirty days, however often it is refreshed. */
	clock_set_for_test(NOW + 30 * 86400 - 1);
	(void)ask(pool, "GetTokensFromRefreshToken", "{s:s}", "RefreshToken", refresh_of(tokens));
	clock_goes(1);
	refresh_refused(pool, "Refresh Token has expired", refresh_of(tokens));
}

static void a_refresh_token_is_one_clients(void **state)
{
	struct a_pool *pool = *state;
	json_t *tokens = sign_in(pool, "alice", PASSWORD);
	const char *other = text_at(ask(pool, "CreateUserPoolClient", "{s:s}", "ClientName", "app"),
				    "UserPoolClient.ClientId");

	refused(pool, "NotAuthorizedException", "Invalid Refresh Token",
		"GetTokensFromRefreshToken", "{s:s, s:s}", "RefreshToken", refresh_of(tokens),
		"ClientId", other);
	refused(pool, "UnauthorizedException", NULL, "RevokeToken", "{s:s, s:s}", "Token",
		refresh_of(tokens), "ClientId", other);
	refresh_refused(pool, "Invalid Refresh Token", access_of(tokens));
	refresh_refused(pool, "Invalid Refresh Token", "abc");
	(void)ask(pool, "GetTokensFromRefreshToken", "{s:s}", "RefreshToken", refresh_of(tokens));
	/* Not in clear in the database. */
	assert_int_equal(number_in(pool, "SELECT length(refresh) FROM families"), 32);
}

static void what_happens_to_the_user_ends_all_tokens(void **state)
{
	static const struct {
		const char *operation, *member, *value, *refresh_message;
	} cases[] = {
		{ "AdminUserGlobalSignOut", "X", "x", "Refresh Token has been revoked" },
		{ "AdminSetUserPassword", "Password", PASSWORD, "Refresh Token has been revoked" },
		{ "AdminDisableUser", "X", "x", "Refresh Token has been revoked" },
		{ "AdminDeleteUser", "X", "x", "Invalid Refresh Token" },
	};
	struct a_pool *pool = *state;

	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		json_t *first = sign_in(pool, "alice", PASSWORD);
		json_t *second = sign_in(pool, "alice", PASSWORD);
		json_t *bobs = sign_in(pool, "bob", PASSWORD);

		(void)ask(pool, cases[i].operation, "{s:s, s:s}", "Username", "alice",
			  cases[i].member, cases[i].value);
		get_user_refused(pool, REVOKED, access_of(first));
		get_user_refused(pool, REVOKED, access_of(second));
		refresh_refused(pool, cases[i].refresh_message, refresh_of(first));
		refresh_refused(pool, cases[i].refresh_message, refresh_of(second));
		(void)ask(pool, "GetUser", "{s:s}", "AccessToken", access_of(bobs));
		if (i == 1)
			(void)ask(pool, "AdminSetUserPassword", "{s:s, s:s, s:b}", "Username",
				  "alice", "Password", PASSWORD, "Permanent", 1);
		if (i == 2)
			(void)ask(pool, "AdminEnableUser", "{s:s}", "Username", "alice");
	}
}

static void a_user_signs_out_everywhere(void **state)
{
	struct a_pool *pool = *state;
	json_t *here = sign_in(pool, "alice", PASSWORD), *there = sign_in(pool, "alice", PASSWORD);

	(void)ask(pool, "GlobalSignOut", "{s:s}", "AccessToken", access_of(here));
	get_user_refused(pool, REVOKED, access_of(here));
	get_user_refused(pool, REVOKED, access_of(there));
	refresh_refused(pool, "Refresh Token has been revoked", refresh_of(there));
	refused(pool, "NotAuthorizedException", REVOKED, "GlobalSignOut", "{s:s}", "AccessToken",
		access_of(here));
	(void)sign_in(pool, "alice", PASSWORD);
}

static void revoking_one_sign_in_leaves_the_others(void **state)
{
	struct a_pool *pool = *state;
	json_t *here = sign_in(pool, "alice", PASSWORD), *there = sign_in(pool, "alice", PASSWORD);

	/* Twice, or what is no token of ours: it is as good as revoked. */
	for (int i = 0; i < 2; i++)
		(void)ask(pool, "RevokeToken", "{s:s}", "Token", refresh_of(here));
	(void)ask(pool, "RevokeToken", "{s:s}", "Token", "unknown");
	get_user_refused(pool, REVOKED, access_of(here));
	refresh_refused(pool, "Refresh Token has been revoked", refresh_of(here));
	(void)ask(pool, "GetUser", "{s:s}", "AccessToken", access_of(there));
	refused(pool, "UnsupportedTokenTypeException", NULL, "RevokeToken", "{s:s}", "Token",
		access_of(there));
	(void)ask(pool, "GetUser", "{s:s}", "AccessToken", access_of(there));
}

static void a_client_without_revocation_revokes_nothing(void **state)
{
	struct a_pool *pool = *state;

	pool->client_id = text_at(ask(pool, "CreateUserPoolClient", "{s:s, s:[s], s:b}",
				      "ClientName", "app", "ExplicitAuthFlows",
				      "ALLOW_USER_PASSWORD_AUTH", "EnableTokenRevocation", 0),
				  "UserPoolClient.ClientId");
	json_t *tokens = sign_in(pool, "alice", PASSWORD);
	refused(pool, "UnsupportedOperationException", NULL, "RevokeToken", "{s:s}", "Token",
		refresh_of(tokens));
	/* Nor may it refresh by a flow that it was not given. */
	refused(pool, "InvalidParameterException",
		"REFRESH_TOKEN_AUTH flow not enabled for this client", "InitiateAuth",
		"{s:s, s:{s:s}}", "AuthFlow", "REFRESH_TOKEN_AUTH", "AuthParameters",
		"REFRESH_TOKEN", refresh_of(tokens));
}

static void the_tokens_of_a_deleted_client_end_with_it(void **state)
{
	struct a_pool *pool = *state;
	json_t *tokens = sign_in(pool, "alice", PASSWORD);

	(void)ask(pool, "DeleteUserPoolClient", NULL);
	get_user_refused(pool, REVOKED, access_of(tokens));
	refused(pool, "ResourceNotFoundException", NULL, "GetTokensFromRefreshToken", "{s:s}",
		"RefreshToken", refresh_of(tokens));
}

static void lifetimes_are_the_clients(void **state)
{
	struct a_pool *pool = *state;

	pool->client_id = text_at(
		ask(pool, "CreateUserPoolClient", "{s:s, s:[s], s:i, s:i, s:i, s:{s:s, s:s}}",
		    "ClientName", "app", "ExplicitAuthFlows", "ALLOW_USER_PASSWORD_AUTH",
		    "AccessTokenValidity", 5, "IdTokenValidity", 10, "RefreshTokenValidity", 2,
		    "TokenValidityUnits", "AccessToken", "minutes", "IdToken", "minutes"),
		"UserPoolClient.ClientId");
	json_t *tokens = sign_in(pool, "alice", PASSWORD);
	assert_int_equal(json_integer_value(at(tokens, "AuthenticationResult.ExpiresIn")), 300);
	assert_int_equal(json_integer_value(at(claims_of(pool, access_of(tokens)), "exp")),
			 NOW + 300);
	assert_int_equal(
		json_integer_value(at(
			claims_of(pool, text_at(tokens, "AuthenticationResult.IdToken")), "exp")),
		NOW + 600);
	assert_int_equal(number_in(pool, "SELECT expires - auth_time FROM families"), 2 * 86400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_POOL(the_claims_are_cognitos),
		WITH_POOL(each_kind_of_token_has_its_key),
		WITH_POOL(attributes_are_claims_of_the_id_token_only),
		WITH_POOL(an_access_token_shows_its_user),
		WITH_POOL(only_an_access_token_that_is_whole_and_in_time_is_taken),
		WITH_POOL(tokens_of_many_pools_are_each_their_own),
		WITH_POOL(a_refresh_gives_new_tokens_of_the_same_sign_in),
		WITH_POOL(a_refresh_token_is_one_clients),
		WITH_POOL(what_happens_to_the_user_ends_all_tokens),
		WITH_POOL(a_user_signs_out_everywhere),
		WITH_POOL(revoking_one_sign_in_leaves_the_others),
		WITH_POOL(a_client_without_revocation_revokes_nothing),
		WITH_POOL(the_tokens_of_a_deleted_client_end_with_it),
		WITH_POOL(lifetimes_are_the_clients),
	};

	return cmocka_run_group_tests(tests, pools_begin, pools_end);
}
