/* SPDX-License-Identifier: MIT */
/* TOTP: associate, verify, prefer, forget. */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/crypto/encoding.h"
#include "daemon/crypto/totp.h"
#include "daemon/embedded/challenge.h"
#include "daemon/embedded/lockout.h"

#define MISMATCH    "EnableSoftwareTokenMFAException"
#define NOT_ENABLED "Software Token MFA has not been enabled by the userPool"

static bool pool_offers(const struct pool_row *pool, struct pool_error *error)
{
	if (!pool->has_totp)
		(void)pool_refuse(error, "SoftwareTokenMFANotFoundException", "%s", NOT_ENABLED);
	return pool->has_totp;
}

static struct up_span secret_span(const struct challenge *challenge)
{
	return (struct up_span){ challenge->secret, sizeof(challenge->secret) };
}

static json_t *pack_secret(struct up_span secret, const char *session, struct pool_error *error)
{
	char *code = base32_encode(secret);
	json_t *answer = NULL;

	if (code != NULL)
		answer = session != NULL
				 ? json_pack("{s:s, s:s}", "SecretCode", code, "Session", session)
				 : json_pack("{s:s}", "SecretCode", code);
	if (code != NULL)
		explicit_bzero(code, strlen(code));
	free(code);
	return or_internal(answer, error);
}

/* By Session: the secret travels in it, sealed. */
static json_t *associate_by_session(struct embedded *e, const char *session,
				    struct pool_error *error)
{
	struct challenge challenge;
	struct client_row client;
	struct pool_row pool;

	if (!challenge_open(e, session, &challenge, error) ||
	    !client_find(e, challenge.client_id, &client, error) ||
	    !pool_find(e, client.pool_id, &pool, error) || !pool_offers(&pool, error))
		return NULL;
	if (challenge.kind != CHALLENGE_MFA_SETUP)
		return refuse_not_authorized(error, "Invalid session for the user.");
	enum up_err err = random_bytes(challenge.secret, sizeof(challenge.secret));
	if (err != UP_OK)
		return refuse_internal(error, err);
	challenge.has_secret = true;
	_auto_(free) char *next = challenge_seal(e, &challenge);
	json_t *answer = next == NULL ? refuse_internal(error, UP_ERR_CRYPTO)
				      : pack_secret(secret_span(&challenge), next, error);
	explicit_bzero(&challenge, sizeof(challenge));
	return answer;
}

/* By token: the secret waits in the row until it is verified. */
static json_t *associate_by_token(struct embedded *e, json_t *request, struct pool_error *error)
{
	uint8_t secret[TOTP_SECRET_BYTES];
	_auto_(free) uint8_t *sealed = NULL;
	struct pool_row pool;
	struct user_row user;
	size_t len = 0;

	if (!access_user(e, request, &pool, &user, error) || !pool_offers(&pool, error))
		return NULL;
	const struct up_span span = { secret, sizeof(secret) };
	enum up_err err = random_bytes(secret, sizeof(secret));
	if (err == UP_OK)
		err = column_seal(e, "totp-pending", user.sub, span, &sealed, &len);
	if (err == UP_OK) {
		struct query q =
			store_query(e->store, "UPDATE users SET totp_pending = ? WHERE sub = ?");

		query_bind_blob(&q, (struct up_span){ sealed, len });
		query_bind_text(&q, user.sub);
		err = query_run(&q);
	}
	json_t *answer =
		err != UP_OK ? refuse_internal(error, err) : pack_secret(span, NULL, error);
	explicit_bzero(secret, sizeof(secret));
	return answer;
}

json_t *associate_software_token(void *backend, json_t *request, struct pool_error *error)
{
	const char *session = text_of(request, "Session");

	if (session[0] != '\0')
		return associate_by_session(backend, session, error);
	return associate_by_token(backend, request, error);
}

/* Whether the code is of the secret, and in which step; false: refused, and not counted yet. */
static bool match_code(const struct user_row *user, struct up_span secret, const char *code,
		       int64_t *step, struct pool_error *error)
{
	enum totp_match match = TOTP_WRONG;

	if (lockout_holds(user, LOCKOUT_CODE, clock_wall())) {
		(void)refuse_not_authorized(error, "Password attempts exceeded");
		return false;
	}
	enum up_err err = totp_check(secret, code, clock_wall(), 0, &match, step);
	if (err != UP_OK)
		(void)refuse_internal(error, err);
	else if (match != TOTP_RIGHT)
		(void)pool_refuse(error, MISMATCH, "Code mismatch");
	return err == UP_OK && match == TOTP_RIGHT;
}

/* The answer, or what it was refused with, once a wrong code is counted. */
static json_t *count_mismatch(struct embedded *e, const struct user_row *user, json_t *answer,
			      struct pool_error *error)
{
	if (answer == NULL && strcmp(error->type, MISMATCH) == 0)
		(void)lockout_count(e, user, LOCKOUT_CODE, error);
	return answer;
}

static json_t *verify_challenge(struct embedded *e, struct challenge *challenge,
				const struct user_row *user, const char *code,
				struct pool_error *error)
{
	if (!match_code(user, secret_span(challenge), code, &challenge->step, error))
		return NULL;
	challenge->kind = CHALLENGE_MFA_SETUP_VERIFIED;
	_auto_(free) char *next = challenge_seal(e, challenge);
	if (next == NULL)
		return refuse_internal(error, UP_ERR_CRYPTO);
	return or_internal(json_pack("{s:s, s:s}", "Status", "SUCCESS", "Session", next), error);
}

