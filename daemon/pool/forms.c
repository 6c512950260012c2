/* SPDX-License-Identifier: MIT */
#include "daemon/pool/forms.h"

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

/* No spaces and nothing that steers a terminal; what is beyond ASCII is left to who compares. */
bool form_is_name(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++)
		if ((unsigned char)*text <= ' ' || *text == 0x7f)
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
