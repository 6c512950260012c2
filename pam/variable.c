/* SPDX-License-Identifier: MIT */
#include "pam/variable.h"

#include <string.h>

#define PREFIX "USERPOOL_"

static bool is_name_byte(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool variable_is_allowed(const char *text)
{
	const char *c = text;

	if (strncmp(text, PREFIX, strlen(PREFIX)) != 0)
		return false;
	c += strlen(PREFIX);
	if (!is_name_byte(*c))
		return false;
	while (is_name_byte(*c))
		c++;
	if (*c++ != '=')
		return false;
	while (*c >= ' ' && *c <= '~')
		c++;
	return *c == '\0';
}
