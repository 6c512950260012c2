/* SPDX-License-Identifier: MIT */
/* The second factor: enrolment, codes, and the wait after wrong ones. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "daemon/base/clock.h"
#include "tests/embedded/a_pool.h"
#include "tests/lib/scratch.h"

#define CODE "SOFTWARE_TOKEN_MFA_CODE"

static void code_refused(struct a_pool *pool, const char *type, const char *message,
			 json_t *challenge, const char *code)
{
	respond_refused(pool, type, message, challenge, "alice", CODE, code);
}

static bool code_works(struct a_pool *pool, const char *code)
{
	json_t *answer = respond(pool, asked_for_code(pool, "alice"), "alice", CODE, code);

	return at(answer, "AuthenticationResult.AccessToken") != NULL;
}

/* ---- who is asked ---- */

static void the_pools_setting_and_the_users_decide_who_is_asked(void **state)
{
	static const struct {
		const char *setting;
		bool has_secret, is_on;
		const char *challenge; /* NULL: tokens */
	} cases[] = {
		{ "OFF", false, false, NULL },
		{ "OFF", true, true, NULL },
		{ "OPTIONAL", false, false, NULL },
		{ "OPTIONAL", true, true, "SOFTWARE_TOKEN_MFA" },
		{ "OPTIONAL", true, false, NULL },
		{ "ON", false, false, "MFA_SETUP" },
		{ "ON", true, true, "SOFTWARE_TOKEN_MFA" },
		{ "ON", true, false, "SOFTWARE_TOKEN_MFA" },
	};

	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		mfa_is(*state, cases[i].setting);
		(void)ask(*state, "AdminDeleteSoftwareToken", "{s:s}", "Username", "alice");
		if (cases[i].has_secret) {
			(void)enrol(*state, "alice");
			(void)ask(*state, "AdminSetUserMFAPreference", "{s:s, s:{s:b}}", "Username",
				  "alice", "SoftwareTokenMfaSettings", "Enabled",
				  (int)cases[i].is_on);
		}
		json_t *answer = sign_in(*state, "alice", PASSWORD);
		const char *name = json_string_value(at(answer, "ChallengeName"));
		assert_string_equal(name != NULL ? name : "tokens",
				    cases[i].challenge != NULL ? cases[i].challenge : "tokens");
		assert_true((name == NULL) == (at(answer, "AuthenticationResult") != NULL));
	}
}

static void the_preference_is_shown_and_needs_a_secret(void **state)
{
	refused(*state, "InvalidParameterException", "User has not verified software token mfa",
		"AdminSetUserMFAPreference", "{s:s, s:{s:b}}", "Username", "alice",
		"SoftwareTokenMfaSettings", "Enabled", 1);
	(void)enrol(*state, "alice");
	/* A wrong type is a mistake, and not "no". */
	refused(*state, "InvalidParameterException", NULL, "AdminSetUserMFAPreference",
		"{s:s, s:{s:s}}", "Username", "alice", "SoftwareTokenMfaSettings", "Enabled",
		"true");
	json_t *user = ask(*state, "AdminGetUser", "{s:s}", "Username", "alice");
	assert_string_equal(text_at(user, "UserMFASettingList.0"), "SOFTWARE_TOKEN_MFA");
	assert_string_equal(text_at(user, "PreferredMfaSetting"), "SOFTWARE_TOKEN_MFA");
	(void)ask(*state, "AdminSetUserMFAPreference", "{s:s, s:{s:b, s:b}}", "Username", "alice",
		  "SoftwareTokenMfaSettings", "Enabled", 1, "PreferredMfa", 0);
	user = ask(*state, "AdminGetUser", "{s:s}", "Username", "alice");
	assert_null(at(user, "PreferredMfaSetting"));
}

/* ---- codes ---- */

/* CRY-10: a step either side of now, each once, and none before one that was used. */
static void a_code_is_good_a_step_early_or_late_and_no_more(void **state)
{
	static const struct {
		int64_t step;
		bool is_good;
	} cases[] = { { -2, false }, { -1, true }, { 0, true }, { 1, true }, { 2, false } };
	const char *secret = enrol(*state, "alice");

	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		clock_goes(10000);
		const char *code = code_of(secret, cases[i].step);
		if (cases[i].is_good)
			assert_true(code_works(*state, code));
		else
			code_refused(*state, "CodeMismatchException", WRONG_CODE,
				     asked_for_code(*state, "alice"), code);
	}
}

