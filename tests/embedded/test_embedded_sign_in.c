/* SPDX-License-Identifier: MIT */
/* Passwords: the first factor, temporary ones, changes, the lock-out, and who is there at all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/embedded/a_pool.h"

static void change_refused(struct a_pool *pool, const char *type, const char *message,
			   const char *token, const char *old, const char *proposed)
{
	refused(pool, type, message, "ChangePassword", "{s:s, s:s, s:s}", "AccessToken", token,
		"PreviousPassword", old, "ProposedPassword", proposed);
}

static void the_right_password_gives_tokens(void **state)
{
	json_t *result = at(sign_in(*state, "alice", PASSWORD), "AuthenticationResult");

	assert_string_equal(text_at(result, "TokenType"), "Bearer");
	assert_int_equal(json_integer_value(at(result, "ExpiresIn")), 3600);
	assert_non_null(at(result, "IdToken"));
	assert_non_null(at(result, "RefreshToken"));
	json_t *admin = ask(*state, "AdminInitiateAuth", "{s:s, s:{s:s, s:s}}", "AuthFlow",
			    "ADMIN_USER_PASSWORD_AUTH", "AuthParameters", "USERNAME", "alice",
			    "PASSWORD", PASSWORD);
	assert_non_null(at(admin, "AuthenticationResult.AccessToken"));
}

/* PAM-03: nothing is cut, trimmed or folded. */
static void no_other_password_does(void **state)
{
	static const char *const wrong[] = {
		PASSWORD " ",    " " PASSWORD,      PASSWORD "\n", "correct-horse-7",
		"Correct-horse", PASSWORD PASSWORD, "x",           "\xc3\xa9",
	};

	for (size_t i = 0; i < UP_COUNT(wrong); i++) {
		clock_goes(1000); /* past every wait */
		sign_in_refused(*state, "NotAuthorizedException", WRONG, "alice", wrong[i]);
	}
	clock_goes(1000);
	char *long_one = malloc(100000);
	memset(long_one, 'a', 99999);
	long_one[99999] = '\0';
	sign_in_refused(*state, "NotAuthorizedException", WRONG, "alice", long_one);
	free(long_one);
}

static void what_is_missing_is_named(void **state)
{
	static const struct {
		const char *parameters, *message;
	} cases[] = {
		{ "{}", "Missing required parameter USERNAME" },
		{ "{\"USERNAME\": \"alice\"}", "Missing required parameter PASSWORD" },
		{ "{\"USERNAME\": \"alice\", \"PASSWORD\": \"\"}",
		  "Missing required parameter PASSWORD" },
		{ "{\"PASSWORD\": \"x\"}", "Missing required parameter USERNAME" },
	};

	for (size_t i = 0; i < UP_COUNT(cases); i++)
		refused(*state, "InvalidParameterException", cases[i].message, "InitiateAuth",
			"{s:s, s:o}", "AuthFlow", "USER_PASSWORD_AUTH", "AuthParameters",
			json_loads(cases[i].parameters, 0, NULL));
	refused(*state, "InvalidParameterException", NULL, "InitiateAuth", "{s:s}", "AuthFlow",
		"USER_PASSWORD_AUTH");
	refused(*state, "InvalidParameterException", "Missing required parameter REFRESH_TOKEN",
		"InitiateAuth", "{s:s, s:{}}", "AuthFlow", "REFRESH_TOKEN_AUTH", "AuthParameters");
}

static void a_flow_that_is_not_ours_is_refused(void **state)
{
	static const char *const flows[] = {
		"USER_SRP_AUTH",     "CUSTOM_AUTH", "ADMIN_USER_PASSWORD_AUTH",
		"ADMIN_NO_SRP_AUTH", "USER_AUTH",   "user_password_auth"
	};

	for (size_t i = 0; i < UP_COUNT(flows); i++)
		refused(*state, "InvalidParameterException", "Initiate Auth method not supported.",
			"InitiateAuth", "{s:s, s:{s:s, s:s}}", "AuthFlow", flows[i],
			"AuthParameters", "USERNAME", "alice", "PASSWORD", PASSWORD);
	refused(*state, "ResourceNotFoundException",
		"User pool client nosuchclient does not exist.", "InitiateAuth",
		"{s:s, s:s, s:{s:s, s:s}}", "AuthFlow", "USER_PASSWORD_AUTH", "ClientId",
		"nosuchclient", "AuthParameters", "USERNAME", "alice", "PASSWORD", PASSWORD);
}

