/* SPDX-License-Identifier: MIT */
#include "cli/api.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/output.h"
#include "common/client.h"
#include "common/wipe.h"

#define API_CALL_TIMEOUT_MS 120000
#define PAGES_MAX           100000

struct connection {
	int fd;
	uint8_t buffer[UP_FRAME_HEADER_SIZE + UP_API_PAYLOAD_MAX];
};

/* Cognito's error types that have an outcome of their own, or a line on what to do. */
static const struct {
	const char *type;
	enum outcome outcome;
	const char *hint;
} errors[] = {
	{ "UserNotFoundException", OUTCOME_NOT_FOUND, "See: userpool user list" },
	{ "ResourceNotFoundException", OUTCOME_NOT_FOUND,
	  "See: userpool group list, userpool pool list, userpool client list" },
	{ "AccessDeniedException", OUTCOME_FORBIDDEN,
	  "Run it as root, or name your user in the key `admins` of userpool.conf" },
	{ "UsernameExistsException", OUTCOME_REFUSED,
	  "See: userpool user get NAME; to set its password: userpool user set-password NAME" },
	{ "GroupExistsException", OUTCOME_REFUSED, "To change it: userpool group update GROUP" },
	{ "InvalidPasswordException", OUTCOME_REFUSED,
	  "The pool's password policy: userpool pool show" },
	{ "TooManyRequestsException", OUTCOME_REFUSED, "Try again in a moment" },
	{ "LimitExceededException", OUTCOME_REFUSED, "Try again later" },
	{ "InternalErrorException", OUTCOME_REFUSED,
	  "The pool could not answer: userpool status, userpool doctor, journalctl -u userpoold" },
	{ "UnknownOperationException", OUTCOME_REFUSED, "See: userpool call --list" },
	{ "SoftwareTokenMFANotFoundException", OUTCOME_REFUSED,
	  "Let the pool offer authenticator apps: userpool mfa require OPTIONAL" },
	{ "EnableSoftwareTokenMFAException", OUTCOME_REFUSED,
	  "The code did not fit: is the clock of the phone and of this host right?" },
};

void api_wipe_json_memory(void)
{
	json_set_alloc_funcs(up_wiping_alloc, up_wiping_free);
}

void json_text_free(char *text)
{
	json_free_t free_fn = NULL;

	json_get_alloc_funcs(NULL, &free_fn);
	free_fn(text);
}

void api_set(json_t *request, const char *key, json_t *value)
{
	if (json_object_set_new(request, key, must_json(value)) < 0)
		out_of_memory();
}

void api_set_text(json_t *request, const char *key, const char *text)
{
	json_t *value = json_string(text);

	/* The command line may hold what is no UTF-8; that is not a lack of memory. */
	if (value == NULL) {
		(void)fprintf(stderr, "userpool: the value for %s is not valid UTF-8\n", key);
		exit(OUTCOME_USAGE);
	}
	api_set(request, key, value);
}

static enum up_err open_socket(const struct cli *cli, const char *socket, int *ret)
{
	char path[512];
	int length = snprintf(path, sizeof(path), "%s/%s", cli->runtime_dir, socket);

	errno = 0;
	if (length <= 0 || (size_t)length >= sizeof(path))
		return UP_ERR_TOO_LARGE;
	return up_client_connect(path, up_deadline_in(UP_CONNECT_TIMEOUT_MS), ret);
}

static enum outcome unreachable(const struct cli *cli, const char *socket, enum up_err err)
{
	bool is_forbidden = err == UP_ERR_OFFLINE && errno == EACCES;

	output_error(cli, "cannot reach userpoold at %s/%s: %s", cli->runtime_dir, socket,
		     is_forbidden ? "permission denied" : up_strerror(err));
	output_hint("Is it running?  systemctl status userpoold; userpool doctor");
	return is_forbidden ? OUTCOME_FORBIDDEN : OUTCOME_OFFLINE;
}

enum outcome api_connect(const struct cli *cli, const char *socket, int *ret)
{
	enum up_err err = open_socket(cli, socket, ret);

	return err == UP_OK ? OUTCOME_OK : unreachable(cli, socket, err);
}

static enum up_err connect_api(struct cli *cli)
{
	int fd = -1;

