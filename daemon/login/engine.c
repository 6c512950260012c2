/* SPDX-License-Identifier: MIT */
/* Who may begin, what a login waits for, and its end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/localdb.h"
#include "common/names.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/login/internal.h"
#include "daemon/login/refusal.h"
#include "daemon/login/renewal.h"
#include "daemon/login/verdict.h"

#define ATTEMPT_KEYS_MAX 4096

/* What may be done at once, before the rate per minute counts. */
static enum up_err make_limits(const struct config *config, struct limits **ret)
{
	const int64_t rate = config->daemon_attempts_per_minute;

	return limits_new(ATTEMPT_KEYS_MAX, rate, rate, ret);
}

enum up_err login_engine_new(sd_event *loop, const struct config *config, struct pool *pool,
			     struct identity *identity, struct sessions *sessions,
			     struct login_engine **ret)
{
	_auto_(login_engine_free) struct login_engine *engine = calloc(1, sizeof(*engine));

	if (engine == NULL)
		return UP_ERR_NOMEM;
	engine->loop = loop;
	engine->config = config;
	engine->pool = pool;
	engine->identity = identity;
	engine->sessions = sessions;
	UP_TRY(make_limits(config, &engine->attempts));
	UP_TRY(renewal_start(engine, &engine->renewal));
	*ret = TAKE(engine);
	return UP_OK;
}

void login_engine_free(struct login_engine *engine)
{
	if (engine == NULL)
		return;
	renewal_stop(engine->renewal);
	tickets_free(engine->tickets);
	limits_free(engine->attempts);
	free(engine);
}

void login_engine_configure(struct login_engine *engine, const struct config *config)
{
	struct limits *limits = NULL;

	/* A reload must not give attackers a fresh start for nothing. */
	if (config->daemon_attempts_per_minute != engine->config->daemon_attempts_per_minute &&
	    make_limits(config, &limits) == UP_OK) {
		limits_free(engine->attempts);
		engine->attempts = limits;
	}
	engine->config = config;
}

size_t login_count(const struct login_engine *engine)
{
	return engine->count;
}

void login_ask(struct login *login, enum up_prompt_kind kind, const char *text,
	       login_typed_fn *next)
{
	struct up_login_prompt prompt = { .kind = kind };

	if ((login->begin.flags & UP_LOGIN_NONINTERACTIVE) != 0) {
		login_refuse(login, UP_REASON_NO_TERMINAL, "", "nobody to ask");
		return;
	}
	memcpy(prompt.nonce, login->begin.nonce, sizeof(prompt.nonce));
	/* sshd answers every hidden prompt with the same password, so only passwords are hidden. */
	prompt.echo = kind == UP_PROMPT_CODE || kind == UP_PROMPT_CONFIRM;
	(void)snprintf(prompt.text, sizeof(prompt.text), "%s", text);
	login->on_typed = next;
	login->terminal.prompt(&prompt, login->terminal.arg);
	explicit_bzero(&prompt, sizeof(prompt));
}

enum up_err login_answer(struct login *login, const struct up_login_answer *answer)
{
	login_typed_fn *next = login->on_typed;

	if (next == NULL || login->is_done ||
	    memcmp(answer->nonce, login->begin.nonce, sizeof(answer->nonce)) != 0)
		return UP_ERR_MALFORMED;
	login->on_typed = NULL;
	next(login, answer->text);
	return UP_OK;
}

static void on_reply(const struct pool_reply *reply, void *arg)
{
	struct login *login = arg;
	login_reply_fn *next = login->on_reply;

	login->call = NULL;
	login->on_reply = NULL;
	next(login, reply);
}

void login_call(struct login *login, const char *operation, json_t *request, login_reply_fn *next)
{
	enum up_err err = UP_ERR_NOMEM;

	if (request != NULL)
		err = pool_call(login->engine->pool, operation, request, on_reply, login,
				&login->call);
	json_decref(request);
	if (err == UP_OK) {
		login->on_reply = next;
		return;
	}
	enum up_reason reason = err == UP_ERR_BUSY ? UP_REASON_BUSY : UP_REASON_UNAVAILABLE;
	login_refuse(login, reason, refusal_message(reason), up_strerror(err));
}

void login_free(struct login *login)
{
	if (login == NULL)
		return;
	if (login->call != NULL)
		pool_cancel(login->call);
	if (!login->is_done)
		verdict_note_abandoned(login);
	identity_forget(login->engine->identity, login);
	login->engine->count--;
	policy_clear(&login->policy);
	ticket_clear(&login->ticket);
	if (login->session != NULL)
		explicit_bzero(login->session, strlen(login->session));
	free(login->session);
	explicit_bzero(login, sizeof(*login));
	free(login);
}

/* A name that can be no pool user's, or is a local one, is answered from files alone. */
static bool is_ours(struct login *login)
{
	const char *user = login->begin.user;

	if (!up_login_name_is_valid(user)) {
		login_refuse(login, UP_REASON_USER_UNKNOWN, "", "no login name");
		return false;
	}
	switch (up_local_find_name(UP_LOCAL_PASSWD, user, NULL)) {
	case UP_LOCAL_NO:
		return true;
	case UP_LOCAL_YES:
		login_refuse(login, UP_REASON_USER_UNKNOWN, "", "a local user");
		return false;
	case UP_LOCAL_UNKNOWN:
	default:
		login_refuse(login, UP_REASON_UNAVAILABLE, refusal_message(UP_REASON_UNAVAILABLE),
			     "local users unreadable");
		return false;
	}
}

