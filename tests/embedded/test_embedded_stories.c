/* SPDX-License-Identifier: MIT */
/* Whole stories, each from an admin's first word to a user's last. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/embedded/a_pool.h"

#define CODE                   "SOFTWARE_TOKEN_MFA_CODE"
#define ROLE                   "arn:aws:iam::123456789012:role/operators"
#define ATTRIBUTE(name, value) "Name", name, "Value", value

static const char *access_of(json_t *tokens)
{
	return text_at(tokens, "AuthenticationResult.AccessToken");
}

/* From an MFA_SETUP challenge to tokens; the secret in *secret. */
static json_t *enrol_at_the_prompt(struct a_pool *pool, json_t *challenge, const char *name,
				   const char **secret)
{
	assert_string_equal(text_at(challenge, "ChallengeName"), "MFA_SETUP");
	json_t *offer = ask(pool, "AssociateSoftwareToken", "{s:s}", "Session",
			    text_at(challenge, "Session"));
	*secret = text_at(offer, "SecretCode");
	json_t *proof = ask(pool, "VerifySoftwareToken", "{s:s, s:s}", "Session",
			    text_at(offer, "Session"), "UserCode", code_of(*secret, 0));
	return ask(pool, "RespondToAuthChallenge", "{s:s, s:s, s:{s:s}}", "ChallengeName",
		   "MFA_SETUP", "Session", text_at(proof, "Session"), "ChallengeResponses",
		   "USERNAME", name);
}

static json_t *with_code(struct a_pool *pool, const char *name, const char *password,
			 const char *code)
{
	json_t *challenge = sign_in(pool, name, password);

	assert_string_equal(text_at(challenge, "ChallengeName"), "SOFTWARE_TOKEN_MFA");
	return respond(pool, challenge, name, CODE, code);
}

/* One way through a sign-in. */
struct way {
	const char *setting;
	bool is_temporary, is_enrolled, is_on;
};

/* A user as the way begins; the secret, or NULL. */
static const char *prepare(struct a_pool *pool, const struct way *way, const char *name)
{
	const char *secret = NULL;

	mfa_is(pool, "OPTIONAL");
	if (way->is_temporary)
		(void)ask(pool, "AdminCreateUser", "{s:s, s:s}", "Username", name,
			  "TemporaryPassword", PASSWORD);
	else
		person(pool, name);
	if (way->is_enrolled)
		secret = enrol(pool, name);
	if (way->is_enrolled && !way->is_on)
		(void)ask(pool, "AdminSetUserMFAPreference", "{s:s, s:{s:b}}", "Username", name,
			  "SoftwareTokenMfaSettings", "Enabled", 0);
	mfa_is(pool, way->setting);
	return secret;
}

static void go(struct a_pool *pool, const struct way *way, const char *name)
{
	const char *secret = prepare(pool, way, name);
	const bool is_required = strcmp(way->setting, "ON") == 0;
	json_t *answer = sign_in(pool, name, PASSWORD);

	if (way->is_temporary) {
		assert_string_equal(text_at(answer, "ChallengeName"), "NEW_PASSWORD_REQUIRED");
		answer = respond(pool, answer, name, "NEW_PASSWORD", ANOTHER);
	}
	if (is_required && !way->is_enrolled) {
		answer = enrol_at_the_prompt(pool, answer, name, &secret);
	} else if (is_required || (way->is_on && strcmp(way->setting, "OFF") != 0)) {
		assert_string_equal(text_at(answer, "ChallengeName"), "SOFTWARE_TOKEN_MFA");
		answer = respond(pool, answer, name, CODE, code_of(secret, 0));
	}
	json_t *user = ask(pool, "GetUser", "{s:s}", "AccessToken", access_of(answer));
	assert_string_equal(text_at(user, "Username"), name);
}

/* Temporary password or not, MFA off, optional or on, enrolled or not, and switched on or not. */
static void every_combination_ends_as_it_should(void **state)
{
	static const char *const settings[] = { "OFF", "OPTIONAL", "ON" };

	for (int i = 0; i < 3 * 2 * 3; i++) {
		const struct way way = { .setting = settings[i % 3],
					 .is_temporary = i / 3 % 2 == 1,
					 .is_enrolled = i / 6 >= 1,
					 .is_on = i / 6 == 2 };
		char name[16];

		clock_goes(120);
		(void)snprintf(name, sizeof(name), "user%d", i);
		go(*state, &way, name);
	}
}

