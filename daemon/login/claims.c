/* SPDX-License-Identifier: MIT */
#include "daemon/login/claims.h"

#include <string.h>

#include "common/names.h"

/* The pool's clock may run ahead of ours by this much. */
#define SKEW_S 60

/* The members whose names differ between the two (Cognito, "Using tokens"). */
static const struct {
	const char *use, *client, *username;
} members[] = {
	[TOKEN_ID] = { "id", "aud", "cognito:username" },
	[TOKEN_ACCESS] = { "access", "client_id", "username" },
};

static bool is_text(json_t *claims, const char *name, const char *wanted)
{
	const char *text = json_string_value(json_object_get(claims, name));

	return text != NULL && wanted[0] != '\0' && strcmp(text, wanted) == 0;
}

static const char *check_time(json_t *claims, int64_t now)
{
	json_t *expires = json_object_get(claims, "exp");
	json_t *issued = json_object_get(claims, "iat");
	json_t *not_before = json_object_get(claims, "nbf");

	if (!json_is_integer(expires) || json_integer_value(expires) <= now)
		return "expired";
	if (!json_is_integer(issued) || json_integer_value(issued) > now + SKEW_S)
		return "issued in the future";
	if (not_before != NULL &&
	    (!json_is_integer(not_before) || json_integer_value(not_before) > now + SKEW_S))
		return "not valid yet";
	return NULL;
}

static const char *check_names(json_t *claims, const char *member, struct claims *ret)
{
	const char *sub = json_string_value(json_object_get(claims, "sub"));
	const char *username = json_string_value(json_object_get(claims, member));

	if (sub == NULL || sub[0] == '\0' || strlen(sub) >= sizeof(ret->sub))
		return "no subject";
	if (username == NULL || !up_login_name_fold(username, ret->username))
		return "no user name";
	memcpy(ret->sub, sub, strlen(sub) + 1);
	return NULL;
}

static const char *check(const struct claims_context *context, enum token_use use, json_t *claims,
			 struct claims *ret)
{
	if (!is_text(claims, "iss", context->issuer))
		return "another issuer";
	if (!is_text(claims, members[use].client, context->client_id))
		return "for another client";
	if (!is_text(claims, "token_use", members[use].use))
		return "another use";
	const char *why = check_time(claims, context->now);
	ret->until = json_integer_value(json_object_get(claims, "exp"));
	return why != NULL ? why : check_names(claims, members[use].username, ret);
}

enum claims_result claims_verify(const struct claims_context *context, enum token_use use,
				 const char *token, struct claims *ret, const char **why)
{
	struct claims read = { 0 };
	json_t *claims = NULL;

	*why = "no keys of the pool yet";
	if (context->keys == NULL)
		return CLAIMS_UNKNOWN_KEY;
	switch (jws_verify(context->keys, token, &claims)) {
	case JWS_GOOD:
		break;
	case JWS_UNKNOWN_KEY:
		*why = "signed with an unknown key";
		return CLAIMS_UNKNOWN_KEY;
	case JWS_BAD:
	default:
		*why = "not a token of the pool";
		return CLAIMS_BAD;
	}
	*why = check(context, use, claims, &read);
	json_decref(claims);
	if (*why != NULL)
		return CLAIMS_BAD;
	*ret = read;
	return CLAIMS_GOOD;
}
