/* SPDX-License-Identifier: MIT */
#include "common/names.h"

#include <string.h>

static bool may_start(char c)
{
	return (c >= 'a' && c <= 'z') || c == '_';
}

static bool may_follow(char c)
{
	return may_start(c) || (c >= '0' && c <= '9') || c == '-';
}

bool up_login_name_is_valid(const char *name)
{
	size_t len = strnlen(name, UP_LOGIN_NAME_SIZE);

	if (len == 0 || len >= UP_LOGIN_NAME_SIZE || !may_start(name[0]))
		return false;
	for (size_t i = 1; i < len; i++)
		if (!may_follow(name[i]))
			return false;
	return true;
}

bool up_login_name_fold(const char *name, char ret[UP_LOGIN_NAME_SIZE])
{
	size_t len = strnlen(name, UP_LOGIN_NAME_SIZE);

	ret[0] = '\0';
	if (len >= UP_LOGIN_NAME_SIZE)
		return false;
	for (size_t i = 0; i <= len; i++)
		ret[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] - 'A' + 'a') : name[i];
	if (up_login_name_is_valid(ret))
		return true;
	ret[0] = '\0';
	return false;
}