static void a_new_colleague_on_the_first_day(void **state)
{
	struct a_pool *pool = *state;
	const char *secret;

	mfa_is(pool, "ON");
	(void)ask(pool, "CreateGroup", "{s:s, s:i, s:s}", "GroupName", "operators", "Precedence", 1,
		  "RoleArn", ROLE);
	json_t *made = ask(pool, "AdminCreateUser", "{s:s, s:[{s:s, s:s}]}", "Username", "dora",
			   "UserAttributes", ATTRIBUTE("email", "dora@example.org"));
	(void)ask(pool, "AdminAddUserToGroup", "{s:s, s:s}", "Username", "dora", "GroupName",
		  "operators");
	json_t *step = sign_in(pool, "dora", text_at(made, "TemporaryPassword"));
	step = respond(pool, step, "dora", "NEW_PASSWORD", ANOTHER);
	json_t *tokens = enrol_at_the_prompt(pool, step, "dora", &secret);
	json_t *id = claims_of(pool, text_at(tokens, "AuthenticationResult.IdToken"));
	assert_string_equal(text_at(id, "email"), "dora@example.org");
	assert_string_equal(text_at(id, "cognito:preferred_role"), ROLE);
	/* Next morning. */
	clock_goes(86400 - 7200);
	(void)with_code(pool, "dora", ANOTHER, code_of(secret, 0));
}

static void a_lost_phone(void **state)
{
	struct a_pool *pool = *state;
	const char *token = access_of(sign_in(pool, "alice", PASSWORD));
	const char *lost = text_at(
		ask(pool, "AssociateSoftwareToken", "{s:s}", "AccessToken", token), "SecretCode");

	(void)ask(pool, "VerifySoftwareToken", "{s:s, s:s}", "AccessToken", token, "UserCode",
		  code_of(lost, 0));
	json_t *codes = ask(pool, "CreateRecoveryCodes", "{s:s}", "AccessToken", token);
	clock_goes(86400);
	/* In by a recovery code, and a new phone. */
	json_t *challenge = sign_in(pool, "alice", PASSWORD);
	json_t *tokens = respond(pool, challenge, "alice", "RECOVERY_CODE",
				 text_at(codes, "RecoveryCodes.3"));
	json_t *offer =
		ask(pool, "AssociateSoftwareToken", "{s:s}", "AccessToken", access_of(tokens));
	(void)ask(pool, "VerifySoftwareToken", "{s:s, s:s}", "AccessToken", access_of(tokens),
		  "UserCode", code_of(text_at(offer, "SecretCode"), 0));
	clock_goes(30);
	challenge = sign_in(pool, "alice", PASSWORD);
	respond_refused(pool, "CodeMismatchException", WRONG_CODE, challenge, "alice", CODE,
			code_of(lost, 0));
	(void)respond(pool, challenge, "alice", CODE, code_of(text_at(offer, "SecretCode"), 0));
}

static void a_lost_phone_without_recovery_codes(void **state)
{
	struct a_pool *pool = *state;
	const char *secret;

	(void)enrol(pool, "alice");
	mfa_is(pool, "ON");
	(void)ask(pool, "AdminDeleteSoftwareToken", "{s:s}", "Username", "alice");
	(void)enrol_at_the_prompt(pool, sign_in(pool, "alice", PASSWORD), "alice", &secret);
	clock_goes(30);
	(void)with_code(pool, "alice", PASSWORD, code_of(secret, 0));
}

static void a_forgotten_password(void **state)
{
	struct a_pool *pool = *state;
	json_t *old = sign_in(pool, "alice", PASSWORD);

	(void)ask(pool, "AdminSetUserPassword", "{s:s, s:s}", "Username", "alice", "Password",
		  ANOTHER);
	refused(pool, "NotAuthorizedException", "Access Token has been revoked", "GetUser", "{s:s}",
		"AccessToken", access_of(old));
	json_t *challenge = sign_in(pool, "alice", ANOTHER);
	(void)respond(pool, challenge, "alice", "NEW_PASSWORD", "My-own-choice-9");
	(void)access_of(sign_in(pool, "alice", "My-own-choice-9"));
}

