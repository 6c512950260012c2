/* SPDX-License-Identifier: MIT */
#include "tests/embedded/a_pool.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/frame.h"
#include "daemon/base/clock.h"
#include "daemon/crypto/encoding.h"
#include "daemon/crypto/jws.h"
#include "daemon/crypto/totp.h"
#include "daemon/embedded/embedded.h"
#include "daemon/pool/api_frame.h"
#include "daemon/pool/operations.h"
#include "tests/lib/scratch.h"

#define CODES 8

static const char *const files[] = { "pool/pool.db", "pool/pool.key" };

/* The pool that is copied. */
static struct {
	char *directory, pool_id[64], client_id[160];
} original;

/* ---- channels ---- */

struct channel {
	int fd, worker_fd;
	struct embedded *embedded;
	pthread_t thread;
};

static void *serve(void *arg)
{
	struct channel *channel = arg;

	assert_int_equal(backend_serve(channel->worker_fd, embedded_operations,
				       embedded_operation_count, channel->embedded),
			 UP_OK);
	return NULL;
}

struct channel *channel_open(const char *state_dir)
{
	struct channel *channel = calloc(1, sizeof(*channel));
	int pair[2];

	assert_non_null(channel);
	assert_int_equal(embedded_open(state_dir, &channel->embedded), UP_OK);
	assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	channel->fd = pair[0];
	channel->worker_fd = pair[1];
	assert_int_equal(pthread_create(&channel->thread, NULL, serve, channel), 0);
	return channel;
}

void channel_close(struct channel *channel)
{
	if (channel == NULL)
		return;
	(void)close(channel->fd);
	(void)pthread_join(channel->thread, NULL);
	(void)close(channel->worker_fd);
	embedded_close(channel->embedded);
	free(channel);
}

static void read_all(int fd, uint8_t *out, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t got = read(fd, out + done, len - done);

		assert_true(got > 0);
		done += (size_t)got;
	}
}

void channel_send_bytes(struct channel *channel, const uint8_t *bytes, size_t len)
{
	assert_int_equal(write(channel->fd, bytes, len), len);
}

void channel_send(struct channel *channel, const char *operation, json_t *request)
{
	uint8_t *frame = NULL;
	size_t len = 0;

	assert_int_equal(api_call_make(operation, request, &frame, &len), UP_OK);
	channel_send_bytes(channel, frame, len);
	free(frame);
}

void channel_receive(struct channel *channel, struct reply *ret)
{
	uint8_t bytes[UP_FRAME_HEADER_SIZE];
	struct up_frame_header header;
	struct api_error error = { .type = "" };

	*ret = (struct reply){ 0 };
	read_all(channel->fd, bytes, sizeof(bytes));
	assert_int_equal(up_frame_header_decode(bytes, UP_API_PAYLOAD_MAX, &header), UP_OK);
	_auto_(free) uint8_t *payload = malloc(header.length + 1);
	assert_non_null(payload);
	read_all(channel->fd, payload, header.length);
	const struct up_span span = { payload, header.length };
	if (header.type == UP_FRAME_API_RESULT) {
		assert_int_equal(api_result_decode(span, &ret->result), UP_OK);
		return;
	}
	assert_int_equal(header.type, UP_FRAME_API_ERROR);
	assert_int_equal(api_error_decode(span, &error), UP_OK);
	memcpy(ret->type, error.type, sizeof(ret->type));
	memcpy(ret->message, error.message, sizeof(ret->message));
}

void channel_ask(struct channel *channel, const char *operation, json_t *request, struct reply *ret)
{
	channel_send(channel, operation, request);
	channel_receive(channel, ret);
}

/* ---- pools ---- */

static void copy_original(struct a_pool *pool)
{
	pool->directory = scratch_new();
	_auto_(free) char *inner = scratch_path(pool->directory, "pool");

	assert_return_code(mkdir(inner, 0700), 0);
	for (size_t i = 0; i < UP_COUNT(files); i++) {
		_auto_(free) char *from = scratch_path(original.directory, files[i]);
		size_t len = 0;
		_auto_(free) char *bytes = scratch_read(from, &len);

		scratch_write(pool->directory, files[i], bytes, len, 0600);
	}
	pool->pool_id = original.pool_id;
	pool->client_id = original.client_id;
	pool->kept = json_array();
}

static void fill(struct a_pool *pool)
{
	json_t *pools = ask(pool, "ListUserPools", "{s:i}", "MaxResults", 10);

	(void)snprintf(original.pool_id, sizeof(original.pool_id), "%s",
		       text_at(pools, "UserPools.0.Id"));
	pool->pool_id = original.pool_id;
	json_t *clients = ask(pool, "ListUserPoolClients", NULL);
	(void)snprintf(original.client_id, sizeof(original.client_id), "%s",
		       text_at(clients, "UserPoolClients.0.ClientId"));
	person(pool, "alice");
	person(pool, "bob");
	(void)ask(pool, "AdminCreateUser", "{s:s, s:s}", "Username", "carol", "TemporaryPassword",
		  PASSWORD);
}

