/* SPDX-License-Identifier: MIT */
#include "tests/login/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/log.h"
#include "tests/lib/testing.h"

static struct stage_audit audit;

void __real_log_write(enum event event, const struct log_field *fields, size_t count);
void __wrap_log_write(enum event event, const struct log_field *fields, size_t count);

void __wrap_log_write(enum event event, const struct log_field *fields, size_t count)
{
	const struct {
		const char *key;
		char *text;
		size_t size;
	} kept[] = {
		{ "verdict", audit.verdict, sizeof(audit.verdict) },
		{ "reason", audit.reason, sizeof(audit.reason) },
		{ "user", audit.user, sizeof(audit.user) },
		{ "factors", audit.factors, sizeof(audit.factors) },
		{ "detail", audit.detail, sizeof(audit.detail) },
	};

	if (event != EV_LOGIN)
		return;
	audit = (struct stage_audit){ .lines = audit.lines + 1 };
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < UP_COUNT(kept); k++)
			if (fields[i].key != NULL && strcmp(fields[i].key, kept[k].key) == 0)
				(void)snprintf(kept[k].text, kept[k].size, "%s", fields[i].text);
}

struct stage_audit stage_take_audit(void)
{
	const struct stage_audit taken = audit;

	audit = (struct stage_audit){ 0 };
	return taken;
}

static struct fake_reply follow(const char *operation, json_t *request, void *arg)
{
	struct stage *stage = arg;
	const struct line *line = stage->line;

	if (stage->before != NULL)
		stage->before(stage, operation);
	if (line == NULL || line->answer == NOTHING || strcmp(line->operation, operation) != 0) {
		struct fake_reply reply = small_pool_answer(operation, request, &stage->pool);

		if (reply.error != NULL && strcmp(reply.error, "UnknownOperationException") == 0)
			stage->off_script = "an operation that no line was for";
		return reply;
	}
	stage->line++;
	if (stage->line->answer == REFUSED) {
		fake_pool_refuse(UP_ERR_BUSY, 1);
		stage->line++;
	}
	switch (line->answer) {
	case TOKENS:
		return fake_result(small_pool_tokens(&stage->pool, &stage->alice));
	case CHALLENGE:
		return fake_result(small_pool_challenge(line->text));
	case ERROR:
		return fake_error(line->text, line->message);
	case JSON:
		return fake_result(json_loads(line->text, 0, NULL));
	case SILENCE:
	case REFUSED:
	case NOTHING:
	default:
		return fake_silence();
	}
}

static void open_engine(struct stage *stage)
{
	if (login_engine_new(stage->host.loop, stage->host.config, stage->host.pool,
			     stage->host.identity, stage->host.sessions, &stage->engine) != UP_OK)
		abort();
}

static void on_synced(enum up_err err, void *arg)
{
	*(enum up_err *)arg = err;
}

void stage_sync(struct stage *stage)
{
	enum up_err err = UP_ERR_TIMEOUT;

	identity_sync(stage->host.identity, on_synced, &err);
	fake_host_settle(&stage->host);
	identity_forget(stage->host.identity, &err);
}

void stage_init(struct stage *stage, const char *config)
{
	struct identity_user alice = { .uid = 0 };

	*stage = (struct stage){ .line = NULL };
	small_pool_init(&stage->pool);
	stage->alice = stage->pool.user[0];
	fake_pool_answer_with(follow, stage);
	fake_host_init(&stage->host);
	fake_host_configure(&stage->host, config);
	fake_host_open(&stage->host);
	open_engine(stage);
	stage_sync(stage);
	if (identity_find_by_name(stage->host.identity, "alice", &alice) != IDENTITY_FOUND)
		abort();
	stage->uid_alice = alice.uid;
	fake_process(PID_ROOT, 10, 1000, 0);
	fake_process(PID_SUDO, 20, 2000, UID_LOCAL);
	fake_process(PID_LOCAL, 20, 3000, UID_LOCAL);
	fake_process(PID_ALICE, 20, 4000, alice.uid);
}

void stage_restart(struct stage *stage, bool with_pool)
{
	login_engine_free(stage->engine);
	fake_host_close(&stage->host);
	fake_host_open(&stage->host);
	open_engine(stage);
	if (with_pool)
		stage_sync(stage);
}

