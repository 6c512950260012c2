/* SPDX-License-Identifier: MIT */
/* Groups, memberships, and what they put into tokens. */
#include <stdio.h>
#include <string.h>

#include "tests/embedded/a_pool.h"

#define ROLE_A "arn:aws:iam::123456789012:role/a"
#define ROLE_B "arn:aws:iam::123456789012:role/b"

static void add(struct a_pool *pool, const char *user, const char *group)
{
	(void)ask(pool, "AdminAddUserToGroup", "{s:s, s:s}", "Username", user, "GroupName", group);
}

static void a_group_is_created_changed_and_deleted(void **state)
{
	json_t *made = ask(*state, "CreateGroup", "{s:s, s:s, s:i, s:s}", "GroupName", "admins",
			   "Description", "who may", "Precedence", 1, "RoleArn", ROLE_A);

	assert_string_equal(text_at(made, "Group.GroupName"), "admins");
	assert_string_equal(text_at(made, "Group.UserPoolId"), ((struct a_pool *)*state)->pool_id);
	assert_string_equal(text_at(made, "Group.RoleArn"), ROLE_A);
	assert_true(json_equal(made, ask(*state, "GetGroup", "{s:s}", "GroupName", "admins")));
	refused(*state, "GroupExistsException", "A group with the name already exists.",
		"CreateGroup", "{s:s}", "GroupName", "admins");
	json_t *changed =
		ask(*state, "UpdateGroup", "{s:s, s:i}", "GroupName", "admins", "Precedence", 7);
	assert_int_equal(json_integer_value(at(changed, "Group.Precedence")), 7);
	assert_string_equal(text_at(changed, "Group.Description"), "who may");
	(void)ask(*state, "DeleteGroup", "{s:s}", "GroupName", "admins");
}

static void a_group_that_is_not_there_is_not_found(void **state)
{
	static const char *const names[] = { "GetGroup", "UpdateGroup", "DeleteGroup",
					     "ListUsersInGroup" };

	for (size_t i = 0; i < UP_COUNT(names); i++)
		refused(*state, "ResourceNotFoundException", "Group not found.", names[i], "{s:s}",
			"GroupName", "admins");
	refused(*state, "ResourceNotFoundException", "Group not found.", "AdminAddUserToGroup",
		"{s:s, s:s}", "Username", "alice", "GroupName", "admins");
	refused(*state, "ResourceNotFoundException", "Group not found.", "AdminRemoveUserFromGroup",
		"{s:s, s:s}", "Username", "alice", "GroupName", "admins");
	/* Who asks about a user that is not there learns of it first. */
	refused(*state, "UserNotFoundException", "User does not exist.", "AdminAddUserToGroup",
		"{s:s, s:s}", "Username", "nobody", "GroupName", "admins");
}

static void a_group_without_details_shows_none(void **state)
{
	json_t *made = ask(*state, "CreateGroup", "{s:s}", "GroupName", "plain");

	assert_null(at(made, "Group.Description"));
	assert_null(at(made, "Group.Precedence"));
	assert_null(at(made, "Group.RoleArn"));
}

static void members_come_and_go(void **state)
{
	(void)ask(*state, "CreateGroup", "{s:s}", "GroupName", "staff");
	add(*state, "alice", "staff");
	add(*state, "alice", "staff"); /* once is enough */
	add(*state, "bob", "staff");
	json_t *page =
		ask(*state, "ListUsersInGroup", "{s:s, s:i}", "GroupName", "staff", "Limit", 1);
	assert_string_equal(text_at(page, "Users.0.Username"), "alice");
	page = ask(*state, "ListUsersInGroup", "{s:s, s:i, s:s}", "GroupName", "staff", "Limit", 1,
		   "NextToken", text_at(page, "NextToken"));
	assert_string_equal(text_at(page, "Users.0.Username"), "bob");
	assert_null(at(page, "NextToken"));
	json_t *groups = ask(*state, "AdminListGroupsForUser", "{s:s}", "Username", "alice");
	assert_string_equal(text_at(groups, "Groups.0.GroupName"), "staff");

	for (int i = 0; i < 2; i++)
		(void)ask(*state, "AdminRemoveUserFromGroup", "{s:s, s:s}", "Username", "alice",
			  "GroupName", "staff");
	groups = ask(*state, "AdminListGroupsForUser", "{s:s}", "Username", "alice");
	assert_int_equal(json_array_size(at(groups, "Groups")), 0);
	(void)ask(*state, "DeleteGroup", "{s:s}", "GroupName", "staff");
	assert_int_equal(number_in(*state, "SELECT count(*) FROM members"), 0);
}

