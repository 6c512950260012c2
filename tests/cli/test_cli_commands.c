/* SPDX-License-Identifier: MIT */
/* What each command asks the daemon for, and what it makes of the answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "tests/cli/fake_daemon.h"
#include "tests/cli/run.h"
#include "tests/lib/testing.h"

static struct run run;

#define POOL "{\"UserPoolId\":\"" FAKE_POOL "\","
#define USER POOL "\"Username\":\"eve\"}"

/* Runs `words` against a daemon with one answer. */
static char *ask_once(const struct fake_answer *answer, const char *input, const char *words)
{
	struct fake fake;

	fake_new(&fake);
	fake_serve_api(&fake, answer, 1);
	run_userpool(&run, fake.dir, input, words);
	char *requests = fake_requests(&fake);
	fake_end(&fake);
	return requests;
}

/* clang-format off */
static const struct {
	const char *words, *input, *operation, *request, *result, *out;
} cases[] = {
	{ "user get eve", NULL, "AdminGetUser", USER,
	  "{\"Username\":\"eve\",\"Enabled\":true,\"UserStatus\":\"CONFIRMED\",\"UserAttributes\":[{\"Name\":\"email\",\"Value\":\"e@x\"}]}",
	  "CONFIRMED" },
	{ "user list", NULL, "ListUsers", POOL "\"Limit\":60}",
	  "{\"Users\":[{\"Username\":\"eve\",\"Attributes\":[{\"Name\":\"email\",\"Value\":\"e@x\"}]}]}", "e@x" },
	{ "user list --filter sub=\"x\" --limit 3", NULL, "ListUsers",
	  POOL "\"Filter\":\"sub=\\\"x\\\"\",\"Limit\":3}", "{\"Users\":[]}", "" },
	{ "user update eve name=Eve email=", NULL, "AdminUpdateUserAttributes",
	  POOL "\"Username\":\"eve\",\"UserAttributes\":[{\"Name\":\"name\",\"Value\":\"Eve\"},{\"Name\":\"email\",\"Value\":\"\"}]}",
	  "{}", "updated user eve" },
	{ "user update eve --remove email", NULL, "AdminDeleteUserAttributes",
	  POOL "\"Username\":\"eve\",\"UserAttributeNames\":[\"email\"]}", "{}", "removed" },
	{ "user delete eve", NULL, "AdminDeleteUser", USER, "{}", "deleted user eve" },
	{ "user enable eve", NULL, "AdminEnableUser", USER, "{}", "enabled user eve" },
	{ "user disable eve", NULL, "AdminDisableUser", USER, "{}", "disabled user eve" },
	{ "user sign-out eve", NULL, "AdminUserGlobalSignOut", USER, "{}", "revoked" },
	{ "user groups eve", NULL, "AdminListGroupsForUser",
	  POOL "\"Username\":\"eve\",\"Limit\":60}", "{\"Groups\":[{\"GroupName\":\"staff\"}]}", "staff" },
	{ "user set-password eve --stdin", "correct horse\n", "AdminSetUserPassword",
	  POOL "\"Username\":\"eve\",\"Password\":\"correct horse\",\"Permanent\":true}", "{}", "set the password" },
	{ "user set-password eve --stdin --temporary", "pass\n", "AdminSetUserPassword",
	  POOL "\"Username\":\"eve\",\"Password\":\"pass\",\"Permanent\":false}", "{}", "set the password" },
	{ "user create eve --temporary-password-stdin --email e@x --attribute name=E", "first\n", "AdminCreateUser",
	  POOL "\"Username\":\"eve\",\"UserAttributes\":[{\"Name\":\"email\",\"Value\":\"e@x\"},{\"Name\":\"name\",\"Value\":\"E\"}],"
	  "\"TemporaryPassword\":\"first\",\"MessageAction\":\"SUPPRESS\"}", "{\"User\":{}}", "created user eve" },
	{ "group create staff --precedence 7 --description d --role arn:x", NULL, "CreateGroup",
	  POOL "\"GroupName\":\"staff\",\"Description\":\"d\",\"RoleArn\":\"arn:x\",\"Precedence\":7}", "{}", "created group staff" },
	{ "group update staff --precedence 0", NULL, "UpdateGroup",
	  POOL "\"GroupName\":\"staff\",\"Precedence\":0}", "{}", "updated group staff" },
	{ "group get staff", NULL, "GetGroup", POOL "\"GroupName\":\"staff\"}",
	  "{\"Group\":{\"GroupName\":\"staff\",\"Precedence\":4,\"CreationDate\":1.0}}", "1970-01-01 00:00:01" },
	{ "group list", NULL, "ListGroups", POOL "\"Limit\":60}", "{\"Groups\":[{\"GroupName\":\"staff\"}]}", "staff" },
	{ "group delete staff --yes", NULL, "DeleteGroup", POOL "\"GroupName\":\"staff\"}", "{}", "deleted group staff" },
	{ "group add staff eve", NULL, "AdminAddUserToGroup",
	  POOL "\"GroupName\":\"staff\",\"Username\":\"eve\"}", "{}", "added user eve" },
	{ "group remove staff eve", NULL, "AdminRemoveUserFromGroup",
	  POOL "\"GroupName\":\"staff\",\"Username\":\"eve\"}", "{}", "removed user eve" },
	{ "group members staff", NULL, "ListUsersInGroup",
	  POOL "\"GroupName\":\"staff\",\"Limit\":60}", "{\"Users\":[{\"Username\":\"eve\"}]}", "eve" },
	{ "status", NULL, "GetHostStatus", "{}", "{\"SyncedAt\":0,\"Data\":0}", "SyncedAt: never" },
	{ "mfa show", NULL, "GetUserPoolMfaConfig", "{\"UserPoolId\":\"" FAKE_POOL "\"}",
	  "{\"MfaConfiguration\":\"ON\",\"SoftwareTokenMfaConfiguration\":{\"Enabled\":true}}",
	  "SoftwareTokenMfaConfiguration.Enabled: yes" },
	{ "mfa show eve", NULL, "AdminGetUser", USER,
	  "{\"Username\":\"eve\",\"UserMFASettingList\":[\"SOFTWARE_TOKEN_MFA\"]}", "SOFTWARE_TOKEN_MFA" },
	{ "mfa require on", NULL, "SetUserPoolMfaConfig",
	  POOL "\"MfaConfiguration\":\"ON\",\"SoftwareTokenMfaConfiguration\":{\"Enabled\":true}}", "{}", "is now ON" },
	{ "pool set-mfa OFF", NULL, "SetUserPoolMfaConfig", POOL "\"MfaConfiguration\":\"OFF\"}", "{}", "is now OFF" },
	{ "mfa enrol eve", NULL, "AdminAssociateSoftwareToken", USER, "{\"SecretCode\":\"ABCDEFGH\"}",
	  "otpauth://totp/userpool:eve?secret=ABCDEFGH&issuer=userpool\nsecret: ABCDEFGH\n" },
	{ "mfa reset eve", NULL, "AdminDeleteSoftwareToken", USER, "{}", "forgot" },
	{ "mfa recovery-codes eve", NULL, "AdminCreateRecoveryCodes", USER,
	  "{\"RecoveryCodes\":[\"aaaa-bbbb\",\"cccc-dddd\"]}", "aaaa-bbbb\ncccc-dddd\n" },
	{ "mfa recovery-codes", NULL, "CreateRecoveryCodes", "{}", "{\"RecoveryCodes\":[\"aaaa-bbbb\"]}", "aaaa-bbbb\n" },
	{ "session list", NULL, "ListHostSessions", "{}",
	  "{\"Sessions\":[{\"SessionId\":\"s1\",\"Username\":\"eve\",\"Service\":\"sshd\"}]}", "sshd" },
	{ "session close s1", NULL, "CloseHostSession", "{\"SessionId\":\"s1\"}", "{}", "closed session s1" },
	{ "pool show", NULL, "DescribeUserPool", "{\"UserPoolId\":\"" FAKE_POOL "\"}",
	  "{\"UserPool\":{\"Name\":\"default\"}}", "default" },
	{ "pool show local_x", NULL, "DescribeUserPool", "{\"UserPoolId\":\"local_x\"}",
	  "{\"UserPool\":{\"Name\":\"other\"}}", "other" },
	{ "pool list", NULL, "ListUserPools", "{\"MaxResults\":60}", "{\"UserPools\":[{\"Name\":\"default\"}]}", "default" },
	{ "pool create other --mfa ON --min-password-length 12", NULL, "CreateUserPool",
	  "{\"PoolName\":\"other\",\"MfaConfiguration\":\"ON\",\"Policies\":{\"PasswordPolicy\":{\"MinimumLength\":12}}}",
	  "{\"UserPool\":{\"Id\":\"local_new\"}}", "local_new" },
	{ "pool delete local_x -y", NULL, "DeleteUserPool", "{\"UserPoolId\":\"local_x\"}", "{}", "deleted pool" },
	{ "client list --pool local_x", NULL, "ListUserPoolClients", "{\"UserPoolId\":\"local_x\",\"MaxResults\":60}",
	  "{\"UserPoolClients\":[{\"ClientName\":\"host-login\"}]}", "host-login" },
	{ "client show c1", NULL, "DescribeUserPoolClient", POOL "\"ClientId\":\"c1\"}",
	  "{\"UserPoolClient\":{\"ClientName\":\"host-login\"}}", "host-login" },
	{ "client create kiosk --flow ALLOW_USER_SRP_AUTH --flow ALLOW_REFRESH_TOKEN_AUTH", NULL, "CreateUserPoolClient",
	  POOL "\"ClientName\":\"kiosk\",\"ExplicitAuthFlows\":[\"ALLOW_USER_SRP_AUTH\",\"ALLOW_REFRESH_TOKEN_AUTH\"]}",
	  "{\"UserPoolClient\":{\"ClientId\":\"c2\"}}", "c2" },
	{ "client delete c1", NULL, "DeleteUserPoolClient", POOL "\"ClientId\":\"c1\"}", "{}", "deleted app client" },
	{ "passwd --stdin", "old one\nnew one\n", "ChangePassword",
	  "{\"PreviousPassword\":\"old one\",\"ProposedPassword\":\"new one\"}", "{}", "changed" },
	{ "id eve", NULL, "GetHostUser", "{\"Username\":\"eve\"}",
	  "{\"Username\":\"eve\",\"Uid\":1879048192,\"Groups\":[{\"GroupName\":\"staff\",\"Gid\":1879048200}]}", "1879048200" },
	{ "explain eve sshd", NULL, "ExplainLogin", "{\"Username\":\"eve\",\"Service\":\"sshd\"}",
	  "{\"Verdict\":\"allow\",\"Steps\":[\"asks for the password\"]}", " 1. asks for the password" },
	{ "status", NULL, "GetHostStatus", "{}", "{\"Pool\":{\"Workers\":2}}", "Pool.Workers: 2" },
	{ "sync", NULL, "SyncIdentities", "{}", "{\"Users\":3}", "Users: 3" },
	{ "call InitiateAuth AuthFlow=X AuthParameters:={\"A\":1} Empty=", NULL, "InitiateAuth",
	  "{\"AuthFlow\":\"X\",\"AuthParameters\":{\"A\":1},\"Empty\":\"\"}", "{\"Done\":1}", "\"Done\": 1" },
	{ "call GetGroup --input - B=2", "{\"A\":\"1\"}", "GetGroup", "{\"A\":\"1\",\"B\":\"2\"}", "{}", "{}" },
	{ "call --list", NULL, "ListOperations", "{}", "{\"Operations\":[{\"Name\":\"GetUser\",\"Summary\":\"show\"}]}", "GetUser" },
	{ "call GetUser --help", NULL, "ListOperations", "{}",
	  "{\"Operations\":[{\"Name\":\"GetUser\",\"Fields\":[{\"Name\":\"AccessToken\",\"Type\":\"Token\"}]}]}", "AccessToken" },
};
/* clang-format on */

