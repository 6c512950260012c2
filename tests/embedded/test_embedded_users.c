/* SPDX-License-Identifier: MIT */
/* The life of a user, the attributes, and ListUsers. */
#include <stdio.h>
#include <string.h>

#include "tests/embedded/a_pool.h"

#define ATTRIBUTE(name, value) "Name", name, "Value", value

static void a_created_user_is_shown_as_cognito_shows_it(void **state)
{
	json_t *answer = ask(*state, "AdminCreateUser", "{s:s, s:s, s:[{s:s, s:s}]}", "Username",
			     "dora", "TemporaryPassword", PASSWORD, "UserAttributes",
			     ATTRIBUTE("email", "dora@example.org"));
	json_t *user = at(answer, "User");

	assert_string_equal(text_at(user, "Username"), "dora");
	assert_string_equal(text_at(user, "UserStatus"), "FORCE_CHANGE_PASSWORD");
	assert_true(json_is_true(at(user, "Enabled")));
	assert_int_equal(json_integer_value(at(user, "UserCreateDate")), NOW);
	assert_int_equal(json_integer_value(at(user, "UserLastModifiedDate")), NOW);
	assert_string_equal(attribute_in(at(user, "Attributes"), "email"), "dora@example.org");
	assert_int_equal(strlen(attribute_in(at(user, "Attributes"), "sub")), 36);
	assert_null(at(answer, "TemporaryPassword"));

	json_t *shown = ask(*state, "AdminGetUser", "{s:s}", "Username", "dora");
	assert_true(json_equal(at(shown, "UserAttributes"), at(user, "Attributes")));
	assert_string_equal(text_at(shown, "UserStatus"), "FORCE_CHANGE_PASSWORD");
	assert_null(at(shown, "UserMFASettingList"));
}

static void a_name_is_one_user_whatever_the_case(void **state)
{
	refused(*state, "UsernameExistsException", "User account already exists", "AdminCreateUser",
		"{s:s}", "Username", "ALICE");
	assert_string_equal(
		text_at(ask(*state, "AdminGetUser", "{s:s}", "Username", "aLiCe"), "Username"),
		"alice");
	assert_non_null(at(sign_in(*state, "ALICE", PASSWORD), "AuthenticationResult"));
}

static void a_password_that_nobody_chose_is_in_the_answer_and_works(void **state)
{
	static const int lengths[] = { 6, 16, 17, 31, 32, 99 };

	for (size_t i = 0; i < UP_COUNT(lengths); i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "user%zu", i);
		(void)ask(*state, "UpdateUserPool", "{s:{s:{s:i, s:b, s:b, s:b, s:b}}}", "Policies",
			  "PasswordPolicy", "MinimumLength", lengths[i], "RequireUppercase", 1,
			  "RequireLowercase", 1, "RequireNumbers", 1, "RequireSymbols", 1);
		json_t *answer = ask(*state, "AdminCreateUser", "{s:s}", "Username", name);
		const char *password = text_at(answer, "TemporaryPassword");

		assert_true(strlen(password) >= (size_t)lengths[i]);
		assert_string_equal(text_at(sign_in(*state, name, password), "ChallengeName"),
				    "NEW_PASSWORD_REQUIRED");
	}
}

static void resend_gives_a_new_temporary_password(void **state)
{
	json_t *answer = ask(*state, "AdminCreateUser", "{s:s, s:s}", "Username", "carol",
			     "MessageAction", "RESEND");

	sign_in_refused(*state, "NotAuthorizedException", WRONG, "carol", PASSWORD);
	assert_string_equal(text_at(sign_in(*state, "carol", text_at(answer, "TemporaryPassword")),
				    "ChallengeName"),
			    "NEW_PASSWORD_REQUIRED");
	refused(*state, "UnsupportedUserStateException", NULL, "AdminCreateUser", "{s:s, s:s}",
		"Username", "alice", "MessageAction", "RESEND");
	refused(*state, "UserNotFoundException", "User does not exist.", "AdminCreateUser",
		"{s:s, s:s}", "Username", "nobody", "MessageAction", "RESEND");
	refused(*state, "InvalidParameterException", NULL, "AdminCreateUser", "{s:s, s:s}",
		"Username", "dora", "MessageAction", "SHOUT");
}