static void somebody_leaves(void **state)
{
	struct a_pool *pool = *state;
	const char *secret = enrol(pool, "alice");
	json_t *tokens = with_code(pool, "alice", PASSWORD, code_of(secret, 0));
	json_t *half = sign_in(pool, "alice", PASSWORD);

	(void)ask(pool, "AdminDisableUser", "{s:s}", "Username", "alice");
	clock_goes(30);
	respond_refused(pool, "NotAuthorizedException", NO_SESSION, half, "alice", CODE,
			code_of(secret, 0));
	refused(pool, "NotAuthorizedException", NULL, "GetTokensFromRefreshToken", "{s:s}",
		"RefreshToken", text_at(tokens, "AuthenticationResult.RefreshToken"));
	sign_in_refused(pool, "NotAuthorizedException", "User is disabled.", "alice", PASSWORD);
	json_t *left = ask(pool, "ListUsers", "{s:s}", "Filter", "status = \"Disabled\"");
	assert_string_equal(text_at(left, "Users.0.Username"), "alice");
	(void)ask(pool, "AdminDeleteUser", "{s:s}", "Username", "alice");
}

static void a_laptop_is_stolen(void **state)
{
	struct a_pool *pool = *state;
	json_t *stolen = sign_in(pool, "alice", PASSWORD), *here = sign_in(pool, "alice", PASSWORD);

	(void)ask(pool, "GlobalSignOut", "{s:s}", "AccessToken", access_of(here));
	refused(pool, "NotAuthorizedException", "Access Token has been revoked", "ChangePassword",
		"{s:s, s:s, s:s}", "AccessToken", access_of(stolen), "PreviousPassword", PASSWORD,
		"ProposedPassword", ANOTHER);
	const char *token = access_of(sign_in(pool, "alice", PASSWORD));
	(void)ask(pool, "ChangePassword", "{s:s, s:s, s:s}", "AccessToken", token,
		  "PreviousPassword", PASSWORD, "ProposedPassword", ANOTHER);
	(void)access_of(sign_in(pool, "alice", ANOTHER));
}

static void a_week_of_one_sign_in(void **state)
{
	struct a_pool *pool = *state;
	json_t *tokens = sign_in(pool, "alice", PASSWORD);
	const char *refresh = text_at(tokens, "AuthenticationResult.RefreshToken");
	const char *token = access_of(tokens);

	for (int day = 0; day < 7; day++) {
		clock_goes(86400);
		refused(pool, "NotAuthorizedException", "Access Token has expired", "GetUser",
			"{s:s}", "AccessToken", token);
		tokens = ask(pool, "GetTokensFromRefreshToken", "{s:s}", "RefreshToken", refresh);
		token = access_of(tokens);
		(void)ask(pool, "GetUser", "{s:s}", "AccessToken", token);
		assert_int_equal(json_integer_value(at(claims_of(pool, token), "auth_time")), NOW);
	}
	(void)ask(pool, "RevokeToken", "{s:s}", "Token", refresh);
	refused(pool, "NotAuthorizedException", "Refresh Token has been revoked",
		"GetTokensFromRefreshToken", "{s:s}", "RefreshToken", refresh);
}

static void a_key_login_with_a_code(void **state)
{
	struct a_pool *pool = *state;
	const char *secret = enrol(pool, "alice");
	json_t *challenge = ask(pool, "AdminInitiateSecondFactor", "{s:s}", "Username", "alice");
	json_t *tokens = respond(pool, challenge, "alice", CODE, code_of(secret, 0));

	assert_string_equal(text_at(claims_of(pool, access_of(tokens)), "username"), "alice");
	/* The same code does not then open sudo with the password. */
	json_t *sudo = sign_in(pool, "alice", PASSWORD);
	respond_refused(pool, "ExpiredCodeException", USED_CODE, sudo, "alice", CODE,
			code_of(secret, 0));
	(void)respond(pool, sudo, "alice", CODE, code_of(secret, 1));
}

static void mfa_becomes_required_for_everybody(void **state)
{
	struct a_pool *pool = *state;
	const char *secret;

	json_t *tokens = sign_in(pool, "alice", PASSWORD);
	mfa_is(pool, "ON");
	/* Who is in stays in; the next sign-in has to enrol. */
	(void)ask(pool, "GetUser", "{s:s}", "AccessToken", access_of(tokens));
	(void)enrol_at_the_prompt(pool, sign_in(pool, "alice", PASSWORD), "alice", &secret);
	/* And cannot switch it off. */
	clock_goes(60);
	tokens = with_code(pool, "alice", PASSWORD, code_of(secret, 0));
	(void)ask(pool, "SetUserMFAPreference", "{s:s, s:{s:b}}", "AccessToken", access_of(tokens),
		  "SoftwareTokenMfaSettings", "Enabled", 0);
	clock_goes(60);
	(void)with_code(pool, "alice", PASSWORD, code_of(secret, 0));
}

