/* SPDX-License-Identifier: MIT */
#include "daemon/crypto/random.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum up_err random_bytes(void *out, size_t len)
{
	uint8_t *at = out;

	while (len > 0) {
		ssize_t got = getrandom(at, len, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return UP_ERR_SYSTEM;
		at += got;
		len -= (size_t)got;
	}
	return UP_OK;
}

enum up_err random_uuid(char ret[UUID_SIZE])
{
	uint8_t b[16];

	UP_TRY(random_bytes(b, sizeof(b)));
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40); /* version 4 */
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80); /* variant 1 (RFC 9562) */
	(void)snprintf(ret, UUID_SIZE,
		       "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
		       b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
		       b[13], b[14], b[15]);
	return UP_OK;
}

enum up_err random_text(char *out, size_t len, const char *alphabet)
{
	const size_t letters = strlen(alphabet);
	uint8_t pool[64];
	size_t left = 0;

	if (letters < 2 || letters > 256)
		return UP_ERR_MALFORMED;
	/* Bytes past the last whole multiple would favour the first letters. */
	const size_t usable = 256 - 256 % letters;
	for (size_t i = 0; i < len;) {
		if (left == 0) {
			UP_TRY(random_bytes(pool, sizeof(pool)));
			left = sizeof(pool);
		}
		uint8_t byte = pool[--left];
		if (byte < usable)
			out[i++] = alphabet[byte % letters];
	}
	out[len] = '\0';
	explicit_bzero(pool, sizeof(pool));
	return UP_OK;
}
