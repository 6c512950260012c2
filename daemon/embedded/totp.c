/* SPDX-License-Identifier: MIT */
/* A user's TOTP secret, sealed in its row. */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/crypto/totp.h"
#include "daemon/embedded/handlers.h"

static enum up_err read_secret(struct embedded *e, const char *sub, uint8_t **ret, size_t *len)
{
	struct query q = store_query(e->store, "SELECT totp FROM users WHERE sub = ?");
	enum up_err err = UP_ERR_CORRUPT;

	query_bind_text(&q, sub);
	if (query_next(&q) == QUERY_ROW && !query_is_null(&q, 0))
		err = column_unseal(e, "totp", sub, query_blob(&q, 0), ret, len);
	enum up_err end = query_end(&q);
	return end != UP_OK ? end : err;
}

enum code_result totp_try(struct embedded *e, const struct user_row *user, const char *code,
			  int64_t *step)
{
	static const enum code_result results[] = {
		[TOTP_WRONG] = CODE_WRONG,
		[TOTP_USED] = CODE_USED,
		[TOTP_RIGHT] = CODE_RIGHT,
	};
	enum totp_match match = TOTP_WRONG;
	uint8_t *secret = NULL;
	size_t len = 0;

	if (!user->has_totp || read_secret(e, user->sub, &secret, &len) != UP_OK)
		return CODE_FAILED;
	enum up_err err = totp_check((struct up_span){ secret, len }, code, clock_wall(),
				     user->last_step, &match, step);
	explicit_bzero(secret, len);
	free(secret);
	return err != UP_OK ? CODE_FAILED : results[match];
}

enum up_err totp_store(struct embedded *e, const char *sub, struct up_span secret, int64_t step)
{
	_auto_(free) uint8_t *sealed = NULL;
	size_t len = 0;

	UP_TRY(column_seal(e, "totp", sub, secret, &sealed, &len));
	struct query q =
		store_query(e->store, "UPDATE users SET totp = ?, totp_pending = NULL, totp_on = 1,"
				      " totp_preferred = 1, last_step = ?, code_failures = 0"
				      " WHERE sub = ?");
	query_bind_blob(&q, (struct up_span){ sealed, len });
	query_bind_int(&q, step);
	query_bind_text(&q, sub);
	return query_run(&q);
}
