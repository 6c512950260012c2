/* SPDX-License-Identifier: MIT */
/* What a host asks of a login by a service, copied so that a reload changes no login under way. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "daemon/base/config.h"

enum factor {
	FACTOR_PASSWORD = 1 << 0,
	FACTOR_CODE = 1 << 1,
	FACTOR_KEY = 1 << 2, /* an SSH key, which sshd has checked */
};

struct login_policy {
	unsigned int need; /* enum factor */
	int64_t second_factor_valid;
	char **groups; /* NULL-terminated; empty: everybody */
};

/*
 * The policy of `service`.  `option` is the factors= option of the PAM module, or
 * empty: it replaces what [policy default] says, and adds to a section of the
 * service's own.  UP_ERR_MALFORMED: no such factors.
 */
UP_MUST_USE enum up_err policy_make(const struct config *config, const char *service,
				    const char *option, struct login_policy *ret) UP_NONNULL;
void policy_clear(struct login_policy *policy) UP_NONNULL;

/* "key+password+otp" and what is less; "" for none. */
#define FACTORS_TEXT_SIZE 32
void factors_describe(unsigned int factors, char ret[FACTORS_TEXT_SIZE]) UP_NONNULL;