static void asks_for_what_the_command_line_says(void **state)
{
	char expected[2048];

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		struct fake_answer answer = { cases[i].operation, cases[i].result, NULL, NULL };
		char *requests = ask_once(&answer, cases[i].input, cases[i].words);

		(void)snprintf(expected, sizeof(expected), "%s %s\n", cases[i].operation,
			       cases[i].request);
		assert_string_equal(run.err, "");
		assert_string_equal(requests, expected);
		assert_int_equal(run.status, OUTCOME_OK);
		assert_non_null(strstr(run.out, cases[i].out));
		free(requests);
	}
}

static void says_nothing_but_results_when_quiet(void **state)
{
	static const struct fake_answer answer = { "AdminEnableUser", "{}", NULL, NULL };

	(void)state;
	free(ask_once(&answer, NULL, "user enable eve --quiet"));
	assert_string_equal(run.out, "");
	free(ask_once(&answer, NULL, "user enable eve --json"));
	assert_string_equal(run.out, "{}\n");
}

static void prints_the_json_of_the_api_when_asked(void **state)
{
	static const struct fake_answer answer = { "AdminGetUser",
						   "{\"Username\":\"eve\",\"Enabled\":true}", NULL,
						   NULL };

	(void)state;
	free(ask_once(&answer, NULL, "--json user get eve"));
	assert_string_equal(run.out, "{\n  \"Username\": \"eve\",\n  \"Enabled\": true\n}\n");
}

