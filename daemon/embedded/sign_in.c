/* SPDX-License-Identifier: MIT */
/* InitiateAuth and its kin: the first factor, and what comes after it. */
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/crypto/password.h"
#include "daemon/embedded/family.h"
#include "daemon/embedded/lockout.h"
#include "daemon/embedded/next_step.h"

#define WRONG  "Incorrect username or password."
#define LOCKED "Password attempts exceeded"

static json_t *refuse_wrong(struct pool_error *error)
{
	return refuse_not_authorized(error, WRONG);
}

/* A user that does not exist waits, costs and is answered as one that does. */
static json_t *refuse_nobody(struct embedded *e, const struct client_row *client, const char *name,
			     const char *password, struct pool_error *error)
{
	struct stranger stranger;

	if (!client->hides_users)
		return pool_refuse(error, "UserNotFoundException", "User does not exist.");
	if (!stranger_see(e, client->pool_id, name, &stranger, error))
		return NULL;
	if (lockout_holds_after(&stranger.attempts, clock_wall()))
		return refuse_not_authorized(error, LOCKED);
	enum up_err err = password_verify_nobody(password);
	if (err != UP_OK)
		return refuse_internal(error, err);
	return stranger_count(e, &stranger, error) ? refuse_wrong(error) : NULL;
}

static json_t *refuse_counted(struct embedded *e, const struct user_row *user,
			      struct pool_error *error)
{
	return lockout_count(e, user, LOCKOUT_PASSWORD, error) ? refuse_wrong(error) : NULL;
}

/* What only somebody who knows the password is told. */
static json_t *after_password(struct embedded *e, const struct pool_row *pool,
			      const struct client_row *client, const struct user_row *user,
			      struct pool_error *error)
{
	if (!user->enabled)
		return refuse_not_authorized(error, "User is disabled.");
	if (strcmp(user->status, "RESET_REQUIRED") == 0)
		return pool_refuse(error, "PasswordResetRequiredException",
				   "Password reset required for the user");
	if (strcmp(user->status, "FORCE_CHANGE_PASSWORD") == 0) {
		if (user->temporary_until != 0 && user->temporary_until <= clock_wall())
			return refuse_not_authorized(
				error, "Temporary password has expired and must be reset by an "
				       "administrator.");
		return challenge_answer(e, user, client, CHALLENGE_NEW_PASSWORD, error);
	}
	return next_step(e, pool, client, user, NULL, error);
}

/* The password is at hand now only.  Nobody's sign-in ends by it, unless it was changed meanwhile.
 */
static enum up_err renew_hash(struct embedded *e, const struct user_row *user, const char *password)
{
	_auto_(free) char *hash = NULL;

	UP_TRY(password_hash(password, &hash));
	struct query q =
		store_query(e->store, "UPDATE users SET hash = ? WHERE sub = ? AND hash = ?");
	query_bind_text(&q, hash);
	query_bind_text(&q, user->sub);
	query_bind_text(&q, user->hash);
	return query_run(&q);
}

static json_t *sign_in_with_password(struct embedded *e, const struct pool_row *pool,
				     const struct client_row *client, json_t *request,
				     struct pool_error *error)
{
	json_t *parameters = member_of(request, "AuthParameters");
	const char *name = text_of(parameters, "USERNAME");
	const char *password = text_of(parameters, "PASSWORD");
	struct user_row user;
	bool is_right = false;

	if (name[0] == '\0')
		return refuse_parameter(error, "Missing required parameter USERNAME");
	if (password[0] == '\0')
		return refuse_parameter(error, "Missing required parameter PASSWORD");
	enum found found = user_find(e, pool->id, name, &user);
	if (found == FOUND_FAILED)
		return refuse_internal(error, UP_ERR_IO);
	if (found == FOUND_NONE)
		return refuse_nobody(e, client, name, password, error);
	if (!lockout_see(e, &user, request, error))
		return NULL;
	if (lockout_holds(&user, LOCKOUT_PASSWORD, clock_wall()))
		return refuse_not_authorized(error, LOCKED);
	enum up_err err = password_verify(user.hash, password, &is_right);
	if (err != UP_OK)
		return refuse_internal(error, err);
	if (!is_right)
		return refuse_counted(e, &user, error);
	if (password_is_outdated(user.hash))
		err = renew_hash(e, &user, password);
	if (err != UP_OK)
		return refuse_internal(error, err);
	return after_password(e, pool, client, &user, error);
}