static void groups_are_listed_in_pages(void **state)
{
	const char *token = NULL;
	size_t count = 0;

	for (int i = 0; i < 5; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "group%d", i);
		(void)ask(*state, "CreateGroup", "{s:s}", "GroupName", name);
		add(*state, "alice", name);
	}
	static const char *const names[] = { "ListGroups", "AdminListGroupsForUser" };
	for (size_t i = 0; i < UP_COUNT(names); i++) {
		count = 0;
		do {
			json_t *page = ask(*state, names[i], "{s:s, s:i, s:s?}", "Username",
					   "alice", "Limit", 2, "NextToken", token);

			count += json_array_size(at(page, "Groups"));
			token = json_string_value(at(page, "NextToken"));
		} while (token != NULL);
		assert_int_equal(count, 5);
	}
}

/* More would not fit into a token. */
static void a_user_is_in_a_hundred_groups_at_most(void **state)
{
	change_in(*state,
		  "INSERT INTO groups (pool_id, name, created, modified)"
		  " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 101)"
		  " SELECT pools.id, 'g' || i, 0, 0 FROM pools, n");
	change_in(*state, "INSERT INTO members (pool_id, group_name, sub)"
			  " SELECT pool_id, name, (SELECT sub FROM users WHERE username = 'alice')"
			  " FROM groups WHERE name <> 'g100' AND name <> 'g101'");
	add(*state, "alice", "g100");
	add(*state, "alice", "g100");
	refused(*state, "LimitExceededException", NULL, "AdminAddUserToGroup", "{s:s, s:s}",
		"Username", "alice", "GroupName", "g101");
	json_t *tokens = sign_in(*state, "alice", PASSWORD);
	json_t *claims = claims_of(*state, text_at(tokens, "AuthenticationResult.AccessToken"));
	assert_int_equal(json_array_size(at(claims, "cognito:groups")), 100);
}

static json_t *id_claims(struct a_pool *pool, const char *user)
{
	return claims_of(pool,
			 text_at(sign_in(pool, user, PASSWORD), "AuthenticationResult.IdToken"));
}

static void tokens_name_groups_and_roles_by_precedence(void **state)
{
	static const struct {
		const char *name;
		int precedence; /* -1: none */
		const char *role;
	} groups[] = {
		{ "c-third", 30, NULL },
		{ "b-first", 1, ROLE_B },
		{ "a-second", 2, ROLE_A },
		{ "z-last", -1, ROLE_A },
	};
	static const char *const order[] = { "b-first", "a-second", "c-third", "z-last" };

	for (size_t i = 0; i < UP_COUNT(groups); i++) {
		json_t *precedence =
			groups[i].precedence < 0 ? json_null() : json_integer(groups[i].precedence);

		(void)ask(*state, "CreateGroup", "{s:s, s:o, s:s?}", "GroupName", groups[i].name,
			  "Precedence", precedence, "RoleArn", groups[i].role);
		add(*state, "alice", groups[i].name);
	}
	json_t *claims = id_claims(*state, "alice");
	for (size_t i = 0; i < UP_COUNT(order); i++)
		assert_string_equal(
			json_string_value(json_array_get(at(claims, "cognito:groups"), i)),
			order[i]);
	assert_int_equal(json_array_size(at(claims, "cognito:roles")), 3);
	assert_string_equal(text_at(claims, "cognito:preferred_role"), ROLE_B);

	json_t *access = claims_of(*state, text_at(sign_in(*state, "alice", PASSWORD),
						   "AuthenticationResult.AccessToken"));
	assert_true(json_equal(at(access, "cognito:groups"), at(claims, "cognito:groups")));
	assert_null(at(access, "cognito:roles"));
	assert_null(at(access, "cognito:preferred_role"));
}

