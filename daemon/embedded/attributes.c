/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/embedded/handlers.h"

#define BYTES_MOST  8192 /* of all names and values of a user */
#define NOT_MUTABLE "Cannot modify the non-mutable attribute %s"
#define NOT_IN_SCHEMA                                                                              \
	"Attributes did not conform to the schema: %s: Attribute does not exist in the schema."

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

static bool is_email(const char *value)
{
	const char *sign = strchr(value, '@');

	if (sign == NULL || sign == value || sign[1] == '\0' || strchr(sign + 1, '@') != NULL)
		return false;
	for (; *value != '\0'; value++)
		if ((unsigned char)*value <= ' ' || *value == 0x7f)
			return false;
	return true;
}

/* E.164: a plus and at most fifteen digits. */
static bool is_phone_number(const char *value)
{
	const size_t digits = strspn(value + (value[0] == '+'), "0123456789");

	return value[0] == '+' && digits >= 1 && digits <= 15 && value[digits + 1] == '\0';
}

static bool is_truth(const char *value)
{
	return strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
}

struct form {
	const char *name;
	bool (*is_value)(const char *value);
	const char *problem;
	const char *verified; /* what a change of it makes untrue, or NULL */
};

static const struct form forms[] = {
	{ "email", is_email, "Invalid email address format.", "email_verified" },
	{ "phone_number", is_phone_number, "Invalid phone number format.",
	  "phone_number_verified" },
	{ "email_verified", is_truth, "Invalid value for attribute email_verified.", NULL },
	{ "phone_number_verified", is_truth, "Invalid value for attribute phone_number_verified.",
	  NULL },
};

/* NULL: any value will do. */
static const struct form *form_of(const char *name)
{
	for (size_t i = 0; i < UP_COUNT(forms); i++)
		if (strcmp(forms[i].name, name) == 0)
			return &forms[i];
	return NULL;
}

static enum up_err remove_one(struct embedded *e, const char *sub, const char *name)
{
	struct query q = store_query(e->store, "DELETE FROM attributes WHERE sub = ? AND name = ?");

	query_bind_text(&q, sub);
	query_bind_text(&q, name);
	return query_run(&q);
}

/* An empty value removes the attribute, as the real service has it. */
static enum up_err set_one(struct embedded *e, const char *sub, const char *name, const char *value)
{
	if (value[0] == '\0')
		return remove_one(e, sub, name);
	struct query q = store_query(e->store, "INSERT INTO attributes (sub, name, value)"
					       " VALUES (?, ?, ?) ON CONFLICT (sub, name)"
					       " DO UPDATE SET value = excluded.value");
	query_bind_text(&q, sub);
	query_bind_text(&q, name);
	query_bind_text(&q, value);
	return query_run(&q);
}

/* Another address than the one that was verified is not. */
static enum up_err doubt(struct embedded *e, const char *sub, const struct form *form,
			 const char *value)
{
	struct query q = store_query(
		e->store, "UPDATE attributes SET value = 'false' WHERE sub = ?1 AND name = ?2"
			  " AND NOT EXISTS (SELECT 1 FROM attributes"
			  " WHERE sub = ?1 AND name = ?3 AND value = ?4)");

	query_bind_text(&q, sub);
	query_bind_text(&q, form->verified);
	query_bind_text(&q, form->name);
	query_bind_text(&q, value);
	return query_run(&q);
}

static bool check_one(const char *name, const char *value, const struct form *form,
		      struct pool_error *error)
{
	if (is_known(name) && (form == NULL || value[0] == '\0' || form->is_value(value)))
		return true;
	if (is_known(name))
		(void)refuse_parameter(error, form->problem);
	else
		(void)pool_refuse(error, "InvalidParameterException",
				  strcmp(name, "sub") == 0 ? NOT_MUTABLE : NOT_IN_SCHEMA, name);
	return false;
}

/* Inside a change: all of them have to fit into an ID token, or the user could not sign in. */
static bool fit(struct embedded *e, const char *sub, struct pool_error *error)
{
	int64_t bytes = 0;
	struct query q = store_query(
		e->store, "SELECT sum(length(CAST(name AS BLOB)) + length(CAST(value AS BLOB)))"
			  " FROM attributes WHERE sub = ?");

	query_bind_text(&q, sub);
	if (query_next(&q) == QUERY_ROW)
		bytes = query_int(&q, 0);
	enum up_err err = query_end(&q);
	if (err != UP_OK)
		(void)refuse_internal(error, err);
	else if (bytes > BYTES_MOST)
		(void)pool_refuse(error, "InvalidParameterException",
				  "The attributes of a user may have %d bytes together.",
				  BYTES_MOST);
	return err == UP_OK && bytes <= BYTES_MOST;
}

/* First what becomes doubtful, then all that is said: an admin may verify in the same request. */
bool attributes_set(struct embedded *e, const char *sub, json_t *list, struct pool_error *error)
{
	enum up_err err = UP_OK;
	json_t *attribute;
	size_t i;

	json_array_foreach (list, i, attribute) {
		const char *name = text_of(attribute, "Name"), *value = text_of(attribute, "Value");
		const struct form *form = form_of(name);

		if (!check_one(name, value, form, error))
			return false;
		if (err == UP_OK && form != NULL && form->verified != NULL)
			err = doubt(e, sub, form, value);
	}
	json_array_foreach (list, i, attribute)
		if (err == UP_OK)
			err = set_one(e, sub, text_of(attribute, "Name"),
				      text_of(attribute, "Value"));
	if (err != UP_OK)
		(void)refuse_internal(error, err);
	return err == UP_OK && fit(e, sub, error);
}

static enum up_err touch(struct embedded *e, const char *sub)
{
	struct query q = store_query(e->store, "UPDATE users SET modified = ? WHERE sub = ?");

	query_bind_int(&q, clock_wall());
	query_bind_text(&q, sub);
	return query_run(&q);
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
		enum up_err err = touch(e, user.sub);

		answer = err != UP_OK ? refuse_internal(error, err)
				      : or_internal(json_object(), error);
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

	json_array_foreach (names, i, name)
		if (strcmp(json_string_value(name), "sub") == 0)
			return pool_refuse(error, "InvalidParameterException", NOT_MUTABLE, "sub");
	if (!user_of(e, request, &pool, &user, error) || !change_begin(e, error))
		return NULL;
	json_array_foreach (names, i, name)
		if (err == UP_OK)
			err = remove_one(e, user.sub, json_string_value(name));
	if (err == UP_OK)
		err = touch(e, user.sub);
	return change_end(
		e, err != UP_OK ? refuse_internal(error, err) : or_internal(json_object(), error),
		error);
}
