/* SPDX-License-Identifier: MIT */
/*
 * api.sock: one operation after another.  The table decides who may ask what; a
 * change of users or groups is answered when this host has it too.
 */
#include <stdlib.h>
#include <string.h>

#include "common/localdb.h"
#include "common/names.h"
#include "common/wipe.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/pool/api_frame.h"
#include "daemon/server/services.h"

#define IDLE_MS 300000

struct client {
	struct services *services;
	struct connection *connection; /* NULL: gone, but its call is still with the pool */
	struct peer peer;
	const struct operation *operation; /* under way, or NULL */
	struct pool_call *call;
	json_t *request, *result; /* the result waits for the sync */
	char sub[UUID_SIZE];      /* of the user acted on, where it may have to be signed out */
};

/* The last thing that is done with a client whose connection is gone. */
static void send_frame(struct client *client, uint8_t *frame, size_t len, enum up_err err)
{
	if (client->connection != NULL && err == UP_OK)
		connection_send(client->connection, frame, len);
	else if (client->connection != NULL)
		connection_finish(client->connection);
	if (frame != NULL)
		explicit_bzero(frame, len);
	free(frame);
	if (client->connection != NULL)
		connection_set_busy(client->connection, false);
	else
		free(client);
}

/* What is acted on, by the fields that the table marks. */
static void audit(const struct client *client, const char *name, const char *result)
{
	const struct operation *operation = client->operation;
	struct log_field fields[8] = { log_str("operation", name), log_int("uid", client->peer.uid),
				       log_int("pid", client->peer.pid),
				       log_str("result", result) };
	size_t count = 4;

	for (size_t i = 0; operation != NULL && i < operation->field_count; i++) {
		const struct operation_field *field = &operation->fields[i];

		if ((field->flags & FIELD_OBJECT) == 0 || (field->flags & FIELD_SECRET) != 0 ||
		    count == UP_COUNT(fields))
			continue;
		fields[count] =
			log_str(count == 4 ? "object" : "object2",
				json_string_value(json_object_get(client->request, field->name)));
		count++;
	}
	log_write(EV_OPERATION, fields, count);
}

static void forget_call(struct client *client)
{
	json_decref(client->request);
	json_decref(client->result);
	client->request = client->result = NULL;
	client->operation = NULL;
}

static void answer_result(struct client *client, json_t *result)
{
	uint8_t *frame = malloc(API_FRAME_SIZE);
	size_t len = 0;
	enum up_err err = frame == NULL ? UP_ERR_NOMEM
					: api_result_encode(result, frame, API_FRAME_SIZE, &len);

	audit(client, client->operation->name, "ok");
	forget_call(client);
	send_frame(client, frame, len, err);
}

static void answer_error(struct client *client, const char *name, const char *type,
			 const char *message)
{
	const size_t size = UP_FRAME_HEADER_SIZE + 8 + API_TYPE_SIZE + UP_MESSAGE_SIZE;
	uint8_t *frame = malloc(size);
	size_t len = 0;
	enum up_err err =
		frame == NULL ? UP_ERR_NOMEM : api_error_encode(type, message, frame, size, &len);

	audit(client, name, type);
	forget_call(client);
	send_frame(client, frame, len, err);
}

/* The host has what the pool has, or will have when the pool can be read again: a change is made,
 * and only who asked for the reading itself is told that it failed. */
static void on_synced(enum up_err err, void *arg)
{
	struct client *client = arg;

	if (client->operation->where == OPERATION_HOST && err != UP_OK)
		answer_error(client, client->operation->name, POOL_UNAVAILABLE,
			     "The pool could not be read.");
	else
		answer_result(client, client->result);
}

static bool ends_sessions(const struct operation *operation)
{
	static const char *const names[] = { "AdminDisableUser", "AdminDeleteUser",
					     "AdminUserGlobalSignOut" };

	for (size_t i = 0; i < UP_COUNT(names); i++)
		if (strcmp(names[i], operation->name) == 0)
			return true;
	return false;
}

/* Reads again what the operation may have changed, and no more than that. */
static void read_again(struct client *client, identity_done_fn *done)
{
	struct identity *identity = client->services->identity;
	const char *user = json_string_value(json_object_get(client->request, "Username"));
	const char *group = json_string_value(json_object_get(client->request, "GroupName"));
	const bool is_one = client->operation->effect == EFFECT_USER ||
			    client->operation->effect == EFFECT_GROUP;

	if (is_one && user != NULL)
		identity_refresh(identity, IDENTITY_USER, user, done, client);
	else if (is_one && group != NULL)
		identity_refresh(identity, IDENTITY_GROUP, group, done, client);
	else
		identity_sync(identity, done, client);
}