static void a_user_that_is_not_there_is_not_found_by_any_operation(void **state)
{
	static const char *const names[] = {
		"AdminGetUser",
		"AdminDisableUser",
		"AdminEnableUser",
		"AdminDeleteUser",
		"AdminUserGlobalSignOut",
		"AdminSetUserMFAPreference",
		"AdminDeleteSoftwareToken",
		"AdminCreateRecoveryCodes",
		"AdminAssociateSoftwareToken",
		"AdminListGroupsForUser",
	};

	for (size_t i = 0; i < UP_COUNT(names); i++) {
		refused(*state, "UserNotFoundException", "User does not exist.", names[i], "{s:s}",
			"Username", "nobody");
		refused(*state, "ResourceNotFoundException",
			"User pool local_000000000 does not exist.", names[i], "{s:s, s:s}",
			"Username", "alice", "UserPoolId", "local_000000000");
	}
	refused(*state, "UserNotFoundException", "User does not exist.", "AdminSetUserPassword",
		"{s:s, s:s}", "Username", "nobody", "Password", PASSWORD);
}

static void a_user_of_one_pool_is_nobody_in_another(void **state)
{
	json_t *other = ask(*state, "CreateUserPool", "{s:s}", "PoolName", "other");

	refused(*state, "UserNotFoundException", "User does not exist.", "AdminGetUser",
		"{s:s, s:s}", "Username", "alice", "UserPoolId", text_at(other, "UserPool.Id"));
}

static void a_disabled_user_has_no_way_in_until_enabled(void **state)
{
	json_t *tokens = sign_in(*state, "alice", PASSWORD);

	(void)ask(*state, "AdminDisableUser", "{s:s}", "Username", "alice");
	assert_true(json_is_false(
		at(ask(*state, "AdminGetUser", "{s:s}", "Username", "alice"), "Enabled")));
	sign_in_refused(*state, "NotAuthorizedException", "User is disabled.", "alice", PASSWORD);
	/* Only who knows the password is told. */
	sign_in_refused(*state, "NotAuthorizedException", WRONG, "alice", ANOTHER);
	refused(*state, "NotAuthorizedException", "Access Token has been revoked", "GetUser",
		"{s:s}", "AccessToken", text_at(tokens, "AuthenticationResult.AccessToken"));
	(void)ask(*state, "AdminEnableUser", "{s:s}", "Username", "alice");
	assert_non_null(at(sign_in(*state, "alice", PASSWORD), "AuthenticationResult"));
	/* What was revoked stays revoked. */
	refused(*state, "NotAuthorizedException", "Access Token has been revoked", "GetUser",
		"{s:s}", "AccessToken", text_at(tokens, "AuthenticationResult.AccessToken"));
}

static void a_deleted_user_leaves_nothing_and_the_name_starts_anew(void **state)
{
	json_t *before = ask(*state, "AdminGetUser", "{s:s}", "Username", "alice");
	json_t *tokens = sign_in(*state, "alice", PASSWORD);

	(void)enrol(*state, "alice");
	(void)ask(*state, "AdminCreateRecoveryCodes", "{s:s}", "Username", "alice");
	(void)ask(*state, "CreateGroup", "{s:s}", "GroupName", "staff");
	(void)ask(*state, "AdminAddUserToGroup", "{s:s, s:s}", "Username", "alice", "GroupName",
		  "staff");
	(void)ask(*state, "AdminDeleteUser", "{s:s}", "Username", "alice");
	sign_in_refused(*state, "NotAuthorizedException", WRONG, "alice", PASSWORD);
	refused(*state, "NotAuthorizedException", NULL, "GetUser", "{s:s}", "AccessToken",
		text_at(tokens, "AuthenticationResult.AccessToken"));
	refused(*state, "NotAuthorizedException", "Invalid Refresh Token",
		"GetTokensFromRefreshToken", "{s:s}", "RefreshToken",
		text_at(tokens, "AuthenticationResult.RefreshToken"));

	person(*state, "alice");
	json_t *after = ask(*state, "AdminGetUser", "{s:s}", "Username", "alice");
	assert_string_not_equal(attribute_in(at(after, "UserAttributes"), "sub"),
				attribute_in(at(before, "UserAttributes"), "sub"));
	assert_int_equal(number_in(*state, "SELECT count(*) FROM recovery_codes"), 0);
	assert_int_equal(number_in(*state, "SELECT count(*) FROM members"), 0);
	assert_non_null(at(sign_in(*state, "alice", PASSWORD), "AuthenticationResult"));
}

