/* SPDX-License-Identifier: MIT */
/* RespondToAuthChallenge: a row per challenge. */
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/embedded/lockout.h"
#include "daemon/embedded/next_step.h"

struct responding {
	struct embedded *e;
	struct challenge challenge;
	struct client_row client;
	struct pool_row pool;
	struct user_row user;
	json_t *responses;
};

static json_t *count_wrong_code(const struct responding *r, const char *type, const char *message,
				struct pool_error *error)
{
	if (!lockout_count(r->e, &r->user, LOCKOUT_CODE, error))
		return NULL;
	return pool_refuse(error, type, "%s", message);
}

static json_t *answer_code(struct responding *r, struct pool_error *error)
{
	const char *code = text_of(r->responses, "SOFTWARE_TOKEN_MFA_CODE");
	struct finish finish = { .challenge = &r->challenge };

	switch (totp_try(r->e, &r->user, code, &finish.step)) {
	case CODE_RIGHT:
		return finish_sign_in(r->e, &r->pool, &r->client, &r->user, &finish, error);
	case CODE_WRONG:
		return count_wrong_code(r, "CodeMismatchException",
					"Invalid code received for user", error);
	case CODE_USED:
		return count_wrong_code(r, "ExpiredCodeException",
					"Your software token has already been used once.", error);
	case CODE_FAILED:
	default:
		return refuse_internal(error, UP_ERR_CORRUPT);
	}
}

static json_t *answer_recovery_code(struct responding *r, struct pool_error *error)
{
	const struct finish finish = { .challenge = &r->challenge,
				       .recovery_code = text_of(r->responses, "RECOVERY_CODE") };
	json_t *answer = finish_sign_in(r->e, &r->pool, &r->client, &r->user, &finish, error);

	if (answer != NULL || strcmp(error->type, "CodeMismatchException") != 0)
		return answer;
	return count_wrong_code(r, "CodeMismatchException", "Invalid code received for user",
				error);
}

static json_t *on_software_token(struct responding *r, struct pool_error *error)
{
	if (text_of(r->responses, "SOFTWARE_TOKEN_MFA_CODE")[0] != '\0')
		return answer_code(r, error);
	if (text_of(r->responses, "RECOVERY_CODE")[0] != '\0')
		return answer_recovery_code(r, error);
	return refuse_parameter(error, "Missing required parameter SOFTWARE_TOKEN_MFA_CODE");
}

/* The secret becomes the user's with the sign-in, and not before: who stops half-way has nothing.
 */
static json_t *on_mfa_setup(struct responding *r, struct pool_error *error)
{
	const struct finish finish = { .challenge = &r->challenge, .step = r->challenge.step };

	return finish_sign_in(r->e, &r->pool, &r->client, &r->user, &finish, error);
}

/* Inside a change; `ret` is the row as it leaves it, for what comes next. */
static json_t *set_new_password(struct responding *r, const char *hash, struct user_row *ret,
				struct pool_error *error)
{
	if (!user_is_still(r->e, &r->user, ret, error))
		return NULL;
	enum up_err err = challenge_use_up(r->e, &r->challenge);
	if (err == UP_ERR_CONFLICT)
		return refuse_not_authorized(
			error, "Invalid session for the user, session can only be used once.");
	if (err == UP_OK)
		err = user_set_password(r->e, r->user.sub, hash, "CONFIRMED", 0);
	if (err == UP_OK && user_find_again(r->e, &r->user, ret) != FOUND_ONE)
		err = UP_ERR_IO;
	return err != UP_OK ? refuse_internal(error, err) : or_internal(json_object(), error);
}

static json_t *on_new_password(struct responding *r, struct pool_error *error)
{
	const char *password = text_of(r->responses, "NEW_PASSWORD");
	struct user_row user;
	char hash[HASH_SIZE];

	if (password[0] == '\0')
		return refuse_parameter(error, "Missing required parameter NEW_PASSWORD");
	if (!password_replace(&r->pool.policy, r->user.hash, password, hash, error) ||
	    !change_begin(r->e, error))
		return NULL;
	json_t *done = change_end(r->e, set_new_password(r, hash, &user, error), error);
	json_decref(done);
	if (done == NULL)
		return NULL;
	return next_step(r->e, &r->pool, &r->client, &user, NULL, error);
}

