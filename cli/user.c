/* SPDX-License-Identifier: MIT */
/* userpool user ...: the pool's users, as an admin sees them. */
#include <stdio.h>
#include <string.h>

#include "cli/api.h"
#include "cli/ask.h"
#include "cli/attributes.h"
#include "cli/listing.h"
#include "cli/output.h"
#include "common/localdb.h"
#include "common/names.h"

static const struct output_column user_columns[] = {
	{ "NAME", "Username", COLUMN_TEXT },          { "STATUS", "UserStatus", COLUMN_TEXT },
	{ "ENABLED", "Enabled", COLUMN_TEXT },        { "EMAIL", "email", COLUMN_ATTRIBUTE },
	{ "CREATED", "UserCreateDate", COLUMN_TIME },
};

static const struct output_column user_fields[] = {
	{ "Name", "Username", COLUMN_TEXT },
	{ "Status", "UserStatus", COLUMN_TEXT },
	{ "Enabled", "Enabled", COLUMN_TEXT },
	{ "Second factors", "UserMFASettingList", COLUMN_LIST },
	{ "Preferred factor", "PreferredMfaSetting", COLUMN_TEXT },
	{ "Created", "UserCreateDate", COLUMN_TIME },
	{ "Changed", "UserLastModifiedDate", COLUMN_TIME },
};

static const struct output_column group_columns[] = {
	{ "GROUP", "GroupName", COLUMN_TEXT },
	{ "PRECEDENCE", "Precedence", COLUMN_TEXT },
	{ "ROLE", "RoleArn", COLUMN_TEXT },
	{ "DESCRIPTION", "Description", COLUMN_TEXT },
};

/* {UserPoolId, Username: the first argument}. */
static enum outcome user_request(struct cli *cli, json_t **ret)
{
	enum outcome outcome = api_pool_request(cli, ret);

	if (outcome == OUTCOME_OK)
		api_set_text(*ret, "Username", cli->arguments[0]);
	return outcome;
}

static enum outcome user_act(struct cli *cli, const char *operation, const char *done)
{
	json_t *request = NULL;
	enum outcome outcome = user_request(cli, &request);

	if (outcome != OUTCOME_OK)
		return outcome;
	return api_do(cli, operation, request, done, cli->arguments[0]);
}

static enum outcome set_password(struct cli *cli, const char *password, bool is_permanent)
{
	json_t *request = NULL;
	enum outcome outcome = user_request(cli, &request);

	if (outcome != OUTCOME_OK)
		return outcome;
	api_set_text(request, "Password", password);
	api_set(request, "Permanent", json_boolean(is_permanent));
	return api_call(cli, "AdminSetUserPassword", request, NULL);
}

/* The attributes of the options; false, and said so, if one is wrong. */
static bool collect_attributes(const struct cli *cli, json_t *list)
{
	const char *email = option_value(cli, OPT_EMAIL), *word;
	size_t cursor = 0;

	if (email != NULL &&
	    json_array_append_new(
		    list, must_json(json_pack("{s:s, s:s?}", "Name", "email", "Value", email))) < 0)
		out_of_memory();
	while ((word = option_next(cli, OPT_ATTRIBUTE, &cursor)) != NULL)
		if (!attribute_add(cli, list, word))
			return false;
	return true;
}

static enum outcome join_groups(struct cli *cli)
{
	const char *group;
	size_t cursor = 0;

	while ((group = option_next(cli, OPT_GROUP, &cursor)) != NULL) {
		json_t *request = NULL;
		enum outcome outcome = user_request(cli, &request);

		if (outcome != OUTCOME_OK)
			return outcome;
		api_set_text(request, "GroupName", group);
		outcome = api_call(cli, "AdminAddUserToGroup", request, NULL);
		if (outcome != OUTCOME_OK) {
			output_hint("The user was created, but is not in this group");
			return outcome;
		}
	}
	return OUTCOME_OK;
}