static void a_stricter_policy(void **state)
{
	struct a_pool *pool = *state;

	(void)ask(pool, "UpdateUserPool", "{s:s, s:{s:{s:i}}}", "MfaConfiguration", "OPTIONAL",
		  "Policies", "PasswordPolicy", "MinimumLength", 20);
	/* Old passwords go on; new ones have to be long. */
	const char *token = access_of(sign_in(pool, "alice", PASSWORD));
	refused(pool, "InvalidPasswordException",
		"Password did not conform with policy: Password not long enough", "ChangePassword",
		"{s:s, s:s, s:s}", "AccessToken", token, "PreviousPassword", PASSWORD,
		"ProposedPassword", ANOTHER);
	(void)ask(pool, "ChangePassword", "{s:s, s:s, s:s}", "AccessToken", token,
		  "PreviousPassword", PASSWORD, "ProposedPassword",
		  "four plain words and two more");
	(void)access_of(sign_in(pool, "alice", "four plain words and two more"));
}

static void a_night_of_guessing(void **state)
{
	struct a_pool *pool = *state;

	/* Somebody tries a list of names with one password, and one name with a list. */
	static const char *const names[] = { "root", "admin", "alice", "bob", "oracle", "nobody" };
	for (size_t i = 0; i < UP_COUNT(names); i++)
		sign_in_refused(pool, "NotAuthorizedException", WRONG, names[i], ANOTHER);
	for (int i = 0; i < 8; i++)
		sign_in_refused(pool, "NotAuthorizedException", i < 4 ? WRONG : LOCKED, "alice",
				ANOTHER);
	/* In the morning nobody notices. */
	clock_goes(3600);
	(void)access_of(sign_in(pool, "alice", PASSWORD));
	(void)access_of(sign_in(pool, "bob", PASSWORD));
}

static void two_teams_in_two_pools(void **state)
{
	struct a_pool *pool = *state, other = *pool;

	other.pool_id =
		text_at(ask(pool, "CreateUserPool", "{s:s}", "PoolName", "other"), "UserPool.Id");
	other.client_id = text_at(ask(&other, "CreateUserPoolClient", "{s:s, s:[s]}", "ClientName",
				      "app", "ExplicitAuthFlows", "ALLOW_USER_PASSWORD_AUTH"),
				  "UserPoolClient.ClientId");
	(void)ask(&other, "AdminCreateUser", "{s:s, s:s}", "Username", "alice", "TemporaryPassword",
		  ANOTHER);
	json_t *challenge = sign_in(&other, "alice", ANOTHER);
	respond_refused(pool, "NotAuthorizedException", NO_SESSION, challenge, "alice",
			"NEW_PASSWORD", "My-own-choice-9");
	sign_in_refused(pool, "NotAuthorizedException", WRONG, "alice", ANOTHER);
	json_t *theirs = respond(&other, challenge, "alice", "NEW_PASSWORD", "My-own-choice-9");
	json_t *mine = sign_in(pool, "alice", PASSWORD);
	assert_string_not_equal(text_at(claims_of(&other, access_of(theirs)), "iss"),
				text_at(claims_of(pool, access_of(mine)), "iss"));
	(void)ask(&other, "DeleteUserPool", NULL);
	refused(pool, "NotAuthorizedException", NULL, "GetUser", "{s:s}", "AccessToken",
		access_of(theirs));
	(void)ask(pool, "GetUser", "{s:s}", "AccessToken", access_of(mine));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_POOL(every_combination_ends_as_it_should),
		WITH_POOL(a_new_colleague_on_the_first_day),
		WITH_POOL(a_lost_phone),
		WITH_POOL(a_lost_phone_without_recovery_codes),
		WITH_POOL(a_forgotten_password),
		WITH_POOL(somebody_leaves),
		WITH_POOL(a_laptop_is_stolen),
		WITH_POOL(a_week_of_one_sign_in),
		WITH_POOL(a_key_login_with_a_code),
		WITH_POOL(mfa_becomes_required_for_everybody),
		WITH_POOL(a_stricter_policy),
		WITH_POOL(a_night_of_guessing),
		WITH_POOL(two_teams_in_two_pools),
	};

	return cmocka_run_group_tests(tests, pools_begin, pools_end);
}