static json_t *verify_by_session(struct embedded *e, json_t *request, struct pool_error *error)
{
	struct challenge challenge;
	struct user_row user;
	json_t *answer = NULL;

	if (!challenge_open(e, text_of(request, "Session"), &challenge, error))
		return NULL;
	enum found found = user_find_sub(e, challenge.sub, &user);
	if (found == FOUND_FAILED)
		answer = refuse_internal(error, UP_ERR_IO);
	else if (found == FOUND_NONE || challenge.kind != CHALLENGE_MFA_SETUP ||
		 !challenge.has_secret || user.epoch != challenge.epoch)
		answer = refuse_not_authorized(error, "Invalid session for the user.");
	else
		answer = count_mismatch(
			e, &user,
			verify_challenge(e, &challenge, &user, text_of(request, "UserCode"), error),
			error);
	explicit_bzero(&challenge, sizeof(challenge));
	return answer;
}

static enum up_err read_pending(struct embedded *e, const char *sub, uint8_t **ret, size_t *len)
{
	struct query q = store_query(e->store, "SELECT totp_pending FROM users WHERE sub = ?");
	enum up_err err = UP_ERR_MALFORMED;

	query_bind_text(&q, sub);
	if (query_next(&q) == QUERY_ROW && !query_is_null(&q, 0))
		err = column_unseal(e, "totp-pending", sub, query_blob(&q, 0), ret, len);
	enum up_err end = query_end(&q);
	return end != UP_OK ? end : err;
}

/* Inside a change: a secret is verified once, by one of the workers that are asked to. */
static json_t *take_pending(struct embedded *e, const struct user_row *before, const char *code,
			    struct pool_error *error)
{
	uint8_t *secret = NULL;
	size_t len = 0;
	int64_t step = 0;
	struct user_row user;

	if (!user_is_still(e, before, &user, error))
		return NULL;
	enum up_err err = read_pending(e, user.sub, &secret, &len);
	if (err == UP_ERR_MALFORMED)
		return refuse_parameter(error, "AssociateSoftwareToken comes first.");
	if (err != UP_OK)
		return refuse_internal(error, err);
	const struct up_span span = { secret, len };
	bool is_right = match_code(&user, span, code, &step, error);
	if (is_right)
		err = totp_store(e, user.sub, span, step);
	explicit_bzero(secret, len);
	free(secret);
	if (!is_right)
		return NULL;
	return err != UP_OK ? refuse_internal(error, err)
			    : or_internal(json_pack("{s:s}", "Status", "SUCCESS"), error);
}

static json_t *verify_by_token(struct embedded *e, json_t *request, struct pool_error *error)
{
	struct pool_row pool;
	struct user_row user;

	if (!access_user(e, request, &pool, &user, error) || !change_begin(e, error))
		return NULL;
	json_t *answer =
		change_end(e, take_pending(e, &user, text_of(request, "UserCode"), error), error);
	return count_mismatch(e, &user, answer, error);
}

json_t *verify_software_token(void *backend, json_t *request, struct pool_error *error)
{
	if (text_of(request, "Session")[0] != '\0')
		return verify_by_session(backend, request, error);
	return verify_by_token(backend, request, error);
}

json_t *admin_associate_software_token(void *backend, json_t *request, struct pool_error *error)
{
	uint8_t secret[TOTP_SECRET_BYTES];
	const struct up_span span = { secret, sizeof(secret) };
	struct pool_row pool;
	struct user_row user;

	if (!user_of(backend, request, &pool, &user, error) || !pool_offers(&pool, error))
		return NULL;
	enum up_err err = random_bytes(secret, sizeof(secret));
	if (err == UP_OK)
		err = totp_store(backend, user.sub, span, 0);
	json_t *answer =
		err != UP_OK ? refuse_internal(error, err) : pack_secret(span, NULL, error);
	explicit_bzero(secret, sizeof(secret));
	return answer;
}

json_t *admin_delete_software_token(void *backend, json_t *request, struct pool_error *error)
{
	struct embedded *e = backend;
	struct pool_row pool;
	struct user_row user;

	if (!user_of(e, request, &pool, &user, error))
		return NULL;
	struct query q = store_query(
		e->store, "UPDATE users SET totp = NULL, totp_pending = NULL, totp_on = 0,"
			  " totp_preferred = 0, last_step = 0, code_failures = 0,"
			  " epoch = epoch + 1"
			  " WHERE sub = ?");
	query_bind_text(&q, user.sub);
	return run_statement(&q, error);
}

static json_t *set_preference(struct embedded *e, json_t *request, const struct user_row *user,
			      struct pool_error *error)
{
	json_t *settings = member_of(request, "SoftwareTokenMfaSettings");

	if (settings == NULL)
		return or_internal(json_object(), error);
	bool is_on = false, is_preferred = false;
	if (!flag_of(settings, "Enabled", &is_on, error) ||
	    !flag_of(settings, "PreferredMfa", &is_preferred, error))
		return NULL;
	if (is_on && !user->has_totp)
		return refuse_parameter(error, "User has not verified software token mfa");
	struct query q = store_query(
		e->store, "UPDATE users SET totp_on = ?, totp_preferred = ? WHERE sub = ?");
	query_bind_int(&q, is_on);
	query_bind_int(&q, is_on && is_preferred);
	query_bind_text(&q, user->sub);
	return run_statement(&q, error);
}

json_t *admin_set_user_mfa_preference(void *backend, json_t *request, struct pool_error *error)
{
	struct pool_row pool;
	struct user_row user;

	if (!user_of(backend, request, &pool, &user, error))
		return NULL;
	return set_preference(backend, request, &user, error);
}

json_t *set_user_mfa_preference(void *backend, json_t *request, struct pool_error *error)
{
	struct pool_row pool;
	struct user_row user;

	if (!access_user(backend, request, &pool, &user, error))
		return NULL;
	return set_preference(backend, request, &user, error);
}
