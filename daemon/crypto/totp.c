/* SPDX-License-Identifier: MIT */
#include "daemon/crypto/totp.h"

#include <gcrypt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "daemon/crypto/digest.h"
#include "daemon/crypto/gcrypt.h"

#define SHA1_SIZE 20

enum up_err totp_code(struct up_span secret, int64_t step, char ret[TOTP_DIGITS + 1])
{
	uint8_t counter[8], tag[SHA1_SIZE];
	const gcry_buffer_t parts[] = {
		{ .data = (void *)(uintptr_t)secret.data, .len = secret.len },
		{ .data = counter, .len = sizeof(counter) },
	};

	gcrypt_start();
	for (int i = 7; i >= 0; i--, step >>= 8)
		counter[i] = (uint8_t)(step & 0xff);
	if (gcry_md_hash_buffers(GCRY_MD_SHA1, GCRY_MD_FLAG_HMAC, tag, parts, 2) != 0)
		return UP_ERR_CRYPTO;
	/* Dynamic truncation, RFC 4226 section 5.3. */
	const uint8_t *at = tag + (tag[SHA1_SIZE - 1] & 0x0f);
	uint32_t number = (uint32_t)(at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 |
			  (uint32_t)at[2] << 8 | at[3];
	(void)snprintf(ret, TOTP_DIGITS + 1, "%06u", number % 1000000);
	explicit_bzero(tag, sizeof(tag));
	return UP_OK;
}

static struct up_span span_of_code(const char *code)
{
	return (struct up_span){ (const uint8_t *)code, TOTP_DIGITS };
}

/* All steps are tried whatever matches, so that the time tells nothing. */
enum up_err totp_check(struct up_span secret, const char *code, int64_t wall, int64_t last_step,
		       enum totp_match *ret, int64_t *step)
{
	const int64_t now = wall / TOTP_PERIOD;
	const bool is_code = strlen(code) == TOTP_DIGITS;
	enum totp_match match = TOTP_WRONG;
	int64_t matched = 0;

	for (int64_t at = now - TOTP_WINDOW; at <= now + TOTP_WINDOW; at++) {
		char right[TOTP_DIGITS + 1];

		UP_TRY(totp_code(secret, at, right));
		if (is_code && digest_equal(span_of_code(right), span_of_code(code)) &&
		    match != TOTP_RIGHT) {
			match = at > last_step ? TOTP_RIGHT : TOTP_USED;
			matched = at;
		}
		explicit_bzero(right, sizeof(right));
	}
	*ret = match;
	if (match == TOTP_RIGHT)
		*step = matched;
	return UP_OK;
}