/* Which flow a name means; the ADMIN_ ones only where an admin asks. */
static unsigned int flow_of(const char *name, bool is_admin)
{
	if (strcmp(name, "USER_PASSWORD_AUTH") == 0)
		return FLOW_PASSWORD;
	if (strcmp(name, "REFRESH_TOKEN_AUTH") == 0 || strcmp(name, "REFRESH_TOKEN") == 0)
		return FLOW_REFRESH;
	if (is_admin && (strcmp(name, "ADMIN_USER_PASSWORD_AUTH") == 0 ||
			 strcmp(name, "ADMIN_NO_SRP_AUTH") == 0))
		return FLOW_ADMIN_PASSWORD;
	return 0;
}

static json_t *start(struct embedded *e, json_t *request, bool is_admin, struct pool_error *error)
{
	const char *name = text_of(request, "AuthFlow");
	const unsigned int flow = flow_of(name, is_admin);
	json_t *parameters = member_of(request, "AuthParameters");
	struct client_row client;
	struct pool_row pool;

	if (!client_find(e, text_of(request, "ClientId"), &client, error) ||
	    !pool_find(e, client.pool_id, &pool, error))
		return NULL;
	if (is_admin && strcmp(text_of(request, "UserPoolId"), pool.id) != 0)
		return pool_refuse(error, "ResourceNotFoundException",
				   "User pool client %s does not exist.", client.id);
	if (flow == 0)
		return refuse_parameter(error, "Initiate Auth method not supported.");
	if ((client.flows & flow) == 0)
		return pool_refuse(error, "InvalidParameterException",
				   "%s flow not enabled for this client", name);
	if (parameters == NULL)
		return refuse_parameter(error, "Missing required parameter AuthParameters");
	if (flow == FLOW_REFRESH)
		return refresh_tokens(e, &client, text_of(parameters, "REFRESH_TOKEN"), error);
	return sign_in_with_password(e, &pool, &client, request, error);
}

json_t *initiate_auth(void *backend, json_t *request, struct pool_error *error)
{
	return start(backend, request, false, error);
}

json_t *admin_initiate_auth(void *backend, json_t *request, struct pool_error *error)
{
	return start(backend, request, true, error);
}

/* The first factor was an SSH key that the host has checked; nothing but a code ends it. */
json_t *admin_initiate_second_factor(void *backend, json_t *request, struct pool_error *error)
{
	struct client_row client;
	struct pool_row pool;
	struct user_row user;

	if (!user_of(backend, request, &pool, &user, error) ||
	    !client_find(backend, text_of(request, "ClientId"), &client, error))
		return NULL;
	if (strcmp(client.pool_id, pool.id) != 0)
		return pool_refuse(error, "ResourceNotFoundException",
				   "User pool client %s does not exist.", client.id);
	if (lockout_holds(&user, LOCKOUT_CODE, clock_wall()))
		return refuse_not_authorized(error, LOCKED);
	if (!user.enabled)
		return refuse_not_authorized(error, "User is disabled.");
	if (strcmp(user.status, "CONFIRMED") != 0)
		return pool_refuse(error, "PasswordResetRequiredException",
				   "Password reset required for the user");
	if (!user.has_totp)
		return pool_refuse(error, "SoftwareTokenMFANotFoundException",
				   "The user has no software token.");
	return challenge_answer(backend, &user, &client, CHALLENGE_SOFTWARE_TOKEN, error);
}
