/* SPDX-License-Identifier: MIT */
/* The conversation with the person, and what the module reads and leaves in the PAM handle. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/testing.h"
#include "tests/pam/fake_login.h"
#include "tests/pam/stack.h"

#define PROMPT(what, question, expected)                                                           \
	.type = UP_FRAME_LOGIN_PROMPT, .kind = UP_PROMPT_##what, .text = question,                 \
	.answer = expected
#define DONE_OK .type = UP_FRAME_LOGIN_DONE, .verdict = UP_VERDICT_ALLOW, .reason = UP_REASON_OK

static const struct fake_step password_and_code[] = {
	{ PROMPT(PASSWORD, "Password: ", "secret") },
	{ PROMPT(CODE, "Code: ", "123456"), .echo = true },
	{ DONE_OK },
	{ 0 },
};

/* As a daemon does that takes three tries; the third is right. */
static const struct fake_step three_tries[] = {
	{ PROMPT(PASSWORD, "Password: ", "first") },
	{ PROMPT(PASSWORD, "Again: ", "second") },
	{ PROMPT(PASSWORD, "And again: ", "third") },
	{ DONE_OK },
	{ 0 },
};

static struct fake_scripts scripts;
static struct fake_login fake;
static struct stack stack;

static void begin(const char *service, const char *user, const struct fake_step *script)
{
	for (size_t i = 0; i < FAKE_PURPOSES; i++)
		scripts.purpose[i] = fake_allow;
	scripts.purpose[UP_PURPOSE_AUTHENTICATE] = script;
	fake_serve(&fake, &scripts);
	faults->log[0] = '\0';
	memset(&stack, 0, sizeof(stack));
	stack_start(&stack, service, user);
}

static void end(void)
{
	stack_end(&stack);
	fake_end(&fake);
	assert_int_equal(faults_blocks(faults), 0);
}

static void answers_go_to_the_daemon_and_prompts_to_the_person(void **state)
{
	(void)state;
	begin("plain", "eve", password_and_code);
	stack.person.answers[0] = "secret";
	stack.person.answers[1] = "123456";
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(stack.person.seen, 2);
	assert_true(person_saw(&stack.person, PAM_PROMPT_ECHO_OFF, "Password: "));
	assert_true(person_saw(&stack.person, PAM_PROMPT_ECHO_ON, "Code: "));
	assert_int_equal(fake.record->answers, 2);
	assert_int_equal(stack.person.delay_us, 0);
	end();
}

/* PAM-32: whoever is refused waits, whatever the reason. */
static void a_failure_asks_for_a_delay(void **state)
{
	(void)state;
	begin("plain", "eve", password_and_code);
	stack.person.answers[0] = "wrong";
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_AUTH_ERR);
	/* libpam varies it by a half. */
	assert_in_range(stack.person.delay_us, 1000000, 3000000);
	end();
	begin("plain", "lou", password_and_code);
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_USER_UNKNOWN);
	assert_in_range(stack.person.delay_us, 1000000, 3000000);
	end();
}

static void a_conversation_that_fails_fails_the_login(void **state)
{
	(void)state;
	for (int mood = PERSON_CONV_ERR; mood <= PERSON_NO_TEXT; mood++) {
		begin("plain", "eve", password_and_code);
		stack.person.mood = (enum person_mood)mood;
		assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_CONV_ERR);
		assert_int_equal(fake.record->answers, 0);
		end();
	}
}

static void a_text_that_cannot_be_shown_fails_the_login_but_a_farewell_does_not(void **state)
{
	static const struct fake_step shows[] = {
		{ .type = UP_FRAME_LOGIN_SHOW, .text = "Go to the desk" }, { DONE_OK }, { 0 }
	};
	static const struct fake_step farewell[] = { { DONE_OK, .text = "Welcome" }, { 0 } };

	(void)state;
	for (int mood = PERSON_CONV_ERR; mood < PERSON_NO_RESPONSE; mood++) {
		begin("plain", "eve", shows);
		stack.person.mood = (enum person_mood)mood;
		stack.person.is_moody_at_texts = true;
		assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_CONV_ERR);
		end();
		begin("plain", "eve", farewell);
		stack.person.mood = (enum person_mood)mood;
		stack.person.is_moody_at_texts = true;
		assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SUCCESS);
		end();
	}
	/* A text has no answer, so none may be missed. */
	begin("plain", "eve", shows);
	stack.person.mood = PERSON_NO_RESPONSE;
	stack.person.is_moody_at_texts = true;
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SUCCESS);
	end();
}

