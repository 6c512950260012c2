/* SPDX-License-Identifier: MIT */
/* Pools, their MFA and their app clients. */
#include <stdio.h>
#include <string.h>

#include "tests/embedded/a_pool.h"

static void a_pool_is_created_described_and_deleted(void **state)
{
	json_t *made = at(ask(*state, "CreateUserPool", "{s:s}", "PoolName", "People of 2027"),
			  "UserPool");
	const char *id = text_at(made, "Id");

	assert_string_equal(text_at(made, "Name"), "People of 2027");
	assert_string_equal(text_at(made, "MfaConfiguration"), "OFF");
	assert_int_equal(json_integer_value(at(made, "Policies.PasswordPolicy.MinimumLength")), 8);
	assert_true(json_is_true(at(made, "Policies.PasswordPolicy.RequireSymbols")));
	assert_int_equal(json_integer_value(
				 at(made, "Policies.PasswordPolicy.TemporaryPasswordValidityDays")),
			 7);
	json_t *shown = ask(*state, "DescribeUserPool", "{s:s}", "UserPoolId", id);
	assert_true(json_equal(at(shown, "UserPool"), made));
	(void)ask(*state, "DeleteUserPool", "{s:s}", "UserPoolId", id);
	refused(*state, "ResourceNotFoundException", NULL, "DescribeUserPool", "{s:s}",
		"UserPoolId", id);
	refused(*state, "ResourceNotFoundException", NULL, "DeleteUserPool", "{s:s}", "UserPoolId",
		id);
}

static void a_deleted_pool_takes_everything_in_it_along(void **state)
{
	static const char *const tables[] = { "users",   "clients",  "attributes",    "groups",
					      "members", "families", "recovery_codes" };
	struct a_pool *pool = *state;
	char sql[64];

	(void)sign_in(pool, "alice", PASSWORD);
	(void)ask(pool, "CreateGroup", "{s:s}", "GroupName", "staff");
	(void)ask(pool, "AdminAddUserToGroup", "{s:s, s:s}", "Username", "alice", "GroupName",
		  "staff");
	(void)ask(pool, "DeleteUserPool", NULL);
	for (size_t i = 0; i < UP_COUNT(tables); i++) {
		(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", tables[i]);
		assert_int_equal(number_in(pool, sql), 0);
	}
	sign_in_refused(pool, "ResourceNotFoundException", NULL, "alice", PASSWORD);
}

static void an_update_sets_back_what_it_does_not_name(void **state)
{
	(void)ask(*state, "UpdateUserPool", "{s:s, s:{s:{s:i, s:i}}}", "MfaConfiguration",
		  "OPTIONAL", "Policies", "PasswordPolicy", "MinimumLength", 20,
		  "TemporaryPasswordValidityDays", 3);
	json_t *pool = at(ask(*state, "DescribeUserPool", NULL), "UserPool");
	assert_int_equal(json_integer_value(at(pool, "Policies.PasswordPolicy.MinimumLength")), 20);
	/* A policy that is sent is all of the policy. */
	assert_true(json_is_false(at(pool, "Policies.PasswordPolicy.RequireSymbols")));

	(void)ask(*state, "UpdateUserPool", "{s:s}", "PoolName", "renamed");
	pool = at(ask(*state, "DescribeUserPool", NULL), "UserPool");
	assert_string_equal(text_at(pool, "Name"), "renamed");
	assert_string_equal(text_at(pool, "MfaConfiguration"), "OFF");
	assert_int_equal(json_integer_value(at(pool, "Policies.PasswordPolicy.MinimumLength")), 8);
}

/* A mistake in a policy must not be taken for a weaker one. */
static void a_policy_that_is_wrong_changes_nothing(void **state)
{
	static const char *const cases[] = {
		"{'Policies': {'PasswordPolicy': 'strict'}}",
		"{'Policies': {'PasswordPolicy': []}}",
		"{'Policies': {'PasswordPolicy': {'RequireUppercase': 'true'}}}",
		"{'Policies': {'PasswordPolicy': {'RequireLowercase': 1}}}",
		"{'Policies': {'PasswordPolicy': {'RequireNumbers': {}}}}",
		"{'Policies': {'PasswordPolicy': {'RequireSymbols': 'false'}}}",
		"{'Policies': {'PasswordPolicy': {'MinimumLength': 5}}}",
		"{'Policies': {'PasswordPolicy': {'MinimumLength': 100}}}",
		"{'Policies': {'PasswordPolicy': {'MinimumLength': '8'}}}",
		"{'Policies': {'PasswordPolicy': {'MinimumLength': 8.5}}}",
		"{'Policies': {'PasswordPolicy': {'TemporaryPasswordValidityDays': -1}}}",
		"{'Policies': {'PasswordPolicy': {'TemporaryPasswordValidityDays': 366}}}",
		"{'MfaConfiguration': 'on'}",
		"{'MfaConfiguration': 'YES'}",
		"{'UsernameConfiguration': {'CaseSensitive': true}}",
	};
	struct a_pool *pool = *state;
	json_t *before = ask(pool, "DescribeUserPool", NULL);

	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		char text[256];
		struct reply reply;

		(void)snprintf(text, sizeof(text), "%s", cases[i]);
		for (char *quote = text; (quote = strchr(quote, '\'')) != NULL;)
			*quote = '"';
		json_t *request = json_loads(text, 0, NULL);
		assert_int_equal(json_object_set_new(request, "PoolName", json_string("new")), 0);
		ask_raw(pool, "CreateUserPool", json_deep_copy(request), &reply);
		if (reply.result != NULL || strcmp(reply.type, "InvalidParameterException") != 0)
			fail_msg("CreateUserPool %s", cases[i]);
		if (strstr(cases[i], "UsernameConfiguration") == NULL) {
			(void)json_object_set_new(request, "UserPoolId",
						  json_string(pool->pool_id));
			ask_raw(pool, "UpdateUserPool", json_incref(request), &reply);
			if (reply.result != NULL ||
			    strcmp(reply.type, "InvalidParameterException") != 0)
				fail_msg("UpdateUserPool %s", cases[i]);
		}
		json_decref(request);
	}
	assert_true(json_equal(before, ask(pool, "DescribeUserPool", NULL)));
	assert_int_equal(number_in(pool, "SELECT count(*) FROM pools"), 1);
}

