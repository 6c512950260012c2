/* SPDX-License-Identifier: MIT */
/* Every field of every operation against its row: the cases are made from the table itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/pool/forms.h"
#include "tests/lib/testing.h"
#include "tests/pool/requests.h"

#define MESSAGE_SIZE 1025

/* What is tried of one field; the messages of failures say which. */
struct trial {
	const struct operation *operation;
	const struct operation_field *field;
	char message[MESSAGE_SIZE];
};

/* The least request with `value` (taken over) for the field. */
static bool is_taken(struct trial *trial, json_t *value)
{
	json_t *request = request_least(trial->operation);

	(void)json_object_set_new(request, trial->field->name, value);
	enum up_err err = operation_validate(trial->operation, request, trial->message,
					     sizeof(trial->message));
	json_decref(request);
	assert_true(err == UP_OK || err == UP_ERR_MALFORMED);
	if (err != UP_OK)
		assert_non_null(strstr(trial->message, "1 validation error detected: Value"));
	return err == UP_OK;
}

static void expect(struct trial *trial, bool is_good, const char *what, json_t *value)
{
	if (is_taken(trial, value) != is_good)
		fail_msg("%s.%s: %s was %s", trial->operation->name, trial->field->name, what,
			 is_good ? "refused" : "taken");
}

static void each_field(void (*test)(struct trial *trial))
{
	for (size_t i = 0; i < operation_count; i++)
		for (size_t j = 0; j < operations[i].field_count; j++) {
			struct trial trial = { .operation = &operations[i],
					       .field = &operations[i].fields[j] };

			test(&trial);
		}
}

static void try_least(struct trial *trial)
{
	json_t *request = request_least(trial->operation);

	if (operation_validate(trial->operation, request, trial->message, sizeof(trial->message)) !=
	    UP_OK)
		fail_msg("%s: %s", trial->operation->name, trial->message);
	/* What the table does not know is not looked at. */
	(void)json_object_set_new(request, "NoSuchField", json_integer(1));
	assert_int_equal(operation_validate(trial->operation, request, trial->message,
					    sizeof(trial->message)),
			 UP_OK);
	json_decref(request);
}

static void the_least_request_is_taken_with_or_without_a_foreign_member(void **state)
{
	(void)state;
	each_field(try_least);
}

static void try_absence(struct trial *trial)
{
	const bool is_required = (trial->field->flags & FIELD_REQUIRED) != 0;
	json_t *request = request_least(trial->operation);
	char expected[256];

	expect(trial, !is_required, "null", json_null());
	(void)json_object_del(request, trial->field->name);
	enum up_err err = operation_validate(trial->operation, request, trial->message,
					     sizeof(trial->message));
	assert_int_equal(err, is_required ? UP_ERR_MALFORMED : UP_OK);
	json_decref(request);
	if (!is_required)
		return;
	(void)snprintf(expected, sizeof(expected),
		       "at '%c%s' failed to satisfy constraint: "
		       "Member must not be null",
		       trial->field->name[0] + ('a' - 'A'), trial->field->name + 1);
	assert_non_null(strstr(trial->message, expected));
}

static void a_required_field_is_missed_and_no_other(void **state)
{
	(void)state;
	each_field(try_absence);
}

static bool is_of(const struct trial *trial, enum field_kind kind)
{
	const enum field_kind is = trial->field->type->kind;

	/* An empty object is a map, and an empty list a list, of anything. */
	return is == kind || (kind == KIND_OBJECT && is == KIND_TEXT_MAP) ||
	       (kind == KIND_LIST && is == KIND_ATTRIBUTES);
}