static void makes_up_a_temporary_password_of_its_own(void **state)
{
	static const struct fake_answer answer = { "AdminCreateUser", "{\"User\":{}}", NULL, NULL };
	static const char label[] = "temporary password: ";

	(void)state;
	char *requests = ask_once(&answer, NULL, "user create eve");
	const char *shown = strstr(run.out, label);
	assert_non_null(shown);
	char quoted[64];
	(void)snprintf(quoted, sizeof(quoted), "\"TemporaryPassword\":\"%.24s\"",
		       shown + strlen(label));
	assert_non_null(strstr(requests, quoted));
	free(requests);
}

static void warns_of_a_name_that_no_host_takes(void **state)
{
	static const struct {
		const char *words, *warning;
	} names[] = {
		{ "user create eve", "" },
		{ "user create Eve", "" },
		{ "user create eve.smith", "cannot sign in to hosts" },
		{ "user create 1eve", "cannot sign in to hosts" },
		{ "user create root", "has a local user of that name" },
	};
	static const struct fake_answer answer = { "AdminCreateUser", "{\"User\":{}}", NULL, NULL };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(names); i++) {
		free(ask_once(&answer, NULL, names[i].words));
		assert_int_equal(run.status, OUTCOME_OK);
		if (names[i].warning[0] == '\0')
			assert_string_equal(run.err, "");
		else
			assert_non_null(strstr(run.err, names[i].warning));
	}
}

