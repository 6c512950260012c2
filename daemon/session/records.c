/* SPDX-License-Identifier: MIT */
#include "daemon/session/records.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/log.h"

enum up_err record_insert(struct sessions *sessions, const struct session *session)
{
	_auto_(free) uint8_t *sealed = NULL;
	size_t len = 0;

	UP_TRY(tokens_seal(sessions->key, session->id, &session->tokens, &sealed, &len));
	struct query q = store_query(
		sessions->store,
		"INSERT INTO sessions (id, boot_id, uid, sub, name, service, rhost, tty,"
		" leader_pid, leader_start, since, second_factor_at, tokens, tokens_until)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	query_bind_text(&q, session->id);
	query_bind_text(&q, sessions->boot_id);
	query_bind_int(&q, session->uid);
	query_bind_text(&q, session->sub);
	query_bind_text(&q, session->name);
	query_bind_text(&q, session->service);
	query_bind_text(&q, session->rhost);
	query_bind_text(&q, session->tty);
	query_bind_int(&q, session->leader.pid);
	query_bind_int(&q, (int64_t)session->leader.start);
	query_bind_int(&q, session->since);
	query_bind_int(&q, session->second_factor_at);
	query_bind_blob(&q, (struct up_span){ sealed, len });
	query_bind_int(&q, session->tokens_until);
	return query_run_ordered(&q);
}

enum up_err record_update_tokens(struct sessions *sessions, const char *id,
				 const struct tokens *tokens, int64_t until)
{
	_auto_(free) uint8_t *sealed = NULL;
	size_t len = 0;

	UP_TRY(tokens_seal(sessions->key, id, tokens, &sealed, &len));
	struct query q = store_query(
		sessions->store, "UPDATE sessions SET tokens = ?, tokens_until = ? WHERE id = ?");
	query_bind_blob(&q, (struct up_span){ sealed, len });
	query_bind_int(&q, until);
	query_bind_text(&q, id);
	return query_run_ordered(&q);
}

enum up_err record_delete(struct sessions *sessions, const char *id)
{
	struct query q = store_query(sessions->store, "DELETE FROM sessions WHERE id = ?");

	query_bind_text(&q, id);
	return query_run_ordered(&q);
}

/* False: the text is longer than it can have been when it was written. */
static bool copy(char *out, size_t size, const char *text)
{
	const size_t len = strlen(text);

	if (len >= size)
		return false;
	memcpy(out, text, len + 1);
	return true;
}

static bool read_texts(const struct query *q, struct session *session)
{
	return copy(session->id, sizeof(session->id), query_text(q, 0)) &&
	       copy(session->sub, sizeof(session->sub), query_text(q, 2)) &&
	       copy(session->name, sizeof(session->name), query_text(q, 3)) &&
	       copy(session->service, sizeof(session->service), query_text(q, 4)) &&
	       copy(session->rhost, sizeof(session->rhost), query_text(q, 5)) &&
	       copy(session->tty, sizeof(session->tty), query_text(q, 6));
}

/* Tokens that do not open are gone; the session itself is as real as its process. */
static void read_tokens(struct sessions *sessions, const struct query *q, struct session *session)
{
	enum up_err err =
		tokens_unseal(sessions->key, session->id, query_blob(q, 11), &session->tokens);

	if (err != UP_OK)
		log_event(EV_STORE_FAILED, log_str("what", "session tokens"), log_err(err));
}

static enum up_err load_one(struct sessions *sessions, const struct query *q)
{
	struct session *session = calloc(1, sizeof(*session));
	const int64_t uid = query_int(q, 1);

	if (session == NULL)
		return UP_ERR_NOMEM;
	if (!read_texts(q, session) || uid < 0 || uid > UINT32_MAX) {
		free(session);
		return UP_ERR_CORRUPT;
	}
	session->uid = (uint32_t)uid;
	session->leader.pid = (pid_t)query_int(q, 7);
	session->leader.start = (uint64_t)query_int(q, 8);
	session->since = query_int(q, 9);
	session->second_factor_at = query_int(q, 10);
	session->tokens_until = query_int(q, 12);
	read_tokens(sessions, q, session);
	session->next = sessions->first;
	sessions->first = session;
	sessions->count++;
	return UP_OK;
}

enum up_err records_load(struct sessions *sessions)
{
	struct query old = store_query(sessions->store, "DELETE FROM sessions WHERE boot_id <> ?");

	query_bind_text(&old, sessions->boot_id);
	UP_TRY(query_run(&old));
	struct query q = store_query(sessions->store,
				     "SELECT id, uid, sub, name, service, rhost, tty, leader_pid,"
				     " leader_start, since, second_factor_at, tokens, tokens_until"
				     " FROM sessions ORDER BY since, rowid");
	enum up_err err = UP_OK;
	while (err == UP_OK && query_next(&q) == QUERY_ROW)
		err = load_one(sessions, &q);
	enum up_err end = query_end(&q);
	return err != UP_OK ? err : end;
}