static void try_types(struct trial *trial)
{
	if (!is_of(trial, KIND_TEXT))
		expect(trial, false, "a text", json_string("text"));
	if (!is_of(trial, KIND_INTEGER))
		expect(trial, false, "an integer", json_integer(1));
	if (!is_of(trial, KIND_BOOLEAN))
		expect(trial, false, "a boolean", json_true());
	if (!is_of(trial, KIND_OBJECT))
		expect(trial, false, "an object", json_object());
	if (!is_of(trial, KIND_LIST))
		expect(trial, false, "a list", json_array());
	expect(trial, false, "a fraction", json_real(1.5));
	/* Lists and maps of something else. */
	if (is_of(trial, KIND_LIST))
		expect(trial, false, "a list of numbers", json_pack("[i]", 1));
	if (trial->field->type->kind == KIND_TEXT_MAP)
		expect(trial, false, "a map of numbers", json_pack("{s:i}", "a", 1));
	if (trial->field->type->kind == KIND_ATTRIBUTES) {
		expect(trial, false, "a list of texts", json_pack("[s]", "a"));
		expect(trial, false, "an attribute without a name",
		       json_pack("[{s:s}]", "Value", "a"));
		expect(trial, false, "an attribute with a number",
		       json_pack("[{s:s, s:i}]", "Name", "a", "Value", 1));
	}
}

static void no_other_type_is_taken(void **state)
{
	(void)state;
	each_field(try_types);
}

static void try_text_of_length(struct trial *trial, int64_t length, bool is_good)
{
	_auto_(free) char *text = length >= 0 ? text_of_length(trial->field->type, length) : NULL;
	char what[64];

	if (text == NULL)
		return;
	(void)snprintf(what, sizeof(what), "a text of %lld", (long long)length);
	expect(trial, is_good, what, json_string(text));
}

static json_t *list_of(enum field_kind kind, int64_t length)
{
	json_t *list = kind == KIND_LIST || kind == KIND_ATTRIBUTES ? json_array() : json_object();
	char key[32];

	for (int64_t i = 0; i < length; i++) {
		(void)snprintf(key, sizeof(key), "k%lld", (long long)i);
		if (kind == KIND_LIST)
			(void)json_array_append_new(list, json_string(key));
		else if (kind == KIND_ATTRIBUTES)
			(void)json_array_append_new(
				list, json_pack("{s:s, s:s}", "Name", key, "Value", ""));
		else
			(void)json_object_set_new(list, key, json_string(""));
	}
	return list;
}

static void try_limits(struct trial *trial)
{
	const struct field_type *type = trial->field->type;

	switch (type->kind) {
	case KIND_TEXT:
		try_text_of_length(trial, type->least - 1, false);
		try_text_of_length(trial, type->least, true);
		try_text_of_length(trial, type->most, true);
		try_text_of_length(trial, type->most + 1, false);
		break;
	case KIND_INTEGER:
		expect(trial, false, "one less", json_integer(type->least - 1));
		expect(trial, true, "the least", json_integer(type->least));
		expect(trial, true, "the most", json_integer(type->most));
		expect(trial, false, "one more", json_integer(type->most + 1));
		expect(trial, false, "the most of all", json_integer(INT64_MAX));
		break;
	case KIND_BOOLEAN:
		expect(trial, true, "true", json_true());
		expect(trial, true, "false", json_false());
		break;
	case KIND_LIST:
	case KIND_ATTRIBUTES:
	case KIND_OBJECT:
	case KIND_TEXT_MAP:
	default:
		expect(trial, true, "as many", list_of(type->kind, type->most));
		expect(trial, false, "one more", list_of(type->kind, type->most + 1));
		break;
	}
}

static void each_limit_is_met_and_not_passed(void **state)
{
	(void)state;
	each_field(try_limits);
}

/* Two texts of one: what is checked is what stands before it, what is stored may be more. */
static void try_nul(struct trial *trial)
{
	static const char text[] = "aaaaaaaaaaaaaaaaaaaaaaaa\0a";
	const size_t len = sizeof(text) - 1;

	if (is_of(trial, KIND_TEXT))
		expect(trial, false, "a NUL", json_stringn(text, len));
	if (trial->field->type->kind == KIND_TEXT_MAP)
		expect(trial, false, "a NUL", json_pack("{s:o}", "a", json_stringn(text, len)));
	if (trial->field->type->kind == KIND_LIST)
		expect(trial, false, "a NUL", json_pack("[o]", json_stringn(text, len)));
	if (trial->field->type->kind == KIND_ATTRIBUTES)
		expect(trial, false, "a NUL",
		       json_pack("[{s:s, s:o}]", "Name", "a", "Value", json_stringn(text, len)));
}

static void no_text_has_a_nul_inside(void **state)
{
	(void)state;
	each_field(try_nul);
}