/* PAM-04. */
static void what_the_daemon_says_cannot_steer_the_terminal(void **state)
{
	static const struct fake_step steering[] = {
		{ .type = UP_FRAME_LOGIN_SHOW, .text = "\x1b[2Jshown", .is_error = true },
		{ PROMPT(CODE, "\x1b]0;x\x07%s%n Code\r: ", "1") },
		{ .type = UP_FRAME_LOGIN_DONE,
		  .verdict = UP_VERDICT_DENY,
		  .reason = UP_REASON_AUTH_FAILED,
		  .text = "bye\xe2\x80\xae" },
		{ 0 },
	};

	(void)state;
	begin("plain", "eve", steering);
	stack.person.answers[0] = "1";
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_AUTH_ERR);
	assert_true(person_saw(&stack.person, PAM_ERROR_MSG, "?[2Jshown"));
	assert_true(person_saw(&stack.person, PAM_PROMPT_ECHO_OFF, "?]0;x?%s%n Code?: "));
	assert_true(person_saw(&stack.person, PAM_ERROR_MSG, "bye?"));
	end();
}

/* PAM-19. */
static void silence_hides_texts_but_not_prompts(void **state)
{
	static const struct fake_step talkative[] = {
		{ .type = UP_FRAME_LOGIN_SHOW, .text = "hello" },
		{ PROMPT(PASSWORD, "Password: ", "secret") },
		{ DONE_OK, .text = "Welcome" },
		{ 0 },
	};

	(void)state;
	begin("plain", "eve", talkative);
	stack.person.answers[0] = "secret";
	assert_int_equal(pam_authenticate(stack.pamh, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK),
			 PAM_SUCCESS);
	assert_int_equal(stack.person.seen, 1);
	assert_int_equal(fake.record->begin.flags, UP_LOGIN_SILENT);
	end();
	begin("plain", "eve", talkative);
	stack.person.answers[0] = "secret";
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(stack.person.seen, 3);
	assert_true(person_saw(&stack.person, PAM_TEXT_INFO, "Welcome"));
	end();
}

/* PAM-03: the daemon gets exactly what was typed, or the login fails. */
static void a_password_is_passed_on_whole_or_not_at_all(void **state)
{
	static const size_t lengths[] = { 0, 1, 511, 512, 1023, 1024, 1025, 4096, 65536, 16777216 };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(lengths); i++) {
		_auto_(free) char *typed = malloc(lengths[i] + 1);

		assert_non_null(typed);
		for (size_t j = 0; j < lengths[i]; j++)
			typed[j] = (char)(1 + j % 255);
		typed[lengths[i]] = '\0';
		const struct fake_step script[] = {
			{ PROMPT(PASSWORD,
				 "Password: ", lengths[i] < UP_ANSWER_SIZE ? typed : "") },
			{ DONE_OK },
			{ 0 },
		};
		begin("plain", "eve", script);
		stack.person.answers[0] = typed;
		assert_int_equal(pam_authenticate(stack.pamh, 0),
				 lengths[i] < UP_ANSWER_SIZE ? PAM_SUCCESS : PAM_CONV_ERR);
		assert_int_equal(fake.record->answers, lengths[i] < UP_ANSWER_SIZE ? 1 : 0);
		end();
	}
}

/* What modules behind ours find: pam_mount wants the password, and no code. */
static void the_password_is_left_for_later_modules_and_the_code_is_not(void **state)
{
	(void)state;
	stack_service("tell", "auth required %userpool\nauth optional %local tell\n");
	begin("tell", "eve", password_and_code);
	stack.person.answers[0] = "secret";
	stack.person.answers[1] = "123456";
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SUCCESS);
	assert_string_equal(pam_getenv(stack.pamh, "AUTHTOK"), "secret");
	assert_string_equal(pam_getenv(stack.pamh, "OLDAUTHTOK"), "(none)");
	end();
}