int pools_begin(void **state)
{
	struct a_pool pool = { .kept = json_array(), .pool_id = "", .client_id = "" };

	(void)state;
	clock_set_for_test(NOW);
	original.directory = scratch_new();
	pool.worker = channel_open(original.directory);
	fill(&pool);
	channel_close(pool.worker);
	json_decref(pool.kept);
	return 0;
}

int pools_end(void **state)
{
	(void)state;
	scratch_free(original.directory);
	return 0;
}

int pool_begin(void **state)
{
	struct a_pool *pool = calloc(1, sizeof(*pool));

	assert_non_null(pool);
	clock_set_for_test(NOW);
	copy_original(pool);
	pool->worker = channel_open(pool->directory);
	*state = pool;
	return 0;
}

int pool_end(void **state)
{
	struct a_pool *pool = *state;

	channel_close(pool->worker);
	scratch_free(pool->directory);
	json_decref(pool->kept);
	free(pool);
	return 0;
}

void clock_goes(int64_t seconds)
{
	clock_set_for_test(clock_wall() + seconds);
}

/* ---- asking ---- */

static bool has_field(const struct operation *operation, const char *name)
{
	for (size_t i = 0; i < operation->field_count; i++)
		if (strcmp(operation->fields[i].name, name) == 0)
			return true;
	return false;
}

static void fill_in(const struct operation *operation, json_t *request, const char *name,
		    const char *value)
{
	if (has_field(operation, name) && json_object_get(request, name) == NULL)
		assert_int_equal(json_object_set_new(request, name, json_string(value)), 0);
}

static json_t *make_request(struct a_pool *pool, const char *name, const char *format, va_list args)
{
	const struct operation *operation = operation_find(name);
	json_error_t where;
	json_t *request = format == NULL ? json_object() : json_vpack_ex(&where, 0, format, args);

	assert_non_null(operation);
	if (request == NULL)
		fail_msg("%s: %s in %s", name, where.text, format);
	fill_in(operation, request, "UserPoolId", pool->pool_id);
	/* A sign-in needs one; elsewhere it is an object of the request. */
	fill_in(operation, request, "ClientId", pool->client_id);
	return request;
}

void ask_raw(struct a_pool *pool, const char *operation, json_t *request, struct reply *ret)
{
	channel_ask(pool->worker, operation, request, ret);
	json_decref(request);
	if (ret->result != NULL)
		assert_int_equal(json_array_append_new(pool->kept, ret->result), 0);
}

json_t *ask(struct a_pool *pool, const char *operation, const char *format, ...)
{
	struct reply reply;
	va_list args;

	va_start(args, format);
	json_t *request = make_request(pool, operation, format, args);
	va_end(args);
	ask_raw(pool, operation, request, &reply);
	if (reply.result == NULL)
		fail_msg("%s: %s: %s", operation, reply.type, reply.message);
	return reply.result;
}

json_t *request_of(struct a_pool *pool, const char *operation, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	json_t *request = make_request(pool, operation, format, args);
	va_end(args);
	return request;
}

static void expect_refusal(const struct reply *reply, const char *operation, const char *type,
			   const char *message)
{
	if (reply->result != NULL)
		fail_msg("%s was not refused with %s", operation, type);
	assert_string_equal(reply->type, type);
	if (message != NULL)
		assert_string_equal(reply->message, message);
}

void refused(struct a_pool *pool, const char *type, const char *message, const char *operation,
	     const char *format, ...)
{
	struct reply reply;
	va_list args;

	va_start(args, format);
	json_t *request = make_request(pool, operation, format, args);
	va_end(args);
	ask_raw(pool, operation, request, &reply);
	expect_refusal(&reply, operation, type, message);
}

json_t *at(json_t *json, const char *path)
{
	char part[128];

	while (json != NULL && *path != '\0') {
		size_t len = strcspn(path, ".");

		assert_in_range(snprintf(part, sizeof(part), "%.*s", (int)len, path), 1, 127);
		json = json_is_array(json) ? json_array_get(json, strtoul(part, NULL, 10))
					   : json_object_get(json, part);
		path += len + (path[len] == '.');
	}
	return json;
}

const char *text_at(json_t *json, const char *path)
{
	const char *text = json_string_value(at(json, path));

	if (text == NULL)
		fail_msg("no text at %s", path);
	return text;
}

const char *attribute_in(json_t *list, const char *name)
{
	json_t *attribute;
	size_t i;

	json_array_foreach (list, i, attribute)
		if (strcmp(text_at(attribute, "Name"), name) == 0)
			return text_at(attribute, "Value");
	return NULL;
}