static void an_attribute_is_set_changed_and_removed(void **state)
{
	(void)ask(*state, "AdminUpdateUserAttributes", "{s:s, s:[{s:s, s:s}, {s:s, s:s}]}",
		  "Username", "alice", "UserAttributes", ATTRIBUTE("name", "Alice Liddell"),
		  ATTRIBUTE("custom:shell", "/bin/bash"));
	(void)ask(*state, "AdminUpdateUserAttributes", "{s:s, s:[{s:s, s:s}]}", "Username", "alice",
		  "UserAttributes", ATTRIBUTE("name", "Alice Hargreaves"));
	json_t *user = ask(*state, "AdminGetUser", "{s:s}", "Username", "alice");
	assert_string_equal(attribute_in(at(user, "UserAttributes"), "name"), "Alice Hargreaves");
	assert_string_equal(attribute_in(at(user, "UserAttributes"), "custom:shell"), "/bin/bash");

	(void)ask(*state, "AdminDeleteUserAttributes", "{s:s, s:[s]}", "Username", "alice",
		  "UserAttributeNames", "custom:shell");
	/* As in Cognito, an empty value removes too. */
	(void)ask(*state, "AdminUpdateUserAttributes", "{s:s, s:[{s:s, s:s}]}", "Username", "alice",
		  "UserAttributes", ATTRIBUTE("name", ""));
	user = ask(*state, "AdminGetUser", "{s:s}", "Username", "alice");
	assert_null(attribute_in(at(user, "UserAttributes"), "custom:shell"));
	assert_null(attribute_in(at(user, "UserAttributes"), "name"));
}

static void a_refused_attribute_leaves_the_others_as_they_were(void **state)
{
	static const struct {
		const char *name, *value, *message;
	} cases[] = {
		{ "sub", "11111111-1111-4111-8111-111111111111",
		  "Cannot modify the non-mutable attribute sub" },
		{ "colour", "red",
		  "Attributes did not conform to the schema: colour: Attribute does not exist in "
		  "the schema." },
		{ "custom:", "x", NULL },
		{ "cognito:groups", "wheel", NULL },
		{ "Email", "alice@example.org", NULL },
		{ "email", "alice", "Invalid email address format." },
		{ "email", "@example.org", "Invalid email address format." },
		{ "email", "alice@", "Invalid email address format." },
		{ "email", "alice@a@b", "Invalid email address format." },
		{ "email", "al ice@example.org", "Invalid email address format." },
		{ "email", "alice@example.org\n", "Invalid email address format." },
		{ "phone_number", "12345", "Invalid phone number format." },
		{ "phone_number", "+", "Invalid phone number format." },
		{ "phone_number", "+1 234", "Invalid phone number format." },
		{ "phone_number", "+1234567890123456", "Invalid phone number format." },
		{ "email_verified", "yes", NULL },
	};

	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		refused(*state, "InvalidParameterException", cases[i].message,
			"AdminUpdateUserAttributes", "{s:s, s:[{s:s, s:s}, {s:s, s:s}]}",
			"Username", "alice", "UserAttributes", ATTRIBUTE("nickname", "al"),
			ATTRIBUTE(cases[i].name, cases[i].value));
		refused(*state, "InvalidParameterException", cases[i].message, "AdminCreateUser",
			"{s:s, s:s, s:[{s:s, s:s}]}", "Username", "dora", "TemporaryPassword",
			PASSWORD, "UserAttributes", ATTRIBUTE(cases[i].name, cases[i].value));
	}
	json_t *user = ask(*state, "AdminGetUser", "{s:s}", "Username", "alice");
	assert_null(attribute_in(at(user, "UserAttributes"), "nickname"));
	refused(*state, "UserNotFoundException", NULL, "AdminGetUser", "{s:s}", "Username", "dora");
	refused(*state, "InvalidParameterException", "Cannot modify the non-mutable attribute sub",
		"AdminDeleteUserAttributes", "{s:s, s:[s]}", "Username", "alice",
		"UserAttributeNames", "sub");
}

