/* SPDX-License-Identifier: MIT */
/* userpool pool ... and userpool client ...: pools and their app clients. */
#include <stdlib.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/listing.h"

static const struct output_column pool_columns[] = {
	{ "ID", "Id", COLUMN_TEXT },
	{ "NAME", "Name", COLUMN_TEXT },
	{ "CREATED", "CreationDate", COLUMN_TIME },
	{ "CHANGED", "LastModifiedDate", COLUMN_TIME },
};

static const struct output_column client_columns[] = {
	{ "ID", "ClientId", COLUMN_TEXT },
	{ "NAME", "ClientName", COLUMN_TEXT },
};

/* {UserPoolId}: of the first argument if there is one, else of --pool or the host. */
static enum outcome pool_request(struct cli *cli, json_t **ret)
{
	if (cli->argument_count == 0)
		return api_pool_request(cli, ret);
	json_t *request = must_json(json_object());
	api_set_text(request, "UserPoolId", cli->arguments[0]);
	*ret = request;
	return OUTCOME_OK;
}

enum outcome pool_show(struct cli *cli)
{
	json_t *request = NULL;
	enum outcome outcome = pool_request(cli, &request);

	if (outcome != OUTCOME_OK)
		return outcome;
	return show_result(cli, "DescribeUserPool", request, "UserPool", NULL, 0);
}

enum outcome pool_list(struct cli *cli)
{
	static const struct api_listing listing = { "ListUserPools", "UserPools", "MaxResults",
						    "NextToken" };

	return show_listing(cli, &listing, must_json(json_object()), pool_columns,
			    UP_COUNT(pool_columns));
}

/* Sets a member of request.Policies.PasswordPolicy, whose other members stay as they are. */
static void set_policy(json_t *request, const char *key, int64_t value)
{
	json_t *policies = json_object_get(request, "Policies");

	if (!json_is_object(policies)) {
		api_set(request, "Policies", json_object());
		policies = json_object_get(request, "Policies");
	}
	json_t *policy = json_object_get(policies, "PasswordPolicy");
	if (!json_is_object(policy)) {
		api_set(policies, "PasswordPolicy", json_object());
		policy = json_object_get(policies, "PasswordPolicy");
	}
	api_set(policy, key, json_integer(value));
}

/* The options of create and update; false, and said so, if one is wrong. */
static bool apply_options(struct cli *cli, json_t *request)
{
	const char *mfa = option_value(cli, OPT_MFA), *name = option_value(cli, OPT_NAME);
	int64_t length = -1, days = -1;

	if (!option_number(cli, OPT_MIN_LENGTH, 6, 99, &length) ||
	    !option_number(cli, OPT_TEMPORARY_DAYS, 0, 365, &days))
		return false;
	if (mfa != NULL)
		api_set_text(request, "MfaConfiguration", mfa);
	if (name != NULL)
		api_set_text(request, "PoolName", name);
	if (length >= 0)
		set_policy(request, "MinimumLength", length);
	if (days >= 0)
		set_policy(request, "TemporaryPasswordValidityDays", days);
	return true;
}

enum outcome pool_create(struct cli *cli)
{
	json_t *request = must_json(json_object());

	api_set_text(request, "PoolName", cli->arguments[0]);
	if (!apply_options(cli, request)) {
		json_decref(request);
		return OUTCOME_USAGE;
	}
	return show_result(cli, "CreateUserPool", request, "UserPool", NULL, 0);
}

/* UpdateUserPool sets back what is not sent, so what is there goes along. */
static enum outcome copy_settings(struct cli *cli, json_t *request)
{
	static const char *const kept[] = { "Policies", "MfaConfiguration",
					    "AdminCreateUserConfig" };
	json_t *result = NULL;
	enum outcome outcome = api_call(cli, "DescribeUserPool", json_incref(request), &result);

	if (outcome != OUTCOME_OK)
		return outcome;
	for (size_t i = 0; i < UP_COUNT(kept); i++) {
		json_t *value = json_object_get(json_object_get(result, "UserPool"), kept[i]);

		if (value != NULL)
			api_set(request, kept[i], json_deep_copy(value));
	}
	json_decref(result);
	return OUTCOME_OK;
}

enum outcome pool_update(struct cli *cli)
{
	json_t *request = NULL;
	enum outcome outcome = pool_request(cli, &request);

	if (outcome != OUTCOME_OK)
		return outcome;
	outcome = copy_settings(cli, request);
	if (outcome == OUTCOME_OK && !apply_options(cli, request))
		outcome = OUTCOME_USAGE;
	if (outcome != OUTCOME_OK) {
		json_decref(request);
		return outcome;
	}
	const char *id = json_string_value(json_object_get(request, "UserPoolId"));
	char *copy = strdup(id != NULL ? id : "");
	if (copy == NULL)
		out_of_memory();
	outcome = api_do(cli, "UpdateUserPool", request, "updated pool", copy);
	free(copy);
	return outcome;
}

enum outcome pool_delete(struct cli *cli)
{
	json_t *request = NULL;

	if (!ask_is_sure(cli, "Delete, with all its users, pool", cli->arguments[0]))
		return OUTCOME_REFUSED;
	enum outcome outcome = pool_request(cli, &request);
	if (outcome != OUTCOME_OK)
		return outcome;
	return api_do(cli, "DeleteUserPool", request, "deleted pool", cli->arguments[0]);
}

enum outcome client_list(struct cli *cli)
{
	static const struct api_listing listing = { "ListUserPoolClients", "UserPoolClients",
						    "MaxResults", "NextToken" };
	json_t *request = NULL;
	enum outcome outcome = api_pool_request(cli, &request);

	if (outcome != OUTCOME_OK)
		return outcome;
	return show_listing(cli, &listing, request, client_columns, UP_COUNT(client_columns));
}

enum outcome client_show(struct cli *cli)
{
	json_t *request = NULL;
	enum outcome outcome = api_pool_request(cli, &request);

	if (outcome != OUTCOME_OK)
		return outcome;
	api_set_text(request, "ClientId", cli->arguments[0]);
	return show_result(cli, "DescribeUserPoolClient", request, "UserPoolClient", NULL, 0);
}

enum outcome client_create(struct cli *cli)
{
	json_t *request = NULL, *flows;
	enum outcome outcome = api_pool_request(cli, &request);
	const char *flow;
	size_t cursor = 0;

	if (outcome != OUTCOME_OK)
		return outcome;
	api_set_text(request, "ClientName", cli->arguments[0]);
	flows = must_json(json_array());
	while ((flow = option_next(cli, OPT_FLOW, &cursor)) != NULL)
		if (json_array_append_new(flows, must_json(json_string(flow))) < 0)
			out_of_memory();
	if (json_array_size(flows) > 0)
		api_set(request, "ExplicitAuthFlows", flows);
	else
		json_decref(flows);
	return show_result(cli, "CreateUserPoolClient", request, "UserPoolClient", NULL, 0);
}

enum outcome client_delete(struct cli *cli)
{
	json_t *request = NULL;

	if (!ask_is_sure(cli, "Delete app client", cli->arguments[0]))
		return OUTCOME_REFUSED;
	enum outcome outcome = api_pool_request(cli, &request);
	if (outcome != OUTCOME_OK)
		return outcome;
	api_set_text(request, "ClientId", cli->arguments[0]);
	return api_do(cli, "DeleteUserPoolClient", request, "deleted app client",
		      cli->arguments[0]);
}
