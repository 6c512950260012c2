/* SPDX-License-Identifier: MIT */
#include "daemon/login/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	unsigned int need;
} factor_names[] = {
	{ "password", FACTOR_PASSWORD },
	{ "password+otp", FACTOR_PASSWORD | FACTOR_CODE },
	{ "otp", FACTOR_CODE },
	{ "key+otp", FACTOR_KEY | FACTOR_CODE },
};

static enum up_err parse(const char *name, unsigned int *ret)
{
	for (size_t i = 0; i < UP_COUNT(factor_names); i++)
		if (strcmp(factor_names[i].name, name) == 0) {
			*ret = factor_names[i].need;
			return UP_OK;
		}
	return UP_ERR_MALFORMED;
}

void factors_describe(unsigned int factors, char ret[FACTORS_TEXT_SIZE])
{
	(void)snprintf(ret, FACTORS_TEXT_SIZE, "%s%s%s", (factors & FACTOR_KEY) != 0 ? "+key" : "",
		       (factors & FACTOR_PASSWORD) != 0 ? "+password" : "",
		       (factors & FACTOR_CODE) != 0 ? "+otp" : "");
	if (ret[0] != '\0')
		memmove(ret, ret + 1, strlen(ret));
}

static void free_words(char **words)
{
	for (char **word = words; words != NULL && *word != NULL; word++)
		free(*word);
	free(words);
}
static void free_words_auto(char ***words)
{
	free_words(*words);
}

static enum up_err copy_words(char *const *words, char ***ret)
{
	size_t count = 0;

	while (words[count] != NULL)
		count++;
	_auto_(free_words) char **copy = calloc(count + 1, sizeof(*copy));
	if (copy == NULL)
		return UP_ERR_NOMEM;
	for (size_t i = 0; i < count; i++) {
		copy[i] = strdup(words[i]);
		if (copy[i] == NULL)
			return UP_ERR_NOMEM;
	}
	*ret = TAKE(copy);
	return UP_OK;
}

enum up_err policy_make(const struct config *config, const char *service, const char *option,
			struct login_policy *ret)
{
	const struct config_policy *section = config_policy_for(config, service);
	const bool is_default = strcmp(section->service, "default") == 0;
	struct login_policy policy = { .second_factor_valid = section->second_factor_valid };
	unsigned int asked = 0;

	UP_TRY(parse(section->factors, &policy.need));
	if (option[0] != '\0') {
		UP_TRY(parse(option, &asked));
		policy.need = is_default ? asked : policy.need | asked;
	}
	UP_TRY(copy_words(section->groups, &policy.groups));
	*ret = policy;
	return UP_OK;
}

void policy_clear(struct login_policy *policy)
{
	free_words(policy->groups);
	policy->groups = NULL;
}