static void a_new_address_is_not_verified_by_the_old_one(void **state)
{
	(void)ask(*state, "AdminUpdateUserAttributes", "{s:s, s:[{s:s, s:s}, {s:s, s:s}]}",
		  "Username", "alice", "UserAttributes", ATTRIBUTE("email_verified", "true"),
		  ATTRIBUTE("email", "alice@example.org"));
	json_t *user = ask(*state, "AdminGetUser", "{s:s}", "Username", "alice");
	assert_string_equal(attribute_in(at(user, "UserAttributes"), "email_verified"), "true");
	(void)ask(*state, "AdminUpdateUserAttributes", "{s:s, s:[{s:s, s:s}]}", "Username", "alice",
		  "UserAttributes", ATTRIBUTE("email", "mallory@example.org"));
	user = ask(*state, "AdminGetUser", "{s:s}", "Username", "alice");
	assert_string_equal(attribute_in(at(user, "UserAttributes"), "email_verified"), "false");
}

/* More would not fit into a token, and then there was no way in. */
static void attributes_are_only_as_many_as_let_the_user_sign_in(void **state)
{
	char value[2049];

	memset(value, 'a', sizeof(value) - 1);
	value[2048] = '\0';
	for (int i = 0; i < 4; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "custom:%d", i);
		if (i < 3)
			(void)ask(*state, "AdminUpdateUserAttributes", "{s:s, s:[{s:s, s:s}]}",
				  "Username", "alice", "UserAttributes", ATTRIBUTE(name, value));
		else
			refused(*state, "InvalidParameterException",
				"The attributes of a user may have 8192 bytes together.",
				"AdminUpdateUserAttributes", "{s:s, s:[{s:s, s:s}]}", "Username",
				"alice", "UserAttributes", ATTRIBUTE(name, value));
	}
	value[8192 - 3 * (2048 + 8) - 8] = '\0';
	(void)ask(*state, "AdminUpdateUserAttributes", "{s:s, s:[{s:s, s:s}]}", "Username", "alice",
		  "UserAttributes", ATTRIBUTE("custom:3", value));
	json_t *tokens = sign_in(*state, "alice", PASSWORD);
	(void)claims_of(*state, text_at(tokens, "AuthenticationResult.IdToken"));
}

static size_t count_users(struct a_pool *pool, const char *filter)
{
	return json_array_size(at(ask(pool, "ListUsers", "{s:s}", "Filter", filter), "Users"));
}

static void a_filter_finds_what_it_says(void **state)
{
	static const struct {
		const char *filter;
		size_t found;
	} cases[] = {
		{ "", 3 },
		{ "   ", 3 },
		{ "username = \"alice\"", 1 },
		{ "username=\"alice\"", 1 },
		{ "  username  ^=  \"A\"  ", 1 },
		{ "username ^= \"\"", 3 },
		{ "username = \"\"", 0 },
		{ "username = \"alic\"", 0 },
		{ "status = \"Enabled\"", 2 },
		{ "status = \"enabled\"", 0 },
		{ "status = \"Disabled\"", 1 },
		{ "cognito:user_status = \"force_change_password\"", 1 },
		{ "cognito:user_status ^= \"CONF\"", 2 },
		{ "email ^= \"ALICE@\"", 1 },
		{ "email = \"alice@example.org\"", 1 },
		{ "name = \"O\\\"Hara\"", 1 },
		{ "given_name = \"x\"", 0 },
		{ "family_name = \"x\"", 0 },
		{ "preferred_username = \"x\"", 0 },
		{ "phone_number = \"+49\"", 0 },
		/* Neither SQL nor its wildcards. */
		{ "username ^= \"%\"", 0 },
		{ "username ^= \"_\"", 0 },
		{ "username = \"x' OR '1'='1\"", 0 },
	};
	_auto_(free) char *by_sub = NULL;
	json_t *alice = ask(*state, "AdminGetUser", "{s:s}", "Username", "alice");

	(void)ask(*state, "AdminDisableUser", "{s:s}", "Username", "bob");
	(void)ask(*state, "AdminUpdateUserAttributes", "{s:s, s:[{s:s, s:s}, {s:s, s:s}]}",
		  "Username", "alice", "UserAttributes", ATTRIBUTE("email", "alice@example.org"),
		  ATTRIBUTE("name", "O\"Hara"));
	for (size_t i = 0; i < UP_COUNT(cases); i++)
		if (count_users(*state, cases[i].filter) != cases[i].found)
			fail_msg("%s", cases[i].filter);
	assert_true(asprintf(&by_sub, "sub = \"%s\"",
			     attribute_in(at(alice, "UserAttributes"), "sub")) > 0);
	assert_int_equal(count_users(*state, by_sub), 1);
}

