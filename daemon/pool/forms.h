/* SPDX-License-Identifier: MIT */
/* What texts of a kind look like.  Each FORM_ is a pattern, as Cognito's messages print it, and its
 * check. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/attributes.h"

bool form_is_pool_id(const char *text) UP_NONNULL;
bool form_is_client_id(const char *text) UP_NONNULL;
bool form_is_label(const char *text) UP_NONNULL;
bool form_is_name(const char *text) UP_NONNULL;
bool form_is_password(const char *text) UP_NONNULL;
bool form_is_token(const char *text) UP_NONNULL;
bool form_is_code(const char *text) UP_NONNULL;
bool form_is_digits(const char *text) UP_NONNULL;
bool form_is_arn(const char *text) UP_NONNULL;
bool form_is_word(const char *text) UP_NONNULL;

#define FORM_ANY       NULL, NULL
#define FORM_POOL_ID   "[\\w-]+_[0-9a-zA-Z]+", form_is_pool_id
#define FORM_CLIENT_ID "[\\w+]+", form_is_client_id
#define FORM_LABEL     "[\\w\\s+=,.@-]+", form_is_label
#define FORM_NAME      "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+", form_is_name
#define FORM_PASSWORD  "[\\S]+.*[\\S]+", form_is_password
#define FORM_TOKEN     "[A-Za-z0-9-_=.]+", form_is_token
#define FORM_CODE      "[\\S]+", form_is_code
#define FORM_DIGITS    "[0-9]+", form_is_digits
#define FORM_ARN       "arn:[\\w+=/,.@-]+:[\\w+=/,.@-]+:([\\w+=/,.@-]*)?:[0-9]+:.*", form_is_arn
#define FORM_WORD      "[\\w-]+", form_is_word