static void a_code_counts_once(void **state)
{
	const char *secret = enrol(*state, "alice");
	const char *code = code_of(secret, 0);
	json_t *earlier = asked_for_code(*state, "alice");

	assert_true(code_works(*state, code));
	code_refused(*state, "ExpiredCodeException", USED_CODE, earlier, code);
	code_refused(*state, "ExpiredCodeException", USED_CODE, asked_for_code(*state, "alice"),
		     code_of(secret, -1));
	clock_goes(30);
	code_refused(*state, "ExpiredCodeException", USED_CODE, asked_for_code(*state, "alice"),
		     code);
	assert_true(code_works(*state, code_of(secret, 0)));
	/* The one after now: then now's is too old. */
	assert_true(code_works(*state, code_of(secret, 1)));
	code_refused(*state, "ExpiredCodeException", USED_CODE, asked_for_code(*state, "alice"),
		     code_of(secret, 0));
}

/* CRY-11 */
static void a_clock_set_back_makes_no_code_good_again(void **state)
{
	static const int64_t back[] = { 30, 3600, 86400, NOW - 1 };
	const char *secret = enrol(*state, "alice");

	assert_true(code_works(*state, code_of(secret, 0)));
	for (size_t i = 0; i < UP_COUNT(back); i++) {
		clock_set_for_test(NOW - back[i]);
		code_refused(*state, "ExpiredCodeException", USED_CODE,
			     asked_for_code(*state, "alice"), code_of(secret, 0));
	}
	/* Ten years on it is another code, and good. */
	clock_set_for_test(NOW + 315360000);
	assert_true(code_works(*state, code_of(secret, 0)));
	clock_set_for_test(NOW + 60);
	code_refused(*state, "ExpiredCodeException", USED_CODE, asked_for_code(*state, "alice"),
		     code_of(secret, 0));
}

static void what_is_no_code_is_wrong(void **state)
{
	const char *secret = enrol(*state, "alice");
	const char *right = code_of(secret, 0);
	char padded[8], longer[8], shorter[8], spaced[16], late[8];
	json_t *challenge = asked_for_code(*state, "alice");

	(void)snprintf(padded, sizeof(padded), " %.5s", right);
	(void)snprintf(longer, sizeof(longer), "%s0", right);
	(void)snprintf(shorter, sizeof(shorter), "%.5s", right);
	(void)snprintf(spaced, sizeof(spaced), "%.3s %s", right, right + 3);
	(void)snprintf(late, sizeof(late), "%.5s\n", right);
	const char *const cases[] = {
		padded,
		longer,
		shorter,
		spaced,
		late,
		"-12345",
		"0x1234",
		"abcdef",
		/* Arabic-Indic and full-width digits: three and two of them have six bytes. */
		"\xd9\xa1\xd9\xa2\xd9\xa3",
		"\xd9\xa1\xd9\xa2\xd9\xa3\xd9\xa4\xd9\xa5\xd9\xa6",
		"\xef\xbc\x91\xef\xbc\x92",
		wrong_code_of(secret),
	};
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		code_refused(*state, "CodeMismatchException", WRONG_CODE, challenge, cases[i]);
		change_in(*state, "UPDATE users SET code_failures = 0");
	}
	respond_refused(*state, "InvalidParameterException",
			"Missing required parameter SOFTWARE_TOKEN_MFA_CODE", challenge, "alice",
			CODE, "");
	/* A wrong try does not use the session up. */
	assert_non_null(
		at(respond(*state, challenge, "alice", CODE, right), "AuthenticationResult"));
}

static void a_code_is_of_one_user(void **state)
{
	const char *secret = enrol(*state, "alice");

	(void)enrol(*state, "bob");
	respond_refused(*state, "CodeMismatchException", WRONG_CODE, asked_for_code(*state, "bob"),
			"bob", CODE, code_of(secret, 0));
}

/* CRY-12, with the arithmetic of docs/decisions/throttling.md: five tries are free, then the wait
 * doubles up to two hours, and nothing but a sign-in forgets them. */
