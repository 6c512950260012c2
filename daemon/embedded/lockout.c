/* SPDX-License-Identifier: MIT */
/*
 * Waiting after wrong answers.  Passwords follow Cognito's curve: five failures are
 * free, each further one doubles the wait from a second up to a quarter of an hour, and
 * a quiet quarter of an hour forgets them.  A source that this user has signed in from
 * has a curve of its own, so that strangers who guess cannot keep the user out.  Wrong
 * codes are counted by user alone, wait longer and are forgotten by a sign-in only:
 * docs/decisions/throttling.md has the arithmetic.  Attempts during a wait do not count.
 */
#include "daemon/embedded/lockout.h"

#include <string.h>

#include "daemon/base/clock.h"

#define FREE_FAILURES   5
#define KNOWN_FOR_S     (30 * 86400)
#define KNOWN_MOST      "32" /* sources of one user */
#define PASSWORD_MOST_S 900
#define CODE_MOST_S     7200
#define CODE_CAP        100 /* in a row: only an admin's reset of the second factor helps */

static const char *source_of(json_t *request)
{
	json_t *context = member_of(request, "UserContextData");

	if (context == NULL)
		context = member_of(request, "ContextData");
	return context != NULL ? text_of(context, "IpAddress") : "";
}

bool lockout_see(struct embedded *e, struct user_row *user, json_t *request,
		 struct pool_error *error)
{
	const char *source = source_of(request);
	struct query q = store_query(e->store, "SELECT failures, failed_at FROM known_sources"
					       " WHERE sub = ? AND source = ? AND seen_at > ?");

	user->is_known_source = false;
	user->here = (struct attempts){ 0 };
	user->source[0] = '\0';
	if (strlen(source) < sizeof(user->source))
		memcpy(user->source, source, strlen(source) + 1);
	query_bind_text(&q, user->sub);
	query_bind_text(&q, user->source);
	query_bind_int(&q, clock_wall() - KNOWN_FOR_S);
	if (query_next(&q) == QUERY_ROW) {
		user->is_known_source = true;
		user->here = (struct attempts){ query_int(&q, 0), query_int(&q, 1) };
	}
	enum up_err err = query_end(&q);
	if (err != UP_OK)
		(void)refuse_internal(error, err);
	return err == UP_OK;
}

static bool holds(const struct attempts *attempts, int64_t most, int64_t now)
{
	const int64_t beyond = attempts->failures - FREE_FAILURES;
	int64_t wait = most;

	if (beyond < 0)
		return false;
	if (beyond < 30 && (int64_t)1 << beyond < most)
		wait = (int64_t)1 << beyond;
	/* A clock that was set back must not lock for longer than the wait. */
	return now >= attempts->failed_at - most && now < attempts->failed_at + wait;
}

bool lockout_holds_after(const struct attempts *attempts, int64_t now)
{
	return holds(attempts, PASSWORD_MOST_S, now);
}

bool lockout_holds(const struct user_row *user, enum lockout_kind kind, int64_t now)
{
	if (kind == LOCKOUT_CODE)
		return user->codes.failures >= CODE_CAP || holds(&user->codes, CODE_MOST_S, now);
	return lockout_holds_after(user->is_known_source ? &user->here : &user->anywhere, now);
}

/* Wrong passwords are forgotten after a quiet time, wrong codes are not. */
static enum up_err count(struct embedded *e, const struct user_row *user, enum lockout_kind kind)
{
	const char *sql = "UPDATE users SET failed_at = ?1, failures = CASE"
			  " WHEN failed_at < ?3 THEN 1 ELSE failures + 1 END WHERE sub = ?2";
	const bool is_here = kind == LOCKOUT_PASSWORD && user->is_known_source;

	if (kind == LOCKOUT_CODE)
		sql = "UPDATE users SET code_failed_at = ?1, code_failures = code_failures + 1"
		      " WHERE sub = ?2";
	else if (is_here)
		sql = "UPDATE known_sources SET failed_at = ?1, failures = CASE"
		      " WHEN failed_at < ?3 THEN 1 ELSE failures + 1 END"
		      " WHERE sub = ?2 AND source = ?4";
	struct query q = store_query(e->store, sql);
	query_bind_int(&q, clock_wall());
	query_bind_text(&q, user->sub);
	if (kind == LOCKOUT_PASSWORD)
		query_bind_int(&q, clock_wall() - LOCKOUT_QUIET_S);
	if (is_here)
		query_bind_text(&q, user->source);
	return query_run(&q);
}

bool lockout_count(struct embedded *e, const struct user_row *user, enum lockout_kind kind,
		   struct pool_error *error)
{
	enum up_err err = count(e, user, kind);

	if (err != UP_OK)
		(void)refuse_internal(error, err);
	return err == UP_OK;
}

static enum up_err forget(struct embedded *e, const struct user_row *user, bool and_codes)
{
	/* From a known source nothing is learnt about who guesses elsewhere. */
	const bool and_passwords = !user->is_known_source && user->anywhere.failures != 0;

	if (!and_passwords && (!and_codes || user->codes.failures == 0))
		return UP_OK;
	struct query q = store_query(
		e->store, "UPDATE users SET failures = CASE WHEN ? THEN 0 ELSE failures END,"
			  " code_failures = CASE WHEN ? THEN 0 ELSE code_failures END"
			  " WHERE sub = ?");
	query_bind_int(&q, and_passwords);
	query_bind_int(&q, and_codes);
	query_bind_text(&q, user->sub);
	return query_run(&q);
}

static enum up_err remember_source(struct embedded *e, const struct user_row *user)
{
	if (user->source[0] == '\0')
		return UP_OK;
	struct query q = store_query(
		e->store, "INSERT INTO known_sources (sub, source, seen_at) VALUES (?, ?, ?)"
			  " ON CONFLICT DO UPDATE SET seen_at = excluded.seen_at, failures = 0");
	query_bind_text(&q, user->sub);
	query_bind_text(&q, user->source);
	query_bind_int(&q, clock_wall());
	UP_TRY(query_run(&q));
	struct query old = store_query(
		e->store,
		"DELETE FROM known_sources WHERE sub = ?1 AND source NOT IN (SELECT source"
		" FROM known_sources WHERE sub = ?1 ORDER BY seen_at DESC"
		" LIMIT " KNOWN_MOST ")");
	query_bind_text(&old, user->sub);
	return query_run(&old);
}

enum up_err lockout_end(struct embedded *e, const struct user_row *user, bool with_code)
{
	UP_TRY(forget(e, user, with_code));
	return remember_source(e, user);
}