static void the_bounds_of_a_policy_are_good(void **state)
{
	(void)ask(*state, "UpdateUserPool", "{s:{s:{s:i, s:i}}}", "Policies", "PasswordPolicy",
		  "MinimumLength", 6, "TemporaryPasswordValidityDays", 1);
	(void)ask(*state, "UpdateUserPool", "{s:{s:{s:i, s:i}}}", "Policies", "PasswordPolicy",
		  "MinimumLength", 99, "TemporaryPasswordValidityDays", 365);
	/* 0 is as good as nothing: seven days. */
	(void)ask(*state, "UpdateUserPool", "{s:{s:{s:i}}}", "Policies", "PasswordPolicy",
		  "TemporaryPasswordValidityDays", 0);
	assert_int_equal(json_integer_value(at(
				 ask(*state, "DescribeUserPool", NULL),
				 "UserPool.Policies.PasswordPolicy.TemporaryPasswordValidityDays")),
			 7);
}

static void mfa_is_switched_and_cannot_be_required_of_nothing(void **state)
{
	json_t *config = ask(*state, "GetUserPoolMfaConfig", NULL);

	assert_string_equal(text_at(config, "MfaConfiguration"), "OPTIONAL");
	assert_true(json_is_true(at(config, "SoftwareTokenMfaConfiguration.Enabled")));
	refused(*state, "InvalidParameterException", NULL, "SetUserPoolMfaConfig", "{s:{s:s}}",
		"SoftwareTokenMfaConfiguration", "Enabled", "true");
	config = ask(*state, "SetUserPoolMfaConfig", "{s:s, s:{s:b}}", "MfaConfiguration", "ON",
		     "SoftwareTokenMfaConfiguration", "Enabled", 1);
	assert_true(json_equal(config, ask(*state, "GetUserPoolMfaConfig", NULL)));
	assert_string_equal(text_at(config, "MfaConfiguration"), "ON");

	refused(*state, "InvalidParameterException", NULL, "SetUserPoolMfaConfig", "{s:s, s:{s:b}}",
		"MfaConfiguration", "ON", "SoftwareTokenMfaConfiguration", "Enabled", 0);
	refused(*state, "InvalidParameterException", NULL, "SetUserPoolMfaConfig", "{s:s}",
		"MfaConfiguration", "MAYBE");
	assert_true(json_equal(config, ask(*state, "GetUserPoolMfaConfig", NULL)));
}

static void pools_are_listed_in_pages(void **state)
{
	const char *token = NULL;
	size_t count = 0, pages = 0;

	for (int i = 0; i < 2; i++)
		(void)ask(*state, "CreateUserPool", "{s:s}", "PoolName", "another");
	do {
		json_t *page = ask(*state, "ListUserPools", "{s:i, s:s?}", "MaxResults", 2,
				   "NextToken", token);

		count += json_array_size(at(page, "UserPools"));
		token = json_string_value(at(page, "NextToken"));
		pages++;
	} while (token != NULL);
	assert_int_equal(count, 3);
	assert_int_equal(pages, 2);
}