static void sets_a_permanent_password_and_the_groups_after_creating(void **state)
{
	static const struct fake_answer script[] = {
		{ "AdminCreateUser", "{\"User\":{}}", NULL, NULL },
		{ "AdminSetUserPassword", "{}", NULL, NULL },
		{ "AdminAddUserToGroup", "{}", NULL, NULL },
		{ "AdminAddUserToGroup", NULL, "ResourceNotFoundException", "Group not found." },
	};
	struct fake fake;

	(void)state;
	fake_new(&fake);
	fake_serve_api(&fake, script, UP_COUNT(script));
	run_userpool(&run, fake.dir, "secret\n",
		     "user create eve --password-stdin --group a --group b");
	char *requests = fake_requests(&fake);
	assert_int_equal(run.status, OUTCOME_NOT_FOUND);
	assert_non_null(strstr(requests, "\"Password\":\"secret\",\"Permanent\":true}"));
	assert_non_null(strstr(requests, "\"GroupName\":\"b\"}"));
	assert_non_null(strstr(run.err, "was created, but is not in this group"));
	free(requests);
	fake_end(&fake);
}

static void enrols_the_own_app_with_a_typed_code(void **state)
{
	static const struct fake_answer script[] = {
		{ "GetUser", "{\"Username\":\"eve\"}", NULL, NULL },
		{ "AssociateSoftwareToken", "{\"SecretCode\":\"ABCDEFGH\"}", NULL, NULL },
		{ "VerifySoftwareToken", "{\"Status\":\"SUCCESS\"}", NULL, NULL },
		{ "SetUserMFAPreference", "{}", NULL, NULL },
	};
	struct fake fake;

	(void)state;
	fake_new(&fake);
	fake_serve_api(&fake, script, UP_COUNT(script));
	run_userpool(&run, fake.dir, "123456\n", "mfa enrol --stdin");
	char *requests = fake_requests(&fake);
	assert_string_equal(run.err, "");
	assert_int_equal(run.status, OUTCOME_OK);
	assert_non_null(strstr(requests, "VerifySoftwareToken {\"UserCode\":\"123456\"}"));
	assert_non_null(strstr(run.out, "secret=ABCDEFGH"));
	free(requests);
	fake_end(&fake);
}

