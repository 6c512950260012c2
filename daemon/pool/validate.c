/* SPDX-License-Identifier: MIT */
/* A request against its row, with the words of Cognito's InvalidParameterException. */
#include <stdio.h>
#include <string.h>

#include "daemon/pool/operations.h"

#define ATTRIBUTE_NAME_MAX  32
#define ATTRIBUTE_VALUE_MAX 2048
#define MAP_VALUE_MAX       131072

struct complaint {
	const struct operation_field *field;
	char *message;
	size_t size;
};

/* The member as the service prints it: the first letter is small. */
static void camel_case(const char *name, char out[64])
{
	(void)snprintf(out, 64, "%s", name);
	if (out[0] >= 'A' && out[0] <= 'Z')
		out[0] = (char)(out[0] - 'A' + 'a');
}

/* `left` and `right` stand around the value; NULL or a secret: it is not shown. */
static enum up_err complain_around(const struct complaint *c, const char *left, const char *value,
				   const char *right, const char *constraint)
{
	const bool is_shown = value != NULL && (c->field->flags & FIELD_SECRET) == 0;
	char name[64];

	camel_case(c->field->name, name);
	(void)snprintf(c->message, c->size,
		       "1 validation error detected: Value%s%s%s at '%s' failed to satisfy "
		       "constraint: Member must %s",
		       is_shown ? left : "", is_shown ? value : "", is_shown ? right : "", name,
		       constraint);
	return UP_ERR_MALFORMED;
}

static enum up_err complain(const struct complaint *c, const char *value, const char *constraint)
{
	return complain_around(c, " '", value, "'", constraint);
}

static enum up_err complain_of_size(const struct complaint *c, const char *value, const char *what,
				    const char *bound, int64_t limit)
{
	char constraint[128];

	(void)snprintf(constraint, sizeof(constraint), "have %s %s than or equal to %lld", what,
		       bound, (long long)limit);
	return complain(c, value, constraint);
}

/* UTF-8 characters; jansson has checked the encoding. */
static int64_t count_characters(const char *text)
{
	int64_t count = 0;

	for (; *text != '\0'; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

/* A NUL inside would make two texts of one. */
static bool is_plain_text(json_t *value)
{
	return json_is_string(value) &&
	       strlen(json_string_value(value)) == json_string_length(value);
}

static enum up_err check_text(const struct complaint *c, json_t *value)
{
	const struct field_type *type = c->field->type;
	char constraint[160];

	if (!is_plain_text(value))
		return complain(c, NULL, "be a string");
	const char *text = json_string_value(value);
	int64_t length = count_characters(text);
	if (length < type->least)
		return complain_of_size(c, text, "length", "greater", type->least);
	if (length > type->most)
		return complain_of_size(c, NULL, "length", "less", type->most);
	if (type->is_form == NULL || type->is_form(text))
		return UP_OK;
	(void)snprintf(constraint, sizeof(constraint), "satisfy regular expression pattern: %s",
		       type->pattern);
	return complain(c, NULL, constraint);
}

static enum up_err check_integer(const struct complaint *c, json_t *value)
{
	char text[32];

	if (!json_is_integer(value))
		return complain(c, NULL, "be an integer");
	int64_t number = json_integer_value(value);
	(void)snprintf(text, sizeof(text), "%lld", (long long)number);
	if (number < c->field->type->least)
		return complain_of_size(c, text, "value", "greater", c->field->type->least);
	if (number > c->field->type->most)
		return complain_of_size(c, text, "value", "less", c->field->type->most);
	return UP_OK;
}

static enum up_err check_size(const struct complaint *c, size_t size)
{
	if ((int64_t)size < c->field->type->least)
		return complain_of_size(c, NULL, "length", "greater", c->field->type->least);
	if ((int64_t)size > c->field->type->most)
		return complain_of_size(c, NULL, "length", "less", c->field->type->most);
	return UP_OK;
}

static enum up_err check_object(const struct complaint *c, json_t *value)
{
	if (!json_is_object(value))
		return complain(c, NULL, "be an object");
	return check_size(c, json_object_size(value));
}

static enum up_err check_map(const struct complaint *c, json_t *value)
{
	const char *key;
	json_t *member;

	UP_TRY(check_object(c, value));
	json_object_foreach (value, key, member)
		if (!is_plain_text(member) || json_string_length(member) > MAP_VALUE_MAX)
			return complain(c, NULL, "be a map of strings");
	return UP_OK;
}

static enum up_err check_list(const struct complaint *c, json_t *value)
{
	json_t *element;
	size_t i;

	if (!json_is_array(value))
		return complain(c, NULL, "be a list");
	json_array_foreach (value, i, element)
		if (!is_plain_text(element))
			return complain(c, NULL, "be a list of strings");
	return check_size(c, json_array_size(value));
}

static bool is_attribute(json_t *element)
{
	json_t *name = json_object_get(element, "Name"), *value = json_object_get(element, "Value");

	return is_plain_text(name) && json_string_length(name) >= 1 &&
	       json_string_length(name) <= ATTRIBUTE_NAME_MAX &&
	       (value == NULL || (is_plain_text(value) && count_characters(json_string_value(
								  value)) <= ATTRIBUTE_VALUE_MAX));
}

static enum up_err check_attributes(const struct complaint *c, json_t *value)
{
	json_t *element;
	size_t i;

	if (!json_is_array(value))
		return complain(c, NULL, "be a list");
	json_array_foreach (value, i, element)
		if (!is_attribute(element))
			return complain(c, NULL, "be a list of {Name, Value} within their limits");
	return check_size(c, json_array_size(value));
}

static enum up_err check_field(const struct complaint *c, json_t *value)
{
	switch (c->field->type->kind) {
	case KIND_TEXT:
		return check_text(c, value);
	case KIND_INTEGER:
		return check_integer(c, value);
	case KIND_BOOLEAN:
		return json_is_boolean(value) ? UP_OK : complain(c, NULL, "be a boolean");
	case KIND_TEXT_MAP:
		return check_map(c, value);
	case KIND_LIST:
		return check_list(c, value);
	case KIND_ATTRIBUTES:
		return check_attributes(c, value);
	case KIND_OBJECT:
	default:
		return check_object(c, value);
	}
}

enum up_err operation_validate(const struct operation *operation, json_t *request, char *message,
			       size_t size)
{
	for (size_t i = 0; i < operation->field_count; i++) {
		const struct complaint c = { &operation->fields[i], message, size };
		json_t *value = json_object_get(request, c.field->name);

		if (value != NULL && !json_is_null(value))
			UP_TRY(check_field(&c, value));
		else if ((c.field->flags & FIELD_REQUIRED) != 0)
			return complain_around(&c, " ", "null", "", "not be null");
	}
	return UP_OK;
}