static void a_temporary_password_has_to_be_changed_at_once(void **state)
{
	json_t *challenge = sign_in(*state, "carol", PASSWORD);

	assert_string_equal(text_at(challenge, "ChallengeName"), "NEW_PASSWORD_REQUIRED");
	assert_string_equal(text_at(challenge, "ChallengeParameters.USER_ID_FOR_SRP"), "carol");
	assert_string_equal(text_at(challenge, "ChallengeParameters.requiredAttributes"), "[]");
	/* JSON text inside of a string, as Cognito has it. */
	json_t *attributes =
		json_loads(text_at(challenge, "ChallengeParameters.userAttributes"), 0, NULL);
	assert_non_null(at(attributes, "sub"));
	json_decref(attributes);
	assert_null(at(challenge, "AuthenticationResult"));

	respond_refused(*state, "InvalidParameterException",
			"Missing required parameter NEW_PASSWORD", challenge, "carol", "OTHER",
			ANOTHER);
	json_t *tokens = respond(*state, challenge, "carol", "NEW_PASSWORD", ANOTHER);
	assert_non_null(at(tokens, "AuthenticationResult.AccessToken"));
	assert_string_equal(
		text_at(ask(*state, "AdminGetUser", "{s:s}", "Username", "carol"), "UserStatus"),
		"CONFIRMED");
	sign_in_refused(*state, "NotAuthorizedException", WRONG, "carol", PASSWORD);
	assert_non_null(at(sign_in(*state, "carol", ANOTHER), "AuthenticationResult"));
	/* Once. */
	respond_refused(*state, "NotAuthorizedException", NO_SESSION, challenge, "carol",
			"NEW_PASSWORD", PASSWORD);
}

static void the_new_password_is_not_the_temporary_one(void **state)
{
	json_t *challenge = sign_in(*state, "carol", PASSWORD);

	respond_refused(*state, "InvalidPasswordException", NULL, challenge, "carol",
			"NEW_PASSWORD", PASSWORD);
	(void)respond(*state, challenge, "carol", "NEW_PASSWORD", ANOTHER);
}

static void a_temporary_password_ends_after_the_pools_days(void **state)
{
	clock_goes(7 * 86400 - 1);
	assert_non_null(at(sign_in(*state, "carol", PASSWORD), "ChallengeName"));
	clock_goes(1);
	sign_in_refused(*state, "NotAuthorizedException",
			"Temporary password has expired and must be reset by an administrator.",
			"carol", PASSWORD);
	/* Only to who knows it. */
	sign_in_refused(*state, "NotAuthorizedException", WRONG, "carol", ANOTHER);
	(void)ask(*state, "AdminSetUserPassword", "{s:s, s:s}", "Username", "carol", "Password",
		  ANOTHER);
	assert_non_null(at(sign_in(*state, "carol", ANOTHER), "ChallengeName"));
	/* A permanent one does not end. */
	clock_goes(4000 * (int64_t)86400);
	assert_non_null(at(sign_in(*state, "alice", PASSWORD), "AuthenticationResult"));
}

static const struct {
	const char *password, *problem; /* NULL: conforms */
} policy_cases[] = {
	{ "Aa1!aaa", "Password not long enough" },
	{ "Aa1!aaaa", NULL },
	{ "AA1!AAAA", "Password must have lowercase characters" },
	{ "aa1!aaaa", "Password must have uppercase characters" },
	{ "Aab!aaaa", "Password must have numeric characters" },
	{ "Aa1aaaaa", "Password must have symbol characters" },
	{ "Aa1 aaaa", NULL }, /* a space inside is a symbol */
	{ "Aa1^aaaa", NULL },
	{ "Aa1-aaaa", NULL },
	{ "Aa1\"aaaa", NULL },
	{ "Aa1\\aaaa", NULL },
	/* Seven characters of nine bytes. */
	{ "Aa1!\xc3\xa9\xc3\xa9"
	  "b",
	  "Password not long enough" },
	{ "Aa1!\xc3\xa9\xc3\xa9"
	  "bb",
	  NULL },
};

