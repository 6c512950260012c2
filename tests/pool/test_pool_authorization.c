/* SPDX-License-Identifier: MIT */
/*
 * Who may ask what, written down apart from the table (authorization.txt): a change of
 * rights is a change of both, and shows in review (DMN-04).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/pool/operations.h"
#include "tests/lib/scratch.h"
#include "tests/lib/testing.h"

#define ROOT                                                                                       \
	{                                                                                          \
		.uid = 0                                                                           \
	}
#define ADMIN                                                                                      \
	{                                                                                          \
		.uid = 1000, .is_admin = true                                                      \
	}
#define USER                                                                                       \
	{                                                                                          \
		.uid = 1001                                                                        \
	}
#define NOBODY                                                                                     \
	{                                                                                          \
		.uid = 65534                                                                       \
	}
/* What a wrong sign or a missing peer would look like. */
#define NO_UID                                                                                     \
	{                                                                                          \
		.uid = UINT32_MAX                                                                  \
	}

static const struct operation_caller callers[] = { ROOT, ADMIN, USER, NOBODY, NO_UID };

static const char *whose(const struct operation *operation)
{
	return operation->access == ACCESS_SELF ? " own" : "";
}

/* "Name root admin user nobody", each by name or "-", and "own" where a token decides whose. */
static void describe(const struct operation *operation, char *out, size_t size)
{
	static const char *const names[] = { "root", "admin", "user", "nobody", "unknown" };
	size_t len = (size_t)snprintf(out, size, "%s", operation->name);

	for (size_t i = 0; i < UP_COUNT(callers); i++)
		len += (size_t)snprintf(out + len, size - len, " %s",
					operation_permits(operation, &callers[i]) ? names[i] : "-");
	(void)snprintf(out + len, size - len, "%s\n", whose(operation));
}

static void the_rights_are_the_ones_that_were_reviewed(void **state)
{
	_auto_(free) char *path =
		scratch_path(getenv("TOP_SRCDIR"), "tests/pool/authorization.txt");
	size_t len = 0;
	_auto_(free) char *expected = scratch_read(path, &len);
	const char *line = expected;

	(void)state;
	for (size_t i = 0; i < operation_count; i++) {
		char row[256];

		while (*line == '#')
			line += strcspn(line, "\n") + 1;
		describe(&operations[i], row, sizeof(row));
		if (strncmp(line, row, strlen(row)) != 0)
			fail_msg("the table says: %sauthorization.txt: %.*s", row,
				 (int)strcspn(line, "\n"), line);
		line += strlen(row);
	}
	assert_string_equal(line, "");
}

/* What Cognito signs with a key of the account is for admins here; the names say which. */
static void nothing_that_is_named_after_admins_is_for_others(void **state)
{
	static const char *const prefixes[] = { "Admin", "Create",   "Delete", "Update",
						"Set",   "Describe", "List",   "Sync" };
	static const char *const own[] = { "CreateRecoveryCodes", "SetUserMFAPreference",
					   "ListHostSessions", "ListOperations" };
	const struct operation_caller user = USER;

	(void)state;
	for (size_t i = 0; i < operation_count; i++) {
		bool is_named = false, is_own = false;

		for (size_t j = 0; j < UP_COUNT(prefixes); j++)
			is_named |=
				strncmp(operations[i].name, prefixes[j], strlen(prefixes[j])) == 0;
		for (size_t j = 0; j < UP_COUNT(own); j++)
			is_own |= strcmp(operations[i].name, own[j]) == 0;
		if (is_named && !is_own && operation_permits(&operations[i], &user))
			fail_msg("%s is for everybody", operations[i].name);
	}
}

static void zeroed_rights_are_nobodys(void **state)
{
	const struct operation nothing = { .name = "Nothing" };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(callers); i++)
		assert_false(operation_permits(&nothing, &callers[i]));
}

/* What changes something says so: the identity room listens to it. */
static void an_operation_that_changes_users_or_groups_is_not_called_reading(void **state)
{
	static const char *const prefixes[] = {
		"AdminCreateUser", "AdminDelete",   "AdminSet",    "AdminUpdate",
		"AdminDisable",    "AdminEnable",   "CreateGroup", "DeleteGroup",
		"UpdateGroup",     "AdminAddUser",  "AdminRemove", "CreateUserPool",
		"DeleteUserPool",  "UpdateUserPool"
	};

	(void)state;
	for (size_t i = 0; i < operation_count; i++)
		for (size_t j = 0; j < UP_COUNT(prefixes); j++)
			if (strncmp(operations[i].name, prefixes[j], strlen(prefixes[j])) == 0 &&
			    operations[i].effect == EFFECT_READS)
				fail_msg("%s", operations[i].name);
}

/* Neither log nor audit may have them. */
static void fields_that_hold_secrets_are_marked(void **state)
{
	static const char *const words[] = { "Password",      "Token",  "Session",
					     "Code",          "Secret", "ChallengeResponses",
					     "AuthParameters" };
	static const char *const others[] = { "NextToken",
					      "PaginationToken",
					      "AuthSessionValidity",
					      "EnableTokenRevocation",
					      "SoftwareTokenMfaSettings",
					      "SoftwareTokenMfaConfiguration",
					      "TokenValidityUnits",
					      "RefreshTokenValidity",
					      "AccessTokenValidity",
					      "IdTokenValidity",
					      "SessionId" };

	(void)state;
	for (size_t i = 0; i < operation_count; i++)
		for (size_t j = 0; j < operations[i].field_count; j++) {
			const struct operation_field *field = &operations[i].fields[j];
			bool is_secret = false;

			for (size_t k = 0; k < UP_COUNT(words); k++)
				is_secret |= strstr(field->name, words[k]) != NULL;
			for (size_t k = 0; k < UP_COUNT(others); k++)
				is_secret &= strcmp(field->name, others[k]) != 0;
			if (is_secret && (field->flags & FIELD_SECRET) == 0)
				fail_msg("%s.%s", operations[i].name, field->name);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rights_are_the_ones_that_were_reviewed),
		cmocka_unit_test(nothing_that_is_named_after_admins_is_for_others),
		cmocka_unit_test(zeroed_rights_are_nobodys),
		cmocka_unit_test(an_operation_that_changes_users_or_groups_is_not_called_reading),
		cmocka_unit_test(fields_that_hold_secrets_are_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
