/* SPDX-License-Identifier: MIT */
/* userpool group ...: groups and memberships. */
#include "cli/ask.h"
#include "cli/listing.h"

static const struct output_column group_columns[] = {
	{ "GROUP", "GroupName", COLUMN_TEXT },
	{ "PRECEDENCE", "Precedence", COLUMN_TEXT },
	{ "ROLE", "RoleArn", COLUMN_TEXT },
	{ "DESCRIPTION", "Description", COLUMN_TEXT },
};

static const struct output_column group_fields[] = {
	{ "Group", "GroupName", COLUMN_TEXT },       { "Description", "Description", COLUMN_TEXT },
	{ "Precedence", "Precedence", COLUMN_TEXT }, { "Role", "RoleArn", COLUMN_TEXT },
	{ "Created", "CreationDate", COLUMN_TIME },  { "Changed", "LastModifiedDate", COLUMN_TIME },
};

static const struct output_column member_columns[] = {
	{ "NAME", "Username", COLUMN_TEXT },
	{ "STATUS", "UserStatus", COLUMN_TEXT },
	{ "ENABLED", "Enabled", COLUMN_TEXT },
};

/* {UserPoolId, GroupName: the first argument}. */
static enum outcome group_request(struct cli *cli, json_t **ret)
{
	enum outcome outcome = api_pool_request(cli, ret);

	if (outcome == OUTCOME_OK)
		api_set_text(*ret, "GroupName", cli->arguments[0]);
	return outcome;
}

static enum outcome group_write(struct cli *cli, const char *operation, const char *done)
{
	const char *description = option_value(cli, OPT_DESCRIPTION);
	const char *role = option_value(cli, OPT_ROLE);
	int64_t precedence = -1;
	json_t *request = NULL;

	if (!option_number(cli, OPT_PRECEDENCE, 0, INT32_MAX, &precedence))
		return OUTCOME_USAGE;
	enum outcome outcome = group_request(cli, &request);
	if (outcome != OUTCOME_OK)
		return outcome;
	if (description != NULL)
		api_set_text(request, "Description", description);
	if (role != NULL)
		api_set_text(request, "RoleArn", role);
	if (precedence >= 0)
		api_set(request, "Precedence", json_integer(precedence));
	return api_do(cli, operation, request, done, cli->arguments[0]);
}

enum outcome group_create(struct cli *cli)
{
	return group_write(cli, "CreateGroup", "created group");
}

enum outcome group_update(struct cli *cli)
{
	return group_write(cli, "UpdateGroup", "updated group");
}

enum outcome group_get(struct cli *cli)
{
	json_t *request = NULL;
	enum outcome outcome = group_request(cli, &request);

	if (outcome != OUTCOME_OK)
		return outcome;
	return show_result(cli, "GetGroup", request, "Group", group_fields, UP_COUNT(group_fields));
}

enum outcome group_list(struct cli *cli)
{
	static const struct api_listing listing = { "ListGroups", "Groups", "Limit", "NextToken" };
	json_t *request = NULL;
	enum outcome outcome = api_pool_request(cli, &request);

	if (outcome != OUTCOME_OK)
		return outcome;
	return show_listing(cli, &listing, request, group_columns, UP_COUNT(group_columns));
}

enum outcome group_members(struct cli *cli)
{
	static const struct api_listing listing = { "ListUsersInGroup", "Users", "Limit",
						    "NextToken" };
	json_t *request = NULL;
	enum outcome outcome = group_request(cli, &request);

	if (outcome != OUTCOME_OK)
		return outcome;
	return show_listing(cli, &listing, request, member_columns, UP_COUNT(member_columns));
}

enum outcome group_delete(struct cli *cli)
{
	json_t *request = NULL;

	if (!ask_is_sure(cli, "Delete group", cli->arguments[0]))
		return OUTCOME_REFUSED;
	enum outcome outcome = group_request(cli, &request);
	if (outcome != OUTCOME_OK)
		return outcome;
	return api_do(cli, "DeleteGroup", request, "deleted group", cli->arguments[0]);
}

static enum outcome change_membership(struct cli *cli, const char *operation, const char *done)
{
	json_t *request = NULL;
	enum outcome outcome = group_request(cli, &request);

	if (outcome != OUTCOME_OK)
		return outcome;
	api_set_text(request, "Username", cli->arguments[1]);
	return api_do(cli, operation, request, done, cli->arguments[1]);
}

enum outcome group_add(struct cli *cli)
{
	return change_membership(cli, "AdminAddUserToGroup", "added user");
}

enum outcome group_remove(struct cli *cli)
{
	return change_membership(cli, "AdminRemoveUserFromGroup", "removed user");
}