static void on_reply(const struct pool_reply *reply, void *arg)
{
	struct client *client = arg;
	const struct operation *operation = client->operation;

	client->call = NULL;
	if (reply->error != NULL) {
		answer_error(client, operation->name, reply->error, reply->message);
		return;
	}
	if (client->sub[0] != '\0' && ends_sessions(operation))
		session_end_all(client->services->sessions, client->sub);
	if (operation->effect == EFFECT_READS) {
		answer_result(client, reply->result);
		return;
	}
	if (client->connection == NULL) {
		read_again(client, NULL);
		answer_result(client, reply->result);
		return;
	}
	client->result = json_incref(reply->result);
	read_again(client, on_synced);
}

static bool is_admin(const struct services *services, uid_t uid)
{
	for (char **name = services->config->pool_admins; *name != NULL; name++) {
		uint32_t id = 0;

		if (up_local_find_name(UP_LOCAL_PASSWD, *name, &id) == UP_LOCAL_YES && id == uid)
			return true;
	}
	return false;
}

static bool has_field(const struct operation *operation, const char *name)
{
	for (size_t i = 0; i < operation->field_count; i++)
		if (strcmp(operation->fields[i].name, name) == 0)
			return true;
	return false;
}

static bool lacks(const struct client *client, const char *name)
{
	return has_field(client->operation, name) && json_object_get(client->request, name) == NULL;
}

/* Nobody on this host means another pool or client than the one in force, unless he says so. */
static bool fill_in_pool(struct client *client)
{
	const struct identity *identity = client->services->identity;
	int rc = 0;

	if (lacks(client, "UserPoolId") && identity_pool_id(identity)[0] != '\0')
		rc |= json_object_set_new(client->request, "UserPoolId",
					  json_string(identity_pool_id(identity)));
	if (lacks(client, "ClientId") && client->operation->effect == EFFECT_READS &&
	    identity_client_id(identity)[0] != '\0')
		rc |= json_object_set_new(client->request, "ClientId",
					  json_string(identity_client_id(identity)));
	return rc == 0;
}

/* Where a call comes from is for the daemon to say, except that admins act for others. */
static bool fill_in_source(struct client *client, const struct operation_caller *caller)
{
	char source[32];

	if (caller->uid == 0 || caller->is_admin ||
	    !has_field(client->operation, "UserContextData"))
		return true;
	(void)snprintf(source, sizeof(source), "uid:%u", caller->uid);
	return json_object_set_new(client->request, "UserContextData",
				   json_pack("{s:s}", "IpAddress", source)) == 0;
}

/* A user's own operation without a token is by the token of the caller's live login. */
static bool fill_in_token(struct client *client)
{
	char *token = NULL;
	int rc = 0;

	if (client->operation->access != ACCESS_SELF || !lacks(client, "AccessToken") ||
	    json_object_get(client->request, "Session") != NULL ||
	    session_access_token(client->services->sessions, client->peer.uid, &token) != UP_OK)
		return true;
	rc = json_object_set_new(client->request, "AccessToken", json_string(token));
	explicit_bzero(token, strlen(token));
	free(token);
	return rc == 0;
}

/* Nothing says whose operation it would be. */
static bool is_nobodys(const struct client *client)
{
	return client->operation->access == ACCESS_SELF && lacks(client, "AccessToken") &&
	       json_object_get(client->request, "Session") == NULL;
}

static void note_subject(struct client *client)
{
	const char *pool_name = json_string_value(json_object_get(client->request, "Username"));
	char name[UP_LOGIN_NAME_SIZE];
	struct identity_user user;

	client->sub[0] = '\0';
	if (pool_name != NULL && up_login_name_fold(pool_name, name) &&
	    identity_find_by_name(client->services->identity, name, &user) == IDENTITY_FOUND)
		memcpy(client->sub, user.sub, sizeof(client->sub));
}

