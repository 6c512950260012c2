/* SPDX-License-Identifier: MIT */
/* What the pool may say, in every order it may say it, and what a login makes of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/testing.h"
#include "tests/login/stage.h"

#define KEY_SHOWN "publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI\n"

struct conversation {
	const char *name;
	const char *factors; /* the module's option */
	const char *auth_info;
	const char *user; /* NULL: alice */
	pid_t pid;        /* 0: PID_ROOT, by root */
	uint32_t flags;
	const char *typed[12];
	struct line lines[14];
	enum up_reason reason; /* OK is the one that lets in */
};

#define CODE_WRONG                                                                                 \
	{                                                                                          \
		.operation = "RespondToAuthChallenge", .answer = ERROR,                            \
		.text = "CodeMismatchException", .message = "Invalid code"                         \
	}
#define MFA_AGAIN                                                                                  \
	{                                                                                          \
		.operation = "RespondToAuthChallenge", .answer = CHALLENGE,                        \
		.text = "SOFTWARE_TOKEN_MFA"                                                       \
	}
#define SECOND_FACTOR "AdminInitiateSecondFactor"
#define MUST_CHANGE                                                                                \
	{                                                                                          \
		.operation = "InitiateAuth", .answer = CHALLENGE, .text = "NEW_PASSWORD_REQUIRED"  \
	}
#define MUST_ENROL                                                                                 \
	{                                                                                          \
		.operation = "InitiateAuth", .answer = CHALLENGE, .text = "MFA_SETUP"              \
	}
#define SECRET                                                                                     \
	{                                                                                          \
		.operation = "AssociateSoftwareToken", .answer = JSON,                             \
		.text = "{\"SecretCode\": \"JBSWY3DPEHPK3PXP\", \"Session\": "                     \
			"\"second-session-of-the-setup\"}"                                         \
	}
#define VERIFIED                                                                                   \
	{                                                                                          \
		.operation = "VerifySoftwareToken", .answer = JSON,                                \
		.text = "{\"Status\": \"SUCCESS\", \"Session\": \"third-session-of-the-setup\"}"   \
	}
#define REFUSE_NEW                                                                                 \
	{                                                                                          \
		.operation = "RespondToAuthChallenge", .answer = ERROR,                            \
		.text = "InvalidPasswordException",                                                \
		.message = "\x1b]52;c;cm0gLXJm\x07Password:\r\n"                                   \
	}

