/* SPDX-License-Identifier: MIT */
/* The strict decoders: what they take has one text, and what they make they take.  CRY-07. */
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto/encoding.h"
#include "tests/lib/fuzz.h"
#include "tests/lib/prop.h"

static uint8_t *decode_base64url(const char *text, size_t *len)
{
	return base64url_decode(text, strlen(text), len);
}

static const struct coding {
	char *(*encode)(struct up_span bytes);
	uint8_t *(*decode)(const char *text, size_t *len);
} codings[] = {
	{ base64_encode, base64_decode },
	{ base64url_encode, decode_base64url },
	{ base32_encode, base32_decode },
};

static void check_text(const struct coding *coding, const char *text)
{
	size_t len = 0;
	_auto_(free) uint8_t *bytes = coding->decode(text, &len);

	if (bytes == NULL)
		return;
	_auto_(free) char *again = coding->encode((struct up_span){ bytes, len });
	PROP(again != NULL && strcmp(again, text) == 0);
}

static void check_bytes(const struct coding *coding, struct up_span bytes)
{
	size_t len = 0;
	_auto_(free) char *text = coding->encode(bytes);
	_auto_(free) uint8_t *again = NULL;

	PROP(text != NULL);
	again = coding->decode(text, &len);
	PROP(again != NULL && len == bytes.len && memcmp(again, bytes.data, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return -1;
	_auto_(free) char *text = strndup((const char *)data + 1, size - 1);
	const struct coding *coding = &codings[data[0] % UP_COUNT(codings)];

	if (text == NULL)
		abort();
	check_text(coding, text);
	if (size > 1)
		check_bytes(coding, (struct up_span){ data + 1, size - 1 });
	return 0;
}
