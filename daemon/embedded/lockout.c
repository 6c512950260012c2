/* SPDX-License-Identifier: MIT */
/*
 * Cognito's lock-out: five failures are free, each further one doubles the wait from
 * a second up to about a quarter of an hour, and a quiet quarter of an hour forgets
 * them.  Attempts during the wait do not count, so nobody is locked out for good.
 */
#include "daemon/base/clock.h"
#include "daemon/embedded/handlers.h"

#define FREE_FAILURES 5
#define WAIT_MOST_S   900
#define QUIET_S       900

bool lockout_holds(const struct user_row *user, int64_t now)
{
	int64_t wait = WAIT_MOST_S;

	if (user->failures < FREE_FAILURES)
		return false;
	if (user->failures - FREE_FAILURES < 10)
		wait = (int64_t)1 << (user->failures - FREE_FAILURES);
	/* A clock that was set back must not lock for longer than the wait. */
	return now >= user->failed_at - WAIT_MOST_S && now < user->failed_at + wait;
}

bool lockout_count(struct embedded *e, const struct user_row *user, struct pool_error *error)
{
	const int64_t now = clock_wall();
	struct query q = store_query(e->store, "UPDATE users SET failures = CASE"
					       " WHEN failed_at < ? THEN 1 ELSE failures + 1 END,"
					       " failed_at = ? WHERE sub = ?");

	query_bind_int(&q, now - QUIET_S);
	query_bind_int(&q, now);
	query_bind_text(&q, user->sub);
	enum up_err err = query_run(&q);
	if (err != UP_OK)
		(void)refuse_internal(error, err);
	return err == UP_OK;
}

enum up_err lockout_reset(struct embedded *e, const struct user_row *user)
{
	if (user->failures == 0)
		return UP_OK;
	struct query q = store_query(e->store, "UPDATE users SET failures = 0 WHERE sub = ?");
	query_bind_text(&q, user->sub);
	return query_run(&q);
}