static const struct conversation conversations[] = {
	{ .name = "the right password",
	  .typed = { "right" },
	  .lines = { PASSWORD_OK },
	  .reason = UP_REASON_OK },
	{ .name = "a wrong password",
	  .typed = { "wrong" },
	  .lines = { { .operation = "InitiateAuth",
		       .answer = ERROR,
		       .text = "NotAuthorizedException",
		       .message = "Incorrect username or password." } },
	  .reason = UP_REASON_AUTH_FAILED },
	{ .name = "no password", .typed = { "" }, .reason = UP_REASON_AUTH_FAILED },
	{ .name = "what is no text", .typed = { "\xff\xfe" }, .reason = UP_REASON_AUTH_FAILED },
	{ .name = "a user that nobody has",
	  .user = "carol",
	  .typed = { "any" },
	  .lines = { { .operation = "InitiateAuth",
		       .answer = ERROR,
		       .text = "UserNotFoundException",
		       .message = "User does not exist." } },
	  .reason = UP_REASON_USER_UNKNOWN },
	{ .name = "a user that only the pool has",
	  .user = "carol",
	  .typed = { "any" },
	  .lines = { PASSWORD_OK },
	  .reason = UP_REASON_USER_UNKNOWN },
	{ .name = "PAM-10: tokens of alice for bob",
	  .user = "bob",
	  .typed = { "right" },
	  .lines = { PASSWORD_OK },
	  .reason = UP_REASON_UNAVAILABLE },
	{ .name = "PAM-11: a local user", .user = "daemon", .reason = UP_REASON_USER_UNKNOWN },
	{ .name = "PAM-11: root", .user = "root", .reason = UP_REASON_USER_UNKNOWN },
	{ .name = "no login name", .user = "a/../b", .reason = UP_REASON_USER_UNKNOWN },
	{ .name = "a name that is folded", .user = "Alice", .reason = UP_REASON_USER_UNKNOWN },

	/* Codes */
	{ .name = "password and code",
	  .typed = { "right", "123456" },
	  .lines = { PASSWORD_MFA, CODE_OK },
	  .reason = UP_REASON_OK },
	{ .name = "a code as apps show it",
	  .typed = { "right", " 123 456" },
	  .lines = { PASSWORD_MFA, CODE_OK },
	  .reason = UP_REASON_OK },
	{ .name = "a second try of the code",
	  .typed = { "right", "000000", "123456" },
	  .lines = { PASSWORD_MFA, CODE_WRONG, CODE_OK },
	  .reason = UP_REASON_OK },
	{ .name = "three wrong codes",
	  .typed = { "right", "000000", "111111", "222222", "333333" },
	  .lines = { PASSWORD_MFA, CODE_WRONG, CODE_WRONG, CODE_WRONG },
	  .reason = UP_REASON_AUTH_FAILED },
	{ .name = "three times what can be no code",
	  .typed = { "right", "", "\x01", "----" },
	  .lines = { PASSWORD_MFA },
	  .reason = UP_REASON_AUTH_FAILED },
	{ .name = "a session that ended while he looked for his phone",
	  .typed = { "right", "123456" },
	  .lines = { PASSWORD_MFA,
		     { .operation = "RespondToAuthChallenge",
		       .answer = ERROR,
		       .text = "NotAuthorizedException",
		       .message = "Invalid session for the user." } },
	  .reason = UP_REASON_AUTH_FAILED },
	{ .name = "nobody who types",
	  .flags = UP_LOGIN_NONINTERACTIVE,
	  .reason = UP_REASON_NO_TERMINAL },

	/* Policies of the service */
	{ .name = "a code is asked for that the pool does not ask",
	  .factors = "password+otp",
	  .typed = { "right" },
	  .lines = { PASSWORD_OK },
	  .reason = UP_REASON_PERMISSION },
	{ .name = "a code is asked for, and shown",
	  .factors = "password+otp",
	  .typed = { "right", "123456" },
	  .lines = { PASSWORD_MFA, CODE_OK },
	  .reason = UP_REASON_OK },
	{ .name = "a code alone",
	  .factors = "otp",
	  .typed = { "123456" },
	  .lines = { { .operation = SECOND_FACTOR,
		       .answer = CHALLENGE,
		       .text = "SOFTWARE_TOKEN_MFA" },
		     CODE_OK },
	  .reason = UP_REASON_OK },
	{ .name = "a code alone, and the pool asks for none",
	  .factors = "otp",
	  .lines = { { .operation = SECOND_FACTOR, .answer = TOKENS } },
	  .reason = UP_REASON_PERMISSION },
	{ .name = "key and code",
	  .factors = "key+otp",
	  .auth_info = KEY_SHOWN,
	  .typed = { "123456" },
	  .lines = { { .operation = SECOND_FACTOR,
		       .answer = CHALLENGE,
		       .text = "SOFTWARE_TOKEN_MFA" },
		     CODE_OK },
	  .reason = UP_REASON_OK },
	{ .name = "no key",
	  .factors = "key+otp",
	  .auth_info = "password\n",
	  .reason = UP_REASON_PERMISSION },
	{ .name = "a key in the second line",
	  .factors = "key+otp",
	  .auth_info = "hostbased x\n" KEY_SHOWN,
	  .typed = { "123456" },
	  .lines = { { .operation = SECOND_FACTOR,
		       .answer = CHALLENGE,
		       .text = "SOFTWARE_TOKEN_MFA" },
		     CODE_OK },
	  .reason = UP_REASON_OK },
	{ .name = "a key that a set-uid program's caller invents",
	  .factors = "key+otp",
	  .auth_info = KEY_SHOWN,
	  .pid = PID_SUDO,
	  .reason = UP_REASON_PERMISSION },
	{ .name = "a word that only begins like a key",
	  .factors = "key+otp",
	  .auth_info = "publickeyx ssh-ed25519\n",
	  .reason = UP_REASON_PERMISSION },
	{ .name = "key and code, and the pool asks for none",
	  .factors = "key+otp",
	  .auth_info = KEY_SHOWN,
	  .lines = { { .operation = SECOND_FACTOR, .answer = TOKENS } },
	  .reason = UP_REASON_PERMISSION },
	{ .name = "who has only the key enrols no app",
	  .factors = "key+otp",
	  .auth_info = KEY_SHOWN,
	  .lines = { { .operation = SECOND_FACTOR, .answer = CHALLENGE, .text = "MFA_SETUP" } },
	  .reason = UP_REASON_PERMISSION },
	{ .name = "who has only the key sets no password",
	  .factors = "key+otp",
	  .auth_info = KEY_SHOWN,
	  .lines = { { .operation = SECOND_FACTOR,
		       .answer = CHALLENGE,
		       .text = "NEW_PASSWORD_REQUIRED" } },
	  .reason = UP_REASON_PERMISSION },
	{ .name = "PAM-18: factors that nobody knows",
	  .factors = "pasword",
	  .reason = UP_REASON_PROTOCOL },

	/* UPS-09 */
	{ .name = "a challenge that is not in the table",
	  .typed = { "right" },
	  .lines = { { .operation = "InitiateAuth",
		       .answer = CHALLENGE,
		       .text = "CUSTOM_CHALLENGE" } },
	  .reason = UP_REASON_PERMISSION },
	{ .name = "a challenge that is not in the table, after the code",
	  .typed = { "right", "123456" },
	  .lines = { PASSWORD_MFA,
		     { .operation = "RespondToAuthChallenge",
		       .answer = CHALLENGE,
		       .text = "SMS_MFA" } },
	  .reason = UP_REASON_PERMISSION },
	{ .name = "a challenge whose name nobody could keep",
	  .typed = { "right" },
	  .lines = { { .operation = "InitiateAuth",
		       .answer = CHALLENGE,
		       .text = "SOFTWARE_TOKEN_MFA_AND_SOMETHING_THAT_IS_MUCH_LONGER" } },
	  .reason = UP_REASON_PERMISSION },
	{ .name = "challenges without an end",
	  .typed = { "right", "1", "2", "3", "4", "5", "6", "7", "8", "9" },
	  .lines = { PASSWORD_MFA, MFA_AGAIN, MFA_AGAIN, MFA_AGAIN, MFA_AGAIN, MFA_AGAIN, MFA_AGAIN,
		     MFA_AGAIN, MFA_AGAIN },
	  .reason = UP_REASON_UNAVAILABLE },
	{ .name = "a challenge without a session",
	  .typed = { "right" },
	  .lines = { { .operation = "InitiateAuth",
		       .answer = JSON,
		       .text = "{\"ChallengeName\": \"SOFTWARE_TOKEN_MFA\"}" } },
	  .reason = UP_REASON_UNAVAILABLE },
	{ .name = "a session that is no text",
	  .typed = { "right" },
	  .lines = { { .operation = "InitiateAuth",
		       .answer = JSON,
		       .text = "{\"ChallengeName\": \"SOFTWARE_TOKEN_MFA\", \"Session\": 7}" } },
	  .reason = UP_REASON_UNAVAILABLE },
	{ .name = "a challenge's name that is no text",
	  .typed = { "right" },
	  .lines = { { .operation = "InitiateAuth",
		       .answer = JSON,
		       .text = "{\"ChallengeName\": 7, \"Session\": \"s\"}" } },
	  .reason = UP_REASON_UNAVAILABLE },
	{ .name = "an answer that says nothing",
	  .typed = { "right" },
	  .lines = { { .operation = "InitiateAuth", .answer = JSON, .text = "{}" } },
	  .reason = UP_REASON_UNAVAILABLE },
	{ .name = "a result without tokens",
	  .typed = { "right" },
	  .lines = { { .operation = "InitiateAuth",
		       .answer = JSON,
		       .text = "{\"AuthenticationResult\": {}}" } },
	  .reason = UP_REASON_UNAVAILABLE },
	{ .name = "a result with one token",
	  .typed = { "right" },
	  .lines = { { .operation = "InitiateAuth",
		       .answer = JSON,
		       .text = "{\"AuthenticationResult\": {\"IdToken\": \"a.b.c\"}}" } },
	  .reason = UP_REASON_UNAVAILABLE },
	{ .name = "tokens that are numbers",
	  .typed = { "right" },
	  .lines = { { .operation = "InitiateAuth",
		       .answer = JSON,
		       .text = "{\"AuthenticationResult\": {\"IdToken\": 1, \"AccessToken\": true}}" } },
	  .reason = UP_REASON_UNAVAILABLE },
	{ .name = "tokens that are none",
	  .typed = { "right" },
	  .lines = { { .operation = "InitiateAuth",
		       .answer = JSON,
		       .text = "{\"AuthenticationResult\": {\"IdToken\": \"yes\", \"AccessToken\": \"yes\"}}" } },
	  .reason = UP_REASON_UNAVAILABLE },
	{ .name = "a result that is a word",
	  .typed = { "right" },
	  .lines = { { .operation = "InitiateAuth",
		       .answer = JSON,
		       .text = "{\"AuthenticationResult\": \"allow\"}" } },
	  .reason = UP_REASON_UNAVAILABLE },

	/* NEW_PASSWORD_REQUIRED */
	{ .name = "a new password",
	  .typed = { "right", "", "newnewnew", "newnewnew" },
	  .lines = { MUST_CHANGE, CODE_OK },
	  .reason = UP_REASON_OK },
	{ .name = "a new password, and a code",
	  .factors = "password+otp",
	  .typed = { "right", "", "newnewnew", "newnewnew", "123456" },
	  .lines = { MUST_CHANGE, MFA_AGAIN, CODE_OK },
	  .reason = UP_REASON_OK },
	{ .name = "PAM-07: sshd's password method gives the old one to every hidden prompt",
	  .typed = { "right", "right", "right", "right" },
	  .lines = { MUST_CHANGE, REFUSE_NEW, REFUSE_NEW, REFUSE_NEW },
	  .reason = UP_REASON_NONE /* he is asked again */ },
	{ .name = "a second password that differs three times",
	  .typed = { "right", "", "a", "b", "c", "d", "e", "f" },
	  .lines = { MUST_CHANGE },
	  .reason = UP_REASON_PASSWORD_REFUSED },
	{ .name = "a new password that the pool refuses three times, in hostile words",
	  .typed = { "right", "", "a", "a", "b", "b", "c", "c" },
	  .lines = { MUST_CHANGE, REFUSE_NEW, REFUSE_NEW, REFUSE_NEW },
	  .reason = UP_REASON_PASSWORD_REFUSED },
	{ .name = "no new password",
	  .typed = { "right", "", "" },
	  .lines = { MUST_CHANGE },
	  .reason = UP_REASON_PASSWORD_REFUSED },

	/* MFA_SETUP */
	{ .name = "an app is enrolled",
	  .factors = "password+otp",
	  .typed = { "right", "123456" },
	  .lines = { MUST_ENROL, SECRET, VERIFIED, CODE_OK },
	  .reason = UP_REASON_OK },
	{ .name = "an app that shows other codes",
	  .typed = { "right", "123456", "123456", "123456" },
	  .lines = { MUST_ENROL,
		     SECRET,
		     { .operation = "VerifySoftwareToken",
		       .answer = ERROR,
		       .text = "EnableSoftwareTokenMFAException",
		       .message = "Code mismatch" },
		     { .operation = "VerifySoftwareToken",
		       .answer = ERROR,
		       .text = "EnableSoftwareTokenMFAException",
		       .message = "Code mismatch" },
		     { .operation = "VerifySoftwareToken",
		       .answer = ERROR,
		       .text = "EnableSoftwareTokenMFAException",
		       .message = "Code mismatch" } },
	  .reason = UP_REASON_AUTH_FAILED },
	{ .name = "an app that the pool says was not verified",
	  .typed = { "right", "123456" },
	  .lines = { MUST_ENROL,
		     SECRET,
		     { .operation = "VerifySoftwareToken",
		       .answer = JSON,
		       .text = "{\"Status\": \"ERROR\", \"Session\": \"third-session-of-the-setup\"}" },
		     CODE_OK },
	  .reason = UP_REASON_UNAVAILABLE },
	{ .name = "PAM-04: a secret that speaks to the terminal",
	  .typed = { "right", "123456" },
	  .lines = { MUST_ENROL,
		     { .operation = "AssociateSoftwareToken",
		       .answer = JSON,
		       .text = "{\"SecretCode\": \"\\u001b[2J\", \"Session\": \"second-session-of-the-setup\"}" } },
	  .reason = UP_REASON_UNAVAILABLE },
	{ .name = "no secret",
	  .typed = { "right" },
	  .lines = { MUST_ENROL,
		     { .operation = "AssociateSoftwareToken", .answer = JSON, .text = "{}" } },
	  .reason = UP_REASON_UNAVAILABLE },

	/* The pool is not well */
	{ .name = "a worker that dies over the password",
	  .typed = { "right" },
	  .lines = { { .operation = "InitiateAuth",
		       .answer = ERROR,
		       .text = POOL_UNAVAILABLE,
		       .message = "The pool does not answer." } },
	  .reason = UP_REASON_UNAVAILABLE },
	{ .name = "a worker that dies over the code",
	  .typed = { "right", "123456" },
	  .lines = { PASSWORD_MFA,
		     { .operation = "RespondToAuthChallenge",
		       .answer = ERROR,
		       .text = POOL_UNAVAILABLE,
		       .message = "The pool does not answer." } },
	  .reason = UP_REASON_UNAVAILABLE },
	{ .name = "no room in the queue for the code",
	  .typed = { "right", "123456" },
	  .lines = { PASSWORD_MFA, { .operation = "", .answer = REFUSED } },
	  .reason = UP_REASON_BUSY },
};