static void try_secrecy(struct trial *trial)
{
	const struct field_type *type = trial->field->type;

	if ((trial->field->flags & FIELD_SECRET) == 0 || type->kind != KIND_TEXT)
		return;
	/* White space is in no secret's form, or it is too short. */
	json_t *value = json_string(type->is_form != NULL ? " hunter2 " : "hunter2");
	if (!is_taken(trial, value))
		assert_null(strstr(trial->message, "hunter2"));
}

static void no_message_repeats_a_secret(void **state)
{
	(void)state;
	each_field(try_secrecy);
}

static void lengths_are_counted_in_characters(void **state)
{
	const struct operation *operation = operation_find("CreateGroup");
	char message[MESSAGE_SIZE], name[2 * 129 + 1] = "";

	(void)state;
	for (int i = 0; i < 128; i++)
		memcpy(name + 2 * i, "\xc3\xa9", 3);
	json_t *request = json_pack("{s:s, s:s}", "UserPoolId", "a_a", "GroupName", name);
	assert_int_equal(operation_validate(operation, request, message, sizeof(message)), UP_OK);
	json_decref(request);
	memcpy(name + 256, "\xc3\xa9", 3);
	request = json_pack("{s:s, s:s}", "UserPoolId", "a_a", "GroupName", name);
	assert_int_equal(operation_validate(operation, request, message, sizeof(message)),
			 UP_ERR_MALFORMED);
	assert_string_equal(message, "1 validation error detected: Value at 'groupName' failed to "
				     "satisfy constraint: Member must have length less than or "
				     "equal to 128");
	json_decref(request);
}

static void the_words_are_cognitos(void **state)
{
	static const struct {
		const char *operation, *member, *value, *message;
	} cases[] = {
		{ "GetUser", "X", "x",
		  "1 validation error detected: Value at 'accessToken' failed to satisfy "
		  "constraint: Member must not be null" },
		{ "DescribeUserPool", "X", "x",
		  "1 validation error detected: Value null at 'userPoolId' failed to satisfy "
		  "constraint: Member must not be null" },
		{ "DescribeUserPool", "UserPoolId", "",
		  "1 validation error detected: Value '' at 'userPoolId' failed to satisfy "
		  "constraint: Member must have length greater than or equal to 1" },
		{ "DescribeUserPool", "UserPoolId", "no pool",
		  "1 validation error detected: Value at 'userPoolId' failed to satisfy constraint: "
		  "Member must satisfy regular expression pattern: [\\w-]+_[0-9a-zA-Z]+" },
	};
	char message[MESSAGE_SIZE];

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		json_t *request = json_pack("{s:s}", cases[i].member, cases[i].value);

		assert_int_equal(operation_validate(operation_find(cases[i].operation), request,
						    message, sizeof(message)),
				 UP_ERR_MALFORMED);
		assert_string_equal(message, cases[i].message);
		json_decref(request);
	}
}

