/* SPDX-License-Identifier: MIT */
/* A user of Cognito's JSON as a record. */
#include <string.h>

#include "daemon/identity/internal.h"

static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

/* NULL: it is not there.  "": it is no text, which is no sub, no name and no number either. */
static const char *attribute(json_t *list, const char *name)
{
	json_t *entry;
	size_t i;

	json_array_foreach (list, i, entry)
		if (strcmp(text_of(entry, "Name"), name) == 0)
			return text_of(entry, "Value");
	return NULL;
}

/* A text that does not fit is none. */
static void copy_or_empty(char *out, size_t size, const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;

	if (len >= size)
		len = 0;
	if (len > 0)
		memcpy(out, text, len);
	out[len] = '\0';
}

const char *identity_sub_of(json_t *record, const char *attributes)
{
	const char *sub = attribute(json_object_get(record, attributes), "sub");

	return sub != NULL ? sub : "";
}

enum up_err identity_put_user(const struct records *r, json_t *record, const char *attributes)
{
	json_t *list = json_object_get(record, attributes);
	const char *wish = attribute(list, "custom:uid");
	char sub[UUID_SIZE], name[UP_USER_FIELD_SIZE], gecos[UP_GECOS_SIZE], uid[32], status[32];
	const struct record_user user = { .sub = sub,
					  .pool_name = name,
					  .gecos = gecos,
					  .status = status,
					  .wish = wish != NULL ? uid : NULL,
					  .enabled = json_is_true(
						  json_object_get(record, "Enabled")) };

	copy_or_empty(sub, sizeof(sub), identity_sub_of(record, attributes));
	copy_or_empty(name, sizeof(name), text_of(record, "Username"));
	copy_or_empty(gecos, sizeof(gecos), attribute(list, "name"));
	copy_or_empty(uid, sizeof(uid), wish);
	copy_or_empty(status, sizeof(status), text_of(record, "UserStatus"));
	return records_put_user(r, &user);
}