void stage_clear(struct stage *stage)
{
	login_engine_free(TAKE(stage->engine));
	fake_host_clear(&stage->host);
	fake_processes_clear();
	small_pool_clear(&stage->pool);
}

void stage_script(struct stage *stage, const struct line *lines)
{
	stage->line = lines;
	stage->off_script = NULL;
}

struct up_login_begin talk_request(void)
{
	return (struct up_login_begin){ .nonce = "0123456789abcde",
					.purpose = UP_PURPOSE_AUTHENTICATE,
					.service = "sshd",
					.user = "alice",
					.rhost = "192.0.2.1",
					.tty = "ssh" };
}

/* PAM-04: nothing but text, and in prompts the newlines of our own, may reach a terminal. */
static void check_text(struct talk *talk, const char *text)
{
	for (; *text != '\0'; text++)
		if (((unsigned char)*text < ' ' && *text != '\n') || *text == 0x7f)
			talk->hidden = *text;
}

static void on_prompt(const struct up_login_prompt *prompt, void *arg)
{
	struct talk *talk = arg;

	talk->prompt = *prompt;
	talk->prompts++;
	talk->is_asked = true;
	check_text(talk, prompt->text);
}

static void on_show(const struct up_login_show *show, void *arg)
{
	check_text(arg, show->text);
}

static void on_done(const struct up_login_done *done, void *arg)
{
	struct talk *talk = arg;

	talk->done = *done;
	talk->dones++;
	talk->is_asked = false;
	check_text(talk, done->message);
}

bool talk_begin(struct talk *talk, struct stage *stage, const struct up_login_begin *begin,
		pid_t pid, uid_t uid)
{
	const struct login_peer peer = { pid, uid };
	const struct login_terminal terminal = { on_prompt, on_show, on_done, talk };

	*talk = (struct talk){ .stage = stage };
	if (login_start(stage->engine, begin, &peer, &terminal, &talk->login) != UP_OK)
		return false;
	talk->has_begun = true;
	fake_host_settle(&stage->host);
	return true;
}

enum up_err talk_type(struct talk *talk, const char *text)
{
	struct up_login_answer answer = { .nonce = "0123456789abcde" };

	(void)snprintf(answer.text, sizeof(answer.text), "%s", text);
	talk->is_asked = false;
	enum up_err err = login_answer(talk->login, &answer);
	fake_host_settle(&talk->stage->host);
	return err;
}

void talk_end(struct talk *talk)
{
	login_free(TAKE(talk->login));
}

void talk_through(struct stage *stage, const struct up_login_begin *begin, pid_t pid, uid_t uid,
		  const char *const *typed, struct talk *ret)
{
	if (!talk_begin(ret, stage, begin, pid, uid))
		return;
	for (; ret->is_asked && *typed != NULL; typed++)
		if (talk_type(ret, *typed) != UP_OK)
			break;
	talk_end(ret);
}

const char *const nothing_typed[] = { NULL };
const char *const password_typed[] = { "right", NULL };

struct talk stage_ask(struct stage *stage, enum up_purpose purpose, pid_t pid,
		      const char *const *typed)
{
	struct up_login_begin begin = talk_request();
	struct talk talk = { .dones = 0 };

	begin.purpose = purpose;
	talk_through(stage, &begin, pid, 0, typed, &talk);
	return talk;
}

struct small_user *stage_users(struct stage *stage)
{
	static struct small_user users[2];

	memcpy(users, stage->pool.user, sizeof(users));
	stage->pool.user = users;
	return users;
}

void stage_begin_session(struct stage *stage)
{
	static const struct line lines[] = { PASSWORD_MFA, CODE_OK, { 0 } };
	static const char *const typed[] = { "right", "123456", NULL };

	stage_script(stage, lines);
	assert_int_equal(stage_ask(stage, UP_PURPOSE_AUTHENTICATE, PID_ROOT, typed).done.verdict,
			 UP_VERDICT_ALLOW);
	assert_int_equal(
		stage_ask(stage, UP_PURPOSE_OPEN_SESSION, PID_ROOT, nothing_typed).done.verdict,
		UP_VERDICT_ALLOW);
	fake_process(110, PID_ROOT, 1100, stage->uid_alice);
	fake_process(111, 110, 1110, stage->uid_alice); /* her sudo */
}