static bool ended_as(const struct talk *talk, const char *user, enum up_reason reason)
{
	return (talk->done.verdict == UP_VERDICT_ALLOW) == (reason == UP_REASON_OK) &&
	       talk->done.reason == reason && strcmp(talk->done.user, user) == 0;
}

static struct up_login_begin begin_of(const struct conversation *c)
{
	struct up_login_begin begin = talk_request();

	if (c->user != NULL)
		(void)snprintf(begin.user, sizeof(begin.user), "%s", c->user);
	if (c->factors != NULL)
		(void)snprintf(begin.factors, sizeof(begin.factors), "%s", c->factors);
	if (c->auth_info != NULL)
		(void)snprintf(begin.auth_info, sizeof(begin.auth_info), "%s", c->auth_info);
	begin.flags = c->flags;
	return begin;
}

/* RES-09: one line for each, also for who leaves in the middle. */
static void expect_one_audit_line(const struct conversation *c, const char *user)
{
	const struct stage_audit audit = stage_take_audit();

	if (audit.lines != 1 || strcmp(audit.user, user) != 0 ||
	    strcmp(audit.verdict, c->reason == UP_REASON_OK ? "allow" : "deny") != 0 ||
	    strcmp(audit.reason, up_reason_name(c->reason)) != 0)
		fail_msg("%s: %u audit lines, the last: %s %s %s", c->name, audit.lines, audit.user,
			 audit.verdict, audit.reason);
}

