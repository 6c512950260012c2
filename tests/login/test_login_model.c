/* SPDX-License-Identifier: MIT */
/*
 * DMN-18 in small: random conversations with a pool that answers anything, a person
 * who types anything or leaves, and faults between, against a model that knows from
 * the pool's side alone what was proved.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "tests/lib/prop.h"
#include "tests/lib/testing.h"
#include "tests/login/stage.h"

#define START      1750000000
#define STEPS_MAX  24
#define KEY_SHOWN  "publickey ssh-ed25519 AAAA\n"
#define MFA        "SOFTWARE_TOKEN_MFA"
#define NEW_WORD   "NEW_PASSWORD_REQUIRED"
#define ENROL      "MFA_SETUP"
#define NO_TOKENS  "{\"AuthenticationResult\": {\"IdToken\": \"a.b.c\"}}"
#define NO_SESSION "{\"ChallengeName\": \"" MFA "\"}"

enum factor { PASSWORD = 1, CODE = 2, KEY = 4 };

/* What the model knows of the conversation under way. */
static struct world {
	struct stage stage;
	struct small_user users[2];
	struct jws_key *foreign;
	struct up_reader *choices;
	unsigned int proved;
	const char *tokens_of; /* the last answer was good tokens of this user; or NULL */
	bool has_set;          /* the pool set a password */
	bool must_change;      /* it asked for a new one, after a password */
	bool knows_her;        /* it described alice, as one who may enter */
	bool is_silent_about_her;
} world;

static struct fake_reply tokens(void)
{
	const int64_t now = clock_wall();

	switch (prop_pick(world.choices, 0, 15)) {
	case 0: {
		char *id = small_pool_sign(world.foreign,
					   small_pool_claims(&world.stage.alice, false));
		json_t *result = json_pack("{s:{s:s, s:s}}", "AuthenticationResult", "IdToken", id,
					   "AccessToken", id);

		free(id);
		return fake_result(result);
	}
	case 1:
		world.tokens_of = "bob";
		return fake_result(small_pool_tokens(&world.stage.pool, &world.users[1]));
	case 2: {
		clock_set_for_test(now - 4000);
		json_t *result = small_pool_tokens(&world.stage.pool, &world.stage.alice);

		clock_set_for_test(now);
		return fake_result(result);
	}
	case 3:
		return fake_result(json_loads(NO_TOKENS, 0, NULL));
	default:
		world.tokens_of = "alice";
		return fake_result(small_pool_tokens(&world.stage.pool, &world.stage.alice));
	}
}

static struct fake_reply error(void)
{
	static const char *const errors[] = { "NotAuthorizedException",   "CodeMismatchException",
					      "ExpiredCodeException",     "UserNotFoundException",
					      "InvalidPasswordException", POOL_UNAVAILABLE,
					      "TooManyRequestsException", "NoSuchException" };

	return fake_error(errors[prop_pick(world.choices, 0, UP_COUNT(errors) - 1)], "text\x1b[m");
}

static struct fake_reply challenge(bool is_after_password)
{
	static const char *const names[] = { MFA,       MFA,  MFA,      MFA,
					     MFA,       MFA,  NEW_WORD, "CUSTOM_CHALLENGE",
					     "SMS_MFA", ENROL };
	const char *name = names[prop_pick(world.choices, 0, UP_COUNT(names) - 1)];

	world.must_change = is_after_password && strcmp(name, NEW_WORD) == 0;
	return fake_result(small_pool_challenge(name));
}

/* The pool's answer to a step of a sign-in; what it takes proves `factor`. */
static struct fake_reply sign_in(unsigned int factor, bool is_first)
{
	const uint32_t kind = prop_pick(world.choices, 0, 15);

	world.tokens_of = NULL;
	if (kind == 0)
		return fake_silence();
	if (kind <= 2)
		return error();
	world.proved |= factor;
	if (kind == 3)
		return fake_result(json_loads(
			prop_pick(world.choices, 0, 1) == 0 ? "{}" : NO_SESSION, 0, NULL));
	return kind <= 8 ? challenge(is_first && factor == PASSWORD) : tokens();
}

static struct fake_reply respond(json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "ChallengeName"));
	json_t *responses = json_object_get(request, "ChallengeResponses");
	const bool is_new_word = json_object_get(responses, "NEW_PASSWORD") != NULL;
	struct fake_reply reply =
		sign_in(strcmp(name, MFA) == 0 || strcmp(name, ENROL) == 0 ? CODE : 0, false);

	/* Only to its own question, and only what belongs to it. */
	PROP(is_new_word == (strcmp(name, NEW_WORD) == 0));
	world.has_set |= is_new_word && reply.result != NULL;
	return reply;
}

static struct fake_reply set_password(void)
{
	if (prop_pick(world.choices, 0, 2) == 0)
		return error();
	world.has_set = true;
	return fake_result(json_object());
}