static const struct {
	bool (*is_form)(const char *text);
	const char *text;
	bool is_good;
} form_cases[] = {
	{ form_is_pool_id, "local_AbC123", true },
	{ form_is_pool_id, "us-east-1_AbC123", true },
	{ form_is_pool_id, "_AbC", false },
	{ form_is_pool_id, "local_", false },
	{ form_is_pool_id, "local", false },
	{ form_is_pool_id, "local_a-b", false },
	{ form_is_pool_id, "../x_a", false },
	{ form_is_client_id, "1h57kf5cpq17m0eml12EXAMPLE", true },
	{ form_is_client_id, "a b", false },
	{ form_is_client_id, "", false },
	{ form_is_label, "People of 2027 (new)", false },
	{ form_is_label, "People of 2027, new", true },
	{ form_is_label, "a\tb", false },
	{ form_is_label, "a\nb", false },
	{ form_is_name, "alice", true },
	{ form_is_name, "alice@example.org", true },
	{ form_is_name, "\xc3\xa9lise", true },
	{ form_is_name, "\xe5\xb1\xb1\xe7\x94\xb0", true },
	{ form_is_name, "a b", false },
	{ form_is_name, "a\tb", false },
	{ form_is_name, "a\x1b[2J", false },
	{ form_is_name, "a\x7f", false },
	{ form_is_name, "", false },
	/* Neither letters, marks, symbols, numbers nor punctuation (NSS-04). */
	{ form_is_name, "a\xc2\x85", false },         /* U+0085, a line break */
	{ form_is_name, "a\xc2\xa0", false },         /* U+00A0, a space */
	{ form_is_name, "a\xc2\xad", false },         /* U+00AD, a hyphen that does not show */
	{ form_is_name, "a\xe2\x80\x8b", false },     /* U+200B, no width */
	{ form_is_name, "a\xe2\x80\xae", false },     /* U+202E, right to left */
	{ form_is_name, "a\xe2\x80\xa8", false },     /* U+2028, a line break */
	{ form_is_name, "a\xe2\x81\xa6", false },     /* U+2066, an isolate */
	{ form_is_name, "a\xe3\x80\x80", false },     /* U+3000, a space */
	{ form_is_name, "a\xef\xbb\xbf", false },     /* U+FEFF, a byte order mark */
	{ form_is_name, "a\xee\x80\x80", false },     /* U+E000, private use */
	{ form_is_name, "a\xf3\xa0\x81\x81", false }, /* U+E0041, a tag */
	{ form_is_name, "a\xf0\x9f\x98\x80", true },  /* U+1F600, a symbol */
	{ form_is_password, "two words", true },
	{ form_is_password, " a", false },
	{ form_is_password, "a ", false },
	{ form_is_password, "a\n", false },
	{ form_is_password, "", false },
	{ form_is_token, "eyJ.a-_=", true },
	{ form_is_token, "a b", false },
	{ form_is_token, "a/b", false },
	{ form_is_digits, "012345", true },
	{ form_is_digits, "12345a", false },
	{ form_is_digits, "\xd9\xa1\xd9\xa2\xd9\xa3", false },
	{ form_is_digits, "+12345", false },
	{ form_is_arn, "arn:aws:iam::123456789012:role/a", true },
	{ form_is_arn, "arn:aws:iam:123456789012", false },
	{ form_is_arn, "urn:aws:iam::1:role", false },
	{ form_is_arn, "arn:aws:iam::1:role/a b", false },
	{ form_is_word, "USER_PASSWORD_AUTH", true },
	{ form_is_word, "a.b", false },
	{ form_is_word, "", false },
};

static void a_form_takes_what_it_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < UP_COUNT(form_cases); i++)
		if (form_cases[i].is_form(form_cases[i].text) != form_cases[i].is_good)
			fail_msg("%s (case %zu)", form_cases[i].text, i);
}

static void each_operation_is_found_by_its_name_only(void **state)
{
	(void)state;
	for (size_t i = 0; i < operation_count; i++)
		assert_ptr_equal(operation_find(operations[i].name), &operations[i]);
	assert_null(operation_find(""));
	assert_null(operation_find("getUser"));
	assert_null(operation_find("GetUser "));
}

static void the_table_describes_itself(void **state)
{
	json_t *described = operations_describe();
	json_t *list = json_object_get(described, "Operations");

	(void)state;
	assert_int_equal(json_array_size(list), operation_count);
	for (size_t i = 0; i < operation_count; i++) {
		json_t *row = json_array_get(list, i);

		assert_string_equal(json_string_value(json_object_get(row, "Name")),
				    operations[i].name);
		assert_int_equal(json_array_size(json_object_get(row, "Fields")),
				 operations[i].field_count);
	}
	json_decref(described);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_least_request_is_taken_with_or_without_a_foreign_member),
		cmocka_unit_test(a_required_field_is_missed_and_no_other),
		cmocka_unit_test(no_other_type_is_taken),
		cmocka_unit_test(each_limit_is_met_and_not_passed),
		cmocka_unit_test(no_text_has_a_nul_inside),
		cmocka_unit_test(no_message_repeats_a_secret),
		cmocka_unit_test(lengths_are_counted_in_characters),
		cmocka_unit_test(the_words_are_cognitos),
		cmocka_unit_test(a_form_takes_what_it_says),
		cmocka_unit_test(each_operation_is_found_by_its_name_only),
		cmocka_unit_test(the_table_describes_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
