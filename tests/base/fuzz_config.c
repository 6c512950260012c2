/* SPDX-License-Identifier: MIT */
/* A configuration file of any bytes: a config within every bound, or an error that says where. */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/config.h"
#include "tests/lib/fuzz.h"
#include "tests/lib/prop.h"
#include "tests/lib/scratch.h"

static void check_policies(const struct config *config)
{
	PROP(config->policies >= 1 && config->policies <= CONFIG_POLICIES_MAX);
	PROP(strcmp(config->policy[0].service, "default") == 0);
	for (size_t i = 0; i < config->policies; i++) {
		const struct config_policy *policy = &config->policy[i];

#define POLICY_NUMBER(key, standard, least, most, text)                                            \
	PROP(policy->key >= (least) && policy->key <= (most));
#define POLICY_CHOICE(key, standard, choices, text)                                                \
	PROP(policy->key[0] != '\0' && strchr(policy->key, '|') == NULL);
#define POLICY_LIST(key, standard, text) PROP(policy->key != NULL);
#include "daemon/base/config_keys.def"
	}
}

static void check_config(const struct config *config)
{
#define TEXT(section, key, standard, text) PROP(config->section##_##key != NULL);
#define NUMBER(section, key, standard, least, most, text)                                          \
	PROP(config->section##_##key >= (least) && config->section##_##key <= (most));
#define CHOICE(section, key, choices, standard, text)                                              \
	PROP(config->section##_##key[0] != '\0' && strchr(config->section##_##key, '|') == NULL);
#define LIST(section, key, standard, text) PROP(config->section##_##key != NULL);
#include "daemon/base/config_keys.def"
	check_policies(config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *directory;
	struct config *config = NULL;
	char *problem = NULL;

	if (directory == NULL)
		directory = scratch_new();
	scratch_write(directory, "userpool.conf", data, size, 0644);
	_auto_(free) char *path = scratch_path(directory, "userpool.conf");
	enum up_err err = config_load(path, &config, &problem);
	if (err == UP_OK)
		check_config(config);
	else
		PROP(err == UP_ERR_CONFIG && config == NULL && problem != NULL &&
		     strchr(problem, ':') != NULL);
	config_free(config);
	free(problem);
	return 0;
}
