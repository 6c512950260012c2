/* SPDX-License-Identifier: MIT */
/* Every operation as a worker gets it: by the table's rows, and with what attackers send. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/frame.h"
#include "tests/embedded/a_pool.h"
#include "tests/pool/requests.h"

static struct reply asked(struct a_pool *pool, const char *operation, json_t *request)
{
	struct reply reply;

	ask_raw(pool, operation, request, &reply);
	return reply;
}

/* An operation of the host is none of a worker's; all others are answered. */
static void each_operation_of_the_pool_is_answered(void **state)
{
	for (size_t i = 0; i < operation_count; i++) {
		const struct operation *operation = &operations[i];
		struct reply reply = asked(*state, operation->name, request_least(operation));

		if (operation->where == OPERATION_HOST)
			assert_string_equal(reply.type, "UnknownOperationException");
		else if (strcmp(reply.type, "UnknownOperationException") == 0 ||
			 strcmp(reply.type, "InternalErrorException") == 0)
			fail_msg("%s: %s", operation->name, reply.type);
	}
}

/* The daemon has checked already; a worker does not rely on it. */
static void a_worker_checks_each_required_field_itself(void **state)
{
	for (size_t i = 0; i < operation_count; i++) {
		const struct operation *operation = &operations[i];

		for (size_t j = 0; j < operation->field_count; j++) {
			json_t *request = request_least(operation);

			(void)json_object_del(request, operation->fields[j].name);
			bool is_required = (operation->fields[j].flags & FIELD_REQUIRED) != 0;
			struct reply reply = asked(*state, operation->name, request);
			if (!is_required || operation->where == OPERATION_HOST)
				continue;
			assert_string_equal(reply.type, "InvalidParameterException");
			assert_non_null(strstr(reply.message, "Member must not be null"));
		}
	}
}

/* ---- STO-14 ---- */

static const char *const injections[] = {
	"x');DROP/**/TABLE/**/users;--",
	"'OR'1'='1",
	"\";DELETE/**/FROM/**/pools;--",
	"alice'--",
	"%s%n%x",
	"?1",
	"\\",
	"[a]`b`",
};

struct honest {
	struct a_pool *pool;
	const char *token;
};

static void put(json_t *request, const char *name, json_t *value)
{
	if (json_object_get(request, name) != NULL || strcmp(name, "AccessToken") == 0)
		(void)json_object_set_new(request, name, value);
	else
		json_decref(value);
}

/* The least request with what is there, so that it comes as far as it can. */
static json_t *honest_request(const struct honest *h, const struct operation *operation)
{
	json_t *request = request_least(operation);

	put(request, "UserPoolId", json_string(h->pool->pool_id));
	put(request, "ClientId", json_string(h->pool->client_id));
	put(request, "Username", json_string("alice"));
	put(request, "GroupName", json_string("staff"));
	put(request, "AccessToken", json_string(h->token));
	put(request, "AuthFlow", json_string("USER_PASSWORD_AUTH"));
	put(request, "ChallengeName", json_string("SOFTWARE_TOKEN_MFA"));
	return request;
}

static json_t *injected(const struct field_type *type, const char *text)
{
	switch (type->kind) {
	case KIND_TEXT:
		return json_string(text);
	case KIND_LIST:
		return json_pack("[s]", text);
	case KIND_ATTRIBUTES:
		return json_pack("[{s:s, s:s}, {s:s, s:s}]", "Name", "name", "Value", text, "Name",
				 text, "Value", text);
	case KIND_TEXT_MAP:
		return json_pack("{s:s, s:s, s:s, s:s, s:s}", "USERNAME", text, "PASSWORD", text,
				 "REFRESH_TOKEN", text, "SOFTWARE_TOKEN_MFA_CODE", text,
				 "RECOVERY_CODE", text);
	case KIND_OBJECT:
		return json_pack("{s:s, s:s, s:s}", "IpAddress", text, "PasswordPolicy", text,
				 "Enabled", text);
	case KIND_INTEGER:
	case KIND_BOOLEAN:
	default:
		return NULL;
	}
}

static void try_field(const struct honest *h, const struct operation *operation,
		      const struct operation_field *field)
{
	for (size_t i = 0; i < UP_COUNT(injections); i++) {
		json_t *value = injected(field->type, injections[i]);
		json_t *request = honest_request(h, operation);

		if (value != NULL)
			(void)json_object_set_new(request, field->name, value);
		struct reply reply = asked(h->pool, operation->name, request);
		if (strcmp(reply.type, "InternalErrorException") == 0)
			fail_msg("%s.%s: %s", operation->name, field->name, injections[i]);
		if (value == NULL)
			return;
	}
}

