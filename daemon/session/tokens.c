/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/reader.h"
#include "common/writer.h"
#include "daemon/crypto/jws.h"
#include "daemon/session/internal.h"

#define PLAIN_SIZE (3 * (4 + JWS_TOKEN_MAX))

static void wipe(char **text)
{
	if (*text != NULL)
		explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

void tokens_clear(struct tokens *tokens)
{
	wipe(&tokens->id);
	wipe(&tokens->access);
	wipe(&tokens->refresh);
}

static enum up_err copy(const char *text, char **ret)
{
	if (text == NULL)
		return UP_OK;
	*ret = strdup(text);
	return *ret != NULL ? UP_OK : UP_ERR_NOMEM;
}

enum up_err tokens_copy(const struct session_proof *proof, struct tokens *ret)
{
	struct tokens tokens = { 0 };
	enum up_err err = copy(proof->id_token, &tokens.id);

	if (err == UP_OK)
		err = copy(proof->access_token, &tokens.access);
	if (err == UP_OK)
		err = copy(proof->refresh_token, &tokens.refresh);
	if (err == UP_OK)
		*ret = tokens;
	else
		tokens_clear(&tokens);
	return err;
}

static void context_of(const char *id, char out[64])
{
	(void)snprintf(out, 64, "session:%s", id);
}

enum up_err tokens_seal(const struct seal_key *key, const char *id, const struct tokens *tokens,
			uint8_t **ret, size_t *len)
{
	uint8_t *plain = malloc(PLAIN_SIZE);
	char context[64];
	size_t plain_len = 0;

	if (plain == NULL)
		return UP_ERR_NOMEM;
	struct up_writer w = up_writer_into(plain, PLAIN_SIZE);
	up_write_text(&w, tokens->id);
	up_write_text(&w, tokens->access);
	up_write_text(&w, tokens->refresh);
	context_of(id, context);
	enum up_err err = up_writer_finish(&w, &plain_len);
	if (err == UP_OK)
		err = seal(key, context, (struct up_span){ plain, plain_len }, ret, len);
	explicit_bzero(plain, PLAIN_SIZE);
	free(plain);
	return err;
}

static enum up_err read_token(struct up_reader *r, char **ret)
{
	struct up_span bytes = up_read_bytes(r, JWS_TOKEN_MAX);

	if (bytes.len == 0)
		return UP_OK;
	*ret = strndup((const char *)bytes.data, bytes.len);
	return *ret != NULL ? UP_OK : UP_ERR_NOMEM;
}

enum up_err tokens_unseal(const struct seal_key *key, const char *id, struct up_span sealed,
			  struct tokens *ret)
{
	struct tokens tokens = { 0 };
	uint8_t *plain = NULL;
	char context[64];
	size_t len = 0;

	context_of(id, context);
	UP_TRY(unseal(key, context, sealed, &plain, &len));
	struct up_reader r = up_reader_over(plain, len);
	enum up_err err = read_token(&r, &tokens.id);
	if (err == UP_OK)
		err = read_token(&r, &tokens.access);
	if (err == UP_OK)
		err = read_token(&r, &tokens.refresh);
	if (err == UP_OK)
		err = up_reader_finish(&r);
	explicit_bzero(plain, len);
	free(plain);
	if (err == UP_OK)
		*ret = tokens;
	else
		tokens_clear(&tokens);
	return err;
}
