/* SPDX-License-Identifier: MIT */
/* What an admin does to a user. */
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/embedded/handlers.h"

#define DAY 86400

static int64_t temporary_until(const struct pool_row *pool)
{
	return clock_wall() + pool->policy.temporary_days * DAY;
}

static enum up_err insert_user(struct embedded *e, const struct user_row *user)
{
	struct query q = store_query(
		e->store,
		"INSERT INTO users (sub, pool_id, username, enabled, status, hash,"
		" temporary_until, created, modified) VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?)");

	query_bind_text(&q, user->sub);
	query_bind_text(&q, user->pool_id);
	query_bind_text(&q, user->username);
	query_bind_text(&q, user->status);
	query_bind_text(&q, user->hash);
	query_bind_int(&q, user->temporary_until);
	query_bind_int(&q, user->created);
	query_bind_int(&q, user->modified);
	return query_run(&q);
}

/* What a user to be created, or to be sent a new password, gets. */
struct arrival {
	json_t *request;
	struct pool_row pool;
	struct user_row user;
	char invented[INVENTED_SIZE]; /* "" if the admin chose the password */
};

static json_t *show_arrival(struct embedded *e, const struct arrival *a, struct pool_error *error)
{
	json_t *shown = user_describe(e, &a->user, "Attributes");

	if (shown == NULL)
		return refuse_internal(error, UP_ERR_NOMEM);
	return or_internal(a->invented[0] != '\0' ? json_pack("{s:o, s:s}", "User", shown,
							      "TemporaryPassword", a->invented)
						  : json_pack("{s:o}", "User", shown),
			   error);
}

static json_t *create(struct embedded *e, const struct arrival *a, struct pool_error *error)
{
	json_t *attributes = member_of(a->request, "UserAttributes");
	enum up_err err = insert_user(e, &a->user);

	if (err == UP_ERR_CONFLICT)
		return pool_refuse(error, "UsernameExistsException", "User account already exists");
	if (err != UP_OK)
		return refuse_internal(error, err);
	if (attributes != NULL && !attributes_set(e, a->user.sub, attributes, error))
		return NULL;
	return show_arrival(e, a, error);
}

/* MessageAction RESEND: another temporary password for who has not set one yet. */
static json_t *invite_again(struct embedded *e, struct arrival *a, struct pool_error *error)
{
	struct user_row user;

	if (!user_of(e, a->request, &a->pool, &user, error))
		return NULL;
	if (strcmp(user.status, "FORCE_CHANGE_PASSWORD") != 0)
		return pool_refuse(error, "UnsupportedUserStateException",
				   "Resend not possible. %s status is not FORCE_CHANGE_PASSWORD",
				   user.username);
	enum up_err err = user_set_password(e, user.sub, a->user.hash, a->user.status,
					    a->user.temporary_until);
	if (err != UP_OK)
		return refuse_internal(error, err);
	a->user = user;
	return show_arrival(e, a, error);
}

/* All that takes its time, before the write lock; false: refused. */
static bool prepare(struct arrival *a, struct pool_error *error)
{
	const char *password = text_of(a->request, "TemporaryPassword");
	struct user_row *user = &a->user;

	if (!fold_name(text_of(a->request, "Username"), user->username)) {
		(void)refuse_parameter(error, "The user name is too long.");
		return false;
	}
	enum up_err err = random_uuid(user->sub);
	if (err == UP_OK && password[0] == '\0') {
		err = password_invent(&a->pool.policy, a->invented);
		password = a->invented;
	}
	if (err != UP_OK) {
		(void)refuse_internal(error, err);
		return false;
	}
	memcpy(user->pool_id, a->pool.id, sizeof(user->pool_id));
	user->created = user->modified = clock_wall();
	user->temporary_until = temporary_until(&a->pool);
	return password_make(&a->pool.policy, password, user->hash, error);
}

/* A password that the pool makes up is in the answer: there is no mail to send it by. */
json_t *admin_create_user(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	const char *action = text_of(request, "MessageAction");
	const bool is_again = strcmp(action, "RESEND") == 0;
	struct arrival a = { .request = request,
			     .user = { .enabled = true, .status = "FORCE_CHANGE_PASSWORD" } };

	if (action[0] != '\0' && !is_again && strcmp(action, "SUPPRESS") != 0)
		return refuse_parameter(error, "MessageAction must be RESEND or SUPPRESS.");
	if (!pool_of(e, request, &a.pool, error) || !prepare(&a, error) || !change_begin(e, error))
		return NULL;
	json_t *answer =
		change_end(e, is_again ? invite_again(e, &a, error) : create(e, &a, error), error);
	explicit_bzero(&a, sizeof(a));
	return answer;
}

json_t *admin_get_user(void *backend, json_t *request, struct pool_error *error)
{
	struct pool_row pool;
	struct user_row user;

	if (!user_of(backend, request, &pool, &user, error))
		return NULL;
	json_t *answer = user_describe(backend, &user, "UserAttributes");
	if (answer != NULL && !user_describe_mfa(&user, answer)) {
		json_decref(answer);
		answer = NULL;
	}
	return or_internal(answer, error);
}

static json_t *switch_user(struct embedded *e, json_t *request, bool enabled,
			   struct pool_error *error)
{
	struct pool_row pool;
	struct user_row user;

	if (!user_of(e, request, &pool, &user, error) || !change_begin(e, error))
		return NULL;
	struct query q = store_query(e->store, "UPDATE users SET enabled = ? WHERE sub = ?");
	query_bind_int(&q, enabled);
	query_bind_text(&q, user.sub);
	enum up_err err = query_run(&q);
	if (err == UP_OK)
		err = user_end_all(e, user.sub, !enabled);
	return change_end(
		e, err != UP_OK ? refuse_internal(error, err) : or_internal(json_object(), error),
		error);
}

json_t *admin_disable_user(void *backend, json_t *request, struct pool_error *error)
{
	return switch_user(backend, request, false, error);
}

json_t *admin_enable_user(void *backend, json_t *request, struct pool_error *error)
{
	return switch_user(backend, request, true, error);
}

json_t *admin_delete_user(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	struct pool_row pool;
	struct user_row user;

	if (!user_of(e, request, &pool, &user, error))
		return NULL;
	struct query q = store_query(e->store, "DELETE FROM users WHERE sub = ?");
	query_bind_text(&q, user.sub);
	return run_statement(&q, error);
}

json_t *admin_set_user_password(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	const bool is_permanent = json_is_true(json_object_get(request, "Permanent"));
	char hash[HASH_SIZE];
	struct pool_row pool;
	struct user_row user;

	if (!user_of(e, request, &pool, &user, error) ||
	    !password_make(&pool.policy, text_of(request, "Password"), hash, error) ||
	    !change_begin(e, error))
		return NULL;
	enum up_err err = user_set_password(e, user.sub, hash,
					    is_permanent ? "CONFIRMED" : "FORCE_CHANGE_PASSWORD",
					    is_permanent ? 0 : temporary_until(&pool));
	return change_end(
		e, err != UP_OK ? refuse_internal(error, err) : or_internal(json_object(), error),
		error);
}

json_t *admin_user_global_sign_out(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	struct pool_row pool;
	struct user_row user;

	if (!user_of(e, request, &pool, &user, error) || !change_begin(e, error))
		return NULL;
	enum up_err err = user_end_all(e, user.sub, true);
	return change_end(
		e, err != UP_OK ? refuse_internal(error, err) : or_internal(json_object(), error),
		error);
}