static void a_client_is_created_with_cognitos_defaults(void **state)
{
	json_t *client = at(ask(*state, "CreateUserPoolClient", "{s:s}", "ClientName", "my app"),
			    "UserPoolClient");

	assert_int_equal(strlen(text_at(client, "ClientId")), 26);
	assert_string_equal(text_at(client, "ClientName"), "my app");
	assert_int_equal(json_array_size(at(client, "ExplicitAuthFlows")), 1);
	assert_string_equal(text_at(client, "ExplicitAuthFlows.0"), "ALLOW_REFRESH_TOKEN_AUTH");
	assert_int_equal(json_integer_value(at(client, "AccessTokenValidity")), 3600);
	assert_int_equal(json_integer_value(at(client, "RefreshTokenValidity")), 30 * 86400);
	assert_string_equal(text_at(client, "TokenValidityUnits.AccessToken"), "seconds");
	assert_string_equal(text_at(client, "PreventUserExistenceErrors"), "ENABLED");
	assert_true(json_is_true(at(client, "EnableTokenRevocation")));
	assert_int_equal(json_integer_value(at(client, "AuthSessionValidity")), 3);

	json_t *shown = ask(*state, "DescribeUserPoolClient", "{s:s}", "ClientId",
			    text_at(client, "ClientId"));
	assert_true(json_equal(at(shown, "UserPoolClient"), client));
	/* What it may not, it cannot. */
	refused(*state, "InvalidParameterException",
		"USER_PASSWORD_AUTH flow not enabled for this client", "InitiateAuth",
		"{s:s, s:s, s:{s:s, s:s}}", "AuthFlow", "USER_PASSWORD_AUTH", "ClientId",
		text_at(client, "ClientId"), "AuthParameters", "USERNAME", "alice", "PASSWORD",
		PASSWORD);
	(void)ask(*state, "DeleteUserPoolClient", "{s:s}", "ClientId", text_at(client, "ClientId"));
	refused(*state, "ResourceNotFoundException", NULL, "DescribeUserPoolClient", "{s:s}",
		"ClientId", text_at(client, "ClientId"));
}

static void validities_count_in_their_units_and_keep_their_bounds(void **state)
{
	static const struct {
		const char *member, *unit_member, *unit;
		int value;
		int64_t seconds; /* 0: refused */
	} cases[] = {
		{ "AccessTokenValidity", "AccessToken", "seconds", 300, 300 },
		{ "AccessTokenValidity", "AccessToken", "seconds", 299, 0 },
		{ "AccessTokenValidity", "AccessToken", "minutes", 5, 300 },
		{ "AccessTokenValidity", "AccessToken", "hours", 24, 86400 },
		{ "AccessTokenValidity", "AccessToken", "seconds", 86401, 0 },
		{ "AccessTokenValidity", "AccessToken", "days", 1, 86400 },
		{ "AccessTokenValidity", "AccessToken", "days", 2, 0 },
		{ "AccessTokenValidity", "IdToken", "days", 1, 3600 }, /* the other's unit */
		{ "AccessTokenValidity", "AccessToken", "weeks", 1, 0 },
		{ "AccessTokenValidity", "AccessToken", "days", 0, 3600 },
		{ "IdTokenValidity", "IdToken", "minutes", 10, 600 },
		{ "IdTokenValidity", "IdToken", "days", 2, 0 },
		{ "RefreshTokenValidity", "RefreshToken", "minutes", 60, 3600 },
		{ "RefreshTokenValidity", "RefreshToken", "minutes", 59, 0 },
		{ "RefreshTokenValidity", "RefreshToken", "days", 3650, 315360000 },
		{ "RefreshTokenValidity", "RefreshToken", "days", 3651, 0 },
		{ "RefreshTokenValidity", "RefreshToken", "days", 315360000, 0 },
		{ "RefreshTokenValidity", "RefreshToken", "days", 0, 30 * 86400 },
	};

	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		char path[64];

		if (cases[i].seconds == 0) {
			refused(*state, "InvalidParameterException", NULL, "CreateUserPoolClient",
				"{s:s, s:i, s:{s:s}}", "ClientName", "app", cases[i].member,
				cases[i].value, "TokenValidityUnits", cases[i].unit_member,
				cases[i].unit);
			continue;
		}
		json_t *made = ask(*state, "CreateUserPoolClient", "{s:s, s:i, s:{s:s}}",
				   "ClientName", "app", cases[i].member, cases[i].value,
				   "TokenValidityUnits", cases[i].unit_member, cases[i].unit);
		(void)snprintf(path, sizeof(path), "UserPoolClient.%s", cases[i].member);
		assert_int_equal(json_integer_value(at(made, path)), cases[i].seconds);
	}
	/* A token that outlives the sign-in it came of would end before its time. */
	refused(*state, "InvalidParameterException", NULL, "CreateUserPoolClient",
		"{s:s, s:i, s:i, s:{s:s, s:s}}", "ClientName", "app", "AccessTokenValidity", 2,
		"RefreshTokenValidity", 1, "TokenValidityUnits", "AccessToken", "hours",
		"RefreshToken", "hours");
}

