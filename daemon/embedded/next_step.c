/* SPDX-License-Identifier: MIT */
#include "daemon/embedded/next_step.h"

#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/embedded/lockout.h"

#define USED_SESSION "Invalid session for the user, session can only be used once."

/* A code counts once, and a secret is enrolled where there is none. */
static bool is_news(const struct finish *finish, const struct user_row *user,
		    struct pool_error *error)
{
	if (finish->challenge->has_secret && user->has_totp)
		(void)refuse_not_authorized(error, "Invalid session for the user.");
	else if (finish->step != 0 && finish->step <= user->last_step)
		(void)pool_refuse(error, "ExpiredCodeException",
				  "Your software token has already been used once.");
	else
		return true;
	return false;
}

/* Read again under the lock: another worker may have counted a failure or used the same code. */
static bool may_still(struct embedded *e, const struct user_row *before,
		      const struct finish *finish, struct user_row *ret, struct pool_error *error)
{
	const enum lockout_kind kind = finish != NULL ? LOCKOUT_CODE : LOCKOUT_PASSWORD;

	if (!user_is_still(e, before, ret, error))
		return false;
	if (!lockout_holds(ret, kind, clock_wall()))
		return finish == NULL || is_news(finish, ret, error);
	(void)refuse_not_authorized(error, "Password attempts exceeded");
	return false;
}

/* The code's step counts as used; in an enrolment the secret becomes the user's. */
static enum up_err use_step(struct embedded *e, const char *sub, const struct finish *finish)
{
	const struct challenge *challenge = finish->challenge;

	if (challenge->has_secret)
		return totp_store(e, sub,
				  (struct up_span){ challenge->secret, sizeof(challenge->secret) },
				  finish->step);
	if (finish->step == 0)
		return UP_OK;
	struct query q = store_query(e->store, "UPDATE users SET last_step = ? WHERE sub = ?");
	query_bind_int(&q, finish->step);
	query_bind_text(&q, sub);
	return query_run(&q);
}

/* What the last step proved counts once.  *ret: whether there was such a recovery code. */
static enum up_err spend(struct embedded *e, const char *sub, const struct finish *finish,
			 bool *ret)
{
	*ret = true;
	UP_TRY(use_step(e, sub, finish));
	if (finish->recovery_code != NULL)
		UP_TRY(recovery_use(e, sub, finish->recovery_code, ret));
	return *ret ? challenge_use_up(e, finish->challenge) : UP_OK;
}

/* False: refused. */
static bool use_up(struct embedded *e, const struct user_row *user, const struct finish *finish,
		   struct pool_error *error)
{
	bool is_code = true;
	enum up_err err = lockout_end(e, user, finish != NULL);

	if (err == UP_OK && finish != NULL)
		err = spend(e, user->sub, finish, &is_code);
	if (err == UP_ERR_CONFLICT)
		(void)refuse_not_authorized(error, USED_SESSION);
	else if (err != UP_OK)
		(void)refuse_internal(error, err);
	else if (!is_code)
		(void)pool_refuse(error, "CodeMismatchException", "Invalid code received for user");
	return err == UP_OK && is_code;
}

static json_t *complete(struct embedded *e, const struct pool_row *pool,
			const struct client_row *client, const struct user_row *before,
			const struct finish *finish, struct pool_error *error)
{
	char family[UUID_SIZE], refresh[REFRESH_SIZE];
	const int64_t now = clock_wall();
	struct user_row user;

	if (!may_still(e, before, finish, &user, error) || !use_up(e, &user, finish, error))
		return NULL;
	enum up_err err = family_make(e, &user, client, now, family, refresh);
	if (err != UP_OK)
		return refuse_internal(error, err);
	const struct sign_in sign_in = { .pool = pool,
					 .client = client,
					 .user = &user,
					 .family_id = family,
					 .auth_time = now,
					 .refresh_token = refresh };
	json_t *answer = tokens_issue(e, &sign_in, error);
	explicit_bzero(refresh, sizeof(refresh));
	return answer;
}

json_t *finish_sign_in(struct embedded *e, const struct pool_row *pool,
		       const struct client_row *client, const struct user_row *user,
		       const struct finish *finish, struct pool_error *error)
{
	/* A code that was used is on disk before the answer.  A password uses up nothing: a power
	 * cut may cost the refresh token, or what a right password has made forgotten. */
	if (!(finish != NULL ? change_begin(e, error) : change_begin_ordered(e, error)))
		return NULL;
	return change_end(e, complete(e, pool, client, user, finish, error), error);
}

json_t *next_step(struct embedded *e, const struct pool_row *pool, const struct client_row *client,
		  const struct user_row *user, const struct finish *finish,
		  struct pool_error *error)
{
	if (pool->mfa == MFA_ON && !user->has_totp)
		return challenge_answer(e, user, client, CHALLENGE_MFA_SETUP, error);
	if (pool->mfa != MFA_OFF && user->has_totp && (user->totp_on || pool->mfa == MFA_ON))
		return challenge_answer(e, user, client, CHALLENGE_SOFTWARE_TOKEN, error);
	return finish_sign_in(e, pool, client, user, finish, error);
}
