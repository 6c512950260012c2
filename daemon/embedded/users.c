/* SPDX-License-Identifier: MIT */
/* A user's row, and how it is shown. */
#include <stdio.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/embedded/handlers.h"

bool user_read(const struct query *q, struct user_row *ret)
{
	struct user_row user = { 0 };

	if (!copy_column(q, 0, user.sub, sizeof(user.sub)) ||
	    !copy_column(q, 1, user.pool_id, sizeof(user.pool_id)) ||
	    !copy_column(q, 2, user.username, sizeof(user.username)) ||
	    !copy_column(q, 4, user.status, sizeof(user.status)) ||
	    !copy_column(q, 5, user.hash, sizeof(user.hash)))
		return false;
	user.enabled = query_int(q, 3) == 1;
	user.temporary_until = query_int(q, 6);
	user.anywhere = (struct attempts){ query_int(q, 7), query_int(q, 8) };
	user.codes = (struct attempts){ query_int(q, 9), query_int(q, 10) };
	user.has_totp = query_int(q, 11) == 1;
	user.totp_on = query_int(q, 12) == 1;
	user.totp_preferred = query_int(q, 13) == 1;
	user.last_step = query_int(q, 14);
	user.epoch = query_int(q, 15);
	user.created = query_int(q, 16);
	user.modified = query_int(q, 17);
	*ret = user;
	return true;
}

static enum found find(struct query *q, struct user_row *ret)
{
	enum query_step step = query_next(q);
	bool is_read = step == QUERY_ROW && user_read(q, ret);

	if (query_end(q) != UP_OK || (step == QUERY_ROW && !is_read))
		return FOUND_FAILED;
	return step == QUERY_ROW ? FOUND_ONE : FOUND_NONE;
}

enum found user_find(struct embedded *e, const char *pool_id, const char *name,
		     struct user_row *ret)
{
	char folded[NAME_SIZE];

	if (!fold_name(name, folded))
		return FOUND_NONE;
	struct query q = store_query(e->store, "SELECT " USER_FIELDS
					       " FROM users WHERE pool_id = ? AND username = ?");
	query_bind_text(&q, pool_id);
	query_bind_text(&q, folded);
	return find(&q, ret);
}

enum found user_find_sub(struct embedded *e, const char *sub, struct user_row *ret)
{
	struct query q = store_query(e->store, "SELECT " USER_FIELDS " FROM users WHERE sub = ?");

	query_bind_text(&q, sub);
	return find(&q, ret);
}

enum found user_find_again(struct embedded *e, const struct user_row *before, struct user_row *ret)
{
	enum found found = user_find_sub(e, before->sub, ret);

	if (found != FOUND_ONE)
		return found;
	memcpy(ret->source, before->source, sizeof(ret->source));
	ret->is_known_source = before->is_known_source;
	ret->here = before->here;
	return FOUND_ONE;
}

bool user_is_still(struct embedded *e, const struct user_row *before, struct user_row *ret,
		   struct pool_error *error)
{
	enum found found = user_find_again(e, before, ret);

	if (found == FOUND_ONE && ret->epoch == before->epoch && ret->enabled)
		return true;
	if (found == FOUND_FAILED)
		(void)refuse_internal(error, UP_ERR_IO);
	else
		(void)refuse_not_authorized(error, "Invalid session for the user.");
	return false;
}

bool user_of(struct embedded *e, json_t *request, struct pool_row *pool, struct user_row *ret,
	     struct pool_error *error)
{
	if (!pool_of(e, request, pool, error))
		return false;
	switch (user_find(e, pool->id, text_of(request, "Username"), ret)) {
	case FOUND_ONE:
		return true;
	case FOUND_NONE:
		(void)pool_refuse(error, "UserNotFoundException", "User does not exist.");
		return false;
	case FOUND_FAILED:
	default:
		(void)refuse_internal(error, UP_ERR_IO);
		return false;
	}
}

bool fold_name(const char *name, char ret[NAME_SIZE])
{
	const size_t len = strlen(name);

	if (len >= NAME_SIZE)
		return false;
	for (size_t i = 0; i <= len; i++)
		ret[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
	return true;
}

json_t *user_describe(struct embedded *e, const struct user_row *user, const char *attributes)
{
	json_t *list = attributes_list(e, user->sub);

	return list == NULL
		       ? NULL
		       : json_pack("{s:s, s:o, s:I, s:I, s:b, s:s}", "Username", user->username,
				   attributes, list, "UserCreateDate", (json_int_t)user->created,
				   "UserLastModifiedDate", (json_int_t)user->modified, "Enabled",
				   (int)user->enabled, "UserStatus", user->status);
}

bool user_describe_mfa(const struct user_row *user, json_t *json)
{
	if (!user->has_totp || !user->totp_on)
		return true;
	return json_object_set_new(json, "UserMFASettingList",
				   json_pack("[s]", "SOFTWARE_TOKEN_MFA")) == 0 &&
	       (!user->totp_preferred ||
		json_object_set_new(json, "PreferredMfaSetting",
				    json_string("SOFTWARE_TOKEN_MFA")) == 0);
}

enum up_err user_end_all(struct embedded *e, const char *sub, bool and_tokens)
{
	struct query q = store_query(
		e->store, "UPDATE users SET epoch = epoch + 1, modified = ? WHERE sub = ?");

	query_bind_int(&q, clock_wall());
	query_bind_text(&q, sub);
	UP_TRY(query_run(&q));
	return and_tokens ? families_revoke(e, sub) : UP_OK;
}

enum up_err user_set_password(struct embedded *e, const char *sub, const char *hash,
			      const char *status, int64_t temporary_until)
{
	struct query q = store_query(e->store, "UPDATE users SET hash = ?, status = ?,"
					       " temporary_until = ?, failures = 0 WHERE sub = ?");

	query_bind_text(&q, hash);
	query_bind_text(&q, status);
	query_bind_int(&q, temporary_until);
	query_bind_text(&q, sub);
	UP_TRY(query_run(&q));
	struct query sources =
		store_query(e->store, "UPDATE known_sources SET failures = 0 WHERE sub = ?");
	query_bind_text(&sources, sub);
	UP_TRY(query_run(&sources));
	return user_end_all(e, sub, true);
}