static void a_new_password_replaces_the_one_that_must_go(void **state)
{
	static const struct fake_step forced[] = {
		{ PROMPT(PASSWORD, "Password: ", "old") },
		{ PROMPT(NEW_PASSWORD, "New: ", "new") },
		{ PROMPT(NEW_PASSWORD_AGAIN, "Again: ", "new") },
		{ DONE_OK },
		{ 0 },
	};

	(void)state;
	stack_service("tell",
		      "auth required %userpool use_first_pass\nauth optional %local tell\n");
	stack_service("set-tell", "auth required %local authtok=old\n"
				  "auth required %userpool use_first_pass\n"
				  "auth optional %local tell\n");
	/* The old one from the item, the new one never. */
	begin("set-tell", "eve", forced);
	stack.person.answers[0] = "new";
	stack.person.answers[1] = "new";
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SUCCESS);
	assert_string_equal(pam_getenv(stack.pamh, "AUTHTOK"), "new");
	end();
}

/* PAM-17. */
static void the_first_password_is_used_as_the_options_say(void **state)
{
	static const struct {
		const char *set, *options;
		const char *answers[4];
		int code;
		size_t asked;
	} cases[] = {
		/* The daemon asks up to three times. */
		{ "first", "use_first_pass", { NULL }, PAM_AUTH_ERR, 0 },
		{ NULL, "use_first_pass", { NULL }, PAM_AUTH_ERR, 0 },
		{ "first", "try_first_pass", { "second", "third" }, PAM_SUCCESS, 2 },
		{ "first", "try_first_pass", { "second", "wrong" }, PAM_AUTH_ERR, 2 },
		{ "wrong", "try_first_pass", { NULL }, PAM_AUTH_ERR, 0 },
		{ NULL, "try_first_pass", { "first", "second", "third" }, PAM_SUCCESS, 3 },
		{ "first", "", { "first", "second", "third" }, PAM_SUCCESS, 3 },
		{ "first", "", { "wrong" }, PAM_AUTH_ERR, 1 },
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		char lines[256];

		(void)snprintf(lines, sizeof(lines),
			       "auth required %%local %s%s\nauth required %%userpool %s\n",
			       cases[i].set != NULL ? "authtok=" : "tell",
			       cases[i].set != NULL ? cases[i].set : "", cases[i].options);
		stack_service("first", lines);
		begin("first", "eve", three_tries);
		memcpy(stack.person.answers, cases[i].answers, sizeof(cases[i].answers));
		assert_int_equal(pam_authenticate(stack.pamh, 0), cases[i].code);
		assert_int_equal(stack.person.asked, cases[i].asked);
		end();
	}
}

/* PAM-07: a code is never answered by a password, whatever the options say. */
static void a_code_is_always_asked_for(void **state)
{
	(void)state;
	stack_service("first", "auth required %local authtok=secret\n"
			       "auth required %userpool use_first_pass\n");
	begin("first", "eve", password_and_code);
	stack.person.answers[0] = "123456";
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(stack.person.asked, 1);
	end();
}

