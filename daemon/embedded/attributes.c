/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "daemon/embedded/handlers.h"

/* Cognito's standard attributes; `sub` is the pool's own. */
static const char *const standard[] = {
	"name",
	"given_name",
	"family_name",
	"middle_name",
	"nickname",
	"preferred_username",
	"profile",
	"picture",
	"website",
	"email",
	"email_verified",
	"gender",
	"birthdate",
	"zoneinfo",
	"locale",
	"phone_number",
	"address",
	"updated_at",
	"phone_number_verified",
};

static bool is_known(const char *name)
{
	if (strncmp(name, "custom:", 7) == 0)
		return name[7] != '\0';
	for (size_t i = 0; i < UP_COUNT(standard); i++)
		if (strcmp(standard[i], name) == 0)
			return true;
	return false;
}

static bool append(json_t *list, const char *name, const char *value)
{
	return json_array_append_new(list, json_pack("{s:s, s:s}", "Name", name, "Value", value)) ==
	       0;
}

json_t *attributes_list(struct embedded *e, const char *sub)
{
	json_t *list = json_array();
	bool ok = append(list, "sub", sub);
	struct query q = store_query(
		e->store, "SELECT name, value FROM attributes WHERE sub = ? ORDER BY name");

	query_bind_text(&q, sub);
	while (ok && query_next(&q) == QUERY_ROW)
		ok = append(list, query_text(&q, 0), query_text(&q, 1));
	if (query_end(&q) == UP_OK && ok)
		return list;
	json_decref(list);
	return NULL;
}

static enum up_err set_one(struct embedded *e, const char *sub, const char *name, const char *value)
{
	struct query q = store_query(e->store, "INSERT INTO attributes (sub, name, value)"
					       " VALUES (?, ?, ?) ON CONFLICT (sub, name)"
					       " DO UPDATE SET value = excluded.value");

	query_bind_text(&q, sub);
	query_bind_text(&q, name);
	query_bind_text(&q, value);
	return query_run(&q);
}

bool attributes_set(struct embedded *e, const char *sub, json_t *list, struct pool_error *error)
{
	json_t *attribute;
	size_t i;

	json_array_foreach (list, i, attribute) {
		const char *name = text_of(attribute, "Name");

		if (!is_known(name)) {
			(void)pool_refuse(error, "InvalidParameterException",
					  strcmp(name, "sub") == 0
						  ? "Cannot modify the non-mutable attribute %s"
						  : "Attributes did not conform to the schema: %s: "
						    "Attribute does not exist in the schema.",
					  name);
			return false;
		}
		enum up_err err = set_one(e, sub, name, text_of(attribute, "Value"));
		if (err != UP_OK) {
			(void)refuse_internal(error, err);
			return false;
		}
	}
	return true;
}

json_t *admin_update_user_attributes(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	struct pool_row pool;
	struct user_row user;

	if (!user_of(e, request, &pool, &user, error) || !change_begin(e, error))
		return NULL;
	json_t *answer = NULL;
	if (attributes_set(e, user.sub, member_of(request, "UserAttributes"), error)) {
		struct query q = store_query(
			e->store, "UPDATE users SET modified = unixepoch() WHERE sub = ?");

		query_bind_text(&q, user.sub);
		answer = run_statement(&q, error);
	}
	return change_end(e, answer, error);
}

json_t *admin_delete_user_attributes(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	json_t *names = member_of(request, "UserAttributeNames"), *name;
	enum up_err err = UP_OK;
	struct pool_row pool;
	struct user_row user;
	size_t i;

	if (!user_of(e, request, &pool, &user, error) || !change_begin(e, error))
		return NULL;
	json_array_foreach (names, i, name) {
		struct query q =
			store_query(e->store, "DELETE FROM attributes WHERE sub = ? AND name = ?");

		query_bind_text(&q, user.sub);
		query_bind_text(&q, json_string_value(name));
		err = query_run(&q);
		if (err != UP_OK)
			break;
	}
	return change_end(
		e, err != UP_OK ? refuse_internal(error, err) : or_internal(json_object(), error),
		error);
}