static void no_text_is_taken_for_sql(void **state)
{
	struct a_pool *pool = *state;
	const struct honest h = {
		.pool = pool,
		.token =
			text_at(sign_in(pool, "bob", PASSWORD), "AuthenticationResult.AccessToken"),
	};
	const int64_t tables = number_in(pool, "SELECT count(*) FROM sqlite_schema");

	(void)ask(pool, "CreateGroup", "{s:s}", "GroupName", "staff");
	for (size_t i = 0; i < operation_count; i++)
		for (size_t j = 0; j < operations[i].field_count; j++)
			if (operations[i].where == OPERATION_POOL)
				try_field(&h, &operations[i], &operations[i].fields[j]);
	assert_int_equal(number_in(pool, "SELECT count(*) FROM sqlite_schema"), tables);
	assert_int_equal(number_in(pool, "SELECT count(*) FROM pragma_integrity_check"
					 " WHERE integrity_check = 'ok'"),
			 1);
	assert_int_equal(number_in(pool, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
	assert_int_equal(number_in(pool, "SELECT count(*) FROM users"
					 " WHERE username IN ('alice', 'bob', 'carol')"),
			 3);
}

/* What comes in by a text comes out as the same text. */
static void hostile_texts_are_kept_as_they_are(void **state)
{
	for (size_t i = 0; i < UP_COUNT(injections); i++) {
		(void)ask(*state, "CreateGroup", "{s:s, s:s}", "GroupName", injections[i],
			  "Description", injections[i]);
		json_t *group = ask(*state, "GetGroup", "{s:s}", "GroupName", injections[i]);
		assert_string_equal(text_at(group, "Group.GroupName"), injections[i]);
		assert_string_equal(text_at(group, "Group.Description"), injections[i]);
		(void)ask(*state, "AdminUpdateUserAttributes", "{s:s, s:[{s:s, s:s}]}", "Username",
			  "alice", "UserAttributes", "Name", "name", "Value", injections[i]);
		json_t *user = ask(*state, "AdminGetUser", "{s:s}", "Username", "alice");
		assert_string_equal(attribute_in(at(user, "UserAttributes"), "name"),
				    injections[i]);
		(void)ask(*state, "DeleteGroup", "{s:s}", "GroupName", injections[i]);
	}
}

/* ---- what is no request at all ---- */

static void send_text(struct a_pool *pool, const char *operation, const char *text, size_t len)
{
	uint8_t frame[65536];
	struct up_writer w = up_writer_into(frame, sizeof(frame));
	size_t size = 0;

	up_frame_begin(&w, UP_FRAME_API_CALL);
	up_write_text(&w, operation);
	up_write_bytes(&w, (struct up_span){ (const uint8_t *)text, len });
	assert_int_equal(up_frame_end(&w, &size), UP_OK);
	channel_send_bytes(pool->worker, frame, size);
}

static void what_is_no_object_is_refused_and_the_worker_goes_on(void **state)
{
	static const char *const cases[] = {
		"",
		"{",
		"[]",
		"null",
		"\"GetUser\"",
		"{} {}",
		"{\"a\":1,\"a\":2}",
		"{\"UserPoolId\":\"a\\u0000b\"}",
		"{\"a\":\"\xff\"}",
		"{\"a\":\"\xc0\x80\"}",
		"{\"a\":1e999}",
		"{'a':1}",
		"{\"a\":01}",
	};
	struct reply reply;

	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		send_text(*state, "DescribeUserPool", cases[i], strlen(cases[i]));
		channel_receive(((struct a_pool *)*state)->worker, &reply);
		assert_null(reply.result);
		assert_string_equal(reply.type, "SerializationException");
	}
	/* As deep as it goes. */
	char *deep = malloc(40000);
	memset(deep, '[', 40000);
	send_text(*state, "DescribeUserPool", deep, 40000);
	free(deep);
	channel_receive(((struct a_pool *)*state)->worker, &reply);
	assert_string_equal(reply.type, "SerializationException");
	send_text(*state, "NoSuchOperation", "{}", 2);
	channel_receive(((struct a_pool *)*state)->worker, &reply);
	assert_string_equal(reply.type, "UnknownOperationException");
	(void)ask(*state, "DescribeUserPool", NULL);
}

static void an_answer_that_does_not_fit_is_a_refusal(void **state)
{
	change_in(*state, "INSERT INTO attributes WITH RECURSIVE n(i) AS"
			  " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)"
			  " SELECT sub, 'custom:' || i, hex(zeroblob(1024)) FROM users, n"
			  " WHERE username = 'alice'");
	refused(*state, "InternalErrorException", "The answer is too large.", "AdminGetUser",
		"{s:s}", "Username", "alice");
	(void)ask(*state, "AdminGetUser", "{s:s}", "Username", "bob");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_POOL(each_operation_of_the_pool_is_answered),
		WITH_POOL(a_worker_checks_each_required_field_itself),
		WITH_POOL(no_text_is_taken_for_sql),
		WITH_POOL(hostile_texts_are_kept_as_they_are),
		WITH_POOL(what_is_no_object_is_refused_and_the_worker_goes_on),
		WITH_POOL(an_answer_that_does_not_fit_is_a_refusal),
	};

	return cmocka_run_group_tests(tests, pools_begin, pools_end);
}
