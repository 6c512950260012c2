/* SPDX-License-Identifier: MIT */
#include "common/reader.h"

#include <string.h>

struct up_reader up_reader_over(const void *data, size_t len)
{
	return (struct up_reader){ .left = { .data = data, .len = len }, .err = UP_OK };
}

void up_reader_fail(struct up_reader *r, enum up_err err)
{
	if (r->err == UP_OK)
		r->err = err;
}

/* The one place that moves the cursor, so the one place that can overrun. */
static const uint8_t *take(struct up_reader *r, size_t len)
{
	const uint8_t *start = r->left.data;

	if (r->err == UP_OK && len > r->left.len)
		up_reader_fail(r, UP_ERR_TRUNCATED);
	if (r->err != UP_OK || len == 0)
		return NULL;
	r->left.data += len;
	r->left.len -= len;
	return start;
}

static uint64_t read_integer(struct up_reader *r, size_t len)
{
	const uint8_t *bytes = take(r, len);
	uint64_t value = 0;

	for (size_t i = 0; bytes != NULL && i < len; i++)
		value = value << 8 | bytes[i];
	return value;
}

uint8_t up_read_u8(struct up_reader *r)
{
	return (uint8_t)read_integer(r, 1);
}

uint16_t up_read_u16(struct up_reader *r)
{
	return (uint16_t)read_integer(r, 2);
}

uint32_t up_read_u32(struct up_reader *r)
{
	return (uint32_t)read_integer(r, 4);
}

uint64_t up_read_u64(struct up_reader *r)
{
	return read_integer(r, 8);
}

struct up_span up_read_fixed(struct up_reader *r, size_t len)
{
	const uint8_t *bytes = take(r, len);

	return (struct up_span){ .data = bytes, .len = bytes != NULL ? len : 0 };
}

struct up_span up_read_bytes(struct up_reader *r, size_t max)
{
	uint32_t len = up_read_u32(r);

	if (len > max)
		up_reader_fail(r, UP_ERR_TOO_LARGE);
	return up_read_fixed(r, len);
}

void up_read_text(struct up_reader *r, char *out, size_t size)
{
	struct up_span text = up_read_bytes(r, size - 1);

	if (text.len > 0 && memchr(text.data, '\0', text.len) != NULL)
		up_reader_fail(r, UP_ERR_MALFORMED);
	if (r->err != UP_OK)
		text.len = 0;
	if (text.len > 0)
		memcpy(out, text.data, text.len);
	out[text.len] = '\0';
}

enum up_err up_reader_finish(const struct up_reader *r)
{
	if (r->err != UP_OK)
		return r->err;
	return r->left.len == 0 ? UP_OK : UP_ERR_TRAILING;
}