static void who_is_in_no_group_has_no_claim_of_it(void **state)
{
	json_t *claims = id_claims(*state, "bob");

	assert_null(at(claims, "cognito:groups"));
	assert_null(at(claims, "cognito:roles"));
	assert_null(at(claims, "cognito:preferred_role"));
}

static void the_preferred_role_is_there_only_if_it_is_clear(void **state)
{
	static const struct {
		int precedence[2]; /* -1: none */
		const char *role[2];
		const char *preferred;
	} cases[] = {
		{ { 1, 1 }, { ROLE_A, ROLE_B }, NULL },
		{ { 1, 1 }, { ROLE_A, ROLE_A }, ROLE_A },
		{ { 1, 2 }, { ROLE_A, ROLE_B }, ROLE_A },
		{ { 1, 2 }, { NULL, ROLE_B }, ROLE_B },
		{ { -1, 2 }, { ROLE_A, ROLE_B }, ROLE_B },
		{ { -1, -1 }, { ROLE_A, NULL }, ROLE_A }, /* the only one */
		{ { -1, -1 }, { ROLE_A, ROLE_B }, NULL },
		{ { 1, 2 }, { NULL, NULL }, NULL },
	};

	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		for (int j = 0; j < 2; j++) {
			const int precedence = cases[i].precedence[j];
			char name[8];

			(void)snprintf(name, sizeof(name), "g%d", j);
			(void)ask(*state, "CreateGroup", "{s:s, s:o, s:s?}", "GroupName", name,
				  "Precedence",
				  precedence < 0 ? json_null() : json_integer(precedence),
				  "RoleArn", cases[i].role[j]);
			add(*state, "alice", name);
		}
		json_t *claims = id_claims(*state, "alice");
		const char *preferred = json_string_value(at(claims, "cognito:preferred_role"));
		assert_string_equal(preferred != NULL ? preferred : "none",
				    cases[i].preferred != NULL ? cases[i].preferred : "none");
		(void)ask(*state, "DeleteGroup", "{s:s}", "GroupName", "g0");
		(void)ask(*state, "DeleteGroup", "{s:s}", "GroupName", "g1");
	}
}

static void a_change_of_groups_shows_at_the_next_refresh(void **state)
{
	json_t *tokens = sign_in(*state, "alice", PASSWORD);

	(void)ask(*state, "CreateGroup", "{s:s}", "GroupName", "staff");
	add(*state, "alice", "staff");
	json_t *fresh = ask(*state, "GetTokensFromRefreshToken", "{s:s}", "RefreshToken",
			    text_at(tokens, "AuthenticationResult.RefreshToken"));
	json_t *claims = claims_of(*state, text_at(fresh, "AuthenticationResult.IdToken"));
	assert_string_equal(text_at(at(claims, "cognito:groups"), "0"), "staff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_POOL(a_group_is_created_changed_and_deleted),
		WITH_POOL(a_group_that_is_not_there_is_not_found),
		WITH_POOL(a_group_without_details_shows_none),
		WITH_POOL(members_come_and_go),
		WITH_POOL(groups_are_listed_in_pages),
		WITH_POOL(a_user_is_in_a_hundred_groups_at_most),
		WITH_POOL(tokens_name_groups_and_roles_by_precedence),
		WITH_POOL(who_is_in_no_group_has_no_claim_of_it),
		WITH_POOL(the_preferred_role_is_there_only_if_it_is_clear),
		WITH_POOL(a_change_of_groups_shows_at_the_next_refresh),
	};

	return cmocka_run_group_tests(tests, pools_begin, pools_end);
}