static void keeps_the_settings_of_a_pool_that_are_not_changed(void **state)
{
	static const struct fake_answer script[] = {
		{ "DescribeUserPool",
		  "{\"UserPool\":{\"Id\":\"p\",\"MfaConfiguration\":\"ON\",\"Policies\":"
		  "{\"PasswordPolicy\":{\"MinimumLength\":9,\"RequireSymbols\":true}}}}",
		  NULL, NULL },
		{ "UpdateUserPool", "{}", NULL, NULL },
	};
	struct fake fake;

	(void)state;
	fake_new(&fake);
	fake_serve_api(&fake, script, UP_COUNT(script));
	run_userpool(&run, fake.dir, NULL, "pool update --min-password-length 14");
	char *requests = fake_requests(&fake);
	assert_int_equal(run.status, OUTCOME_OK);
	assert_non_null(strstr(requests,
			       "UpdateUserPool {\"UserPoolId\":\"" FAKE_POOL
			       "\",\"Policies\":{\"PasswordPolicy\":{\"MinimumLength\":14,"
			       "\"RequireSymbols\":true}},\"MfaConfiguration\":\"ON\"}"));
	free(requests);
	fake_end(&fake);
}

static void follows_all_pages_and_stops_at_the_limit(void **state)
{
	static const struct fake_answer script[] = {
		{ "ListUsers", "{\"Users\":[{\"Username\":\"a\"}],\"PaginationToken\":\"t1\"}",
		  NULL, NULL },
		{ "ListUsers", "{\"Users\":[{\"Username\":\"b\"}],\"PaginationToken\":\"t2\"}",
		  NULL, NULL },
		{ "ListUsers", "{\"Users\":[{\"Username\":\"c\"}]}", NULL, NULL },
	};
	static const struct {
		const char *words, *out;
	} runs[] = {
		{ "user list --json", "\"c\"" },
		{ "user list --json --limit 2", "\"b\"" },
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(runs); i++) {
		struct fake fake;

		fake_new(&fake);
		fake_serve_api(&fake, script, UP_COUNT(script));
		run_userpool(&run, fake.dir, NULL, runs[i].words);
		char *requests = fake_requests(&fake);
		assert_int_equal(run.status, OUTCOME_OK);
		assert_non_null(strstr(run.out, "\"a\""));
		assert_non_null(strstr(run.out, runs[i].out));
		assert_null(strstr(run.out, "PaginationToken"));
		assert_int_equal(strstr(run.out, "\"c\"") != NULL, i == 0);
		assert_non_null(strstr(requests, "\"PaginationToken\":\"t1\""));
		assert_int_equal(strstr(requests, "\"PaginationToken\":\"t2\"") != NULL, i == 0);
		free(requests);
		fake_end(&fake);
	}
}

static void gives_up_on_a_pool_that_repeats_a_page(void **state)
{
	static const struct fake_answer page = {
		"ListUsers", "{\"Users\":[{\"Username\":\"a\"}],\"PaginationToken\":\"t\"}", NULL,
		NULL
	};
	const struct fake_answer script[] = { page, page, page };
	struct fake fake;

	(void)state;
	fake_new(&fake);
	fake_serve_api(&fake, script, UP_COUNT(script));
	run_userpool(&run, fake.dir, NULL, "user list");
	assert_int_equal(run.status, OUTCOME_REFUSED);
	assert_non_null(strstr(run.err, "repeats a page"));
	fake_end(&fake);
}

/* clang-format off */
static const struct {
	const char *type;
	enum outcome outcome;
	const char *hint;
} errors[] = {
	{ "UsernameExistsException", OUTCOME_REFUSED, "user set-password" },
	{ "UserNotFoundException", OUTCOME_NOT_FOUND, "user list" },
	{ "ResourceNotFoundException", OUTCOME_NOT_FOUND, "pool list" },
	{ "AccessDeniedException", OUTCOME_FORBIDDEN, "as root" },
	{ "NotAuthorizedException", OUTCOME_REFUSED, "" },
	{ "InternalErrorException", OUTCOME_REFUSED, "userpool status" },
	{ "SomethingNewException", OUTCOME_REFUSED, "" },
};
/* clang-format on */