/* A pool takes names that no host can; who gives one should hear of it now. */
static void warn_of_name(const char *name)
{
	char folded[UP_LOGIN_NAME_SIZE];

	if (!up_login_name_fold(name, folded))
		output_hint(
			"This user cannot sign in to hosts: a login name has at most 32 of a-z, "
			"0-9, _ and -, and begins with a letter or _");
	else if (up_local_find_name(UP_LOCAL_PASSWD, folded, NULL) == UP_LOCAL_YES)
		output_hint(
			"This user cannot sign in here: the host has a local user of that name");
}

/* Where the first password comes from. */
enum first_password { PASSWORD_MADE_UP, PASSWORD_TEMPORARY, PASSWORD_PERMANENT };

static enum outcome report_created(struct cli *cli, json_t *created, enum first_password kind,
				   const char *password)
{
	if (option_is_given(cli, OPT_JSON)) {
		if (kind == PASSWORD_MADE_UP)
			api_set_text(created, "TemporaryPassword", password);
		output_json(created);
		return OUTCOME_OK;
	}
	output_note(cli, "created user %s", cli->arguments[0]);
	if (kind == PASSWORD_MADE_UP)
		(void)printf("temporary password: %s\n", password);
	return OUTCOME_OK;
}

static enum outcome create_with(struct cli *cli, json_t *attributes, enum first_password kind,
				const char *password)
{
	json_t *request = NULL, *created = NULL;
	enum outcome outcome = user_request(cli, &request);

	if (outcome != OUTCOME_OK)
		return outcome;
	if (json_array_size(attributes) > 0)
		api_set(request, "UserAttributes", json_incref(attributes));
	api_set_text(request, "TemporaryPassword", password);
	/* Whoever runs this hands the password over; nobody is written to. */
	api_set_text(request, "MessageAction", "SUPPRESS");
	outcome = api_call(cli, "AdminCreateUser", request, &created);
	if (outcome != OUTCOME_OK)
		return outcome;
	if (kind == PASSWORD_PERMANENT) {
		outcome = set_password(cli, password, true);
		if (outcome != OUTCOME_OK)
			output_hint("The user was created; the password is still a temporary one");
	}
	if (outcome == OUTCOME_OK)
		outcome = join_groups(cli);
	enum outcome reported = report_created(cli, created, kind, password);
	warn_of_name(cli->arguments[0]);
	json_decref(created);
	return outcome != OUTCOME_OK ? outcome : reported;
}

enum outcome user_create(struct cli *cli)
{
	bool is_temporary = option_is_given(cli, OPT_TEMPORARY_STDIN);
	bool is_permanent = option_is_given(cli, OPT_PASSWORD_STDIN);
	enum first_password kind = is_permanent   ? PASSWORD_PERMANENT
				   : is_temporary ? PASSWORD_TEMPORARY
						  : PASSWORD_MADE_UP;
	char password[ASK_PASSWORD_SIZE] = "";

	if (is_temporary && is_permanent) {
		output_error(cli, "there can be one password only");
		return OUTCOME_USAGE;
	}
	json_t *attributes = must_json(json_array());
	enum outcome outcome = collect_attributes(cli, attributes) ? OUTCOME_OK : OUTCOME_USAGE;
	if (outcome == OUTCOME_OK)
		outcome = kind == PASSWORD_MADE_UP ? make_password(cli, password)
						   : ask_new_password(cli, true, password);
	if (outcome == OUTCOME_OK)
		outcome = create_with(cli, attributes, kind, password);
	explicit_bzero(password, sizeof(password));
	json_decref(attributes);
	return outcome;
}

enum outcome user_get(struct cli *cli)
{
	json_t *request = NULL, *user = NULL;
	enum outcome outcome = user_request(cli, &request);

	if (outcome == OUTCOME_OK)
		outcome = api_call(cli, "AdminGetUser", request, &user);
	if (outcome != OUTCOME_OK)
		return outcome;
	if (option_is_given(cli, OPT_JSON)) {
		output_json(user);
	} else {
		output_fields(user_fields, UP_COUNT(user_fields), user);
		output_attributes(json_object_get(user, "UserAttributes"));
	}
	json_decref(user);
	return OUTCOME_OK;
}

