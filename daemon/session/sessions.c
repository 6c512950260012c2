/* SPDX-License-Identifier: MIT */
/* The live sessions: opened, found, and closed by their own word or by the death of their process.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/session/internal.h"
#include "daemon/session/matching.h"
#include "daemon/session/records.h"

#define PRUNE_US 60000000

static void session_free(struct session *session)
{
	if (session == NULL)
		return;
	tokens_clear(&session->tokens);
	free(session);
}
UP_DEFINE_AUTO(struct session, session_free);

static void audit(const struct session *session, const char *what)
{
	log_event(EV_SESSION, log_str("what", what), log_str("session", session->id),
		  log_str("user", session->name), log_int("uid", session->uid),
		  log_str("service", session->service), log_str("rhost", session->rhost),
		  log_str("tty", session->tty), log_int("leader", session->leader.pid));
}

/* Forgets the session at *link.  Its row goes first: a session that comes back after a restart
 * would be a login that nobody holds. */
static bool forget(struct sessions *sessions, struct session **link, const char *what)
{
	struct session *session = *link;
	enum up_err err = record_delete(sessions, session->id);

	if (err != UP_OK) {
		log_event(EV_STORE_FAILED, log_str("what", "session"), log_err(err));
		return false;
	}
	audit(session, what);
	*link = session->next;
	sessions->count--;
	session_free(session);
	return true;
}

static bool is_alive(const struct session *session)
{
	struct process_tree tree;

	return process_tree_read(session->leader.pid, &tree) == UP_OK &&
	       tree.process[0].start == session->leader.start;
}

/* Nobody takes all the room there is, however many he opens and leaves open. */
static bool is_full(const struct sessions *sessions, uint32_t uid)
{
	size_t own = 0;

	for (const struct session *session = sessions->first; session != NULL;
	     session = session->next)
		own += session->uid == uid;
	return own >= SESSIONS_OF_A_USER || sessions->count >= SESSIONS_MAX;
}

/* Who was killed closes nothing. */
static void prune(struct sessions *sessions)
{
	for (struct session **link = &sessions->first; *link != NULL;)
		if (is_alive(*link) || !forget(sessions, link, "lost"))
			link = &(*link)->next;
	pending_expire(sessions, false);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)usec;
	prune(arg);
	(void)sd_event_source_set_time_relative(source, PRUNE_US);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static enum up_err read_boot_id(char ret[BOOT_ID_SIZE])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, ret, BOOT_ID_SIZE - 1);

	if (fd >= 0)
		(void)close(fd);
	if (len != BOOT_ID_SIZE - 1)
		return UP_ERR_IO;
	ret[len] = '\0';
	return UP_OK;
}

enum up_err sessions_open(sd_event *loop, struct store *store, const struct seal_key *key,
			  struct sessions **ret)
{
	_auto_(sessions_close) struct sessions *sessions = calloc(1, sizeof(*sessions));

	if (sessions == NULL)
		return UP_ERR_NOMEM;
	sessions->store = store;
	sessions->key = key;
	UP_TRY(read_boot_id(sessions->boot_id));
	UP_TRY(records_load(sessions));
	prune(sessions);
	if (sd_event_add_time_relative(loop, &sessions->timer, CLOCK_BOOTTIME, PRUNE_US, 0,
				       on_timer, sessions) < 0)
		return UP_ERR_SYSTEM;
	*ret = TAKE(sessions);
	return UP_OK;
}

void sessions_close(struct sessions *sessions)
{
	if (sessions == NULL)
		return;
	sd_event_source_disable_unref(sessions->timer);
	pending_expire(sessions, true);
	while (sessions->first != NULL) {
		struct session *session = sessions->first;

		sessions->first = session->next;
		session_free(session);
	}
	free(sessions);
}

static void fill(struct session *session, const struct session_proof *proof)
{
	session->uid = proof->uid;
	memcpy(session->sub, proof->sub, sizeof(session->sub));
	memcpy(session->name, proof->name, sizeof(session->name));
	memcpy(session->service, proof->service, sizeof(session->service));
	memcpy(session->rhost, proof->rhost, sizeof(session->rhost));
	memcpy(session->tty, proof->tty, sizeof(session->tty));
}

enum up_err session_note_login(struct sessions *sessions, const struct session_proof *proof)
{
	struct session session = { .second_factor_at = proof->second_factor_at,
				   .tokens_until = proof->tokens_until };

	fill(&session, proof);
	UP_TRY(tokens_copy(proof, &session.tokens));
	enum up_err err = pending_add(sessions, &session, &proof->tree);
	if (err != UP_OK)
		tokens_clear(&session.tokens);
	return err;
}

