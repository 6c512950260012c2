/* SPDX-License-Identifier: MIT */
#include "daemon/login/token.h"

#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/login/internal.h"

/* Somebody may send tokens with unknown keys all day; the pool is asked for new keys seldom. */
#define KEYS_AGAIN_MS 60000

static struct claims_context context_of(const struct login_engine *engine)
{
	const struct identity *identity = engine->identity;

	return (struct claims_context){ .keys = identity_keys(identity),
					.issuer = identity_issuer(identity),
					.client_id = identity_client_id(identity),
					.now = clock_wall() };
}

static void ask_for_keys(struct login_engine *engine)
{
	const int64_t now = clock_boot_ms();

	if (engine->keys_asked_ms != 0 && now - engine->keys_asked_ms < KEYS_AGAIN_MS)
		return;
	engine->keys_asked_ms = now;
	identity_sync(engine->identity, NULL, NULL);
}

bool token_is_of(struct login_engine *engine, enum token_use use, const char *token,
		 const char *name, const char *sub, struct claims *ret)
{
	const struct claims_context context = context_of(engine);
	struct claims claims;
	const char *why = NULL;
	enum claims_result result = claims_verify(&context, use, token, &claims, &why);

	if (result == CLAIMS_UNKNOWN_KEY)
		ask_for_keys(engine);
	if (result == CLAIMS_GOOD &&
	    (strcmp(claims.username, name) != 0 || strcmp(claims.sub, sub) != 0)) {
		result = CLAIMS_BAD;
		why = "of another user";
	}
	if (result != CLAIMS_GOOD) {
		log_event(EV_TOKEN_REFUSED, log_str("user", name),
			  log_str("token", use == TOKEN_ID ? "id" : "access"), log_str("why", why));
		return false;
	}
	*ret = claims;
	return true;
}