/* PAM-24: the old password is asked for once, in the first pass. */
static void a_password_change_asks_each_thing_once(void **state)
{
	static const struct fake_step check[] = { { PROMPT(OLD_PASSWORD, "Current: ", "old") },
						  { DONE_OK },
						  { 0 } };
	static const struct fake_step update[] = {
		{ PROMPT(OLD_PASSWORD, "Current: ", "old") },
		{ PROMPT(NEW_PASSWORD, "New: ", "new") },
		{ PROMPT(NEW_PASSWORD_AGAIN, "Again: ", "new") },
		{ DONE_OK },
		{ 0 },
	};

	(void)state;
	stack_service("tell", "password required %userpool\npassword optional %local tell\n");
	begin("tell", "eve", fake_deny);
	scripts.purpose[UP_PURPOSE_CHANGE_CHECK] = check;
	scripts.purpose[UP_PURPOSE_CHANGE_UPDATE] = update;
	fake_end(&fake);
	fake_serve(&fake, &scripts);
	stack.person.answers[0] = "old";
	stack.person.answers[1] = "new";
	stack.person.answers[2] = "new";
	assert_int_equal(pam_chauthtok(stack.pamh, PAM_CHANGE_EXPIRED_AUTHTOK), PAM_SUCCESS);
	assert_int_equal(stack.person.asked, 3);
	assert_string_equal(pam_getenv(stack.pamh, "AUTHTOK"), "new");
	assert_string_equal(pam_getenv(stack.pamh, "OLDAUTHTOK"), "old");
	assert_int_equal(fake.record->begins[UP_PURPOSE_CHANGE_CHECK].flags,
			 UP_LOGIN_CHANGE_EXPIRED_ONLY);
	end();

	/* Behind a module that asked for the new one, as pam_pwquality does. */
	stack_service("set", "password required %local oldauthtok=old authtok=new\n"
			     "password required %userpool use_first_pass\n");
	begin("set", "eve", fake_deny);
	scripts.purpose[UP_PURPOSE_CHANGE_CHECK] = check;
	scripts.purpose[UP_PURPOSE_CHANGE_UPDATE] = update;
	fake_end(&fake);
	fake_serve(&fake, &scripts);
	assert_int_equal(pam_chauthtok(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(stack.person.asked, 0);
	end();
}

/* PAM-11, L9: what the daemon may put into the session. */
static void only_variables_of_ours_reach_the_environment(void **state)
{
	static const struct fake_step sets[] = {
		{ DONE_OK,
		  .environment = { "USERPOOL_SESSION=4f", "LD_PRELOAD=/tmp/x.so", "PATH=/tmp" } },
		{ 0 },
	};

	(void)state;
	begin("plain", "eve", sets);
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SUCCESS);
	assert_string_equal(pam_getenv(stack.pamh, "USERPOOL_SESSION"), "4f");
	assert_null(pam_getenv(stack.pamh, "LD_PRELOAD"));
	assert_null(pam_getenv(stack.pamh, "PATH"));
	assert_non_null(strstr(faults->log, "the daemon sent a variable it may not set\n"));
	end();
}

/* PAM-10: OpenSSH before 9.9 does not look whether a module changed the user. */
static void a_user_who_changes_on_the_way_is_refused(void **state)
{
	static const char *const others[] = { "mallory", "root", "lou", "Eve" };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(others); i++) {
		begin("plain", "eve", password_and_code);
		stack.person.answers[0] = "secret";
		stack.person.answers[1] = "123456";
		stack.person.mood = PERSON_CHANGES_USER;
		stack.person.other_user = others[i];
		assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SYSTEM_ERR);
		end();
	}
}

static void an_account_of_another_user_than_the_one_who_signed_in_is_refused(void **state)
{
	(void)state;
	stack_service("switch", "auth required %userpool\nauth required %local user=mallory\n"
				"account required %userpool\n");
	begin("switch", "eve", fake_allow);
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(stack.pamh, 0), PAM_SYSTEM_ERR);
	end();

	/* An application that signs in one after the other on one handle is served. */
	begin("plain", "eve", fake_allow);
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_set_item(stack.pamh, PAM_USER, "mia"), PAM_SUCCESS);
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(stack.pamh, 0), PAM_SUCCESS);
	/* One that another module let in does not inherit eve's trouble. */
	assert_int_equal(pam_set_item(stack.pamh, PAM_USER, "lou"), PAM_SUCCESS);
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_USER_UNKNOWN);
	assert_int_equal(pam_set_item(stack.pamh, PAM_USER, "mia"), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(stack.pamh, 0), PAM_SUCCESS);
	end();
}

