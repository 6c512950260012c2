/* SPDX-License-Identifier: MIT */
/* Which session's tokens end soon, and the new ones in their place. */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/session/internal.h"
#include "daemon/session/records.h"

/* A pool that does not answer is not asked again at once. */
#define AGAIN_MS 60000

void session_renewal_clear(struct session_renewal *renewal)
{
	if (renewal->refresh_token != NULL)
		explicit_bzero(renewal->refresh_token, strlen(renewal->refresh_token));
	free(renewal->refresh_token);
	renewal->refresh_token = NULL;
}

bool session_find_renewal(struct sessions *sessions, int64_t before, struct session_renewal *ret)
{
	const int64_t now = clock_boot_ms();

	for (struct session *session = sessions->first; session != NULL; session = session->next) {
		if (session->tokens.refresh == NULL || session->tokens_until >= before ||
		    session->renewal_due_ms > now)
			continue;
		char *refresh = strdup(session->tokens.refresh);
		if (refresh == NULL)
			return false;
		session->renewal_due_ms = now + AGAIN_MS;
		memcpy(ret->id, session->id, sizeof(ret->id));
		memcpy(ret->sub, session->sub, sizeof(ret->sub));
		memcpy(ret->name, session->name, sizeof(ret->name));
		ret->refresh_token = refresh;
		return true;
	}
	return false;
}

enum up_err session_renew(struct sessions *sessions, const char *id,
			  const struct session_proof *proof)
{
	struct session *session = sessions->first;
	struct session_proof all = *proof;
	struct tokens tokens = { 0 };

	while (session != NULL && strcmp(session->id, id) != 0)
		session = session->next;
	if (session == NULL)
		return UP_ERR_OFFLINE;
	if (proof->access_token != NULL && proof->refresh_token == NULL)
		all.refresh_token = session->tokens.refresh;
	UP_TRY(tokens_copy(&all, &tokens));
	enum up_err err = record_update_tokens(sessions, id, &tokens, proof->tokens_until);
	if (err != UP_OK) {
		tokens_clear(&tokens);
		return err;
	}
	tokens_clear(&session->tokens);
	session->tokens = tokens;
	session->tokens_until = proof->tokens_until;
	return UP_OK;
}