bool session_was_just_proved(const struct sessions *sessions, const char *sub, const char *service,
			     const struct process_tree *tree)
{
	return tree->depth > 0 &&
	       pending_is_fresh(sessions, sub, service, &tree->process[0], clock_boot_ms());
}

enum up_err session_begin(struct sessions *sessions, const struct session_proof *proof,
			  char ret[SESSION_ID_SIZE])
{
	_auto_(session_free) struct session *session = calloc(1, sizeof(*session));
	struct session login = { .uid = 0 };

	if (session == NULL)
		return UP_ERR_NOMEM;
	if (is_full(sessions, proof->uid))
		return UP_ERR_BUSY;
	if (proof->tree.depth == 0)
		return UP_ERR_MALFORMED;
	if (pending_take(sessions, proof->uid, proof->service, &proof->tree.process[0], &login)) {
		session->tokens = login.tokens;
		session->tokens_until = login.tokens_until;
		session->second_factor_at = login.second_factor_at;
	}
	fill(session, proof);
	session->leader = proof->tree.process[0];
	session->since = clock_wall();
	UP_TRY(random_uuid(session->id));
	UP_TRY(record_insert(sessions, session));
	memcpy(ret, session->id, SESSION_ID_SIZE);
	audit(session, "opened");
	session->next = sessions->first;
	sessions->first = TAKE(session);
	sessions->count++;
	return UP_OK;
}

bool session_end(struct sessions *sessions, uint32_t uid, const char *service,
		 const struct process_tree *tree)
{
	for (struct session **link = &sessions->first; *link != NULL; link = &(*link)->next) {
		const struct session *session = *link;

		if (session->uid == uid && strcmp(session->service, service) == 0 &&
		    tree->depth > 0 && session->leader.pid == tree->process[0].pid &&
		    session->leader.start == tree->process[0].start)
			return forget(sessions, link, "closed");
	}
	return false;
}

bool session_end_by_id(struct sessions *sessions, const char *id)
{
	for (struct session **link = &sessions->first; *link != NULL; link = &(*link)->next)
		if (strcmp((*link)->id, id) == 0)
			return forget(sessions, link, "forgotten");
	return false;
}

void session_end_all(struct sessions *sessions, const char *sub)
{
	for (struct session **link = &sessions->first; *link != NULL;)
		if (strcmp((*link)->sub, sub) != 0 || !forget(sessions, link, "forgotten"))
			link = &(*link)->next;
}

bool session_find_standing(struct sessions *sessions, const char *sub,
			   const struct process_tree *tree, struct session_standing *ret)
{
	struct session_standing newest = { 0 };

	for (const struct session *session = sessions->first; session != NULL;
	     session = session->next)
		if (strcmp(session->sub, sub) == 0 && session->tokens.access != NULL &&
		    session->second_factor_at > newest.second_factor_at &&
		    tree_has(tree, &session->leader))
			newest = (struct session_standing){ session->second_factor_at,
							    session->tokens.access };
	if (newest.second_factor_at == 0)
		return false;
	*ret = newest;
	return true;
}

enum up_err session_access_token(struct sessions *sessions, uint32_t uid, char **ret)
{
	for (const struct session *session = sessions->first; session != NULL;
	     session = session->next) {
		if (session->uid != uid || session->tokens.access == NULL)
			continue;
		char *copy = strdup(session->tokens.access);
		if (copy == NULL)
			return UP_ERR_NOMEM;
		*ret = copy;
		return UP_OK;
	}
	return UP_ERR_OFFLINE;
}

static json_t *describe(const struct session *session)
{
	json_t *json =
		json_pack("{s:s, s:s, s:I, s:s, s:s, s:s, s:I, s:I}", "SessionId", session->id,
			  "Username", session->name, "Uid", (json_int_t)session->uid, "Service",
			  session->service, "Rhost", session->rhost, "Tty", session->tty, "Since",
			  (json_int_t)session->since, "LeaderPid", (json_int_t)session->leader.pid);

	if (json != NULL && session->second_factor_at != 0 &&
	    json_object_set_new(json, "SecondFactorAt", json_integer(session->second_factor_at)) !=
		    0) {
		json_decref(json);
		return NULL;
	}
	return json;
}

json_t *sessions_describe(struct sessions *sessions, uint32_t uid)
{
	json_t *list = json_array();

	for (const struct session *session = sessions->first; session != NULL;
	     session = session->next) {
		if (uid != UINT32_MAX && session->uid != uid)
			continue;
		if (json_array_append_new(list, describe(session)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

size_t sessions_count(const struct sessions *sessions)
{
	return sessions->count;
}
