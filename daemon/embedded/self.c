/* SPDX-License-Identifier: MIT */
/* What users do for themselves, by access token. */
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/crypto/password.h"
#include "daemon/embedded/handlers.h"
#include "daemon/embedded/lockout.h"

json_t *get_user(void *backend, json_t *request, struct pool_error *error)
{
	struct pool_row pool;
	struct user_row user;

	if (!access_user(backend, request, &pool, &user, error))
		return NULL;
	json_t *attributes = attributes_list(backend, user.sub);
	json_t *answer = attributes == NULL ? NULL
					    : json_pack("{s:s, s:o}", "Username", user.username,
							"UserAttributes", attributes);
	if (answer != NULL && !user_describe_mfa(&user, answer)) {
		json_decref(answer);
		answer = NULL;
	}
	return or_internal(answer, error);
}

/* Everybody here has a password, so the old one is always asked for. */
static bool check_old(struct embedded *e, json_t *request, const struct user_row *user,
		      struct pool_error *error)
{
	const char *old = text_of(request, "PreviousPassword");
	bool is_right = false;

	if (lockout_holds(user, LOCKOUT_PASSWORD, clock_wall())) {
		(void)refuse_not_authorized(error, "Password attempts exceeded");
		return false;
	}
	if (old[0] == '\0') {
		(void)refuse_parameter(error, "Missing required parameter PreviousPassword");
		return false;
	}
	enum up_err err = password_verify(user->hash, old, &is_right);
	if (err != UP_OK)
		(void)refuse_internal(error, err);
	else if (!is_right && lockout_count(e, user, LOCKOUT_PASSWORD, error))
		(void)refuse_not_authorized(error, "Incorrect username or password.");
	return err == UP_OK && is_right;
}

static json_t *set_password(struct embedded *e, const struct user_row *before, const char *hash,
			    struct pool_error *error)
{
	struct user_row user;

	if (!user_is_still(e, before, &user, error))
		return NULL;
	enum up_err err = user_set_password(e, user.sub, hash, "CONFIRMED", 0);
	return err != UP_OK ? refuse_internal(error, err) : or_internal(json_object(), error);
}

json_t *change_password(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	char hash[HASH_SIZE];
	struct pool_row pool;
	struct user_row user;

	if (!access_user(e, request, &pool, &user, error) || !check_old(e, request, &user, error))
		return NULL;
	if (strcmp(text_of(request, "PreviousPassword"), text_of(request, "ProposedPassword")) == 0)
		return pool_refuse(error, "InvalidPasswordException",
				   "The new password is the old one.");
	if (!password_make(&pool.policy, text_of(request, "ProposedPassword"), hash, error) ||
	    !change_begin(e, error))
		return NULL;
	return change_end(e, set_password(e, &user, hash, error), error);
}

json_t *global_sign_out(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	struct pool_row pool;
	struct user_row user;

	if (!access_user(e, request, &pool, &user, error) || !change_begin(e, error))
		return NULL;
	enum up_err err = user_end_all(e, user.sub, true);
	return change_end(
		e, err != UP_OK ? refuse_internal(error, err) : or_internal(json_object(), error),
		error);
}