static void run(struct stage *stage, const struct conversation *c)
{
	const struct up_login_begin begin = begin_of(c);
	struct talk talk;

	stage_script(stage, c->lines);
	(void)stage_take_audit();
	talk_through(stage, &begin, c->pid != 0 ? c->pid : PID_ROOT, 0, c->typed, &talk);
	if (stage->off_script != NULL)
		fail_msg("%s: it asked for %s", c->name, stage->off_script);
	if (talk.hidden != 0)
		fail_msg("%s: byte %#x reached the terminal", c->name, (unsigned char)talk.hidden);
	if (talk.dones != (c->reason != UP_REASON_NONE))
		fail_msg("%s: %u times done", c->name, talk.dones);
	if (talk.dones > 0 && !ended_as(&talk, begin.user, c->reason))
		fail_msg("%s: %s, %s", c->name,
			 talk.done.verdict == UP_VERDICT_ALLOW ? "allow" : "deny",
			 up_reason_name(talk.done.reason));
	expect_one_audit_line(c, begin.user);
	if (login_count(stage->engine) != 0 || fake_pool_waiting() != 0)
		fail_msg("%s: something is left of it", c->name);
}

/* UPS-09, PAM-04, PAM-07, PAM-08, PAM-10, PAM-11, PAM-18 */
static void ends_as_the_table_says(void **state)
{
	struct stage stage;

	(void)state;
	stage_init(&stage, "");
	for (size_t i = 0; i < UP_COUNT(conversations); i++)
		run(&stage, &conversations[i]);
	stage_clear(&stage);
}

