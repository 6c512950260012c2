/* SPDX-License-Identifier: MIT */
#include "daemon/pool/forms.h"

#include <stdint.h>
#include <string.h>

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Every character a letter, a digit or one of `more`, and at least one of them. */
static bool is_made_of(const char *text, const char *more)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++)
		if (!is_letter_or_digit(*text) && strchr(more, *text) == NULL)
			return false;
	return true;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool form_is_pool_id(const char *text)
{
	const char *last = strrchr(text, '_');

	return last != NULL && last != text && is_made_of(text, "_-") && is_made_of(last + 1, "");
}

bool form_is_client_id(const char *text)
{
	return is_made_of(text, "_+");
}

/* Of white space only the space itself: labels are shown on terminals. */
bool form_is_label(const char *text)
{
	return is_made_of(text, "_ +=,.@-");
}

/*
 * Beyond ASCII: what Unicode calls a space, a separator, a control, a format or a
 * private character.  None of them shows, or it moves what does, so that two names look
 * like one.
 */
static const struct {
	uint32_t first, last;
} unseen[] = {
	{ 0x80, 0xa0 },       { 0xad, 0xad },       { 0x600, 0x605 },      { 0x61c, 0x61c },
	{ 0x6dd, 0x6dd },     { 0x70f, 0x70f },     { 0x1680, 0x1680 },    { 0x180e, 0x180e },
	{ 0x2000, 0x200f },   { 0x2028, 0x202f },   { 0x205f, 0x206f },    { 0x3000, 0x3000 },
	{ 0xd800, 0xf8ff },   { 0xfeff, 0xfeff },   { 0xfff0, 0xfffb },    { 0x110bd, 0x110bd },
	{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0x10ffff },
};

static bool is_seen(uint32_t character)
{
	for (size_t i = 0; i < UP_COUNT(unseen); i++)
		if (character >= unseen[i].first && character <= unseen[i].last)
			return false;
	return character > ' ' && character != 0x7f;
}

/* The next character of UTF-8 that jansson has checked, or what is no character. */
static uint32_t next_character(const char **text)
{
	uint32_t character = (unsigned char)*(*text)++;
	const uint32_t lead = character;

	if (lead < 0x80)
		return lead;
	character &= lead >= 0xf0 ? 0x07 : lead >= 0xe0 ? 0x0f : 0x1f;
	while (((unsigned char)**text & 0xc0) == 0x80)
		character = character << 6 | ((unsigned char)*(*text)++ & 0x3f);
	return character;
}

bool form_is_name(const char *text)
{
	if (*text == '\0')
		return false;
	while (*text != '\0')
		if (!is_seen(next_character(&text)))
			return false;
	return true;
}

bool form_is_password(const char *text)
{
	const size_t len = strlen(text);

	return len > 0 && !is_space(text[0]) && !is_space(text[len - 1]);
}

bool form_is_token(const char *text)
{
	return is_made_of(text, "-_=.");
}

bool form_is_code(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

bool form_is_digits(const char *text)
{
	return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

bool form_is_arn(const char *text)
{
	int colons = 0;

	if (strncmp(text, "arn:", 4) != 0)
		return false;
	for (const char *at = text; *at != '\0'; at++) {
		if (*at <= ' ' || *at > '~')
			return false;
		colons += *at == ':';
	}
	return colons >= 5;
}

bool form_is_word(const char *text)
{
	return is_made_of(text, "_-");
}
