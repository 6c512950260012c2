/* SPDX-License-Identifier: MIT */
#include "tests/pool/requests.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/pool/forms.h"

/* What texts of a form begin with; the rest is one letter over and over. */
static const struct {
	bool (*is_form)(const char *text);
	const char *start;
	char letter;
} forms[] = {
	{ form_is_pool_id, "a_", 'a' },
	{ form_is_digits, "", '1' },
	{ form_is_arn, "arn:aws:iam::1:", 'r' },
};

char *text_of_length(const struct field_type *type, int64_t length)
{
	const char *start = "";
	char letter = 'a', *text = calloc(1, (size_t)length + 1);

	for (size_t i = 0; i < UP_COUNT(forms); i++)
		if (type->is_form == forms[i].is_form) {
			start = forms[i].start;
			letter = forms[i].letter;
		}
	if (text == NULL)
		abort();
	memset(text, letter, (size_t)length);
	memcpy(text, start, strlen(start) < (size_t)length ? strlen(start) : (size_t)length);
	if (type->is_form == NULL || type->is_form(text))
		return text;
	free(text);
	return NULL;
}

static json_t *least_text(const struct field_type *type)
{
	for (int64_t length = type->least; length <= type->most; length++) {
		char *text = text_of_length(type, length);
		json_t *json = text != NULL ? json_string(text) : NULL;

		free(text);
		if (json != NULL)
			return json;
	}
	abort();
}

static json_t *least_value(const struct field_type *type)
{
	switch (type->kind) {
	case KIND_TEXT:
		return least_text(type);
	case KIND_INTEGER:
		return json_integer(type->least);
	case KIND_BOOLEAN:
		return json_false();
	case KIND_LIST:
	case KIND_ATTRIBUTES:
		return json_array();
	case KIND_OBJECT:
	case KIND_TEXT_MAP:
	default:
		return json_object();
	}
}

json_t *request_least(const struct operation *operation)
{
	json_t *request = json_object();

	for (size_t i = 0; i < operation->field_count; i++) {
		const struct operation_field *field = &operation->fields[i];

		if ((field->flags & FIELD_REQUIRED) != 0)
			(void)json_object_set_new(request, field->name, least_value(field->type));
	}
	return request;
}
