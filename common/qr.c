/* SPDX-License-Identifier: MIT */
#include "common/qr.h"

#include <qrencode.h>
#include <string.h>

#define QUIET_ZONE 2

static bool is_dark(const QRcode *code, int x, int y)
{
	if (x < 0 || y < 0 || x >= code->width || y >= code->width)
		return false;
	return (code->data[y * code->width + x] & 1) != 0;
}

/* Drawn light on dark, as terminals mostly are: phones read either. */
static const char *half_block(bool upper_dark, bool lower_dark)
{
	if (upper_dark)
		return lower_dark ? " " : "\u2584";
	return lower_dark ? "\u2580" : "\u2588";
}

bool qr_draw(FILE *stream, const char *text)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);

	if (code == NULL)
		return false;
	for (int y = -QUIET_ZONE; y < code->width + QUIET_ZONE; y += 2) {
		for (int x = -QUIET_ZONE; x < code->width + QUIET_ZONE; x++)
			(void)fputs(half_block(is_dark(code, x, y), is_dark(code, x, y + 1)),
				    stream);
		(void)fputc('\n', stream);
	}
	explicit_bzero(code->data, (size_t)code->width * (size_t)code->width);
	QRcode_free(code);
	return true;
}