static const struct {
	const char *name;
	enum challenge_kind kind;
	json_t *(*answer)(struct responding *r, struct pool_error *error);
} rows[] = {
	{ "NEW_PASSWORD_REQUIRED", CHALLENGE_NEW_PASSWORD, on_new_password },
	{ "SOFTWARE_TOKEN_MFA", CHALLENGE_SOFTWARE_TOKEN, on_software_token },
	{ "MFA_SETUP", CHALLENGE_MFA_SETUP_VERIFIED, on_mfa_setup },
};

/* The Session is this client's and this user's, and neither has changed since. */
static bool is_still_true(const struct responding *r)
{
	char folded[NAME_SIZE];

	return strcmp(r->challenge.client_id, r->client.id) == 0 &&
	       r->challenge.epoch == r->user.epoch && strcmp(r->user.pool_id, r->pool.id) == 0 &&
	       fold_name(text_of(r->responses, "USERNAME"), folded) &&
	       strcmp(folded, r->user.username) == 0;
}

/* Finds all that the Session names. */
static bool find_all(struct responding *r, json_t *request, struct pool_error *error)
{
	if (!client_find(r->e, text_of(request, "ClientId"), &r->client, error) ||
	    !pool_find(r->e, r->client.pool_id, &r->pool, error) ||
	    !challenge_open(r->e, text_of(request, "Session"), &r->challenge, error))
		return false;
	enum found found = user_find_sub(r->e, r->challenge.sub, &r->user);
	if (found == FOUND_FAILED) {
		(void)refuse_internal(error, UP_ERR_IO);
		return false;
	}
	if (found == FOUND_ONE && !lockout_see(r->e, &r->user, request, error))
		return false;
	if (found == FOUND_ONE && is_still_true(r))
		return true;
	(void)refuse_not_authorized(error, "Invalid session for the user.");
	return false;
}

static json_t *respond(struct embedded *e, json_t *request, struct pool_error *error)
{
	struct responding r = { .e = e, .responses = member_of(request, "ChallengeResponses") };
	const char *name = text_of(request, "ChallengeName");
	json_t *answer = NULL;
	size_t row = 0;

	while (row < UP_COUNT(rows) && strcmp(rows[row].name, name) != 0)
		row++;
	if (row == UP_COUNT(rows))
		return refuse_parameter(error, "Challenge not supported.");
	if (r.responses == NULL || text_of(r.responses, "USERNAME")[0] == '\0')
		return refuse_parameter(error, "Missing required parameter USERNAME");
	if (text_of(request, "Session")[0] == '\0')
		return refuse_parameter(error, "Missing required parameter Session");
	if (!find_all(&r, request, error))
		return NULL;
	if (r.challenge.kind != rows[row].kind)
		answer = refuse_not_authorized(error, "Invalid session for the user.");
	else if (!r.user.enabled)
		answer = refuse_not_authorized(error, "User is disabled.");
	else if (lockout_holds(&r.user, LOCKOUT_CODE, clock_wall()))
		answer = refuse_not_authorized(error, "Password attempts exceeded");
	else
		answer = rows[row].answer(&r, error);
	explicit_bzero(&r.challenge, sizeof(r.challenge));
	return answer;
}

json_t *respond_to_auth_challenge(void *backend, json_t *request, struct pool_error *error)
{
	return respond(backend, request, error);
}

json_t *admin_respond_to_auth_challenge(void *backend, json_t *request, struct pool_error *error)
{
	struct client_row client;

	if (!client_find(backend, text_of(request, "ClientId"), &client, error))
		return NULL;
	if (strcmp(client.pool_id, text_of(request, "UserPoolId")) != 0)
		return pool_refuse(error, "ResourceNotFoundException",
				   "User pool client %s does not exist.", client.id);
	return respond(backend, request, error);
}