static void a_guesser_of_codes_waits_longer_and_longer(void **state)
{
	const char *secret = enrol(*state, "alice");
	int64_t wait = 1, tries = 5;

	for (int i = 0; i < 5; i++)
		code_refused(*state, "CodeMismatchException", WRONG_CODE,
			     asked_for_code(*state, "alice"), wrong_code_of(secret));
	while (clock_wall() < NOW + 86400) {
		/* The right password, and even the right code, do not shorten it. */
		code_refused(*state, "NotAuthorizedException", LOCKED,
			     asked_for_code(*state, "alice"), code_of(secret, 0));
		clock_goes(wait);
		code_refused(*state, "CodeMismatchException", WRONG_CODE,
			     asked_for_code(*state, "alice"), wrong_code_of(secret));
		wait = wait * 2 < 7200 ? wait * 2 : 7200;
		tries++;
	}
	assert_in_range(tries, 20, 30);
	assert_int_equal(number_in(*state, "SELECT max(code_failures) FROM users"), tries);
	clock_goes(7200);
	assert_true(code_works(*state, code_of(secret, 0)));
	assert_int_equal(number_in(*state, "SELECT max(code_failures) FROM users"), 0);
}

static void a_hundred_wrong_codes_in_a_row_end_the_second_factor(void **state)
{
	const char *secret = enrol(*state, "alice");

	change_in(*state, "UPDATE users SET code_failures = 99 WHERE username = 'alice'");
	code_refused(*state, "CodeMismatchException", WRONG_CODE, asked_for_code(*state, "alice"),
		     wrong_code_of(secret));
	clock_goes(86400);
	code_refused(*state, "NotAuthorizedException", LOCKED, asked_for_code(*state, "alice"),
		     code_of(secret, 0));
	/* Until an admin gives another one. */
	assert_true(code_works(*state, code_of(enrol(*state, "alice"), 0)));
}

static void who_guesses_passwords_does_not_stop_a_code(void **state)
{
	const char *secret = enrol(*state, "alice");
	json_t *challenge = asked_for_code(*state, "alice");

	for (int i = 0; i < 6; i++)
		sign_in_refused(*state, "NotAuthorizedException", i < 5 ? WRONG : LOCKED, "alice",
				ANOTHER);
	assert_non_null(at(respond(*state, challenge, "alice", CODE, code_of(secret, 0)),
			   "AuthenticationResult"));
}

static void the_right_password_alone_forgets_no_failure(void **state)
{
	(void)enrol(*state, "alice");
	for (int i = 0; i < 4; i++) {
		sign_in_refused(*state, "NotAuthorizedException", WRONG, "alice", ANOTHER);
		(void)asked_for_code(*state, "alice");
	}
	sign_in_refused(*state, "NotAuthorizedException", WRONG, "alice", ANOTHER);
	sign_in_refused(*state, "NotAuthorizedException", LOCKED, "alice", PASSWORD);
}