static struct fake_reply enrol(bool is_verified)
{
	if (prop_pick(world.choices, 0, 3) == 0)
		return error();
	if (!is_verified)
		return fake_result(json_pack("{s:s, s:s}", "SecretCode", "JBSWY3DPEHPK3PXP",
					     "Session", "a-session-of-the-setup-00"));
	return fake_result(json_pack("{s:s, s:s}", "Status",
				     prop_pick(world.choices, 0, 1) == 0 ? "SUCCESS" : "ERROR",
				     "Session", "a-session-of-the-setup-01"));
}

static struct fake_reply get_user(json_t *request)
{
	struct fake_reply reply;

	switch (prop_pick(world.choices, 0, 3)) {
	case 0:
		reply = error();
		world.is_silent_about_her = strcmp(reply.error, POOL_UNAVAILABLE) == 0 ||
					    strcmp(reply.error, "NoSuchException") == 0 ||
					    strcmp(reply.error, "TooManyRequestsException") == 0;
		return reply;
	case 1:
		return fake_result(json_object());
	default:
		reply = small_pool_answer("AdminGetUser", request, &world.stage.pool);
		world.knows_her = reply.result != NULL && !world.users[0].disabled &&
				  strcmp(world.users[0].status, "CONFIRMED") == 0;
		return reply;
	}
}

static struct fake_reply answer(const char *operation, json_t *request, void *arg)
{
	(void)arg;
	if (strcmp(operation, "InitiateAuth") == 0)
		return sign_in(PASSWORD, true);
	if (strcmp(operation, "AdminInitiateSecondFactor") == 0)
		return sign_in(0, true);
	if (strcmp(operation, "RespondToAuthChallenge") == 0)
		return respond(request);
	if (strcmp(operation, "AssociateSoftwareToken") == 0)
		return enrol(false);
	if (strcmp(operation, "VerifySoftwareToken") == 0)
		return enrol(true);
	if (strcmp(operation, "ChangePassword") == 0 ||
	    strcmp(operation, "AdminSetUserPassword") == 0)
		return set_password();
	if (strcmp(operation, "AdminGetUser") == 0)
		return get_user(request);
	return small_pool_answer(operation, request, &world.stage.pool);
}

/* Something happens between two steps. */
static void disturb(void)
{
	switch (prop_pick(world.choices, 0, 31)) {
	case 1:
		fake_pool_break();
		break;
	case 3:
		fake_pool_refuse(prop_pick(world.choices, 0, 1) == 0 ? UP_ERR_BUSY : UP_ERR_NOMEM,
				 1);
		break;
	case 5:
		world.users[0].disabled = !world.users[0].disabled;
		fake_pool_refuse(UP_OK, 0);
		stage_sync(&world.stage);
		break;
	default:
		break;
	}
	fake_host_settle(&world.stage.host);
}

struct asked {
	struct up_login_begin begin;
	pid_t pid;
	uid_t uid;
	unsigned int need;
};

static struct asked choose(void)
{
	static const struct {
		const char *option;
		unsigned int need;
	} factors[] = { { "", PASSWORD },
			{ "password", PASSWORD },
			{ "password+otp", PASSWORD | CODE },
			{ "otp", CODE },
			{ "key+otp", KEY | CODE } };
	static const char *const users[] = { "alice", "alice", "alice", "alice", "alice",
					     "alice", "alice", "bob",   "carol", "root" };
	static const pid_t pids[] = { PID_ROOT, PID_ROOT, PID_SUDO, PID_ALICE };
	const uint32_t f = prop_pick(world.choices, 0, UP_COUNT(factors) - 1);
	struct asked asked = { .begin = talk_request(), .need = factors[f].need };

	(void)snprintf(asked.begin.factors, sizeof(asked.begin.factors), "%s", factors[f].option);
	(void)snprintf(asked.begin.user, sizeof(asked.begin.user), "%s",
		       users[prop_pick(world.choices, 0, UP_COUNT(users) - 1)]);
	asked.begin.purpose = UP_PURPOSE_AUTHENTICATE;
	if (prop_pick(world.choices, 0, 2) == 0)
		asked.begin.purpose = (enum up_purpose)prop_pick(world.choices, UP_PURPOSE_ACCOUNT,
								 UP_PURPOSE_CHANGE_UPDATE);
	asked.begin.flags = prop_pick(world.choices, 0, 9) == 0 ? UP_LOGIN_CHANGE_EXPIRED_ONLY : 0;
	if (prop_pick(world.choices, 0, 1) == 0)
		(void)strcpy(asked.begin.auth_info, KEY_SHOWN);
	asked.pid = pids[prop_pick(world.choices, 0, UP_COUNT(pids) - 1)];
	asked.uid = asked.pid == PID_ALICE ? world.stage.uid_alice : 0;
	return asked;
}

static bool is_of(const struct asked *asked, const char *user)
{
	return strcmp(asked->begin.user, user) == 0;
}

static bool has_signed_in(const struct asked *asked)
{
	return world.tokens_of != NULL && is_of(asked, world.tokens_of);
}

static bool may_sign_in(const struct asked *asked)
{
	const bool has_key = asked->begin.auth_info[0] != '\0' && asked->pid == PID_ROOT;
	const unsigned int proved = world.proved | (has_key ? KEY : 0);

	return has_signed_in(asked) && (asked->need & ~proved) == 0;
}