static void the_policy_holds_wherever_a_password_is_set(void **state)
{
	const char *token =
		text_at(sign_in(*state, "alice", PASSWORD), "AuthenticationResult.AccessToken");
	json_t *challenge = sign_in(*state, "carol", PASSWORD);

	for (size_t i = 0; i < UP_COUNT(policy_cases); i++) {
		const char *password = policy_cases[i].password;
		char message[128];

		if (policy_cases[i].problem == NULL) {
			(void)ask(*state, "AdminSetUserPassword", "{s:s, s:s}", "Username", "bob",
				  "Password", password);
			continue;
		}
		(void)snprintf(message, sizeof(message), "Password did not conform with policy: %s",
			       policy_cases[i].problem);
		refused(*state, "InvalidPasswordException", message, "AdminSetUserPassword",
			"{s:s, s:s}", "Username", "bob", "Password", password);
		refused(*state, "InvalidPasswordException", message, "AdminCreateUser",
			"{s:s, s:s}", "Username", "dora", "TemporaryPassword", password);
		change_refused(*state, "InvalidPasswordException", message, token, PASSWORD,
			       password);
		respond_refused(*state, "InvalidPasswordException", message, challenge, "carol",
				"NEW_PASSWORD", password);
	}
	refused(*state, "UserNotFoundException", NULL, "AdminGetUser", "{s:s}", "Username", "dora");
}

/* Else who set it at the prompt could not change it by any other operation. */
static void a_password_at_the_prompt_has_the_limits_of_all_others(void **state)
{
	static const char *const cases[] = { " Aa1!aaaa", "Aa1!aaaa ", "Aa1!aaaa\t", "Aa1!aaaa\n" };
	json_t *challenge = sign_in(*state, "carol", PASSWORD);
	char long_one[258];

	for (size_t i = 0; i < UP_COUNT(cases); i++)
		respond_refused(*state, "InvalidPasswordException", NULL, challenge, "carol",
				"NEW_PASSWORD", cases[i]);
	memset(long_one, 'a', 257);
	memcpy(long_one, "A1!", 3);
	long_one[257] = '\0';
	respond_refused(*state, "InvalidPasswordException", NULL, challenge, "carol",
			"NEW_PASSWORD", long_one);
	long_one[256] = '\0';
	(void)respond(*state, challenge, "carol", "NEW_PASSWORD", long_one);
	assert_non_null(at(sign_in(*state, "carol", long_one), "AuthenticationResult"));
}

static void a_user_changes_the_own_password(void **state)
{
	json_t *tokens = sign_in(*state, "alice", PASSWORD);
	const char *token = text_at(tokens, "AuthenticationResult.AccessToken");

	change_refused(*state, "NotAuthorizedException", WRONG, token, ANOTHER, ANOTHER "x");
	change_refused(*state, "InvalidPasswordException", NULL, token, PASSWORD, PASSWORD);
	refused(*state, "InvalidParameterException", NULL, "ChangePassword", "{s:s, s:s}",
		"AccessToken", token, "ProposedPassword", ANOTHER);
	(void)ask(*state, "ChangePassword", "{s:s, s:s, s:s}", "AccessToken", token,
		  "PreviousPassword", PASSWORD, "ProposedPassword", ANOTHER);
	/* What was signed in with the old one has ended. */
	change_refused(*state, "NotAuthorizedException", "Access Token has been revoked", token,
		       ANOTHER, PASSWORD);
	sign_in_refused(*state, "NotAuthorizedException", WRONG, "alice", PASSWORD);
	assert_non_null(at(sign_in(*state, "alice", ANOTHER), "AuthenticationResult"));
}

/* Wrong five times for nothing, then a second, doubling to a quarter of an hour. */
static void failures_make_wait_as_cognitos_do(struct a_pool *pool, const char *name)
{
	int64_t wait = 1;

	for (int i = 0; i < 5; i++)
		sign_in_refused(pool, "NotAuthorizedException", WRONG, name, ANOTHER);
	for (int i = 0; i < 13; i++) {
		sign_in_refused(pool, "NotAuthorizedException", LOCKED, name, PASSWORD);
		clock_goes(wait - 1);
		/* During the wait nothing counts. */
		sign_in_refused(pool, "NotAuthorizedException", LOCKED, name, ANOTHER);
		clock_goes(1);
		sign_in_refused(pool, "NotAuthorizedException", WRONG, name, ANOTHER);
		wait = wait * 2 < 900 ? wait * 2 : 900;
	}
	clock_goes(900);
}

static void a_user_who_fails_waits_but_never_for_good(void **state)
{
	failures_make_wait_as_cognitos_do(*state, "alice");
	assert_non_null(at(sign_in(*state, "alice", PASSWORD), "AuthenticationResult"));
	assert_int_equal(number_in(*state, "SELECT max(failures) FROM users"), 0);
}

