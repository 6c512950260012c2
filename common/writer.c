/* SPDX-License-Identifier: MIT */
#include "common/writer.h"

#include <string.h>

struct up_writer up_writer_into(void *data, size_t size)
{
	return (struct up_writer){ .data = data, .size = size, .len = 0, .err = UP_OK };
}

/* The one place that moves the cursor. */
void up_write_fixed(struct up_writer *w, const void *data, size_t len)
{
	if (len > w->size - w->len)
		w->err = UP_ERR_TOO_LARGE;
	if (w->err != UP_OK || len == 0)
		return;
	memcpy(w->data + w->len, data, len);
	w->len += len;
}

static void write_integer(struct up_writer *w, uint64_t value, size_t len)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(value >> (8 * (len - 1 - i)));
	up_write_fixed(w, bytes, len);
}

void up_write_u8(struct up_writer *w, uint8_t value)
{
	write_integer(w, value, 1);
}

void up_write_u16(struct up_writer *w, uint16_t value)
{
	write_integer(w, value, 2);
}

void up_write_u32(struct up_writer *w, uint32_t value)
{
	write_integer(w, value, 4);
}

void up_write_u64(struct up_writer *w, uint64_t value)
{
	write_integer(w, value, 8);
}

void up_write_bytes(struct up_writer *w, struct up_span bytes)
{
	if (bytes.len > UINT32_MAX) {
		w->err = UP_ERR_TOO_LARGE;
		return;
	}
	up_write_u32(w, (uint32_t)bytes.len);
	up_write_fixed(w, bytes.data, bytes.len);
}

void up_write_text(struct up_writer *w, const char *text)
{
	const char *safe = text != NULL ? text : "";

	up_write_bytes(w, (struct up_span){ (const uint8_t *)safe, strlen(safe) });
}

enum up_err up_writer_finish(const struct up_writer *w, size_t *ret)
{
	if (w->err != UP_OK)
		return w->err;
	*ret = w->len;
	return UP_OK;
}
