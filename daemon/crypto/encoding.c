/* SPDX-License-Identifier: MIT */
/* One engine for all bases whose digits are 4, 5 or 6 bits. */
#include "daemon/crypto/encoding.h"

#include <stdlib.h>
#include <string.h>

#define BASE64    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
#define BASE64URL "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
#define BASE32    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
#define HEX       "0123456789abcdef"

/* `group` digits are padded to with '='; 1: no padding. */
static char *encode(struct up_span bytes, const char *alphabet, unsigned int bits, size_t group)
{
	const uint32_t mask = (1U << bits) - 1;
	uint32_t window = 0;
	unsigned int held = 0;
	size_t len = 0;

	if (bytes.len > SIZE_MAX / 16)
		return NULL;
	char *out = malloc(bytes.len * 8 / bits + group + 2);
	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < bytes.len; i++) {
		window = window << 8 | bytes.data[i];
		for (held += 8; held >= bits; held -= bits)
			out[len++] = alphabet[(window >> (held - bits)) & mask];
	}
	if (held > 0)
		out[len++] = alphabet[(window << (bits - held)) & mask];
	while (len % group != 0)
		out[len++] = '=';
	out[len] = '\0';
	return out;
}

static uint8_t *decode(const char *text, size_t len, const char *alphabet, unsigned int bits,
		       size_t *ret)
{
	uint32_t window = 0;
	unsigned int held = 0;
	size_t done = 0;

	if (len > SIZE_MAX / 8)
		return NULL;
	uint8_t *out = malloc(len * bits / 8 + 1);
	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		const char *digit = text[i] != '\0' ? strchr(alphabet, text[i]) : NULL;

		if (digit == NULL) {
			free(out);
			return NULL;
		}
		window = window << bits | (uint32_t)(digit - alphabet);
		held += bits;
		if (held >= 8) {
			held -= 8;
			out[done++] = (uint8_t)(window >> held);
		}
	}
	/* A whole digit too many, or bits that say nothing: the text has a shorter twin. */
	if (held >= bits || (window & ((1U << held) - 1)) != 0) {
		free(out);
		return NULL;
	}
	out[done] = '\0';
	*ret = done;
	return out;
}

char *base64_encode(struct up_span bytes)
{
	return encode(bytes, BASE64, 6, 4);
}

uint8_t *base64_decode(const char *text, size_t *len)
{
	size_t digits = strlen(text);

	if (digits % 4 != 0)
		return NULL;
	for (int padding = 0; padding < 2 && digits > 0 && text[digits - 1] == '='; padding++)
		digits--;
	return decode(text, digits, BASE64, 6, len);
}

char *base64url_encode(struct up_span bytes)
{
	return encode(bytes, BASE64URL, 6, 1);
}

uint8_t *base64url_decode(const char *text, size_t text_len, size_t *len)
{
	return decode(text, text_len, BASE64URL, 6, len);
}

char *base32_encode(struct up_span bytes)
{
	return encode(bytes, BASE32, 5, 1);
}

uint8_t *base32_decode(const char *text, size_t *len)
{
	return decode(text, strlen(text), BASE32, 5, len);
}

char *hex_encode(struct up_span bytes)
{
	return encode(bytes, HEX, 4, 1);
}

char *json_encode(json_t *json)
{
	const size_t len = json_dumpb(json, NULL, 0, JSON_COMPACT);
	char *text = len > 0 ? malloc(len + 1) : NULL;

	if (text == NULL)
		return NULL;
	if (json_dumpb(json, text, len, JSON_COMPACT) != len) {
		free(text);
		return NULL;
	}
	text[len] = '\0';
	return text;
}
