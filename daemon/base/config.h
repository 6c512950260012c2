/* SPDX-License-Identifier: MIT */
/*
 * userpool.conf as one value: the file in /etc/userpool or else that in
 * /usr/share/userpool, then the drop-ins in userpool.conf.d, read by libeconf and
 * checked by config_keys.def.  An unknown section or key, a key twice, a value out
 * of bounds, or a file that others may write is an error that names file and line:
 * nothing falls back to a weaker default.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "common/protocol.h"

#define CONFIG_POLICIES_MAX 64

struct config_policy {
	char service[UP_SERVICE_SIZE]; /* "default", or a PAM service */
#define POLICY_CHOICE(key, standard, choices, text)     char *key;
#define POLICY_NUMBER(key, standard, least, most, text) int64_t key;
#define POLICY_LIST(key, standard, text)                char **key;
#include "daemon/base/config_keys.def"
};

/* Texts are never NULL; lists are NULL-terminated arrays, never NULL. */
struct config {
#define TEXT(section, key, standard, text)                char *section##_##key;
#define NUMBER(section, key, standard, least, most, text) int64_t section##_##key;
#define CHOICE(section, key, standard, choices, text)     char *section##_##key;
#define LIST(section, key, standard, text)                char **section##_##key;
#include "daemon/base/config_keys.def"
	size_t policies; /* the first is always "default" */
	struct config_policy policy[CONFIG_POLICIES_MAX];
};

/*
 * Reads the configuration.  `file` names one file to read instead of the merged
 * set, or is NULL.  On UP_ERR_CONFIG *problem says "file:line: what and what to
 * do", or "file: ..." where no line is at fault (the caller frees it).  A config is
 * immutable; a reload makes a new one.
 */
UP_MUST_USE enum up_err config_load(const char *file, struct config **ret, char **problem);
void config_free(struct config *config);
UP_DEFINE_AUTO(struct config, config_free);

/* The policy of `service`: its own section, else [policy default].  Never NULL; lives as long as
 * the config. */
const struct config_policy *config_policy_for(const struct config *config,
					      const char *service) UP_NONNULL;