static void ask_pool(struct client *client)
{
	const struct operation *operation = client->operation;

	note_subject(client);
	enum up_err err = pool_call(client->services->pool, operation->name, client->request,
				    on_reply, client, &client->call);
	if (err == UP_ERR_BUSY)
		answer_error(client, operation->name, POOL_BUSY,
			     "Too many operations wait. Try again in a moment.");
	else if (err == UP_ERR_TOO_LARGE)
		answer_error(client, operation->name, "InvalidParameterException",
			     "The request is too large.");
	else if (err != UP_OK)
		answer_error(client, operation->name, POOL_UNAVAILABLE, up_strerror(err));
}

static void ask_host(struct client *client)
{
	const struct operation *operation = client->operation;
	struct host_error error = { 0 };

	if (strcmp(operation->name, "SyncIdentities") == 0) {
		client->result = json_object();
		identity_sync(client->services->identity, on_synced, client);
		return;
	}
	json_t *result = host_operation(client->services, operation, client->request,
					client->peer.uid, &error);
	if (result == NULL) {
		answer_error(client, operation->name, error.type, error.message);
		return;
	}
	answer_result(client, result);
	json_decref(result);
}

/* Everybody may try to sign in; nobody may try a thousand passwords a minute. */
static bool is_within_limits(const struct client *client)
{
	const uid_t uid = client->peer.uid;
	char key[32];

	if (uid == 0 || client->operation->where != OPERATION_POOL)
		return true;
	(void)snprintf(key, sizeof(key), "uid:%u", uid);
	return limits_take(client->services->calls, key, clock_boot_ms());
}

static void run(struct client *client)
{
	const struct operation *operation = client->operation;
	const uid_t uid = client->peer.uid;
	const struct operation_caller caller = { .uid = uid,
						 .is_admin = is_admin(client->services, uid) };
	char message[UP_MESSAGE_SIZE];

	if (!operation_permits(operation, &caller))
		answer_error(client, operation->name, "AccessDeniedException",
			     "You may not do this.");
	else if (!is_within_limits(client))
		answer_error(client, operation->name, "TooManyRequestsException", "Rate exceeded");
	else if (!fill_in_pool(client) || !fill_in_token(client) ||
		 !fill_in_source(client, &caller))
		answer_error(client, operation->name, "InternalErrorException", "Out of memory.");
	else if (is_nobodys(client))
		answer_error(client, operation->name, "NotAuthorizedException",
			     "You have no live login on this host. Sign in first.");
	else if (operation_validate(operation, client->request, message, sizeof(message)) != UP_OK)
		answer_error(client, operation->name, "InvalidParameterException", message);
	else if (operation->where == OPERATION_HOST)
		ask_host(client);
	else
		ask_pool(client);
}

static enum up_err received(struct connection *connection, void *state, uint16_t type,
			    struct up_span payload)
{
	struct client *client = state;
	struct api_call call;

	if (type != UP_FRAME_API_CALL)
		return UP_ERR_MALFORMED;
	UP_TRY(api_call_decode(payload, &call));
	connection_set_busy(connection, true);
	client->operation = operation_find(call.operation);
	if (client->operation == NULL) {
		answer_error(client, call.operation, "UnknownOperationException",
			     "No such operation.");
		return UP_OK;
	}
	client->request = json_loadb((const char *)call.body.data, call.body.len,
				     JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(client->request))
		answer_error(client, call.operation, "SerializationException",
			     "The request is not a JSON object.");
	else
		run(client);
	return UP_OK;
}

static void *opened(struct connection *connection, void *arg)
{
	struct client *client = calloc(1, sizeof(*client));

	if (client != NULL)
		*client = (struct client){ .services = arg,
					   .connection = connection,
					   .peer = *connection_peer(connection) };
	return client;
}

/* Who hangs up does not undo what he asked for: the pool carries it out, so this host follows, and
 * the audit line is written when it is known how it ended. */
static void closed(void *state)
{
	struct client *client = state;

	client->connection = NULL;
	if (client->call != NULL)
		return;
	identity_forget(client->services->identity, client);
	if (client->operation != NULL)
		audit(client, client->operation->name,
		      client->operation->where == OPERATION_POOL ? "ok" : "abandoned");
	forget_call(client);
	free(client);
}

struct connection_service api_service(struct services *services)
{
	return (struct connection_service){ .name = UP_SOCKET_API,
					    .payload_max = UP_API_PAYLOAD_MAX,
					    .idle_ms = IDLE_MS,
					    .opened = opened,
					    .received = received,
					    .closed = closed,
					    .arg = services };
}
