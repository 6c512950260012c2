/* SPDX-License-Identifier: MIT */
/* What concerns this host: status, sync, names, explanations, sessions, the own password. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/listing.h"

enum outcome host_status(struct cli *cli)
{
	return show_result(cli, "GetHostStatus", NULL, NULL, NULL, 0);
}

enum outcome host_sync(struct cli *cli)
{
	return show_result(cli, "SyncIdentities", NULL, NULL, NULL, 0);
}

static const struct output_column id_fields[] = {
	{ "Name", "Username", COLUMN_TEXT },     { "Uid", "Uid", COLUMN_TEXT },
	{ "Gid", "Gid", COLUMN_TEXT },           { "Home", "Home", COLUMN_TEXT },
	{ "Shell", "Shell", COLUMN_TEXT },       { "Enabled", "Enabled", COLUMN_TEXT },
	{ "Status", "UserStatus", COLUMN_TEXT },
};

static const struct output_column id_groups[] = {
	{ "GROUP", "GroupName", COLUMN_TEXT },
	{ "GID", "Gid", COLUMN_TEXT },
};

enum outcome host_id(struct cli *cli)
{
	json_t *request = must_json(json_object()), *user = NULL;

	api_set_text(request, "Username", cli->arguments[0]);
	enum outcome outcome = api_call(cli, "GetHostUser", request, &user);
	if (outcome != OUTCOME_OK)
		return outcome;
	if (option_is_given(cli, OPT_JSON)) {
		output_json(user);
	} else {
		json_t *groups = json_object_get(user, "Groups");

		output_fields(id_fields, UP_COUNT(id_fields), user);
		if (json_array_size(groups) > 0)
			output_table(id_groups, UP_COUNT(id_groups), groups);
	}
	json_decref(user);
	return OUTCOME_OK;
}

static const struct output_column explain_fields[] = {
	{ "User", "Username", COLUMN_TEXT },   { "Service", "Service", COLUMN_TEXT },
	{ "Factors", "Factors", COLUMN_TEXT }, { "Verdict", "Verdict", COLUMN_TEXT },
	{ "Reason", "Reason", COLUMN_TEXT },
};

enum outcome host_explain(struct cli *cli)
{
	json_t *request = must_json(json_object()), *result = NULL, *step;
	size_t i;

	api_set_text(request, "Username", cli->arguments[0]);
	api_set_text(request, "Service", cli->arguments[1]);
	enum outcome outcome = api_call(cli, "ExplainLogin", request, &result);
	if (outcome != OUTCOME_OK)
		return outcome;
	if (option_is_given(cli, OPT_JSON)) {
		output_json(result);
	} else {
		output_fields(explain_fields, UP_COUNT(explain_fields), result);
		json_array_foreach (json_object_get(result, "Steps"), i, step) {
			const char *text = json_string_value(step);
			char *escaped = output_escape(text != NULL ? text : "", ESCAPE_LINE);

			(void)printf("%2zu. %s\n", i + 1, escaped);
			free(escaped);
		}
	}
	json_decref(result);
	return OUTCOME_OK;
}

static const struct output_column session_columns[] = {
	{ "ID", "SessionId", COLUMN_TEXT },    { "USER", "Username", COLUMN_TEXT },
	{ "SERVICE", "Service", COLUMN_TEXT }, { "FROM", "Rhost", COLUMN_TEXT },
	{ "TTY", "Tty", COLUMN_TEXT },         { "SINCE", "Since", COLUMN_TIME },
	{ "PID", "LeaderPid", COLUMN_TEXT },
};

enum outcome session_list(struct cli *cli)
{
	json_t *result = NULL;
	enum outcome outcome = api_call(cli, "ListHostSessions", NULL, &result);

	if (outcome != OUTCOME_OK)
		return outcome;
	if (option_is_given(cli, OPT_JSON))
		output_json(result);
	else
		output_table(session_columns, UP_COUNT(session_columns),
			     json_object_get(result, "Sessions"));
	json_decref(result);
	return OUTCOME_OK;
}

enum outcome session_close(struct cli *cli)
{
	json_t *request = must_json(json_object());

	api_set_text(request, "SessionId", cli->arguments[0]);
	return api_do(cli, "CloseHostSession", request, "closed session", cli->arguments[0]);
}

enum outcome host_passwd(struct cli *cli)
{
	char before[ASK_PASSWORD_SIZE] = "", after[ASK_PASSWORD_SIZE] = "";
	bool from_stdin = option_is_given(cli, OPT_STDIN);
	enum outcome outcome =
		ask_line(cli, from_stdin, "Current password: ", false, before, sizeof(before));

	if (outcome == OUTCOME_OK)
		outcome = ask_new_password(cli, from_stdin, after);
	if (outcome == OUTCOME_OK) {
		json_t *request = must_json(json_object());

		api_set_text(request, "PreviousPassword", before);
		api_set_text(request, "ProposedPassword", after);
		outcome = api_call(cli, "ChangePassword", request, NULL);
	}
	explicit_bzero(before, sizeof(before));
	explicit_bzero(after, sizeof(after));
	if (outcome == OUTCOME_OK)
		output_note(cli, "the password is changed");
	return outcome;
}
