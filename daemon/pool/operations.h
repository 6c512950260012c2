/* SPDX-License-Identifier: MIT */
/*
 * The operation table (operations.def) as data, and the three questions asked of
 * it: what is this operation, is this request well-formed, may this caller ask it.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attributes.h"
#include "common/errors.h"

enum operation_where { OPERATION_POOL, OPERATION_HOST };
enum operation_access {
	ACCESS_DAEMON, /* zero: nobody outside */
	ACCESS_ROOT,
	ACCESS_ADMIN,
	ACCESS_SELF,
	ACCESS_ANYONE,
};
enum operation_effect { EFFECT_READS, EFFECT_USER, EFFECT_GROUP, EFFECT_POOL_WIDE };

enum field_flag {
	FIELD_OPTIONAL = 0,
	FIELD_REQUIRED = 1 << 0,
	FIELD_SECRET = 1 << 1,
	FIELD_OBJECT = 1 << 2,
};

enum field_kind {
	KIND_TEXT,
	KIND_INTEGER,
	KIND_BOOLEAN,
	KIND_OBJECT,
	KIND_TEXT_MAP,   /* an object of strings */
	KIND_LIST,       /* of strings */
	KIND_ATTRIBUTES, /* [{Name, Value}] */
};

struct field_type {
	const char *name;
	enum field_kind kind;
	int64_t least, most;
	const char *pattern; /* as it stands in the error message; NULL: any */
	bool (*is_form)(const char *text);
};

struct operation_field {
	const char *name;
	const struct field_type *type;
	unsigned int flags; /* enum field_flag */
};

struct operation {
	const char *name, *summary;
	enum operation_where where;
	enum operation_access access;
	enum operation_effect effect;
	const struct operation_field *fields;
	size_t field_count;
};

extern const struct operation operations[];
extern const size_t operation_count;

/* NULL: there is no such operation. */
const struct operation *operation_find(const char *name) UP_NONNULL;

/*
 * Checks every field of `request` against the table.  Unknown members are ignored,
 * a null member counts as absent, as the real service has it.  On UP_ERR_MALFORMED
 * `message` holds Cognito's text ("1 validation error detected: Value ...").  A
 * secret field's value is not in the text.
 */
UP_MUST_USE enum up_err operation_validate(const struct operation *operation, json_t *request,
					   char *message, size_t size) UP_NONNULL;

/* Who asks, by SO_PEERCRED and nothing else. */
struct operation_caller {
	uint32_t uid;
	bool is_admin; /* a local user named by the key admins */
};

/* Whether the table lets `caller` ask.  SELF is let through here for every caller: the token in
 * the request, or the live login of the uid, decides whose data it is. */
bool operation_permits(const struct operation *operation,
		       const struct operation_caller *caller) UP_NONNULL;

/* The table as JSON, for ListOperations and the documentation; NULL: out of memory. */
json_t *operations_describe(void) UP_MUST_USE;