static void a_filter_that_is_none_is_refused(void **state)
{
	static const char *const cases[] = {
		"username",
		"username =",
		"username = alice",
		"username = \"alice",
		"username = 'alice'",
		"username = \"alice\" and status = \"Enabled\"",
		"username == \"alice\"",
		"username ^ = \"alice\"",
		"= \"alice\"",
		"custom:uid = \"1\"",
		"hash = \"x\"",
		"username = \"alice\\",
		"username = \"alice\\\"",
	};

	for (size_t i = 0; i < UP_COUNT(cases); i++)
		refused(*state, "InvalidParameterException", NULL, "ListUsers", "{s:s}", "Filter",
			cases[i]);
}

static void pages_show_everybody_once(void **state)
{
	for (int limit = 1; limit <= 4; limit++) {
		json_t *seen = json_object();
		const char *token = NULL;
		size_t count = 0;

		do {
			json_t *page = ask(*state, "ListUsers", "{s:i, s:s?}", "Limit", limit,
					   "PaginationToken", token);
			json_t *user;
			size_t i;

			assert_in_range(json_array_size(at(page, "Users")), 1, limit);
			json_array_foreach (at(page, "Users"), i, user) {
				assert_null(json_object_get(seen, text_at(user, "Username")));
				(void)json_object_set_new(seen, text_at(user, "Username"),
							  json_true());
				count++;
			}
			token = json_string_value(at(page, "PaginationToken"));
		} while (token != NULL);
		assert_int_equal(count, 3);
		json_decref(seen);
	}
	/* 0 is as good as nothing: a whole page. */
	assert_int_equal(
		json_array_size(at(ask(*state, "ListUsers", "{s:i}", "Limit", 0), "Users")), 3);
}

static void a_page_token_that_is_none_is_refused(void **state)
{
	static const char *const cases[] = { "!", "AA AA", "AAAA=", "AA" /* a NUL */, "_" };

	for (size_t i = 0; i < UP_COUNT(cases); i++)
		refused(*state, "InvalidParameterException", NULL, "ListUsers", "{s:s}",
			"PaginationToken", cases[i]);
}

static void only_the_attributes_asked_for_are_listed(void **state)
{
	(void)ask(*state, "AdminUpdateUserAttributes", "{s:s, s:[{s:s, s:s}, {s:s, s:s}]}",
		  "Username", "alice", "UserAttributes", ATTRIBUTE("name", "Alice"),
		  ATTRIBUTE("nickname", "al"));
	json_t *list = ask(*state, "ListUsers", "{s:[s, s], s:s}", "AttributesToGet", "name",
			   "email", "Filter", "username = \"alice\"");

	assert_int_equal(json_array_size(at(list, "Users.0.Attributes")), 1);
	assert_string_equal(text_at(list, "Users.0.Attributes.0.Name"), "name");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_POOL(a_created_user_is_shown_as_cognito_shows_it),
		WITH_POOL(a_name_is_one_user_whatever_the_case),
		WITH_POOL(a_password_that_nobody_chose_is_in_the_answer_and_works),
		WITH_POOL(resend_gives_a_new_temporary_password),
		WITH_POOL(a_user_that_is_not_there_is_not_found_by_any_operation),
		WITH_POOL(a_user_of_one_pool_is_nobody_in_another),
		WITH_POOL(a_disabled_user_has_no_way_in_until_enabled),
		WITH_POOL(a_deleted_user_leaves_nothing_and_the_name_starts_anew),
		WITH_POOL(an_attribute_is_set_changed_and_removed),
		WITH_POOL(a_refused_attribute_leaves_the_others_as_they_were),
		WITH_POOL(a_new_address_is_not_verified_by_the_old_one),
		WITH_POOL(attributes_are_only_as_many_as_let_the_user_sign_in),
		WITH_POOL(a_filter_finds_what_it_says),
		WITH_POOL(a_filter_that_is_none_is_refused),
		WITH_POOL(pages_show_everybody_once),
		WITH_POOL(a_page_token_that_is_none_is_refused),
		WITH_POOL(only_the_attributes_asked_for_are_listed),
	};

	return cmocka_run_group_tests(tests, pools_begin, pools_end);
}