/* CRY-15: a name that nobody has waits like the others. */
static void a_stranger_who_fails_waits_as_long(void **state)
{
	failures_make_wait_as_cognitos_do(*state, "nobody");
	sign_in_refused(*state, "NotAuthorizedException", WRONG, "nobody", PASSWORD);
	/* By any spelling, and not in clear: what is typed as a name may be a password. */
	sign_in_refused(*state, "NotAuthorizedException", LOCKED, "NOBODY", PASSWORD);
	assert_int_equal(number_in(*state, "SELECT count(*) FROM strangers"), 1);
	assert_int_equal(number_in(*state, "SELECT instr(digest, 'nobody') FROM strangers"), 0);
	/* Forgotten as soon as they do not wait any more. */
	clock_goes(901);
	sign_in_refused(*state, "NotAuthorizedException", WRONG, "another", PASSWORD);
	assert_int_equal(number_in(*state, "SELECT count(*) FROM strangers"), 1);
}

static void a_quiet_quarter_of_an_hour_forgets_failures(void **state)
{
	for (int i = 0; i < 5; i++)
		sign_in_refused(*state, "NotAuthorizedException", WRONG, "alice", ANOTHER);
	clock_goes(901);
	for (int i = 0; i < 4; i++)
		sign_in_refused(*state, "NotAuthorizedException", WRONG, "alice", ANOTHER);
	assert_non_null(at(sign_in(*state, "alice", PASSWORD), "AuthenticationResult"));
}

/* CRY-11: a clock that was set back must not keep anybody out for longer. */
static void a_clock_set_back_does_not_lengthen_the_wait(void **state)
{
	for (int i = 0; i < 6; i++)
		sign_in_refused(*state, "NotAuthorizedException", i < 5 ? WRONG : LOCKED, "alice",
				ANOTHER);
	clock_goes(-86400);
	assert_non_null(at(sign_in(*state, "alice", PASSWORD), "AuthenticationResult"));
}

static void a_password_of_the_admin_ends_the_wait(void **state)
{
	for (int i = 0; i < 6; i++)
		sign_in_refused(*state, "NotAuthorizedException", i < 5 ? WRONG : LOCKED, "alice",
				ANOTHER);
	(void)ask(*state, "AdminSetUserPassword", "{s:s, s:s, s:b}", "Username", "alice",
		  "Password", ANOTHER, "Permanent", 1);
	assert_non_null(at(sign_in(*state, "alice", ANOTHER), "AuthenticationResult"));
}

static int64_t nanoseconds(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Processor time, of all threads: what others do to this machine is not in it. */
static int64_t cost_of(struct a_pool *pool, const char *name)
{
	int64_t least = INT64_MAX;

	for (int i = 0; i < 5; i++) {
		int64_t start = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);

		sign_in_refused(pool, "NotAuthorizedException", WRONG, name, ANOTHER);
		start = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - start;
		least = start < least ? start : least;
	}
	return least;
}

/* CRY-15 */
static void unknown_disabled_and_wrong_look_and_cost_the_same(void **state)
{
	(void)ask(*state, "AdminDisableUser", "{s:s}", "Username", "bob");
	const int64_t wrong = cost_of(*state, "alice");
	const int64_t unknown = cost_of(*state, "nobody");
	const int64_t disabled = cost_of(*state, "bob");
	const int64_t temporary = cost_of(*state, "carol");

	assert_in_range(unknown, wrong * 8 / 10, wrong * 12 / 10);
	assert_in_range(disabled, wrong * 8 / 10, wrong * 12 / 10);
	assert_in_range(temporary, wrong * 8 / 10, wrong * 12 / 10);
	/* Each has written as well: a wait for the disk tells too. */
	assert_int_equal(number_in(*state, "SELECT sum(failures) FROM users"), 15);
	assert_int_equal(number_in(*state, "SELECT failures FROM strangers"), 5);
}

static void a_client_may_ask_to_be_told_who_is_there(void **state)
{
	json_t *client = ask(*state, "CreateUserPoolClient", "{s:s, s:[s], s:s}", "ClientName",
			     "old", "ExplicitAuthFlows", "ALLOW_USER_PASSWORD_AUTH",
			     "PreventUserExistenceErrors", "LEGACY");

	refused(*state, "UserNotFoundException", "User does not exist.", "InitiateAuth",
		"{s:s, s:s, s:{s:s, s:s}}", "AuthFlow", "USER_PASSWORD_AUTH", "ClientId",
		text_at(client, "UserPoolClient.ClientId"), "AuthParameters", "USERNAME", "nobody",
		"PASSWORD", PASSWORD);
}

