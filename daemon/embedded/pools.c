/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/embedded/handlers.h"

#define FIELDS                                                                                     \
	"id, name, issuer, mfa, has_totp, least, upper, lower, digits, symbols, temporary_days,"   \
	" created, modified"
#define ALPHANUMERIC  "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define ID_PREFIX     "local_"
#define ID_LENGTH     9
#define ISSUER_PREFIX "https://localhost/"

#define LENGTH_STANDARD 8
#define DAYS_STANDARD   7

static const char *const mfa_names[] = {
	[MFA_OFF] = "OFF", [MFA_OPTIONAL] = "OPTIONAL", [MFA_ON] = "ON"
};

void pool_standard(struct pool_row *pool)
{
	*pool = (struct pool_row){
		.policy = { .least = LENGTH_STANDARD,
			    .temporary_days = DAYS_STANDARD,
			    .upper = true,
			    .lower = true,
			    .digits = true,
			    .symbols = true },
	};
}

static bool read_pool(const struct query *q, struct pool_row *ret)
{
	struct pool_row pool = { 0 };

	if (!copy_column(q, 0, pool.id, sizeof(pool.id)) ||
	    !copy_column(q, 1, pool.name, sizeof(pool.name)) ||
	    !copy_column(q, 2, pool.issuer, sizeof(pool.issuer)) || query_int(q, 3) < MFA_OFF ||
	    query_int(q, 3) > MFA_ON)
		return false;
	pool.mfa = (enum mfa)query_int(q, 3);
	pool.has_totp = query_int(q, 4) != 0;
	pool.policy = (struct password_policy){ .least = query_int(q, 5),
						.upper = query_int(q, 6) != 0,
						.lower = query_int(q, 7) != 0,
						.digits = query_int(q, 8) != 0,
						.symbols = query_int(q, 9) != 0,
						.temporary_days = query_int(q, 10) };
	pool.created = query_int(q, 11);
	pool.modified = query_int(q, 12);
	*ret = pool;
	return true;
}

bool pool_find(struct embedded *e, const char *id, struct pool_row *ret, struct pool_error *error)
{
	struct query q = store_query(e->store, "SELECT " FIELDS " FROM pools WHERE id = ?");

	query_bind_text(&q, id);
	enum query_step step = query_next(&q);
	bool is_read = step == QUERY_ROW && read_pool(&q, ret);
	enum up_err err = query_end(&q);
	if (is_read && err == UP_OK)
		return true;
	if (err != UP_OK || step == QUERY_ROW)
		(void)refuse_internal(error, err != UP_OK ? err : UP_ERR_CORRUPT);
	else
		(void)pool_refuse(error, "ResourceNotFoundException",
				  "User pool %s does not exist.", id);
	return false;
}

bool pool_of(struct embedded *e, json_t *request, struct pool_row *ret, struct pool_error *error)
{
	return pool_find(e, text_of(request, "UserPoolId"), ret, error);
}

static enum up_err name_pool(struct pool_row *pool)
{
	char random[ID_LENGTH + 1];

	UP_TRY(random_text(random, ID_LENGTH, ALPHANUMERIC));
	(void)snprintf(pool->id, sizeof(pool->id), ID_PREFIX "%s", random);
	(void)snprintf(pool->issuer, sizeof(pool->issuer), ISSUER_PREFIX "%s", pool->id);
	return UP_OK;
}

