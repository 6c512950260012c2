/* SPDX-License-Identifier: MIT */
#include "daemon/login/renewal.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/login/internal.h"
#include "daemon/login/token.h"

#define LOOK_US 30000000
/* Cognito's shortest tokens live for five minutes. */
#define AHEAD_S 180

struct renewal {
	struct login_engine *engine;
	sd_event_source *timer;
	struct pool_call *call;         /* one at a time */
	struct session_renewal session; /* of the call under way */
};

static void keep(struct renewal *renewal, const struct session_proof *proof)
{
	enum up_err err = session_renew(renewal->engine->sessions, renewal->session.id, proof);

	if (err != UP_OK && err != UP_ERR_OFFLINE)
		log_event(EV_STORE_FAILED, log_str("what", "session tokens"), log_err(err));
}

/* New tokens count only if they are the same user's. */
static void take_tokens(struct renewal *renewal, json_t *tokens)
{
	struct session_proof proof = {
		.id_token = json_string_value(json_object_get(tokens, "IdToken")),
		.access_token = json_string_value(json_object_get(tokens, "AccessToken")),
		.refresh_token = json_string_value(json_object_get(tokens, "RefreshToken")),
	};
	const struct session_renewal *session = &renewal->session;
	struct claims id, access;

	if (proof.id_token == NULL || proof.access_token == NULL ||
	    !token_is_of(renewal->engine, TOKEN_ID, proof.id_token, session->name, session->sub,
			 &id) ||
	    !token_is_of(renewal->engine, TOKEN_ACCESS, proof.access_token, session->name,
			 session->sub, &access))
		return;
	proof.tokens_until = id.until < access.until ? id.until : access.until;
	keep(renewal, &proof);
}

/* "No" ends the tokens; whatever else went wrong may be right in a minute. */
static void on_reply(const struct pool_reply *reply, void *arg)
{
	struct renewal *renewal = arg;

	renewal->call = NULL;
	if (reply->error == NULL) {
		take_tokens(renewal, json_object_get(reply->result, "AuthenticationResult"));
	} else if (strcmp(reply->error, "NotAuthorizedException") == 0) {
		log_event(EV_TOKENS_ENDED, log_str("session", renewal->session.id),
			  log_str("user", renewal->session.name));
		keep(renewal, &(struct session_proof){ 0 });
	}
	session_renewal_clear(&renewal->session);
	renewal_look(renewal);
}

void renewal_look(struct renewal *renewal)
{
	struct login_engine *engine = renewal->engine;

	if (renewal->call != NULL ||
	    !session_find_renewal(engine->sessions, clock_wall() + AHEAD_S, &renewal->session))
		return;
	json_t *request =
		json_pack("{s:s, s:s, s:{s:s}}", "AuthFlow", "REFRESH_TOKEN_AUTH", "ClientId",
			  identity_client_id(engine->identity), "AuthParameters", "REFRESH_TOKEN",
			  renewal->session.refresh_token);
	enum up_err err = request == NULL ? UP_ERR_NOMEM
					  : pool_call(engine->pool, "InitiateAuth", request,
						      on_reply, renewal, &renewal->call);
	json_decref(request);
	/* A busy pool has better things to do; the session comes again in a minute. */
	if (err != UP_OK)
		session_renewal_clear(&renewal->session);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)usec;
	renewal_look(arg);
	(void)sd_event_source_set_time_relative(source, LOOK_US);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

enum up_err renewal_start(struct login_engine *engine, struct renewal **ret)
{
	struct renewal *renewal = calloc(1, sizeof(*renewal));

	if (renewal == NULL)
		return UP_ERR_NOMEM;
	renewal->engine = engine;
	if (sd_event_add_time_relative(engine->loop, &renewal->timer, CLOCK_BOOTTIME, LOOK_US, 0,
				       on_timer, renewal) < 0) {
		free(renewal);
		return UP_ERR_SYSTEM;
	}
	*ret = renewal;
	return UP_OK;
}

void renewal_stop(struct renewal *renewal)
{
	if (renewal == NULL)
		return;
	if (renewal->call != NULL)
		pool_cancel(renewal->call);
	session_renewal_clear(&renewal->session);
	sd_event_source_disable_unref(renewal->timer);
	free(renewal);
}
