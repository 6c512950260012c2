/* SPDX-License-Identifier: MIT */
/* How handlers fail, read requests, and change things. */
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/embedded/internal.h"

json_t *refuse_internal(struct pool_error *error, enum up_err err)
{
	log_event(EV_STORE_FAILED, log_err(err));
	return pool_refuse(error, "InternalErrorException", "The pool failed: %s.",
			   up_strerror(err));
}

json_t *refuse_not_authorized(struct pool_error *error, const char *message)
{
	return pool_refuse(error, "NotAuthorizedException", "%s", message);
}

json_t *refuse_parameter(struct pool_error *error, const char *message)
{
	return pool_refuse(error, "InvalidParameterException", "%s", message);
}

json_t *or_internal(json_t *json, struct pool_error *error)
{
	return json != NULL ? json : refuse_internal(error, UP_ERR_NOMEM);
}

static bool or_refuse(enum up_err err, struct pool_error *error)
{
	if (err != UP_OK)
		(void)refuse_internal(error, err);
	return err == UP_OK;
}

bool change_begin(struct embedded *e, struct pool_error *error)
{
	return or_refuse(store_begin(e->store), error);
}

bool change_begin_ordered(struct embedded *e, struct pool_error *error)
{
	return or_refuse(store_begin_ordered(e->store), error);
}

json_t *change_end(struct embedded *e, json_t *answer, struct pool_error *error)
{
	enum up_err err;

	if (answer == NULL) {
		store_rollback(e->store);
		return NULL;
	}
	err = store_commit(e->store);
	if (err == UP_OK)
		return answer;
	json_decref(answer);
	return refuse_internal(error, err);
}

json_t *run_statement(struct query *q, struct pool_error *error)
{
	enum up_err err = query_run(q);

	return err == UP_OK ? or_internal(json_object(), error) : refuse_internal(error, err);
}

json_t *member_of(json_t *request, const char *member)
{
	json_t *value = json_object_get(request, member);

	return json_is_null(value) ? NULL : value;
}

bool flag_of(json_t *request, const char *member, bool *ret, struct pool_error *error)
{
	json_t *value = member_of(request, member);

	if (value == NULL)
		return true;
	if (!json_is_boolean(value)) {
		(void)pool_refuse(error, "InvalidParameterException", "%s must be true or false.",
				  member);
		return false;
	}
	*ret = json_is_true(value);
	return true;
}

const char *text_of(json_t *request, const char *member)
{
	const char *text = json_string_value(json_object_get(request, member));

	return text != NULL ? text : "";
}

bool copy_column(const struct query *q, int column, char *out, size_t size)
{
	const char *text = query_text(q, column);
	const size_t len = strlen(text);

	if (len >= size)
		return false;
	memcpy(out, text, len + 1);
	return true;
}