	if (cli->connection != NULL)
		return UP_OK;
	UP_TRY(open_socket(cli, UP_SOCKET_API, &fd));
	struct connection *connection = calloc(1, sizeof(*connection));
	if (connection == NULL)
		out_of_memory();
	connection->fd = fd;
	cli->connection = connection;
	return UP_OK;
}

void api_close(struct cli *cli)
{
	if (cli->connection == NULL)
		return;
	(void)close(cli->connection->fd);
	explicit_bzero(cli->connection->buffer, sizeof(cli->connection->buffer));
	free(cli->connection);
	cli->connection = NULL;
}

static enum outcome lost(struct cli *cli, const char *operation, enum up_err err)
{
	output_error(cli, "%s: no answer from userpoold: %s", operation, up_strerror(err));
	output_hint("See: userpool status, journalctl -u userpoold");
	return OUTCOME_OFFLINE;
}

static enum outcome refused(struct cli *cli, const char *type, const char *message)
{
	output_error(cli, "%s: %s", type, message);
	for (size_t i = 0; i < UP_COUNT(errors); i++)
		if (strcmp(errors[i].type, type) == 0) {
			output_hint(errors[i].hint);
			return errors[i].outcome;
		}
	return OUTCOME_REFUSED;
}

static enum up_err send_call(struct connection *c, const char *operation, const char *json)
{
	struct up_writer w = up_writer_into(c->buffer, sizeof(c->buffer));
	size_t length = 0;

	up_frame_begin(&w, UP_FRAME_API_CALL);
	up_write_text(&w, operation);
	up_write_bytes(&w, (struct up_span){ (const uint8_t *)json, strlen(json) });
	UP_TRY(up_frame_end(&w, &length));
	enum up_err err = up_client_send(c->fd, (struct up_span){ c->buffer, length },
					 up_deadline_in(API_CALL_TIMEOUT_MS));
	explicit_bzero(c->buffer, length);
	return err;
}

static enum up_err decode_answer(uint16_t type, struct up_span payload, struct api_answer *ret)
{
	struct up_reader r = up_reader_over(payload.data, payload.len);

	if (type == UP_FRAME_API_ERROR) {
		up_read_text(&r, ret->type, sizeof(ret->type));
		up_read_text(&r, ret->message, sizeof(ret->message));
		return up_reader_finish(&r);
	}
	if (type != UP_FRAME_API_RESULT)
		return UP_ERR_MALFORMED;
	struct up_span json = up_read_bytes(&r, UP_API_PAYLOAD_MAX);
	UP_TRY(up_reader_finish(&r));
	ret->result = json_loadb((const char *)json.data, json.len, 0, NULL);
	return json_is_object(ret->result) ? UP_OK : UP_ERR_MALFORMED;
}

static enum up_err exchange(struct connection *c, const char *operation, json_t *request,
			    struct api_answer *ret)
{
	struct up_deadline by = up_deadline_in(API_CALL_TIMEOUT_MS);
	struct up_span payload = { 0 };
	uint16_t type = 0;
	char *json = json_dumps(request, JSON_COMPACT);

	if (json == NULL)
		return UP_ERR_NOMEM;
	enum up_err err = send_call(c, operation, json);
	json_text_free(json);
	UP_TRY(err);
	UP_TRY(up_client_receive(c->fd, c->buffer, UP_API_PAYLOAD_MAX, by, &type, &payload));
	err = decode_answer(type, payload, ret);
	explicit_bzero(c->buffer, payload.len);
	return err;
}

enum up_err api_try(struct cli *cli, const char *operation, json_t *request, struct api_answer *ret)
{
	enum up_err err = connect_api(cli);

	if (request == NULL)
		request = must_json(json_object());
	*ret = (struct api_answer){ 0 };
	if (err == UP_OK)
		err = exchange(cli->connection, operation, request, ret);
	json_decref(request);
	if (err == UP_OK)
		return UP_OK;
	/* After a broken exchange the next answer could be this one's. */
	api_close(cli);
	json_decref(ret->result);
	ret->result = NULL;
	return err;
}

enum outcome api_call(struct cli *cli, const char *operation, json_t *request, json_t **ret)
{
	struct api_answer answer;
	enum up_err err = connect_api(cli);

	if (err != UP_OK) {
		json_decref(request);
		return unreachable(cli, UP_SOCKET_API, err);
	}
	err = api_try(cli, operation, request, &answer);
	if (err != UP_OK)
		return lost(cli, operation, err);
	if (answer.result == NULL)
		return refused(cli, answer.type, answer.message);
	if (ret != NULL)
		*ret = answer.result;
	else
		json_decref(answer.result);
	return OUTCOME_OK;
}