enum up_err pool_insert(struct embedded *e, struct pool_row *pool)
{
	pool->created = pool->modified = clock_wall();
	UP_TRY(name_pool(pool));
	struct query q = store_query(e->store, "INSERT INTO pools (" FIELDS ")"
					       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	query_bind_text(&q, pool->id);
	query_bind_text(&q, pool->name);
	query_bind_text(&q, pool->issuer);
	query_bind_int(&q, pool->mfa);
	query_bind_int(&q, pool->has_totp);
	query_bind_int(&q, pool->policy.least);
	query_bind_int(&q, pool->policy.upper);
	query_bind_int(&q, pool->policy.lower);
	query_bind_int(&q, pool->policy.digits);
	query_bind_int(&q, pool->policy.symbols);
	query_bind_int(&q, pool->policy.temporary_days);
	query_bind_int(&q, pool->created);
	query_bind_int(&q, pool->modified);
	UP_TRY(query_run(&q));
	return keys_make(e, pool->id);
}

static enum up_err update_pool(struct embedded *e, const struct pool_row *pool)
{
	struct query q = store_query(
		e->store, "UPDATE pools SET name = ?, mfa = ?, has_totp = ?, least = ?, upper = ?,"
			  " lower = ?, digits = ?, symbols = ?, temporary_days = ?, modified = ?"
			  " WHERE id = ?");
	query_bind_text(&q, pool->name);
	query_bind_int(&q, pool->mfa);
	query_bind_int(&q, pool->has_totp);
	query_bind_int(&q, pool->policy.least);
	query_bind_int(&q, pool->policy.upper);
	query_bind_int(&q, pool->policy.lower);
	query_bind_int(&q, pool->policy.digits);
	query_bind_int(&q, pool->policy.symbols);
	query_bind_int(&q, pool->policy.temporary_days);
	query_bind_int(&q, clock_wall());
	query_bind_text(&q, pool->id);
	return query_run(&q);
}

static json_t *describe(const struct pool_row *pool)
{
	const struct password_policy *policy = &pool->policy;
	json_t *password = json_pack(
		"{s:I, s:b, s:b, s:b, s:b, s:I}", "MinimumLength", (json_int_t)policy->least,
		"RequireUppercase", (int)policy->upper, "RequireLowercase", (int)policy->lower,
		"RequireNumbers", (int)policy->digits, "RequireSymbols", (int)policy->symbols,
		"TemporaryPasswordValidityDays", (json_int_t)policy->temporary_days);

	return json_pack("{s:s, s:s, s:s, s:{s:o}, s:{s:b}, s:{s:b}, s:I, s:I}", "Id", pool->id,
			 "Name", pool->name, "MfaConfiguration", mfa_names[pool->mfa], "Policies",
			 "PasswordPolicy", password, "UsernameConfiguration", "CaseSensitive", 0,
			 "AdminCreateUserConfig", "AllowAdminCreateUserOnly", 1, "CreationDate",
			 (json_int_t)pool->created, "LastModifiedDate", (json_int_t)pool->modified);
}

static bool read_mfa(json_t *request, struct pool_row *pool, struct pool_error *error)
{
	const char *text = text_of(request, "MfaConfiguration");

	if (text[0] == '\0')
		return true;
	for (size_t i = 0; i < UP_COUNT(mfa_names); i++)
		if (strcmp(mfa_names[i], text) == 0) {
			pool->mfa = (enum mfa)i;
			return true;
		}
	(void)refuse_parameter(error, "MfaConfiguration must be OFF, OPTIONAL or ON.");
	return false;
}

static bool read_number(json_t *object, const char *name, int64_t least, int64_t most, int64_t *ret,
			struct pool_error *error)
{
	json_t *value = member_of(object, name);