/* CRY-14: what cannot be noted as used is not accepted. */
static void a_code_that_cannot_be_noted_is_not_accepted(void **state)
{
	struct a_pool *pool = *state;
	const char *secret = enrol(pool, "alice");
	json_t *challenge = asked_for_code(pool, "alice");
	_auto_(free) char *log = scratch_path(pool->directory, "pool/pool.db-wal");
	const char *code = code_of(secret, 0);
	struct rlimit before, full;
	struct stat st;

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_return_code(stat(log, &st), 0);
	assert_return_code(getrlimit(RLIMIT_FSIZE, &before), 0);
	/* Not one byte more, as on a full disk. */
	full = (struct rlimit){ (rlim_t)st.st_size, before.rlim_max };
	assert_return_code(setrlimit(RLIMIT_FSIZE, &full), 0);
	code_refused(pool, "InternalErrorException", NULL, challenge, code);
	code_refused(pool, "InternalErrorException", NULL, challenge, wrong_code_of(secret));
	assert_return_code(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(number_in(pool, "SELECT count(*) FROM families"), 0);
	/* With room again it is good, once. */
	assert_non_null(at(respond(pool, challenge, "alice", CODE, code), "AuthenticationResult"));
	code_refused(pool, "ExpiredCodeException", USED_CODE, asked_for_code(pool, "alice"), code);
}

/* ---- enrolment ---- */

static json_t *associated(struct a_pool *pool, json_t *challenge)
{
	json_t *answer = ask(pool, "AssociateSoftwareToken", "{s:s}", "Session",
			     text_at(challenge, "Session"));

	assert_int_equal(strlen(text_at(answer, "SecretCode")), 52);
	return answer;
}

static json_t *verified(struct a_pool *pool, json_t *associated, const char *code)
{
	json_t *answer = ask(pool, "VerifySoftwareToken", "{s:s, s:s}", "Session",
			     text_at(associated, "Session"), "UserCode", code);

	assert_string_equal(text_at(answer, "Status"), "SUCCESS");
	return answer;
}

static json_t *finish_request(struct a_pool *pool, const char *session)
{
	return request_of(pool, "RespondToAuthChallenge", "{s:s, s:s, s:{s:s}}", "ChallengeName",
			  "MFA_SETUP", "Session", session, "ChallengeResponses", "USERNAME",
			  "alice");
}

static void where_mfa_is_required_a_user_enrols_while_signing_in(void **state)
{
	mfa_is(*state, "ON");
	json_t *challenge = sign_in(*state, "alice", PASSWORD);
	assert_string_equal(text_at(challenge, "ChallengeName"), "MFA_SETUP");
	assert_string_equal(text_at(challenge, "ChallengeParameters.MFAS_CAN_SETUP"),
			    "[\"SOFTWARE_TOKEN_MFA\"]");

	json_t *secret = associated(*state, challenge);
	const char *code = text_at(secret, "SecretCode");
	refused(*state, "EnableSoftwareTokenMFAException", "Code mismatch", "VerifySoftwareToken",
		"{s:s, s:s}", "Session", text_at(secret, "Session"), "UserCode",
		wrong_code_of(code));
	/* Not verified yet: neither session ends the sign-in. */
	refused(*state, "NotAuthorizedException", NO_SESSION, "RespondToAuthChallenge",
		"{s:s, s:s, s:{s:s}}", "ChallengeName", "MFA_SETUP", "Session",
		text_at(challenge, "Session"), "ChallengeResponses", "USERNAME", "alice");
	refused(*state, "NotAuthorizedException", NO_SESSION, "RespondToAuthChallenge",
		"{s:s, s:s, s:{s:s}}", "ChallengeName", "MFA_SETUP", "Session",
		text_at(secret, "Session"), "ChallengeResponses", "USERNAME", "alice");
	json_t *done = verified(*state, secret, code_of(code, 0));
	/* Who stops here has nothing. */
	assert_int_equal(number_in(*state, "SELECT count(totp) FROM users"), 0);
	json_t *tokens = ask(*state, "RespondToAuthChallenge", "{s:s, s:s, s:{s:s}}",
			     "ChallengeName", "MFA_SETUP", "Session", text_at(done, "Session"),
			     "ChallengeResponses", "USERNAME", "alice");
	assert_non_null(at(tokens, "AuthenticationResult.AccessToken"));

	/* The code that proved it is used up with it. */
	code_refused(*state, "ExpiredCodeException", USED_CODE, asked_for_code(*state, "alice"),
		     code_of(code, 0));
	assert_true(code_works(*state, code_of(code, 1)));
}

static void a_session_of_an_enrolment_counts_once(void **state)
{
	struct reply reply;

	mfa_is(*state, "ON");
	json_t *secret = associated(*state, sign_in(*state, "alice", PASSWORD));
	json_t *done = verified(*state, secret, code_of(text_at(secret, "SecretCode"), 0));
	ask_raw(*state, "RespondToAuthChallenge", finish_request(*state, text_at(done, "Session")),
		&reply);
	assert_non_null(reply.result);
	ask_raw(*state, "RespondToAuthChallenge", finish_request(*state, text_at(done, "Session")),
		&reply);
	assert_null(reply.result);
	assert_string_equal(reply.type, "NotAuthorizedException");
	/* Nor does it bring a secret back that was taken away. */
	(void)ask(*state, "AdminDeleteSoftwareToken", "{s:s}", "Username", "alice");
	ask_raw(*state, "RespondToAuthChallenge", finish_request(*state, text_at(done, "Session")),
		&reply);
	assert_string_equal(reply.type, "NotAuthorizedException");
	assert_int_equal(number_in(*state, "SELECT count(totp) FROM users"), 0);
}

static void an_enrolment_ends_all_others_under_way(void **state)
{
	struct reply reply;

	mfa_is(*state, "ON");
	json_t *first = associated(*state, sign_in(*state, "alice", PASSWORD));
	json_t *second = associated(*state, sign_in(*state, "alice", PASSWORD));
	json_t *one = verified(*state, first, code_of(text_at(first, "SecretCode"), 0));
	clock_goes(30);
	json_t *two = verified(*state, second, code_of(text_at(second, "SecretCode"), 0));
	ask_raw(*state, "RespondToAuthChallenge", finish_request(*state, text_at(one, "Session")),
		&reply);
	assert_non_null(reply.result);
	ask_raw(*state, "RespondToAuthChallenge", finish_request(*state, text_at(two, "Session")),
		&reply);
	assert_string_equal(reply.message, NO_SESSION);
	assert_true(code_works(*state, code_of(text_at(first, "SecretCode"), 0)));
}

static void a_signed_in_user_enrols_and_replaces(void **state)
{
	const char *token =
		text_at(sign_in(*state, "alice", PASSWORD), "AuthenticationResult.AccessToken");

	refused(*state, "InvalidParameterException", NULL, "VerifySoftwareToken", "{s:s, s:s}",
		"AccessToken", token, "UserCode", "123456");
	json_t *first = ask(*state, "AssociateSoftwareToken", "{s:s}", "AccessToken", token);
	assert_null(at(first, "Session"));
	/* The second secret replaces the first, which was never verified. */
	json_t *second = ask(*state, "AssociateSoftwareToken", "{s:s}", "AccessToken", token);
	refused(*state, "EnableSoftwareTokenMFAException", "Code mismatch", "VerifySoftwareToken",
		"{s:s, s:s}", "AccessToken", token, "UserCode",
		code_of(text_at(first, "SecretCode"), 0));
	const char *secret = text_at(second, "SecretCode");
	(void)ask(*state, "VerifySoftwareToken", "{s:s, s:s, s:s}", "AccessToken", token,
		  "UserCode", code_of(secret, 0), "FriendlyDeviceName", "phone");
	refused(*state, "InvalidParameterException", NULL, "VerifySoftwareToken", "{s:s, s:s}",
		"AccessToken", token, "UserCode", code_of(secret, 1));
	code_refused(*state, "ExpiredCodeException", USED_CODE, asked_for_code(*state, "alice"),
		     code_of(secret, 0));
	assert_true(code_works(*state, code_of(secret, 1)));

	(void)ask(*state, "SetUserMFAPreference", "{s:s, s:{s:b}}", "AccessToken", token,
		  "SoftwareTokenMfaSettings", "Enabled", 0);
	assert_non_null(at(sign_in(*state, "alice", PASSWORD), "AuthenticationResult"));
}

static void guesses_at_an_enrolment_are_counted(void **state)
{
	const char *token =
		text_at(sign_in(*state, "alice", PASSWORD), "AuthenticationResult.AccessToken");
	const char *secret = text_at(
		ask(*state, "AssociateSoftwareToken", "{s:s}", "AccessToken", token), "SecretCode");

	for (int i = 0; i < 5; i++)
		refused(*state, "EnableSoftwareTokenMFAException", "Code mismatch",
			"VerifySoftwareToken", "{s:s, s:s}", "AccessToken", token, "UserCode",
			wrong_code_of(secret));
	refused(*state, "NotAuthorizedException", LOCKED, "VerifySoftwareToken", "{s:s, s:s}",
		"AccessToken", token, "UserCode", code_of(secret, 0));
	clock_goes(1);
	(void)ask(*state, "VerifySoftwareToken", "{s:s, s:s}", "AccessToken", token, "UserCode",
		  code_of(secret, 0));
}

static void where_the_pool_offers_none_nobody_enrols(void **state)
{
	const char *token =
		text_at(sign_in(*state, "alice", PASSWORD), "AuthenticationResult.AccessToken");
	static const char not_offered[] = "Software Token MFA has not been enabled by the userPool";

	(void)enrol(*state, "bob");
	(void)ask(*state, "SetUserPoolMfaConfig", "{s:s, s:{s:b}}", "MfaConfiguration", "OPTIONAL",
		  "SoftwareTokenMfaConfiguration", "Enabled", 0);
	refused(*state, "SoftwareTokenMFANotFoundException", not_offered, "AssociateSoftwareToken",
		"{s:s}", "AccessToken", token);
	refused(*state, "SoftwareTokenMFANotFoundException", not_offered,
		"AdminAssociateSoftwareToken", "{s:s}", "Username", "alice");
	/* Who has one keeps it. */
	(void)asked_for_code(*state, "bob");
}

static void without_session_or_token_nobody_enrols(void **state)
{
	refused(*state, "NotAuthorizedException", NULL, "AssociateSoftwareToken", NULL);
	refused(*state, "NotAuthorizedException", NULL, "VerifySoftwareToken", "{s:s}", "UserCode",
		"123456");
	refused(*state, "NotAuthorizedException", NO_SESSION, "AssociateSoftwareToken", "{s:s}",
		"Session", "AYABeAAAAAAAAAAAAAAAAAAAAAAA");
}

/* ---- the host's own second factor ---- */

static void after_an_ssh_key_only_a_code_ends_it(void **state)
{
	refused(*state, "SoftwareTokenMFANotFoundException", NULL, "AdminInitiateSecondFactor",
		"{s:s}", "Username", "alice");
	const char *secret = enrol(*state, "alice");
	json_t *challenge = ask(*state, "AdminInitiateSecondFactor", "{s:s}", "Username", "alice");
	assert_string_equal(text_at(challenge, "ChallengeName"), "SOFTWARE_TOKEN_MFA");
	code_refused(*state, "CodeMismatchException", WRONG_CODE, challenge, wrong_code_of(secret));
	assert_non_null(at(respond(*state, challenge, "alice", CODE, code_of(secret, 0)),
			   "AuthenticationResult"));

	(void)ask(*state, "AdminDisableUser", "{s:s}", "Username", "alice");
	refused(*state, "NotAuthorizedException", "User is disabled.", "AdminInitiateSecondFactor",
		"{s:s}", "Username", "alice");
	refused(*state, "PasswordResetRequiredException", NULL, "AdminInitiateSecondFactor",
		"{s:s}", "Username", "carol");
	refused(*state, "UserNotFoundException", NULL, "AdminInitiateSecondFactor", "{s:s}",
		"Username", "nobody");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_POOL(the_pools_setting_and_the_users_decide_who_is_asked),
		WITH_POOL(the_preference_is_shown_and_needs_a_secret),
		WITH_POOL(a_code_is_good_a_step_early_or_late_and_no_more),
		WITH_POOL(a_code_counts_once),
		WITH_POOL(a_clock_set_back_makes_no_code_good_again),
		WITH_POOL(what_is_no_code_is_wrong),
		WITH_POOL(a_code_is_of_one_user),
		WITH_POOL(a_guesser_of_codes_waits_longer_and_longer),
		WITH_POOL(a_hundred_wrong_codes_in_a_row_end_the_second_factor),
		WITH_POOL(who_guesses_passwords_does_not_stop_a_code),
		WITH_POOL(the_right_password_alone_forgets_no_failure),
		WITH_POOL(a_code_that_cannot_be_noted_is_not_accepted),
		WITH_POOL(where_mfa_is_required_a_user_enrols_while_signing_in),
		WITH_POOL(a_session_of_an_enrolment_counts_once),
		WITH_POOL(an_enrolment_ends_all_others_under_way),
		WITH_POOL(a_signed_in_user_enrols_and_replaces),
		WITH_POOL(guesses_at_an_enrolment_are_counted),
		WITH_POOL(where_the_pool_offers_none_nobody_enrols),
		WITH_POOL(without_session_or_token_nobody_enrols),
		WITH_POOL(after_an_ssh_key_only_a_code_ends_it),
	};

	return cmocka_run_group_tests(tests, pools_begin, pools_end);
}