enum outcome api_do(struct cli *cli, const char *operation, json_t *request, const char *done,
		    const char *object)
{
	json_t *result = NULL;
	enum outcome outcome = api_call(cli, operation, request, &result);

	if (outcome != OUTCOME_OK)
		return outcome;
	if (option_is_given(cli, OPT_JSON))
		output_json(result);
	output_note(cli, "%s %s", done, object);
	json_decref(result);
	return OUTCOME_OK;
}

/* Moves the elements of a page behind those of `whole`, at most `room` of them. */
static void append_page(json_t *whole, json_t *page, int64_t room)
{
	json_t *item;
	size_t i;

	json_array_foreach (page, i, item) {
		if ((int64_t)i >= room)
			break;
		if (json_array_append(whole, item) < 0)
			out_of_memory();
	}
}

/* One page; *token becomes the next page's, or NULL. */
static enum outcome ask_page(struct cli *cli, const struct api_listing *listing, json_t *request,
			     int64_t room, json_t *whole, char **token)
{
	json_t *page = NULL, *asked = must_json(json_copy(request));

	if (listing->size != NULL)
		api_set(asked, listing->size, json_integer(room < 60 ? room : 60));
	if (*token != NULL)
		api_set_text(asked, listing->token, *token);
	enum outcome outcome = api_call(cli, listing->operation, asked, &page);
	if (outcome != OUTCOME_OK)
		return outcome;
	append_page(whole, json_object_get(page, listing->list), room);
	const char *next = json_string_value(json_object_get(page, listing->token));
	char *copy = next != NULL ? strdup(next) : NULL;
	if (next != NULL && copy == NULL)
		out_of_memory();
	bool is_circle = copy != NULL && *token != NULL && strcmp(copy, *token) == 0;
	free(*token);
	*token = copy;
	json_decref(page);
	if (!is_circle)
		return OUTCOME_OK;
	output_error(cli, "%s: the pool repeats a page", listing->operation);
	return OUTCOME_REFUSED;
}

enum outcome api_list(struct cli *cli, const struct api_listing *listing, json_t *request,
		      json_t **ret)
{
	int64_t limit = INT64_MAX;
	char *token = NULL;
	enum outcome outcome = OUTCOME_OK;
	json_t *whole = must_json(json_array());

	if (!option_number(cli, OPT_LIMIT, 1, INT32_MAX, &limit))
		outcome = OUTCOME_USAGE;
	for (int pages = 0; outcome == OUTCOME_OK && pages < PAGES_MAX; pages++) {
		int64_t room = limit - (int64_t)json_array_size(whole);

		outcome = ask_page(cli, listing, request, room, whole, &token);
		if (token == NULL || (int64_t)json_array_size(whole) >= limit)
			break;
	}
	free(token);
	json_decref(request);
	if (outcome != OUTCOME_OK) {
		json_decref(whole);
		return outcome;
	}
	*ret = must_json(json_pack("{s:o}", listing->list, whole));
	return OUTCOME_OK;
}

static enum outcome ask_pool_id(struct cli *cli)
{
	json_t *status = NULL;
	enum outcome outcome = api_call(cli, "GetHostStatus", NULL, &status);

	if (outcome != OUTCOME_OK)
		return outcome;
	const char *id = json_string_value(json_object_get(status, "UserPoolId"));
	if (id == NULL || *id == '\0') {
		output_error(cli, "the daemon does not know its user pool yet");
		output_hint("See: userpool status; or name the pool with --pool ID");
		json_decref(status);
		return OUTCOME_REFUSED;
	}
	cli->pool_id = strdup(id);
	json_decref(status);
	if (cli->pool_id == NULL)
		out_of_memory();
	return OUTCOME_OK;
}

enum outcome api_pool_request(struct cli *cli, json_t **ret)
{
	const char *pool = option_value(cli, OPT_POOL);
	enum outcome outcome = OUTCOME_OK;

	if (pool == NULL && cli->pool_id == NULL)
		outcome = ask_pool_id(cli);
	if (outcome != OUTCOME_OK)
		return outcome;
	json_t *request = must_json(json_object());
	api_set_text(request, "UserPoolId", pool != NULL ? pool : cli->pool_id);
	*ret = request;
	return OUTCOME_OK;
}
