/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/embedded/handlers.h"

#define FIELDS                                                                                     \
	"id, pool_id, name, flows, access_s, id_s, refresh_s, session_s, hides_users, revokes,"    \
	" created, modified"
#define ID_LENGTH  26
#define ID_LETTERS "0123456789abcdefghijklmnopqrstuvwxyz"
#define HOUR       3600
#define DAY        86400

static const struct {
	const char *name;
	unsigned int flow;
} flow_names[] = {
	{ "ALLOW_USER_PASSWORD_AUTH", FLOW_PASSWORD },
	{ "ALLOW_ADMIN_USER_PASSWORD_AUTH", FLOW_ADMIN_PASSWORD },
	{ "ALLOW_REFRESH_TOKEN_AUTH", FLOW_REFRESH },
};

void client_standard(struct client_row *client)
{
	*client = (struct client_row){ .flows = FLOW_REFRESH,
				       .access_s = HOUR,
				       .id_s = HOUR,
				       .refresh_s = 30 * DAY,
				       .session_s = 180,
				       .hides_users = true,
				       .revokes = true };
}

static bool read_client(const struct query *q, struct client_row *ret)
{
	struct client_row client = { 0 };

	if (!copy_column(q, 0, client.id, sizeof(client.id)) ||
	    !copy_column(q, 1, client.pool_id, sizeof(client.pool_id)) ||
	    !copy_column(q, 2, client.name, sizeof(client.name)))
		return false;
	client.flows = (unsigned int)query_int(q, 3);
	client.access_s = query_int(q, 4);
	client.id_s = query_int(q, 5);
	client.refresh_s = query_int(q, 6);
	client.session_s = query_int(q, 7);
	client.hides_users = query_int(q, 8) != 0;
	client.revokes = query_int(q, 9) != 0;
	client.created = query_int(q, 10);
	client.modified = query_int(q, 11);
	*ret = client;
	return true;
}

bool client_find(struct embedded *e, const char *id, struct client_row *ret,
		 struct pool_error *error)
{
	struct query q = store_query(e->store, "SELECT " FIELDS " FROM clients WHERE id = ?");

	query_bind_text(&q, id);
	enum query_step step = query_next(&q);
	bool is_read = step == QUERY_ROW && read_client(&q, ret);
	enum up_err err = query_end(&q);
	if (is_read && err == UP_OK)
		return true;
	if (err != UP_OK || step == QUERY_ROW)
		(void)refuse_internal(error, err != UP_OK ? err : UP_ERR_CORRUPT);
	else
		(void)pool_refuse(error, "ResourceNotFoundException",
				  "User pool client %s does not exist.", id);
	return false;
}

static bool client_of(struct embedded *e, json_t *request, struct client_row *ret,
		      struct pool_error *error)
{
	struct pool_row pool;

	if (!pool_of(e, request, &pool, error) ||
	    !client_find(e, text_of(request, "ClientId"), ret, error))
		return false;
	if (strcmp(ret->pool_id, pool.id) == 0)
		return true;
	(void)pool_refuse(error, "ResourceNotFoundException", "User pool client %s does not exist.",
			  ret->id);
	return false;
}