static void turns_errors_of_the_api_into_exit_codes(void **state)
{
	char expected[256];

	(void)state;
	for (size_t i = 0; i < UP_COUNT(errors); i++) {
		struct fake_answer answer = { "AdminGetUser", NULL, errors[i].type, "Why it is." };

		free(ask_once(&answer, NULL, "user get eve"));
		(void)snprintf(expected, sizeof(expected), "userpool: user get: %s: Why it is.\n",
			       errors[i].type);
		assert_int_equal(run.status, errors[i].outcome);
		assert_memory_equal(run.err, expected, strlen(expected));
		assert_non_null(strstr(run.err, errors[i].hint));
		assert_string_equal(run.out, "");
	}
}

static void tells_an_absent_daemon_from_a_refusal(void **state)
{
	static const char *const words[] = { "user list", "status", "login-test eve --stdin",
					     "call GetUser" };
	struct fake fake;

	(void)state;
	fake_new(&fake);
	for (size_t i = 0; i < UP_COUNT(words); i++) {
		run_userpool(&run, fake.dir, NULL, words[i]);
		assert_int_equal(run.status, OUTCOME_OFFLINE);
		assert_non_null(strstr(run.err, "cannot reach userpoold at "));
	}
	fake_end(&fake);
}

static void refuses_a_wrong_command_line_without_asking(void **state)
{
	static const char *const words[] = {
		"bogus",
		"user",
		"user bogus",
		"user get",
		"user get a b",
		"user list --bogus",
		"user list --limit 0",
		"user list --limit 1x",
		"user update eve",
		"user update eve =x",
		"user update eve novalue",
		"user create eve --password-stdin --temporary-password-stdin",
		"user create eve --attribute novalue",
		"user list --email x",
		"group create g --precedence -1",
		"mfa require MAYBE",
		"pool create p --min-password-length 5",
		"call",
		"call GetUser novalue",
		"call GetUser A:={",
		"call GetUser --input /nonexistent",
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(words); i++) {
		struct fake fake;

		fake_new(&fake);
		fake_serve_api(&fake, NULL, 0);
		run_userpool(&run, fake.dir, "x\n", words[i]);
		char *requests = fake_requests(&fake);
		assert_int_equal(run.status, OUTCOME_USAGE);
		assert_string_equal(requests, "");
		assert_string_not_equal(run.err, "");
		free(requests);
		fake_end(&fake);
	}
}

/* PAM-04: nothing that a pool says reaches the terminal as a control. */
static void escapes_what_the_pool_says(void **state)
{
	static const struct fake_answer answers[] = {
		{ "ListUsers", "{\"Users\":[{\"Username\":\"e\\u001b[2Jv\\u202ee\"}]}", NULL,
		  NULL },
		{ "ListUsers", NULL, "Bad\x1b]0;x\aException", "two\nlines\x1b[1m" },
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(answers); i++) {
		free(ask_once(&answers[i], NULL, "user list"));
		assert_null(strchr(run.out, '\x1b'));
		assert_null(strchr(run.err, '\x1b'));
		assert_null(strstr(run.out, "\u202e"));
	}
	assert_non_null(strstr(run.err, "two\\x0Alines\\x1B[1m"));
}

static void asks_before_it_deletes_on_a_terminal(void **state)
{
	static const struct {
		const char *words, *typed;
		enum outcome outcome;
		const char *request;
	} runs[] = {
		{ "user delete eve", "n\n", OUTCOME_REFUSED, "" },
		{ "user delete eve", "\n", OUTCOME_REFUSED, "" },
		{ "user delete eve", "z\n", OUTCOME_REFUSED, "" },
		{ "user delete eve", "y\n", OUTCOME_OK, "AdminDeleteUser " USER "\n" },
		{ "user delete eve --yes", "", OUTCOME_OK, "AdminDeleteUser " USER "\n" },
	};
	static const struct fake_answer answer = { "AdminDeleteUser", "{}", NULL, NULL };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(runs); i++) {
		struct fake fake;

		fake_new(&fake);
		fake_serve_api(&fake, &answer, 1);
		run_on_terminal(&run, fake.dir, &runs[i].typed, 1, runs[i].words);
		char *requests = fake_requests(&fake);
		assert_int_equal(run.status, runs[i].outcome);
		assert_string_equal(requests, runs[i].request);
		free(requests);
		fake_end(&fake);
	}
}