	if (value == NULL)
		return true;
	if (!json_is_integer(value) || json_integer_value(value) < least ||
	    json_integer_value(value) > most) {
		(void)pool_refuse(error, "InvalidParameterException",
				  "%s must be from %lld to %lld.", name, (long long)least,
				  (long long)most);
		return false;
	}
	*ret = json_integer_value(value);
	return true;
}

/* A policy that is sent replaces all of the old one: what it leaves out is not required. */
static bool read_policy(json_t *request, struct pool_row *pool, struct pool_error *error)
{
	json_t *policies = member_of(request, "Policies");
	json_t *sent = policies != NULL ? member_of(policies, "PasswordPolicy") : NULL;
	struct password_policy policy = { .least = LENGTH_STANDARD };

	if (sent == NULL)
		return true;
	if (!json_is_object(sent)) {
		(void)refuse_parameter(error, "PasswordPolicy must be an object.");
		return false;
	}
	if (!flag_of(sent, "RequireUppercase", &policy.upper, error) ||
	    !flag_of(sent, "RequireLowercase", &policy.lower, error) ||
	    !flag_of(sent, "RequireNumbers", &policy.digits, error) ||
	    !flag_of(sent, "RequireSymbols", &policy.symbols, error) ||
	    !read_number(sent, "MinimumLength", 6, 99, &policy.least, error) ||
	    !read_number(sent, "TemporaryPasswordValidityDays", 0, 365, &policy.temporary_days,
			 error))
		return false;
	if (policy.temporary_days == 0)
		policy.temporary_days = DAYS_STANDARD;
	pool->policy = policy;
	return true;
}

/* Names become login names, which have no case. */
static bool read_case(json_t *request, struct pool_error *error)
{
	json_t *configuration = member_of(request, "UsernameConfiguration");
	bool is_sensitive = false;

	if (configuration != NULL && !flag_of(configuration, "CaseSensitive", &is_sensitive, error))
		return false;
	if (is_sensitive)
		(void)refuse_parameter(error, "User names that differ in case only are not "
					      "supported; CaseSensitive must be false.");
	return !is_sensitive;
}

json_t *create_user_pool(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	struct pool_row pool;

	pool_standard(&pool);
	(void)snprintf(pool.name, sizeof(pool.name), "%s", text_of(request, "PoolName"));
	if (!read_mfa(request, &pool, error) || !read_policy(request, &pool, error) ||
	    !read_case(request, error) || !change_begin(e, error))
		return NULL;
	pool.has_totp = pool.mfa != MFA_OFF;
	enum up_err err = pool_insert(e, &pool);
	return change_end(
		e,
		err != UP_OK ? refuse_internal(error, err)
			     : or_internal(json_pack("{s:o}", "UserPool", describe(&pool)), error),
		error);
}

json_t *describe_user_pool(void *backend, json_t *request, struct pool_error *error)
{
	struct pool_row pool;

	if (!pool_of(backend, request, &pool, error))
		return NULL;
	return or_internal(json_pack("{s:o}", "UserPool", describe(&pool)), error);
}

json_t *list_user_pools(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	json_t *list = json_array();
	char last[POOL_ID_SIZE] = "";
	bool has_more = false, failed = false;
	struct page page;

	if (!page_read(request, "MaxResults", "NextToken", &page, error)) {
		json_decref(list);
		return NULL;
	}
	struct query q = store_query(e->store, "SELECT id, name, created, modified FROM pools"
					       " WHERE id > ? ORDER BY id LIMIT ?");
	query_bind_text(&q, page.first);
	query_bind_int(&q, page.limit + 1);
	while (!has_more && !failed && query_next(&q) == QUERY_ROW) {
		has_more = (int64_t)json_array_size(list) == page.limit;
		if (has_more)
			break;
		failed = !copy_column(&q, 0, last, sizeof(last)) ||
			 json_array_append_new(
				 list, json_pack("{s:s, s:s, s:I, s:I}", "Id", query_text(&q, 0),
						 "Name", query_text(&q, 1), "CreationDate",
						 (json_int_t)query_int(&q, 2), "LastModifiedDate",
						 (json_int_t)query_int(&q, 3))) != 0;
	}
	enum up_err err = query_end(&q);
	if (err != UP_OK || failed) {
		json_decref(list);
		return refuse_internal(error, err != UP_OK ? err : UP_ERR_NOMEM);
	}
	return or_internal(page_answer(list, "UserPools", "NextToken", last, has_more), error);
}

/* What is not sent goes back to its standard, as the real service has it. */
json_t *update_user_pool(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	struct pool_row old, pool;

	if (!pool_of(e, request, &old, error))
		return NULL;
	pool_standard(&pool);
	memcpy(pool.id, old.id, sizeof(pool.id));
	memcpy(pool.name, old.name, sizeof(pool.name));
	pool.has_totp = old.has_totp;
	if (text_of(request, "PoolName")[0] != '\0')
		(void)snprintf(pool.name, sizeof(pool.name), "%s", text_of(request, "PoolName"));
	if (!read_mfa(request, &pool, error) || !read_policy(request, &pool, error))
		return NULL;
	pool.has_totp |= pool.mfa != MFA_OFF;
	enum up_err err = update_pool(e, &pool);
	return err != UP_OK ? refuse_internal(error, err) : or_internal(json_object(), error);
}

json_t *delete_user_pool(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	struct pool_row pool;

	if (!pool_of(e, request, &pool, error))
		return NULL;
	struct query q = store_query(e->store, "DELETE FROM pools WHERE id = ?");
	query_bind_text(&q, pool.id);
	return run_statement(&q, error);
}

static json_t *describe_mfa(const struct pool_row *pool)
{
	return json_pack("{s:s, s:{s:b}}", "MfaConfiguration", mfa_names[pool->mfa],
			 "SoftwareTokenMfaConfiguration", "Enabled", (int)pool->has_totp);
}

json_t *get_user_pool_mfa_config(void *backend, json_t *request, struct pool_error *error)
{
	struct pool_row pool;

	if (!pool_of(backend, request, &pool, error))
		return NULL;
	return or_internal(describe_mfa(&pool), error);
}

json_t *set_user_pool_mfa_config(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	json_t *totp = member_of(request, "SoftwareTokenMfaConfiguration");
	struct pool_row pool;

	if (!pool_of(e, request, &pool, error) || !read_mfa(request, &pool, error))
		return NULL;
	if (totp != NULL && !flag_of(totp, "Enabled", &pool.has_totp, error))
		return NULL;
	/* Everybody would be asked for what nobody can have. */
	if (pool.mfa == MFA_ON && !pool.has_totp)
		return refuse_parameter(error, "MFA cannot be ON without a second factor; "
					       "enable SoftwareTokenMfaConfiguration.");
	enum up_err err = update_pool(e, &pool);
	return err != UP_OK ? refuse_internal(error, err) : or_internal(describe_mfa(&pool), error);
}
