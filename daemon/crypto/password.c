/* SPDX-License-Identifier: MIT */
#include "daemon/crypto/password.h"

#include <argon2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto/random.h"

/* OWASP's least for Argon2id; RFC 9106 for the sizes of salt and tag. */
#define MEMORY_KIB 19456
#define PASSES     2
#define LANES      1
#define SALT_SIZE  16
#define TAG_SIZE   32
#define PREFIX     "$argon2id$v=19$m=19456,t=2,p=1$"

#define ENCODED_MAX     256
#define MEMORY_MOST_KIB 65536
#define PASSES_MOST     10
#define LANES_MOST      4

enum up_err password_hash(const char *password, char **ret)
{
	const size_t len = strlen(password);
	uint8_t salt[SALT_SIZE];
	char encoded[ENCODED_MAX];

	if (len == 0 || len > PASSWORD_MAX)
		return UP_ERR_TOO_LARGE;
	UP_TRY(random_bytes(salt, sizeof(salt)));
	int rc = argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password, len, salt, sizeof(salt),
				       TAG_SIZE, encoded, sizeof(encoded));
	if (rc == ARGON2_MEMORY_ALLOCATION_ERROR)
		return UP_ERR_NOMEM;
	if (rc != ARGON2_OK)
		return UP_ERR_CRYPTO;
	char *copy = strdup(encoded);
	if (copy == NULL)
		return UP_ERR_NOMEM;
	*ret = copy;
	return UP_OK;
}

/* Made by another version, or restored from elsewhere: within bounds, for what a hash costs must
 * not be the database's to choose. */
static bool is_bearable(const char *stored)
{
	unsigned int memory = 0, passes = 0, lanes = 0;
	int end = 0;

	return strlen(stored) < ENCODED_MAX &&
	       sscanf(stored, "$argon2id$v=19$m=%6u,t=%2u,p=%2u$%n", &memory, &passes, &lanes,
		      &end) == 3 &&
	       end > 0 && memory <= MEMORY_MOST_KIB && passes <= PASSES_MOST && lanes <= LANES_MOST;
}

enum up_err password_verify(const char *stored, const char *password, bool *ret)
{
	const size_t len = strlen(password);

	if (!is_bearable(stored))
		return UP_ERR_CORRUPT;
	if (len == 0 || len > PASSWORD_MAX) {
		*ret = false;
		return UP_OK;
	}
	switch (argon2id_verify(stored, password, len)) {
	case ARGON2_OK:
		*ret = true;
		return UP_OK;
	case ARGON2_VERIFY_MISMATCH:
		*ret = false;
		return UP_OK;
	case ARGON2_MEMORY_ALLOCATION_ERROR:
		return UP_ERR_NOMEM;
	default:
		return UP_ERR_CORRUPT;
	}
}

bool password_is_outdated(const char *stored)
{
	return strncmp(stored, PREFIX, sizeof(PREFIX) - 1) != 0;
}

enum up_err password_verify_nobody(const char *password)
{
	static const uint8_t salt[SALT_SIZE] = "nobody's salt...";
	const size_t len = strlen(password);
	uint8_t tag[TAG_SIZE];

	if (len == 0 || len > PASSWORD_MAX)
		return UP_OK;
	int rc = argon2id_hash_raw(PASSES, MEMORY_KIB, LANES, password, len, salt, sizeof(salt),
				   tag, sizeof(tag));
	explicit_bzero(tag, sizeof(tag));
	return rc == ARGON2_OK ? UP_OK : UP_ERR_NOMEM;
}
