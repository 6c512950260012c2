/* SPDX-License-Identifier: MIT */
#include "pam/options.h"

#include <stddef.h>
#include <string.h>

#define FACTORS "factors="

static const char *const known_factors[] = { "password", "password+otp", "otp", "key+otp" };

static bool read_factors(const char *word, struct options *ret)
{
	if (strncmp(word, FACTORS, strlen(FACTORS)) != 0)
		return false;
	for (size_t i = 0; i < UP_COUNT(known_factors); i++)
		if (strcmp(word + strlen(FACTORS), known_factors[i]) == 0) {
			ret->factors = known_factors[i];
			return true;
		}
	return false;
}

static bool read_word(const char *word, struct options *ret)
{
	if (strcmp(word, "debug") == 0)
		ret->debug = true;
	else if (strcmp(word, "try_first_pass") == 0)
		ret->first_pass = OPTIONS_TRY;
	else if (strcmp(word, "use_first_pass") == 0)
		ret->first_pass = OPTIONS_USE;
	else
		return read_factors(word, ret);
	return true;
}

const char *options_parse(int argc, const char **argv, struct options *ret)
{
	const char *wrong = NULL;

	*ret = (struct options){ .factors = "" };
	for (int i = 0; i < argc; i++)
		if (!read_word(argv[i], ret) && wrong == NULL)
			wrong = argv[i];
	return wrong;
}