/* As sudo does: eve proves who she is, and the session is another user's. */
static void a_session_may_be_another_users(void **state)
{
	(void)state;
	begin("plain", "eve", fake_allow);
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_set_item(stack.pamh, PAM_USER, "mia"), PAM_SUCCESS);
	assert_int_equal(pam_setcred(stack.pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_int_equal(pam_open_session(stack.pamh, 0), PAM_SUCCESS);
	assert_string_equal(fake.record->begin.user, "mia");
	assert_int_equal(pam_set_item(stack.pamh, PAM_USER, "root"), PAM_SUCCESS);
	assert_int_equal(pam_setcred(stack.pamh, PAM_REINITIALIZE_CRED), PAM_SUCCESS);
	assert_int_equal(pam_close_session(stack.pamh, 0), PAM_USER_UNKNOWN);
	end();
}

static void setcred_goes_the_way_of_authenticate(void **state)
{
	static const char dispatch[] =
		"auth [success=2 user_unknown=ignore default=die] %userpool\n"
		"auth [success=1 default=ignore] %local try_first_pass\n"
		"auth requisite pam_deny.so\nauth required pam_permit.so\n";

	(void)state;
	stack_service("dispatch", dispatch);
	for (int i = 0; i < 2; i++) {
		const char *user = i == 0 ? "eve" : "lou";

		begin("dispatch", user, fake_allow);
		stack.person.answers[0] = "lou's";
		assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SUCCESS);
		assert_int_equal(pam_setcred(stack.pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
		assert_int_equal(pam_setcred(stack.pamh, PAM_DELETE_CRED), PAM_SUCCESS);
		end();
		/* On a handle of its own, as in sshd. */
		begin("dispatch", user, fake_allow);
		assert_int_equal(pam_setcred(stack.pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
		end();
	}
	begin("plain", "eve", fake_allow);
	assert_int_equal(rename("passwd", "passwd.away"), 0);
	assert_int_equal(pam_setcred(stack.pamh, PAM_ESTABLISH_CRED), PAM_CRED_UNAVAIL);
	assert_int_equal(rename("passwd.away", "passwd"), 0);
	end();
}

/* UP_LOGIN_NONINTERACTIVE: a prompt would only fail. */
static void who_cannot_be_asked_is_not_asked(void **state)
{
	static const struct pam_conv nobody = { NULL, NULL };

	(void)state;
	begin("plain", "eve", password_and_code);
	assert_int_equal(pam_set_item(stack.pamh, PAM_CONV, &nobody), PAM_SUCCESS);
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SYSTEM_ERR);
	assert_int_equal(fake.record->begin.flags, UP_LOGIN_NONINTERACTIVE);
	assert_int_equal(pam_acct_mgmt(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(fake.record->begin.flags, UP_LOGIN_NONINTERACTIVE);
	end();
	begin("plain", "eve", fake_allow);
	assert_int_equal(pam_acct_mgmt(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(fake.record->begin.flags, 0);
	/* sshd fails every prompt in these two. */
	assert_int_equal(pam_open_session(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(fake.record->begin.flags, UP_LOGIN_NONINTERACTIVE);
	assert_int_equal(pam_close_session(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(fake.record->begin.flags, UP_LOGIN_NONINTERACTIVE);
	end();
	begin("plain", NULL, fake_allow);
	assert_int_equal(pam_set_item(stack.pamh, PAM_CONV, &nobody), PAM_SUCCESS);
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_CONV_ERR);
	end();
}

static void a_user_who_has_not_said_who_it_is_is_asked(void **state)
{
	(void)state;
	begin("plain", NULL, password_and_code);
	stack.person.answers[0] = "eve";
	stack.person.answers[1] = "secret";
	stack.person.answers[2] = "123456";
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SUCCESS);
	assert_string_equal(fake.record->begin.user, "eve");
	end();
	/* The account phase does not ask. */
	begin("plain", NULL, fake_allow);
	assert_int_equal(pam_acct_mgmt(stack.pamh, 0), PAM_USER_UNKNOWN);
	assert_int_equal(stack.person.seen, 0);
	end();
	begin("plain", NULL, fake_allow);
	stack.person.mood = PERSON_CONV_AGAIN;
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_CONV_ERR);
	end();
}

/* PAM-20. */
static void the_daemon_is_told_what_the_handle_knows(void **state)
{
	static char rhost[4096], info[8192];

	(void)state;
	memset(rhost, 'h', sizeof(rhost) - 1);
	memset(info, 'i', sizeof(info) - 1);
	memcpy(info, "SSH_AUTH_INFO_0=", strlen("SSH_AUTH_INFO_0="));
	stack_plain_service("factors", "factors=password+otp");
	begin("factors", "eve", fake_allow);
	assert_int_equal(pam_set_item(stack.pamh, PAM_RHOST, "192.0.2.1\n%n"), PAM_SUCCESS);
	assert_int_equal(pam_set_item(stack.pamh, PAM_TTY, "ssh"), PAM_SUCCESS);
	assert_int_equal(pam_putenv(stack.pamh, "SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAA\n"),
			 PAM_SUCCESS);
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SUCCESS);
	assert_string_equal(fake.record->begin.service, "factors");
	assert_string_equal(fake.record->begin.user, "eve");
	assert_string_equal(fake.record->begin.rhost, "192.0.2.1\n%n");
	assert_string_equal(fake.record->begin.tty, "ssh");
	assert_string_equal(fake.record->begin.factors, "password+otp");
	assert_string_equal(fake.record->begin.auth_info, "publickey ssh-ed25519 AAAA\n");
	/* A hint is cut; what would vouch for somebody counts whole or not at all. */
	assert_int_equal(pam_set_item(stack.pamh, PAM_RHOST, rhost), PAM_SUCCESS);
	assert_int_equal(pam_putenv(stack.pamh, info), PAM_SUCCESS);
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SUCCESS);
	assert_int_equal(strlen(fake.record->begin.rhost), UP_RHOST_SIZE - 1);
	assert_string_equal(fake.record->begin.auth_info, "");
	end();
}

/* The service picks the policy. */
static void a_service_whose_name_is_too_long_is_refused(void **state)
{
	char service[UP_SERVICE_SIZE + 1];

	(void)state;
	memset(service, 's', sizeof(service));
	service[UP_SERVICE_SIZE] = '\0';
	stack_plain_service(service, "");
	begin(service, "eve", fake_allow);
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SYSTEM_ERR);
	end();
	service[UP_SERVICE_SIZE - 1] = '\0';
	stack_plain_service(service, "");
	begin(service, "eve", fake_allow);
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SUCCESS);
	end();
}

/* PAM-31. */
static void a_debug_log_has_no_secret(void **state)
{
	(void)state;
	stack_plain_service("debug", "debug");
	begin("debug", "eve", password_and_code);
	stack.person.answers[0] = "secret";
	stack.person.answers[1] = "123456";
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SUCCESS);
	assert_non_null(strstr(faults->log, "frame 0x0181"));
	assert_non_null(strstr(faults->log, "purpose 1: ok\n"));
	assert_null(strstr(faults->log, "secret"));
	assert_null(strstr(faults->log, "123456"));
	end();
	begin("plain", "eve", password_and_code);
	stack.person.answers[0] = "secret";
	stack.person.answers[1] = "123456";
	assert_int_equal(pam_authenticate(stack.pamh, 0), PAM_SUCCESS);
	assert_string_equal(faults->log, "");
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_go_to_the_daemon_and_prompts_to_the_person),
		cmocka_unit_test(a_failure_asks_for_a_delay),
		cmocka_unit_test(a_conversation_that_fails_fails_the_login),
		cmocka_unit_test(
			a_text_that_cannot_be_shown_fails_the_login_but_a_farewell_does_not),
		cmocka_unit_test(what_the_daemon_says_cannot_steer_the_terminal),
		cmocka_unit_test(silence_hides_texts_but_not_prompts),
		cmocka_unit_test(a_password_is_passed_on_whole_or_not_at_all),
		cmocka_unit_test(the_password_is_left_for_later_modules_and_the_code_is_not),
		cmocka_unit_test(a_new_password_replaces_the_one_that_must_go),
		cmocka_unit_test(the_first_password_is_used_as_the_options_say),
		cmocka_unit_test(a_code_is_always_asked_for),
		cmocka_unit_test(a_password_change_asks_each_thing_once),
		cmocka_unit_test(only_variables_of_ours_reach_the_environment),
		cmocka_unit_test(a_user_who_changes_on_the_way_is_refused),
		cmocka_unit_test(an_account_of_another_user_than_the_one_who_signed_in_is_refused),
		cmocka_unit_test(a_session_may_be_another_users),
		cmocka_unit_test(setcred_goes_the_way_of_authenticate),
		cmocka_unit_test(who_cannot_be_asked_is_not_asked),
		cmocka_unit_test(a_user_who_has_not_said_who_it_is_is_asked),
		cmocka_unit_test(the_daemon_is_told_what_the_handle_knows),
		cmocka_unit_test(a_service_whose_name_is_too_long_is_refused),
		cmocka_unit_test(a_debug_log_has_no_secret),
	};

	return cmocka_run_group_tests(tests, stack_open, stack_close);
}
