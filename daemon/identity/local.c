/* SPDX-License-Identifier: MIT */
#include "daemon/identity/local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/identity/changes.h"

struct entry {
	char *name;
	uint32_t id;
	bool has_id, is_group;
};

struct local_names {
	struct entry *entry; /* sorted by name */
	size_t count, room;
	uint32_t *id; /* sorted */
	size_t ids;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool parse_id(const char *text, uint32_t *ret)
{
	char *end = NULL;

	if (text == NULL || *text < '0' || *text > '9')
		return false;
	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0' || value > UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

static enum up_err add(struct local_names *local, char *line, bool is_group)
{
	char *rest = line;
	const char *name = strsep(&rest, ":");

	if (name == NULL || *name == '\0')
		return UP_OK;
	if (local->count == local->room) {
		size_t room = local->room == 0 ? 64 : local->room * 2;
		struct entry *grown = reallocarray(local->entry, room, sizeof(*grown));

		if (grown == NULL)
			return UP_ERR_NOMEM;
		local->entry = grown;
		local->room = room;
	}
	(void)strsep(&rest, ":");
	struct entry entry = { .name = strdup(name), .is_group = is_group };
	if (entry.name == NULL)
		return UP_ERR_NOMEM;
	entry.has_id = parse_id(strsep(&rest, ":"), &entry.id);
	local->entry[local->count++] = entry;
	return UP_OK;
}

static enum up_err read_file(struct local_names *local, const char *path, bool is_group)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	enum up_err err = UP_OK;

	if (file == NULL)
		return UP_ERR_IO;
	while (err == UP_OK && (len = getline(&line, &size, file)) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		err = add(local, line, is_group);
	}
	if (err == UP_OK && ferror(file))
		err = UP_ERR_IO;
	free(line);
	(void)fclose(file);
	return err;
}

static enum up_err sort(struct local_names *local)
{
	if (local->count == 0)
		return UP_OK;
	local->id = reallocarray(NULL, local->count, sizeof(*local->id));
	if (local->id == NULL)
		return UP_ERR_NOMEM;
	for (size_t i = 0; i < local->count; i++)
		if (local->entry[i].has_id)
			local->id[local->ids++] = local->entry[i].id;
	qsort(local->entry, local->count, sizeof(*local->entry), compare_names);
	qsort(local->id, local->ids, sizeof(*local->id), compare_ids);
	return UP_OK;
}

enum up_err local_names_load(const char *passwd, const char *group, struct local_names **ret)
{
	_auto_(local_names_free) struct local_names *local = calloc(1, sizeof(*local));

	if (local == NULL)
		return UP_ERR_NOMEM;
	UP_TRY(read_file(local, passwd, false));
	UP_TRY(read_file(local, group, true));
	UP_TRY(sort(local));
	*ret = TAKE(local);
	return UP_OK;
}

void local_names_free(struct local_names *local)
{
	if (local == NULL)
		return;
	for (size_t i = 0; i < local->count; i++)
		free(local->entry[i].name);
	free(local->entry);
	free(local->id);
	free(local);
}

static const struct entry *find(const struct local_names *local, const char *name)
{
	const struct entry wanted = { .name = (char *)(uintptr_t)name };

	if (local->count == 0)
		return NULL;
	return bsearch(&wanted, local->entry, local->count, sizeof(wanted), compare_names);
}

bool local_names_has(const struct local_names *local, const char *name)
{
	return find(local, name) != NULL;
}

bool local_names_has_id(const struct local_names *local, uint32_t id)
{
	return local->ids > 0 &&
	       bsearch(&id, local->id, local->ids, sizeof(id), compare_ids) != NULL;
}

bool local_names_group(const struct local_names *local, const char *name, uint32_t *ret)
{
	const struct entry *entry = find(local, name);

	if (entry == NULL)
		return false;
	while (entry > local->entry && strcmp(entry[-1].name, name) == 0)
		entry--;
	for (; entry < local->entry + local->count && strcmp(entry->name, name) == 0; entry++)
		if (entry->is_group && entry->has_id) {
			*ret = entry->id;
			return true;
		}
	return false;
}

static enum up_err note_names(const struct local_names *in, const struct local_names *not_in,
			      struct store *store)
{
	for (size_t i = 0; i < in->count; i++)
		if (!local_names_has(not_in, in->entry[i].name))
			UP_TRY(changes_note_name(store, in->entry[i].name));
	for (size_t i = 0; i < in->ids; i++)
		if (!local_names_has_id(not_in, in->id[i]))
			UP_TRY(changes_note_id(store, in->id[i]));
	return UP_OK;
}

enum up_err local_note_differences(const struct local_names *before, const struct local_names *now,
				   struct store *store)
{
	UP_TRY(note_names(before, now, store));
	return note_names(now, before, store);
}