/* A new user's change of password with an admin's sign-out sent behind it.  Whether the change was
 * refused; on a busy machine it may be over before the sign-out comes. */
static bool is_refused_after_a_sign_out(struct a_pool *pool, struct channel *admin,
					const char *name, bool is_temporary)
{
	json_t *change, *signed_in;
	struct reply reply;

	(void)ask(pool, "AdminCreateUser", "{s:s, s:s}", "Username", name, "TemporaryPassword",
		  PASSWORD);
	if (!is_temporary)
		(void)ask(pool, "AdminSetUserPassword", "{s:s, s:s, s:b}", "Username", name,
			  "Password", PASSWORD, "Permanent", 1);
	signed_in = sign_in(pool, name, PASSWORD);
	if (is_temporary)
		change = request_of(pool, "RespondToAuthChallenge", "{s:s, s:s, s:{s:s, s:s}}",
				    "ChallengeName", "NEW_PASSWORD_REQUIRED", "Session",
				    text_at(signed_in, "Session"), "ChallengeResponses", "USERNAME",
				    name, "NEW_PASSWORD", ANOTHER);
	else
		change = request_of(pool, "ChangePassword", "{s:s, s:s, s:s}", "AccessToken",
				    text_at(signed_in, "AuthenticationResult.AccessToken"),
				    "PreviousPassword", PASSWORD, "ProposedPassword", ANOTHER);
	json_t *sign_out = request_of(pool, "AdminUserGlobalSignOut", "{s:s}", "Username", name);
	channel_send(pool->worker, is_temporary ? "RespondToAuthChallenge" : "ChangePassword",
		     change);
	channel_ask(admin, "AdminUserGlobalSignOut", sign_out, &reply);
	assert_non_null(reply.result);
	json_decref(reply.result);
	channel_receive(pool->worker, &reply);
	const bool is_refused =
		reply.result == NULL && strcmp(reply.type, "NotAuthorizedException") == 0;
	json_decref(reply.result);
	json_decref(sign_out);
	json_decref(change);
	return is_refused;
}

/* The hash takes tens of milliseconds, the sign-out one: it comes between, if not at the first
 * try. */
static void an_admins_word_during_a_change_of_password_stands(void **state)
{
	struct a_pool *pool = *state;
	struct channel *admin = channel_open(pool->directory);

	for (int is_temporary = 0; is_temporary < 2; is_temporary++) {
		bool is_refused = false;

		for (int i = 0; i < 20 && !is_refused; i++) {
			char name[32];

			(void)snprintf(name, sizeof(name), "racer%d-%d", is_temporary, i);
			is_refused =
				is_refused_after_a_sign_out(pool, admin, name, is_temporary != 0);
		}
		assert_true(is_refused);
	}
	channel_close(admin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_POOL(the_right_password_gives_tokens),
		WITH_POOL(no_other_password_does),
		WITH_POOL(what_is_missing_is_named),
		WITH_POOL(a_flow_that_is_not_ours_is_refused),
		WITH_POOL(a_temporary_password_has_to_be_changed_at_once),
		WITH_POOL(the_new_password_is_not_the_temporary_one),
		WITH_POOL(a_temporary_password_ends_after_the_pools_days),
		WITH_POOL(the_policy_holds_wherever_a_password_is_set),
		WITH_POOL(a_password_at_the_prompt_has_the_limits_of_all_others),
		WITH_POOL(a_user_changes_the_own_password),
		WITH_POOL(a_user_who_fails_waits_but_never_for_good),
		WITH_POOL(a_stranger_who_fails_waits_as_long),
		WITH_POOL(a_quiet_quarter_of_an_hour_forgets_failures),
		WITH_POOL(a_clock_set_back_does_not_lengthen_the_wait),
		WITH_POOL(a_password_of_the_admin_ends_the_wait),
		WITH_POOL(unknown_disabled_and_wrong_look_and_cost_the_same),
		WITH_POOL(a_client_may_ask_to_be_told_who_is_there),
		WITH_POOL(an_admins_word_during_a_change_of_password_stands),
	};

	return cmocka_run_group_tests(tests, pools_begin, pools_end);
}