static void a_client_that_is_wrong_is_refused(void **state)
{
	refused(*state, "InvalidParameterException", NULL, "CreateUserPoolClient", "{s:s, s:[s]}",
		"ClientName", "app", "ExplicitAuthFlows", "ALLOW_EVERYTHING");
	refused(*state, "InvalidParameterException", NULL, "CreateUserPoolClient", "{s:s, s:s}",
		"ClientName", "app", "PreventUserExistenceErrors", "MAYBE");
	refused(*state, "InvalidParameterException", NULL, "CreateUserPoolClient", "{s:s, s:i}",
		"ClientName", "app", "AuthSessionValidity", 2);
	refused(*state, "InvalidParameterException", NULL, "CreateUserPoolClient", "{s:s, s:i}",
		"ClientName", "app", "AuthSessionValidity", 16);
	refused(*state, "InvalidParameterException", NULL, "CreateUserPoolClient", "{s:s, s:{s:i}}",
		"ClientName", "app", "TokenValidityUnits", "AccessToken", 1);
	refused(*state, "ResourceNotFoundException", "User pool local_000000000 does not exist.",
		"CreateUserPoolClient", "{s:s, s:s}", "ClientName", "app", "UserPoolId",
		"local_000000000");
	assert_int_equal(number_in(*state, "SELECT count(*) FROM clients"), 1);
}

static void a_client_belongs_to_one_pool(void **state)
{
	struct a_pool *pool = *state;
	const char *other =
		text_at(ask(pool, "CreateUserPool", "{s:s}", "PoolName", "other"), "UserPool.Id");
	static const char *const names[] = { "DescribeUserPoolClient", "DeleteUserPoolClient" };

	for (size_t i = 0; i < UP_COUNT(names); i++)
		refused(pool, "ResourceNotFoundException", NULL, names[i], "{s:s, s:s}",
			"UserPoolId", other, "ClientId", pool->client_id);
	refused(pool, "ResourceNotFoundException", NULL, "AdminInitiateAuth",
		"{s:s, s:s, s:{s:s, s:s}}", "UserPoolId", other, "AuthFlow",
		"ADMIN_USER_PASSWORD_AUTH", "AuthParameters", "USERNAME", "alice", "PASSWORD",
		PASSWORD);
}

static void clients_are_listed_in_pages(void **state)
{
	for (int i = 0; i < 2; i++)
		(void)ask(*state, "CreateUserPoolClient", "{s:s}", "ClientName", "app");
	json_t *page = ask(*state, "ListUserPoolClients", "{s:i}", "MaxResults", 2);
	assert_int_equal(json_array_size(at(page, "UserPoolClients")), 2);
	page = ask(*state, "ListUserPoolClients", "{s:i, s:s}", "MaxResults", 2, "NextToken",
		   text_at(page, "NextToken"));
	assert_int_equal(json_array_size(at(page, "UserPoolClients")), 1);
	assert_null(at(page, "NextToken"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_POOL(a_pool_is_created_described_and_deleted),
		WITH_POOL(a_deleted_pool_takes_everything_in_it_along),
		WITH_POOL(an_update_sets_back_what_it_does_not_name),
		WITH_POOL(a_policy_that_is_wrong_changes_nothing),
		WITH_POOL(the_bounds_of_a_policy_are_good),
		WITH_POOL(mfa_is_switched_and_cannot_be_required_of_nothing),
		WITH_POOL(pools_are_listed_in_pages),
		WITH_POOL(a_client_is_created_with_cognitos_defaults),
		WITH_POOL(validities_count_in_their_units_and_keep_their_bounds),
		WITH_POOL(a_client_that_is_wrong_is_refused),
		WITH_POOL(a_client_belongs_to_one_pool),
		WITH_POOL(clients_are_listed_in_pages),
	};

	return cmocka_run_group_tests(tests, pools_begin, pools_end);
}