/* Each error of the pool's, and one that nobody knows. */
static void every_error_has_its_reason(void **state)
{
	static const struct {
		const char *error, *message;
		enum up_reason reason;
	} cases[] = {
		{ "NotAuthorizedException", "Password attempts exceeded", UP_REASON_TOO_MANY },
		{ "NotAuthorizedException", "User is disabled.", UP_REASON_DISABLED },
		{ "NotAuthorizedException", "", UP_REASON_AUTH_FAILED },
		{ "UserNotFoundException", "", UP_REASON_USER_UNKNOWN },
		{ "PasswordResetRequiredException", "", UP_REASON_PASSWORD_EXPIRED },
		{ "UserNotConfirmedException", "", UP_REASON_PERMISSION },
		{ "InvalidParameterException", "", UP_REASON_AUTH_FAILED },
		{ "LimitExceededException", "", UP_REASON_TOO_MANY },
		{ "TooManyRequestsException", "", UP_REASON_BUSY },
		{ "ResourceNotFoundException", "", UP_REASON_UNAVAILABLE },
		{ "InternalErrorException", "", UP_REASON_UNAVAILABLE },
		{ "\x1b[31mAllow", "\x1b[31m", UP_REASON_UNAVAILABLE },
		{ "", "", UP_REASON_UNAVAILABLE },
	};
	struct stage stage;

	(void)state;
	stage_init(&stage, "");
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		const struct conversation c = { .name = cases[i].error,
						.typed = { "any" },
						.lines = { { .operation = "InitiateAuth",
							     .answer = ERROR,
							     .text = cases[i].error,
							     .message = cases[i].message } },
						.reason = cases[i].reason };

		run(&stage, &c);
	}
	stage_clear(&stage);
}

/* A Session beyond Cognito's own limit is not carried about. */
static void refuses_an_oversize_session(void **state)
{
	struct stage stage;
	char *text = NULL;

	(void)state;
	stage_init(&stage, "");
	for (size_t size = 2047; size <= 2049; size++) {
		assert_true(asprintf(&text,
				     "{\"ChallengeName\": \"SOFTWARE_TOKEN_MFA\", \"Session\": "
				     "\"%0*d\"}",
				     (int)size, 0) > 0);
		const struct conversation c = {
			.name = "a long session",
			.typed = { "right", "123456" },
			.lines = { { .operation = "InitiateAuth", .answer = JSON, .text = text },
				   CODE_OK },
			.reason = size <= 2048 ? UP_REASON_OK : UP_REASON_UNAVAILABLE
		};
		run(&stage, &c);
		free(text);
	}
	stage_clear(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_as_the_table_says),
		cmocka_unit_test(every_error_has_its_reason),
		cmocka_unit_test(refuses_an_oversize_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
