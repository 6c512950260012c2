/* SPDX-License-Identifier: MIT */
#include "daemon/embedded/challenge.h"

#include <stdlib.h>
#include <string.h>

#include "common/writer.h"
#include "daemon/base/clock.h"
#include "daemon/crypto/encoding.h"

#define CONTEXT    "challenge"
#define PLAIN_SIZE 512

enum up_err challenge_make(const struct user_row *user, const struct client_row *client,
			   enum challenge_kind kind, struct challenge *ret)
{
	struct challenge challenge = { .kind = kind,
				       .epoch = user->epoch,
				       .expires = clock_wall() + client->session_s };

	memcpy(challenge.sub, user->sub, sizeof(challenge.sub));
	memcpy(challenge.client_id, client->id, sizeof(challenge.client_id));
	UP_TRY(random_bytes(challenge.nonce, sizeof(challenge.nonce)));
	*ret = challenge;
	return UP_OK;
}

char *challenge_seal(struct embedded *e, const struct challenge *c)
{
	uint8_t plain[PLAIN_SIZE];
	_auto_(free) uint8_t *sealed = NULL;
	size_t len = 0, sealed_len = 0;
	struct up_writer w = up_writer_into(plain, sizeof(plain));

	up_write_u8(&w, (uint8_t)c->kind);
	up_write_text(&w, c->sub);
	up_write_text(&w, c->client_id);
	up_write_u64(&w, (uint64_t)c->epoch);
	up_write_u64(&w, (uint64_t)c->expires);
	up_write_fixed(&w, c->nonce, sizeof(c->nonce));
	up_write_u8(&w, c->has_secret);
	up_write_fixed(&w, c->secret, sizeof(c->secret));
	up_write_u64(&w, (uint64_t)c->step);
	enum up_err err = up_writer_finish(&w, &len);
	if (err == UP_OK)
		err = seal(e->key, CONTEXT, (struct up_span){ plain, len }, &sealed, &sealed_len);
	explicit_bzero(plain, sizeof(plain));
	return err == UP_OK ? base64url_encode((struct up_span){ sealed, sealed_len }) : NULL;
}

static void copy_fixed(struct up_reader *r, uint8_t *out, size_t len)
{
	struct up_span bytes = up_read_fixed(r, len);

	if (bytes.data != NULL)
		memcpy(out, bytes.data, len);
}

static enum up_err decode(struct up_span plain, struct challenge *ret)
{
	struct up_reader r = up_reader_over(plain.data, plain.len);

	ret->kind = (enum challenge_kind)up_read_u8(&r);
	up_read_text(&r, ret->sub, sizeof(ret->sub));
	up_read_text(&r, ret->client_id, sizeof(ret->client_id));
	ret->epoch = (int64_t)up_read_u64(&r);
	ret->expires = (int64_t)up_read_u64(&r);
	copy_fixed(&r, ret->nonce, sizeof(ret->nonce));
	ret->has_secret = up_read_u8(&r) != 0;
	copy_fixed(&r, ret->secret, sizeof(ret->secret));
	ret->step = (int64_t)up_read_u64(&r);
	return up_reader_finish(&r);
}

bool challenge_open(struct embedded *e, const char *session, struct challenge *ret,
		    struct pool_error *error)
{
	struct challenge challenge = { 0 };
	uint8_t *plain = NULL;
	size_t len = 0, plain_len = 0;
	_auto_(free) uint8_t *sealed = base64url_decode(session, strlen(session), &len);

	enum up_err err = sealed == NULL ? UP_ERR_CORRUPT
					 : unseal(e->key, CONTEXT, (struct up_span){ sealed, len },
						  &plain, &plain_len);
	if (err == UP_OK) {
		err = decode((struct up_span){ plain, plain_len }, &challenge);
		explicit_bzero(plain, plain_len);
		free(plain);
	}
	if (err != UP_OK) {
		(void)refuse_not_authorized(error, "Invalid session for the user.");
		return false;
	}
	if (challenge.expires <= clock_wall()) {
		(void)refuse_not_authorized(error,
					    "Invalid session for the user, session is expired.");
		return false;
	}
	*ret = challenge;
	return true;
}

enum up_err challenge_use_up(struct embedded *e, const struct challenge *challenge)
{
	struct query old = store_query(e->store, "DELETE FROM used_sessions WHERE expires < ?");

	query_bind_int(&old, clock_wall());
	UP_TRY(query_run(&old));
	struct query q =
		store_query(e->store, "INSERT INTO used_sessions (nonce, expires) VALUES (?, ?)");
	query_bind_blob(&q, (struct up_span){ challenge->nonce, sizeof(challenge->nonce) });
	query_bind_int(&q, challenge->expires);
	return query_run(&q);
}

static json_t *parameters(struct embedded *e, const struct user_row *user, enum challenge_kind kind)
{
	if (kind == CHALLENGE_MFA_SETUP)
		return json_pack("{s:s, s:s}", "USER_ID_FOR_SRP", user->username, "MFAS_CAN_SETUP",
				 "[\"SOFTWARE_TOKEN_MFA\"]");
	if (kind == CHALLENGE_SOFTWARE_TOKEN)
		return json_pack("{s:s}", "USER_ID_FOR_SRP", user->username);
	/* Lists and objects inside ChallengeParameters are JSON text in a string. */
	json_t *attributes = json_object(), *list = attributes_list(e, user->sub), *attribute;
	size_t i;
	json_array_foreach (list, i, attribute)
		(void)json_object_set(attributes, text_of(attribute, "Name"),
				      json_object_get(attribute, "Value"));
	_auto_(free) char *text = json_encode(attributes);
	json_decref(attributes);
	json_decref(list);
	return text == NULL ? NULL
			    : json_pack("{s:s, s:s, s:s}", "USER_ID_FOR_SRP", user->username,
					"requiredAttributes", "[]", "userAttributes", text);
}

json_t *challenge_answer(struct embedded *e, const struct user_row *user,
			 const struct client_row *client, enum challenge_kind kind,
			 struct pool_error *error)
{
	static const char *const names[] = {
		[CHALLENGE_NEW_PASSWORD] = "NEW_PASSWORD_REQUIRED",
		[CHALLENGE_MFA_SETUP] = "MFA_SETUP",
		[CHALLENGE_SOFTWARE_TOKEN] = "SOFTWARE_TOKEN_MFA",
	};
	struct challenge challenge;

	enum up_err err = challenge_make(user, client, kind, &challenge);
	if (err != UP_OK)
		return refuse_internal(error, err);
	_auto_(free) char *session = challenge_seal(e, &challenge);
	if (session == NULL)
		return refuse_internal(error, UP_ERR_CRYPTO);
	return or_internal(json_pack("{s:s, s:s, s:o}", "ChallengeName", names[kind], "Session",
				     session, "ChallengeParameters", parameters(e, user, kind)),
			   error);
}