static bool may_pass_account(const struct asked *asked)
{
	return is_of(asked, "bob") ||
	       (is_of(asked, "alice") && (world.knows_her || world.is_silent_about_her));
}

static bool may_ask_for_a_change(const struct asked *asked)
{
	const bool has_shown_it = (world.proved & PASSWORD) != 0;

	return asked->begin.flags != 0 || asked->pid == PID_ROOT ||
	       (has_shown_it && (world.must_change || has_signed_in(asked)));
}

/* Whether the model lets this conversation end in an allow, now. */
static bool may_enter(const struct asked *asked, bool was_ticketed)
{
	const bool chooses_factors = asked->uid != 0 && asked->begin.factors[0] != '\0';

	if (asked->begin.purpose == UP_PURPOSE_CLOSE_SESSION)
		return asked->uid == 0;
	if (chooses_factors || (is_of(asked, "alice") && world.users[0].disabled))
		return false;
	switch (asked->begin.purpose) {
	case UP_PURPOSE_AUTHENTICATE:
		return may_sign_in(asked);
	case UP_PURPOSE_ACCOUNT:
		return may_pass_account(asked);
	case UP_PURPOSE_OPEN_SESSION:
		return asked->uid == 0 && !is_of(asked, "carol") && !is_of(asked, "root");
	case UP_PURPOSE_CHANGE_CHECK:
		return may_ask_for_a_change(asked);
	case UP_PURPOSE_CHANGE_UPDATE:
		return world.has_set || was_ticketed;
	case UP_PURPOSE_CLOSE_SESSION:
	default:
		return false;
	}
}

static void type_something(struct talk *talk)
{
	static const char *const typed[] = { "right",  "right",  "123456", "123456",   "123456",
					     "123456", "123456", "123456", "\xff\xfe", "a b-c" };
	char any[64];

	if (prop_pick(world.choices, 0, 15) == 2)
		prop_text(world.choices, any, sizeof(any));
	else
		(void)snprintf(any, sizeof(any), "%s",
			       typed[prop_pick(world.choices, 0, UP_COUNT(typed) - 1)]);
	(void)talk_type(talk, any);
}

static void converse(const struct asked *asked, bool was_ticketed)
{
	struct talk talk;

	world.proved = 0;
	world.tokens_of = NULL;
	world.has_set = world.must_change = false;
	world.knows_her = world.is_silent_about_her = false;
	(void)stage_take_audit();
	/* What a moment ago was proved is not of this model. */
	PROP(talk_begin(&talk, &world.stage, &asked->begin, asked->pid, asked->uid));
	for (int i = 0; i < STEPS_MAX && talk.dones == 0; i++) {
		disturb();
		if (talk.is_asked && prop_pick(world.choices, 0, 31) == 1)
			break;
		if (talk.is_asked)
			type_something(&talk);
	}
	PROP(talk.dones <= 1);
	PROP(talk.hidden == 0);
	if (talk.dones == 1 && talk.done.verdict == UP_VERDICT_ALLOW)
		PROP(may_enter(asked, was_ticketed));
	if (talk.dones == 1)
		PROP(strcmp(talk.done.user, asked->begin.user) == 0);
	talk_end(&talk);
	PROP(stage_take_audit().lines == 1);
	PROP(login_count(world.stage.engine) == 0);
	fake_pool_refuse(UP_OK, 0);
	fake_pool_break();
}

/* A conversation, and where it is the first pass of a password change the second one too. */
static void converse_once(void)
{
	static uint64_t start;
	struct asked asked;

	/* Nobody has just signed in, whatever the conversations before did. */
	start++;
	fake_process(PID_ROOT, 10, start, 0);
	fake_process(PID_SUDO, 20, start, UID_LOCAL);
	asked = choose();
	const bool is_first = asked.begin.purpose == UP_PURPOSE_CHANGE_CHECK;
	converse(&asked, false);
	if (!is_first)
		return;
	asked.begin.purpose = UP_PURPOSE_CHANGE_UPDATE;
	converse(&asked, asked.begin.flags != 0);
}

static void only_what_the_model_allows(struct up_reader *choices)
{
	world.choices = choices;
	world.users[0].disabled = false;
	stage_sync(&world.stage);
	for (int i = 0; i < 8 && choices->err == UP_OK; i++)
		converse_once();
}

static void no_conversation_allows_what_the_model_does_not(void **state)
{
	(void)state;
	clock_set_for_test(START);
	stage_init(&world.stage, "[daemon]\nattempts_per_minute = 100000\n");
	memcpy(world.users, world.stage.pool.user, sizeof(world.users));
	world.users[0].status = "CONFIRMED";
	world.stage.pool.user = world.users;
	assert_int_equal(jws_key_generate(&world.foreign), UP_OK);
	fake_pool_answer_with(answer, NULL);
	prop_check(only_what_the_model_allows);
	jws_key_free(world.foreign);
	stage_clear(&world.stage);
	clock_set_for_test(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_conversation_allows_what_the_model_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
