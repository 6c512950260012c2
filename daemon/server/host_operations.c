/* SPDX-License-Identifier: MIT */
/* The operations that the daemon answers itself: a row each. */
#include <string.h>

#include "daemon/server/services.h"

struct question {
	struct services *services;
	json_t *request;
	uid_t uid;
};

static const char *text_of(json_t *request, const char *member)
{
	const char *text = json_string_value(json_object_get(request, member));

	return text != NULL ? text : "";
}

static json_t *refuse(struct host_error *error, const char *type, const char *message)
{
	*error = (struct host_error){ type, message };
	return NULL;
}

static json_t *or_no_memory(json_t *json, struct host_error *error)
{
	return json != NULL ? json : refuse(error, "InternalErrorException", "Out of memory.");
}

static json_t *get_host_status(const struct question *q, struct host_error *error)
{
	const struct identity *identity = q->services->identity;
	struct identity_status known;
	struct pool_status pool;

	identity_get_status(identity, &known);
	pool_get_status(q->services->pool, &pool);
	return or_no_memory(
		json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I,"
			  " s:I}",
			  "Version", PACKAGE_VERSION, "UserPoolId", identity_pool_id(identity),
			  "ClientId", identity_client_id(identity), "Issuer",
			  identity_issuer(identity), "Users", (json_int_t)known.users, "Groups",
			  (json_int_t)known.groups, "RefusedRecords", (json_int_t)known.refused,
			  "SyncedAt", (json_int_t)known.synced_at, "SnapshotGeneration",
			  (json_int_t)known.generation, "Workers", (json_int_t)pool.workers,
			  "BusyWorkers", (json_int_t)pool.busy, "WaitingOperations",
			  (json_int_t)pool.waiting, "WorkerFailures", (json_int_t)pool.failures,
			  "LoginsUnderWay", (json_int_t)login_count(q->services->logins),
			  "Sessions", (json_int_t)sessions_count(q->services->sessions)),
		error);
}

static json_t *list_operations(const struct question *q, struct host_error *error)
{
	(void)q;
	return or_no_memory(operations_describe(), error);
}

static json_t *list_host_sessions(const struct question *q, struct host_error *error)
{
	const uint32_t whose = q->uid == 0 ? UINT32_MAX : q->uid;
	json_t *list = sessions_describe(q->services->sessions, whose);

	return or_no_memory(list == NULL ? NULL : json_pack("{s:o}", "Sessions", list), error);
}

static json_t *close_host_session(const struct question *q, struct host_error *error)
{
	if (!session_end_by_id(q->services->sessions, text_of(q->request, "SessionId")))
		return refuse(error, "ResourceNotFoundException", "There is no such session.");
	return or_no_memory(json_object(), error);
}

static json_t *explain_login(const struct question *q, struct host_error *error)
{
	return or_no_memory(login_explain(q->services->logins, text_of(q->request, "Username"),
					  text_of(q->request, "Service")),
			    error);
}

static json_t *get_host_user(const struct question *q, struct host_error *error)
{
	json_t *user = NULL;

	switch (identity_describe(q->services->identity, text_of(q->request, "Username"), &user)) {
	case IDENTITY_FOUND:
		return user;
	case IDENTITY_ABSENT:
		return refuse(error, "UserNotFoundException", "The host has no such pool user.");
	case IDENTITY_CANNOT_TELL:
	default:
		return refuse(error, POOL_UNAVAILABLE, "The host cannot read its users.");
	}
}

static const struct {
	const char *name;
	json_t *(*answer)(const struct question *q, struct host_error *error);
} rows[] = {
	{ "GetHostStatus", get_host_status },       { "ListOperations", list_operations },
	{ "ListHostSessions", list_host_sessions }, { "CloseHostSession", close_host_session },
	{ "ExplainLogin", explain_login },          { "GetHostUser", get_host_user },
};

json_t *host_operation(struct services *services, const struct operation *operation,
		       json_t *request, uid_t uid, struct host_error *error)
{
	const struct question question = { services, request, uid };

	for (size_t i = 0; i < UP_COUNT(rows); i++)
		if (strcmp(rows[i].name, operation->name) == 0)
			return rows[i].answer(&question, error);
	return refuse(error, "UnknownOperationException", "No such operation.");
}
