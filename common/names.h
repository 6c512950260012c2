/* SPDX-License-Identifier: MIT */
/* What may be a login name.  The one rule for names, shared by the modules and the daemon. */
#pragma once

#include <stdbool.h>

#include "common/attributes.h"
#include "common/protocol.h"

/* Whether `name` is ^[a-z_][a-z0-9_-]{0,31}$.  Thread-safe. */
bool up_login_name_is_valid(const char *name) UP_NONNULL;

/* Folds ASCII capitals of `name` into `ret` and checks the result.  False leaves *ret empty. */
bool up_login_name_fold(const char *name, char ret[UP_LOGIN_NAME_SIZE]) UP_NONNULL;