enum outcome user_list(struct cli *cli)
{
	static const struct api_listing listing = { "ListUsers", "Users", "Limit",
						    "PaginationToken" };
	const char *filter = option_value(cli, OPT_FILTER);
	json_t *request = NULL;
	enum outcome outcome = api_pool_request(cli, &request);

	if (outcome != OUTCOME_OK)
		return outcome;
	if (filter != NULL)
		api_set_text(request, "Filter", filter);
	return show_listing(cli, &listing, request, user_columns, UP_COUNT(user_columns));
}

enum outcome user_groups(struct cli *cli)
{
	static const struct api_listing listing = { "AdminListGroupsForUser", "Groups", "Limit",
						    "NextToken" };
	json_t *request = NULL;
	enum outcome outcome = user_request(cli, &request);

	if (outcome != OUTCOME_OK)
		return outcome;
	return show_listing(cli, &listing, request, group_columns, UP_COUNT(group_columns));
}

static enum outcome set_attributes(struct cli *cli)
{
	json_t *request = NULL, *list = must_json(json_array());
	enum outcome outcome = OUTCOME_OK;

	for (int i = 1; i < cli->argument_count && outcome == OUTCOME_OK; i++)
		if (!attribute_add(cli, list, cli->arguments[i]))
			outcome = OUTCOME_USAGE;
	if (outcome == OUTCOME_OK)
		outcome = user_request(cli, &request);
	if (outcome != OUTCOME_OK) {
		json_decref(list);
		return outcome;
	}
	api_set(request, "UserAttributes", list);
	return api_do(cli, "AdminUpdateUserAttributes", request, "updated user", cli->arguments[0]);
}

static enum outcome remove_attributes(struct cli *cli)
{
	json_t *request = NULL, *names = must_json(json_array());
	enum outcome outcome = user_request(cli, &request);
	const char *name;
	size_t cursor = 0;

	while ((name = option_next(cli, OPT_REMOVE, &cursor)) != NULL)
		if (json_array_append_new(names, must_json(json_string(name))) < 0)
			out_of_memory();
	if (outcome != OUTCOME_OK) {
		json_decref(names);
		return outcome;
	}
	api_set(request, "UserAttributeNames", names);
	return api_do(cli, "AdminDeleteUserAttributes", request, "removed attributes of user",
		      cli->arguments[0]);
}

enum outcome user_update(struct cli *cli)
{
	bool removes = option_is_given(cli, OPT_REMOVE);
	enum outcome outcome = OUTCOME_OK;

	if (cli->argument_count < 2 && !removes) {
		output_error(cli, "nothing to change: give KEY=VALUE or --remove KEY");
		return OUTCOME_USAGE;
	}
	if (cli->argument_count > 1)
		outcome = set_attributes(cli);
	if (outcome == OUTCOME_OK && removes)
		outcome = remove_attributes(cli);
	return outcome;
}

enum outcome user_delete(struct cli *cli)
{
	if (!ask_is_sure(cli, "Delete user", cli->arguments[0]))
		return OUTCOME_REFUSED;
	return user_act(cli, "AdminDeleteUser", "deleted user");
}

enum outcome user_enable(struct cli *cli)
{
	return user_act(cli, "AdminEnableUser", "enabled user");
}

enum outcome user_disable(struct cli *cli)
{
	return user_act(cli, "AdminDisableUser", "disabled user");
}

enum outcome user_sign_out(struct cli *cli)
{
	return user_act(cli, "AdminUserGlobalSignOut", "revoked all tokens of user");
}

enum outcome user_set_password(struct cli *cli)
{
	char password[ASK_PASSWORD_SIZE] = "";
	enum outcome outcome = ask_new_password(cli, option_is_given(cli, OPT_STDIN), password);

	if (outcome == OUTCOME_OK)
		outcome = set_password(cli, password, !option_is_given(cli, OPT_TEMPORARY));
	explicit_bzero(password, sizeof(password));
	if (outcome == OUTCOME_OK)
		output_note(cli, "set the password of user %s", cli->arguments[0]);
	return outcome;
}