static void asks_twice_for_a_password_and_shows_neither(void **state)
{
	static const struct {
		const char *typed[2];
		enum outcome outcome;
	} runs[] = {
		{ { "hush hush\n", "hush hush\n" }, OUTCOME_OK },
		{ { "hush hush\n", "hush tush\n" }, OUTCOME_USAGE },
		{ { "\n", "\n" }, OUTCOME_USAGE },
	};
	static const struct fake_answer answer = { "AdminSetUserPassword", "{}", NULL, NULL };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(runs); i++) {
		struct fake fake;

		fake_new(&fake);
		fake_serve_api(&fake, &answer, 1);
		run_on_terminal(&run, fake.dir, runs[i].typed, 2, "user set-password eve");
		char *requests = fake_requests(&fake);
		assert_int_equal(run.status, runs[i].outcome);
		assert_null(strstr(run.out, "hush"));
		assert_int_equal(strstr(requests, "\"hush hush\"") != NULL,
				 runs[i].outcome == OUTCOME_OK);
		free(requests);
		fake_end(&fake);
	}
}

static void draws_a_qr_code_on_a_terminal_only(void **state)
{
	static const struct fake_answer answer = { "AdminAssociateSoftwareToken",
						   "{\"SecretCode\":\"ABCDEFGH\"}", NULL, NULL };
	struct fake fake;

	(void)state;
	fake_new(&fake);
	fake_serve_api(&fake, &answer, 1);
	run_on_terminal(&run, fake.dir, NULL, 0, "mfa enrol eve");
	assert_non_null(strstr(run.out, "\u2588\u2588"));
	fake_end(&fake);
	free(ask_once(&answer, NULL, "mfa enrol eve"));
	assert_null(strstr(run.out, "\u2588"));
}

static void refuses_a_password_that_does_not_fit(void **state)
{
	static char input[4096];
	struct fake fake;

	(void)state;
	for (size_t length = 1024; length <= 1025; length++) {
		static const struct fake_answer answer = { "AdminSetUserPassword", "{}", NULL,
							   NULL };

		memset(input, 'x', length);
		input[length] = '\n';
		input[length + 1] = '\0';
		fake_new(&fake);
		fake_serve_api(&fake, &answer, 1);
		run_userpool(&run, fake.dir, input, "user set-password eve --stdin");
		assert_int_equal(run.status, length == 1024 ? OUTCOME_OK : OUTCOME_USAGE);
		fake_end(&fake);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_for_what_the_command_line_says),
		cmocka_unit_test(says_nothing_but_results_when_quiet),
		cmocka_unit_test(prints_the_json_of_the_api_when_asked),
		cmocka_unit_test(makes_up_a_temporary_password_of_its_own),
		cmocka_unit_test(warns_of_a_name_that_no_host_takes),
		cmocka_unit_test(sets_a_permanent_password_and_the_groups_after_creating),
		cmocka_unit_test(enrols_the_own_app_with_a_typed_code),
		cmocka_unit_test(keeps_the_settings_of_a_pool_that_are_not_changed),
		cmocka_unit_test(follows_all_pages_and_stops_at_the_limit),
		cmocka_unit_test(gives_up_on_a_pool_that_repeats_a_page),
		cmocka_unit_test(turns_errors_of_the_api_into_exit_codes),
		cmocka_unit_test(tells_an_absent_daemon_from_a_refusal),
		cmocka_unit_test(refuses_a_wrong_command_line_without_asking),
		cmocka_unit_test(escapes_what_the_pool_says),
		cmocka_unit_test(asks_before_it_deletes_on_a_terminal),
		cmocka_unit_test(asks_twice_for_a_password_and_shows_neither),
		cmocka_unit_test(draws_a_qr_code_on_a_terminal_only),
		cmocka_unit_test(refuses_a_password_that_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
