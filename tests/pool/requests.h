/* SPDX-License-Identifier: MIT */
/* Requests made from the operation table, so that a new row or field is tested without a word. */
#pragma once

#include "daemon/pool/operations.h"

/* The least request that operation_validate() takes. */
json_t *request_least(const struct operation *operation);

/* A text of exactly `length` characters in the field's form; NULL: no text of that length has it.
 * The caller frees it. */
char *text_of_length(const struct field_type *type, int64_t length);
