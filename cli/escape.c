/* SPDX-License-Identifier: MIT */
#include "cli/escape.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Unicode's controls, formatting characters and separators that a terminal obeys or hides. */
static const struct {
	uint32_t first, last;
} harmful[] = {
	{ 0x00, 0x1f },     { 0x7f, 0x9f },     { 0xad, 0xad },     { 0x61c, 0x61c },
	{ 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
	{ 0xd800, 0xdfff }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe0fff },
};

static bool is_harmful(uint32_t c)
{
	for (size_t i = 0; i < UP_COUNT(harmful); i++)
		if (c >= harmful[i].first && c <= harmful[i].last)
			return true;
	return c > 0x10ffff;
}

/* How many bytes the sequence at `text` has, and its character; 0: it is no UTF-8. */
static size_t decode(const unsigned char *text, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = text[0] < 0x80   ? 1
			: text[0] < 0xc0 ? 0
			: text[0] < 0xe0 ? 2
			: text[0] < 0xf0 ? 3
			: text[0] < 0xf8 ? 4
					 : 0;
	uint32_t c = length == 1 ? text[0] : text[0] & (0xffU >> (length + 1));

	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (text[i] & 0x3f);
	}
	if (length == 0 || c < least[length])
		return 0;
	*ret = c;
	return length;
}

static void write_escaped(FILE *stream, const unsigned char *text, size_t length, uint32_t c)
{
	if (length == 0)
		(void)fprintf(stream, "\\x%02X", text[0]);
	else if (c < 0x100)
		(void)fprintf(stream, "\\x%02X", c);
	else
		(void)fprintf(stream, "\\u{%04X}", c);
}

char *escape_text(const char *text, bool keep_lines)
{
	const unsigned char *at = (const unsigned char *)text;
	char *escaped = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&escaped, &size);

	if (stream == NULL)
		return NULL;
	while (*at != '\0') {
		uint32_t c = 0;
		size_t length = decode(at, &c);
		bool stays = length > 0 && (!is_harmful(c) || (keep_lines && c == '\n'));

		if (stays)
			(void)fwrite(at, 1, length, stream);
		else
			write_escaped(stream, at, length, c);
		at += length > 0 ? length : 1;
	}
	bool failed = ferror(stream) != 0;
	if (fclose(stream) != 0 || failed) {
		free(escaped);
		return NULL;
	}
	return escaped;
}