/* ---- people ---- */

void person(struct a_pool *pool, const char *name)
{
	(void)ask(pool, "AdminCreateUser", "{s:s, s:s}", "Username", name, "TemporaryPassword",
		  PASSWORD);
	(void)ask(pool, "AdminSetUserPassword", "{s:s, s:s, s:b}", "Username", name, "Password",
		  PASSWORD, "Permanent", 1);
}

json_t *sign_in(struct a_pool *pool, const char *name, const char *password)
{
	return ask(pool, "InitiateAuth", "{s:s, s:{s:s, s:s}}", "AuthFlow", "USER_PASSWORD_AUTH",
		   "AuthParameters", "USERNAME", name, "PASSWORD", password);
}

void sign_in_refused(struct a_pool *pool, const char *type, const char *message, const char *name,
		     const char *password)
{
	refused(pool, type, message, "InitiateAuth", "{s:s, s:{s:s, s:s}}", "AuthFlow",
		"USER_PASSWORD_AUTH", "AuthParameters", "USERNAME", name, "PASSWORD", password);
}

json_t *respond(struct a_pool *pool, json_t *challenge, const char *name, const char *response,
		const char *value)
{
	return ask(pool, "RespondToAuthChallenge", "{s:s, s:s, s:{s:s, s:s}}", "ChallengeName",
		   text_at(challenge, "ChallengeName"), "Session", text_at(challenge, "Session"),
		   "ChallengeResponses", "USERNAME", name, response, value);
}

void respond_refused(struct a_pool *pool, const char *type, const char *message, json_t *challenge,
		     const char *name, const char *response, const char *value)
{
	refused(pool, type, message, "RespondToAuthChallenge", "{s:s, s:s, s:{s:s, s:s}}",
		"ChallengeName", text_at(challenge, "ChallengeName"), "Session",
		text_at(challenge, "Session"), "ChallengeResponses", "USERNAME", name, response,
		value);
}

void mfa_is(struct a_pool *pool, const char *setting)
{
	(void)ask(pool, "SetUserPoolMfaConfig", "{s:s, s:{s:b}}", "MfaConfiguration", setting,
		  "SoftwareTokenMfaConfiguration", "Enabled", 1);
}

json_t *asked_for_code(struct a_pool *pool, const char *name)
{
	json_t *challenge = sign_in(pool, name, PASSWORD);

	assert_string_equal(text_at(challenge, "ChallengeName"), "SOFTWARE_TOKEN_MFA");
	assert_null(at(challenge, "AuthenticationResult"));
	return challenge;
}

const char *enrol(struct a_pool *pool, const char *name)
{
	return text_at(ask(pool, "AdminAssociateSoftwareToken", "{s:s}", "Username", name),
		       "SecretCode");
}

const char *code_of(const char *secret, int64_t steps)
{
	static char codes[CODES][TOTP_DIGITS + 1];
	static size_t next;
	size_t len = 0;
	_auto_(free) uint8_t *bytes = base32_decode(secret, &len);
	char *code = codes[next++ % CODES];

	assert_non_null(bytes);
	assert_int_equal(
		totp_code((struct up_span){ bytes, len }, clock_wall() / TOTP_PERIOD + steps, code),
		UP_OK);
	return code;
}

const char *wrong_code_of(const char *secret)
{
	static const char *const candidates[] = { "000000", "111111", "222222", "333333" };

	for (size_t i = 0; i < UP_COUNT(candidates); i++)
		if (strcmp(candidates[i], code_of(secret, -1)) != 0 &&
		    strcmp(candidates[i], code_of(secret, 0)) != 0 &&
		    strcmp(candidates[i], code_of(secret, 1)) != 0)
			return candidates[i];
	fail_msg("four codes for three steps");
	return NULL;
}

json_t *claims_of(struct a_pool *pool, const char *token)
{
	_auto_(jws_keyset_free) struct jws_keyset *keys = NULL;
	json_t *claims = NULL;

	assert_int_equal(jws_keyset_load(ask(pool, "GetJsonWebKeySet", NULL), &keys), UP_OK);
	assert_int_equal(jws_verify(keys, token, &claims), JWS_GOOD);
	assert_int_equal(json_array_append_new(pool->kept, claims), 0);
	return claims;
}

/* ---- the database ---- */

static sqlite3 *open_database(struct a_pool *pool)
{
	_auto_(free) char *path = scratch_path(pool->directory, "pool/pool.db");
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	(void)sqlite3_busy_timeout(db, 5000);
	return db;
}

int64_t number_in(struct a_pool *pool, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = open_database(pool);

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	int64_t number = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	(void)sqlite3_close(db);
	return number;
}

void change_in(struct a_pool *pool, const char *sql)
{
	sqlite3 *db = open_database(pool);

	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
}