static bool find_user(struct login *login)
{
	switch (identity_find_by_name(login->engine->identity, login->begin.user, &login->user)) {
	case IDENTITY_FOUND:
		login->is_known = true;
		return true;
	case IDENTITY_ABSENT:
		/* Without a first reading of the pool nobody can be told from an unknown user. */
		if (identity_pool_id(login->engine->identity)[0] != '\0')
			return true;
		break;
	case IDENTITY_CANNOT_TELL:
	default:
		break;
	}
	login_refuse(login, UP_REASON_UNAVAILABLE, refusal_message(UP_REASON_UNAVAILABLE),
		     "users unreadable");
	return false;
}

/* Root's programs ask for anybody; others, such as screen lockers, for themselves only. */
static bool may_ask(struct login *login)
{
	const bool is_session = login->begin.purpose == UP_PURPOSE_OPEN_SESSION ||
				login->begin.purpose == UP_PURPOSE_CLOSE_SESSION;

	if (login->peer.uid == 0)
		return true;
	if (!is_session && login->is_known && login->user.uid == login->peer.uid &&
	    login->begin.factors[0] == '\0')
		return true;
	login_refuse(login, UP_REASON_PERMISSION, "", "not the caller's own user");
	return false;
}

/* Root's programs are counted by the source that they name, which may lie but then blocks nobody
 * else, or by service and terminal; all others by who runs them, set-uid or not. */
static void name_source(struct login *login)
{
	const struct up_login_begin *begin = &login->begin;
	char text[sizeof(login->source)];

	if (login->real_uid == 0 && begin->rhost[0] != '\0') {
		copy_printable(login->source, sizeof(login->source), begin->rhost);
	} else if (login->real_uid == 0) {
		(void)snprintf(text, sizeof(text), "local:%s:%s", begin->service, begin->tty);
		copy_printable(login->source, sizeof(login->source), text);
	} else {
		(void)snprintf(login->source, sizeof(login->source), "uid:%u", login->real_uid);
	}
}

json_t *login_context(const struct login *login)
{
	return json_pack("{s:s}", "IpAddress", login->source);
}

/* The phases after a right password are free for root. */
static bool is_within_limits(struct login *login)
{
	const struct up_login_begin *begin = &login->begin;

	if (login->peer.uid == 0 && begin->purpose != UP_PURPOSE_AUTHENTICATE &&
	    begin->purpose != UP_PURPOSE_CHANGE_CHECK)
		return true;
	if (limits_take(login->engine->attempts, login->source, clock_boot_ms()))
		return true;
	login_refuse(login, UP_REASON_TOO_MANY, refusal_message(UP_REASON_TOO_MANY), "rate limit");
	return false;
}

/* Account and sessions are judged by what the host knows where the pool cannot be reached. */
static void start_purpose(struct login *login)
{
	static const struct {
		void (*start)(struct login *login);
		bool needs_pool;
	} rows[] = {
		[UP_PURPOSE_AUTHENTICATE] = { authenticate_start, true },
		[UP_PURPOSE_ACCOUNT] = { account_start, false },
		[UP_PURPOSE_OPEN_SESSION] = { session_open_start, false },
		[UP_PURPOSE_CLOSE_SESSION] = { session_close_start, false },
		[UP_PURPOSE_CHANGE_CHECK] = { change_check_start, true },
		[UP_PURPOSE_CHANGE_UPDATE] = { change_update_start, true },
	};
	const size_t purpose = login->begin.purpose;

	if (purpose >= UP_COUNT(rows) || rows[purpose].start == NULL)
		login_refuse(login, UP_REASON_PROTOCOL, "", "no such purpose");
	else if (rows[purpose].needs_pool && identity_pool_id(login->engine->identity)[0] == '\0')
		login_refuse(login, UP_REASON_UNAVAILABLE, refusal_message(UP_REASON_UNAVAILABLE),
			     "the pool was never read");
	else
		rows[purpose].start(login);
}

static void check_and_start(struct login *login)
{
	if (find_user(login) && may_ask(login) && is_within_limits(login))
		start_purpose(login);
}

/* Read or not: what the host knows, it knows. */
static void on_synced(enum up_err err, void *arg)
{
	(void)err;
	check_and_start(arg);
}

static void begin(struct login *login)
{
	enum up_err err;

	if (!is_ours(login))
		return;
	err = policy_make(login->engine->config, login->begin.service, login->begin.factors,
			  &login->policy);
	if (err != UP_OK)
		login_refuse(login, UP_REASON_PROTOCOL, "", "no such factors");
	else if (identity_pool_id(login->engine->identity)[0] == '\0')
		identity_sync(login->engine->identity, on_synced, login);
	else
		check_and_start(login);
}

enum up_err login_start(struct login_engine *engine, const struct up_login_begin *begin_frame,
			const struct login_peer *peer, const struct login_terminal *terminal,
			struct login **ret)
{
	struct login *login = calloc(1, sizeof(*login));
	enum up_err err = UP_ERR_NOMEM;

	if (login != NULL) {
		err = process_tree_read(peer->pid, &login->tree);
		if (err == UP_OK)
			err = process_real_uid(peer->pid, &login->real_uid);
	}
	if (err != UP_OK) {
		free(login);
		return err;
	}
	login->engine = engine;
	login->begin = *begin_frame;
	login->peer = *peer;
	login->terminal = *terminal;
	name_source(login);
	engine->count++;
	*ret = login;
	begin(login);
	return UP_OK;
}
