/* SPDX-License-Identifier: MIT */
#include "pam/printable.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The length of the UTF-8 sequence at `s` and its code point, or 0 when there is none.  A NUL is
 * no continuation byte, so nothing behind the end of the string is read. */
static size_t sequence(const unsigned char *s, uint32_t *ret)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} kinds[] = {
		{ 0x80, 0x00, 0 },
		{ 0xe0, 0xc0, 0x80 },
		{ 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 },
	};

	for (size_t more = 0; more < UP_COUNT(kinds); more++) {
		uint32_t point = s[0] & (unsigned char)~kinds[more].mask;

		if ((s[0] & kinds[more].mask) != kinds[more].lead)
			continue;
		for (size_t i = 1; i <= more; i++) {
			if ((s[i] & 0xc0) != 0x80)
				return 0;
			point = point << 6 | (s[i] & 0x3f);
		}
		*ret = point;
		return point >= kinds[more].least && point <= 0x10ffff ? more + 1 : 0;
	}
	return 0;
}

static bool steers(uint32_t point)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00, 0x08 },     { 0x0b, 0x1f },     { 0x7f, 0x9f },     { 0x61c, 0x61c },
		{ 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2066, 0x2069 }, { 0xd800, 0xdfff },
	};

	for (size_t i = 0; i < UP_COUNT(ranges); i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	return false;
}

void printable_make(char *text)
{
	char *out = text;

	for (const char *in = text; *in != '\0';) {
		uint32_t point = 0;
		size_t len = sequence((const unsigned char *)in, &point);

		if (len == 0 || steers(point)) {
			*out++ = '?';
			in += len > 0 ? len : 1;
			continue;
		}
		memmove(out, in, len);
		out += len;
		in += len;
	}
	*out = '\0';
}
