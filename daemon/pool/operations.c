/* SPDX-License-Identifier: MIT */
#include "daemon/pool/operations.h"

#include <string.h>

#include "daemon/pool/forms.h"

/* One table of types, one of fields, one of operations; a row's fields follow each other. */
enum type_id {
#define TYPE(type_name, kind, least, most, form) TYPE_##type_name,
#include "daemon/pool/operations.def"
	TYPE_COUNT,
};

static const struct field_type types[] = {
#define FORM_OF(form) FORM_##form
#define TYPE(type_name, type_kind, type_least, type_most, form)                                    \
	[TYPE_##type_name] = { #type_name, KIND_##type_kind, type_least, type_most, FORM_OF(form) },
#include "daemon/pool/operations.def"
};

#define REQUIRED FIELD_REQUIRED
#define OPTIONAL FIELD_OPTIONAL
#define SECRET   FIELD_SECRET
#define OBJECT   FIELD_OBJECT
#define OPERATION(operation_name, where, access, effect, summary)                                  \
	static const struct operation_field fields_##operation_name[] = {
#define FIELD(field_name, type, flags) { #field_name, &types[TYPE_##type], (flags) },
#define END                                                                                        \
	{                                                                                          \
		0                                                                                  \
	}                                                                                          \
	}                                                                                          \
	;
#include "daemon/pool/operations.def"
#undef OBJECT

#define ANYONE    ACCESS_ANYONE
#define SELF      ACCESS_SELF
#define ADMIN     ACCESS_ADMIN
#define ROOT      ACCESS_ROOT
#define DAEMON    ACCESS_DAEMON
#define READS     EFFECT_READS
#define USER      EFFECT_USER
#define GROUP     EFFECT_GROUP
#define POOL_WIDE EFFECT_POOL_WIDE
const struct operation operations[] = {
#define OPERATION(operation_name, operation_where, operation_access, operation_effect,             \
		  operation_summary)                                                               \
	{ .name = #operation_name,                                                                 \
	  .summary = operation_summary,                                                            \
	  .where = OPERATION_##operation_where,                                                    \
	  .access = operation_access,                                                              \
	  .effect = operation_effect,                                                              \
	  .fields = fields_##operation_name, /* without the empty one at the end */                \
	  .field_count = UP_COUNT(fields_##operation_name) - 1 },
#include "daemon/pool/operations.def"
};
const size_t operation_count = UP_COUNT(operations);

const struct operation *operation_find(const char *name)
{
	for (size_t i = 0; i < operation_count; i++)
		if (strcmp(operations[i].name, name) == 0)
			return &operations[i];
	return NULL;
}

bool operation_permits(const struct operation *operation, const struct operation_caller *caller)
{
	switch (operation->access) {
	case ACCESS_ANYONE:
	case ACCESS_SELF:
		return true;
	case ACCESS_ADMIN:
		return caller->uid == 0 || caller->is_admin;
	case ACCESS_ROOT:
		return caller->uid == 0;
	case ACCESS_DAEMON:
	default:
		return false;
	}
}

static const char *access_name(enum operation_access access)
{
	static const char *const names[] = {
		[ACCESS_DAEMON] = "daemon", [ACCESS_ROOT] = "root",     [ACCESS_ADMIN] = "admin",
		[ACCESS_SELF] = "self",     [ACCESS_ANYONE] = "anyone",
	};

	return names[access];
}

static const char *kind_name(enum field_kind kind)
{
	static const char *const names[] = {
		[KIND_TEXT] = "text",
		[KIND_INTEGER] = "integer",
		[KIND_BOOLEAN] = "boolean",
		[KIND_OBJECT] = "object",
		[KIND_TEXT_MAP] = "map",
		[KIND_LIST] = "list",
		[KIND_ATTRIBUTES] = "attributes",
	};

	return names[kind];
}

static json_t *describe_field(const struct operation_field *field)
{
	return json_pack("{s:s, s:s, s:s, s:b, s:b, s:I, s:I}", "Name", field->name, "Type",
			 field->type->name, "Kind", kind_name(field->type->kind), "Required",
			 (int)((field->flags & FIELD_REQUIRED) != 0), "Secret",
			 (int)((field->flags & FIELD_SECRET) != 0), "Least",
			 (json_int_t)field->type->least, "Most", (json_int_t)field->type->most);
}

static json_t *describe(const struct operation *operation)
{
	json_t *fields = json_array();

	for (size_t i = 0; i < operation->field_count; i++)
		if (json_array_append_new(fields, describe_field(&operation->fields[i])) != 0) {
			json_decref(fields);
			return NULL;
		}
	return json_pack("{s:s, s:s, s:s, s:o}", "Name", operation->name, "Access",
			 access_name(operation->access), "Summary", operation->summary, "Fields",
			 fields);
}

json_t *operations_describe(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < operation_count; i++)
		if (json_array_append_new(list, describe(&operations[i])) != 0) {
			json_decref(list);
			return NULL;
		}
	return json_pack("{s:o}", "Operations", list);
}