enum up_err client_insert(struct embedded *e, struct client_row *client)
{
	client->created = client->modified = clock_wall();
	UP_TRY(random_text(client->id, ID_LENGTH, ID_LETTERS));
	struct query q = store_query(e->store, "INSERT INTO clients (" FIELDS ")"
					       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	query_bind_text(&q, client->id);
	query_bind_text(&q, client->pool_id);
	query_bind_text(&q, client->name);
	query_bind_int(&q, client->flows);
	query_bind_int(&q, client->access_s);
	query_bind_int(&q, client->id_s);
	query_bind_int(&q, client->refresh_s);
	query_bind_int(&q, client->session_s);
	query_bind_int(&q, client->hides_users);
	query_bind_int(&q, client->revokes);
	query_bind_int(&q, client->created);
	query_bind_int(&q, client->modified);
	return query_run(&q);
}

static json_t *describe_flows(unsigned int flows)
{
	json_t *list = json_array();

	for (size_t i = 0; i < UP_COUNT(flow_names); i++)
		if ((flows & flow_names[i].flow) != 0 &&
		    json_array_append_new(list, json_string(flow_names[i].name)) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *describe(const struct client_row *client)
{
	return json_pack(
		"{s:{s:s, s:s, s:s, s:o, s:I, s:I, s:I, s:{s:s, s:s, s:s}, s:s, s:b,"
		" s:I, s:I, s:I}}",
		"UserPoolClient", "ClientId", client->id, "UserPoolId", client->pool_id,
		"ClientName", client->name, "ExplicitAuthFlows", describe_flows(client->flows),
		"AccessTokenValidity", (json_int_t)client->access_s, "IdTokenValidity",
		(json_int_t)client->id_s, "RefreshTokenValidity", (json_int_t)client->refresh_s,
		"TokenValidityUnits", "AccessToken", "seconds", "IdToken", "seconds",
		"RefreshToken", "seconds", "PreventUserExistenceErrors",
		client->hides_users ? "ENABLED" : "LEGACY", "EnableTokenRevocation",
		(int)client->revokes, "AuthSessionValidity", (json_int_t)(client->session_s / 60),
		"CreationDate", (json_int_t)client->created, "LastModifiedDate",
		(json_int_t)client->modified);
}

static bool read_flows(json_t *request, struct client_row *client, struct pool_error *error)
{
	json_t *list = member_of(request, "ExplicitAuthFlows"), *flow;
	size_t i;

	if (list == NULL)
		return true;
	client->flows = 0;
	json_array_foreach (list, i, flow) {
		unsigned int found = 0;

		for (size_t j = 0; j < UP_COUNT(flow_names); j++)
			if (strcmp(flow_names[j].name, json_string_value(flow)) == 0)
				found = flow_names[j].flow;
		if (found == 0) {
			(void)refuse_parameter(error, "Unknown or unsupported ExplicitAuthFlows.");
			return false;
		}
		client->flows |= found;
	}
	return true;
}

static const struct {
	const char *name;
	int64_t seconds;
} units[] = { { "seconds", 1 }, { "minutes", 60 }, { "hours", HOUR }, { "days", DAY } };

/* A validity: its member, its unit's, the unit that counts where none is named, and its bounds. */
struct validity {
	const char *member, *unit_member;
	int64_t unit, least, most;
};

/* The seconds of the unit that the request names; 0: there is no such unit. */
static int64_t unit_of(json_t *request, const struct validity *v)
{
	json_t *chosen = member_of(request, "TokenValidityUnits");
	json_t *unit = chosen != NULL ? member_of(chosen, v->unit_member) : NULL;

	if (unit == NULL)
		return v->unit;
	for (size_t i = 0; json_is_string(unit) && i < UP_COUNT(units); i++)
		if (strcmp(units[i].name, json_string_value(unit)) == 0)
			return units[i].seconds;
	return 0;
}

static bool read_validity(json_t *request, const struct validity *v, int64_t *ret,
			  struct pool_error *error)
{
	const int64_t value = json_integer_value(member_of(request, v->member));
	const int64_t seconds = unit_of(request, v);

	if (seconds == 0) {
		(void)pool_refuse(
			error, "InvalidParameterException",
			"%s of TokenValidityUnits must be seconds, minutes, hours or days.",
			v->unit_member);
		return false;
	}
	if (value == 0)
		return true;
	if (value <= v->most / seconds && value * seconds >= v->least) {
		*ret = value * seconds;
		return true;
	}
	(void)pool_refuse(error, "InvalidParameterException",
			  "Invalid range for token validity: %s must be from %lld to %lld seconds.",
			  v->member, (long long)v->least, (long long)v->most);
	return false;
}

static bool read_validities(json_t *request, struct client_row *client, struct pool_error *error)
{
	static const struct validity access = { "AccessTokenValidity", "AccessToken", HOUR, 300,
						DAY };
	static const struct validity id = { "IdTokenValidity", "IdToken", HOUR, 300, DAY };
	static const struct validity refresh = { "RefreshTokenValidity", "RefreshToken", DAY, HOUR,
						 315360000 };

	if (!read_validity(request, &access, &client->access_s, error) ||
	    !read_validity(request, &id, &client->id_s, error) ||
	    !read_validity(request, &refresh, &client->refresh_s, error))
		return false;
	if (client->access_s <= client->refresh_s && client->id_s <= client->refresh_s)
		return true;
	(void)refuse_parameter(error, "Invalid range for token validity: ID and access tokens may "
				      "not outlive the refresh token.");
	return false;
}

static bool read_rest(json_t *request, struct client_row *client, struct pool_error *error)
{
	const char *hides = text_of(request, "PreventUserExistenceErrors");
	json_t *revokes = member_of(request, "EnableTokenRevocation");
	json_t *minutes = member_of(request, "AuthSessionValidity");

	if (hides[0] != '\0' && strcmp(hides, "ENABLED") != 0 && strcmp(hides, "LEGACY") != 0) {
		(void)refuse_parameter(error,
				       "PreventUserExistenceErrors must be ENABLED or LEGACY.");
		return false;
	}
	client->hides_users = strcmp(hides, "LEGACY") != 0;
	if (revokes != NULL)
		client->revokes = json_is_true(revokes);
	if (minutes != NULL)
		client->session_s = json_integer_value(minutes) * 60;
	return read_validities(request, client, error);
}

json_t *create_user_pool_client(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	struct client_row client;
	struct pool_row pool;

	client_standard(&client);
	if (!pool_of(e, request, &pool, error) || !read_flows(request, &client, error) ||
	    !read_rest(request, &client, error))
		return NULL;
	memcpy(client.pool_id, pool.id, sizeof(client.pool_id));
	(void)snprintf(client.name, sizeof(client.name), "%s", text_of(request, "ClientName"));
	enum up_err err = client_insert(e, &client);
	return err != UP_OK ? refuse_internal(error, err) : or_internal(describe(&client), error);
}

json_t *describe_user_pool_client(void *backend, json_t *request, struct pool_error *error)
{
	struct client_row client;

	if (!client_of(backend, request, &client, error))
		return NULL;
	return or_internal(describe(&client), error);
}

json_t *list_user_pool_clients(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	bool has_more = false, failed = false;
	char last[CLIENT_ID_SIZE] = "";
	struct pool_row pool;
	struct page page;

	if (!pool_of(e, request, &pool, error) ||
	    !page_read(request, "MaxResults", "NextToken", &page, error))
		return NULL;
	json_t *list = json_array();
	struct query q = store_query(e->store, "SELECT id, name FROM clients WHERE pool_id = ?"
					       " AND id > ? ORDER BY id LIMIT ?");
	query_bind_text(&q, pool.id);
	query_bind_text(&q, page.first);
	query_bind_int(&q, page.limit + 1);
	while (!failed && query_next(&q) == QUERY_ROW) {
		has_more = (int64_t)json_array_size(list) == page.limit;
		if (has_more)
			break;
		failed = !copy_column(&q, 0, last, sizeof(last)) ||
			 json_array_append_new(list,
					       json_pack("{s:s, s:s, s:s}", "ClientId",
							 query_text(&q, 0), "UserPoolId", pool.id,
							 "ClientName", query_text(&q, 1))) != 0;
	}
	enum up_err err = query_end(&q);
	if (err != UP_OK || failed) {
		json_decref(list);
		return refuse_internal(error, err != UP_OK ? err : UP_ERR_NOMEM);
	}
	return or_internal(page_answer(list, "UserPoolClients", "NextToken", last, has_more),
			   error);
}

json_t *delete_user_pool_client(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	struct client_row client;

	if (!client_of(e, request, &client, error))
		return NULL;
	struct query q = store_query(e->store, "DELETE FROM clients WHERE id = ?");
	query_bind_text(&q, client.id);
	return run_statement(&q, error);
}
