/* SPDX-License-Identifier: MIT */
#include "common/localdb.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* The start of a line is all that matters; the rest of a longer one is passed over. */
#define LINE_SIZE 512

struct lines {
	int fd;
	size_t len;
	bool skipping; /* inside the rest of a line that was already handed out */
	char buffer[LINE_SIZE];
	char line[LINE_SIZE];
};

static ssize_t refill(struct lines *l)
{
	ssize_t got;

	do
		got = read(l->fd, l->buffer + l->len, sizeof(l->buffer) - l->len);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		l->len += (size_t)got;
	return got;
}

/* Hands out the bytes up to `end` and drops them and what stands between (the newline). */
static bool hand_out(struct lines *l, size_t end, size_t dropped)
{
	bool whole = !l->skipping;

	if (whole) {
		size_t keep = end < sizeof(l->line) - 1 ? end : sizeof(l->line) - 1;

		memcpy(l->line, l->buffer, keep);
		l->line[keep] = '\0';
	}
	memmove(l->buffer, l->buffer + dropped, l->len - dropped);
	l->len -= dropped;
	return whole;
}

/* 1: a line is in l->line; 0: no more; -1: the file cannot be read. */
static int next_line(struct lines *l)
{
	for (;;) {
		char *newline = memchr(l->buffer, '\n', l->len);

		if (newline != NULL) {
			size_t end = (size_t)(newline - l->buffer);
			bool whole = hand_out(l, end, end + 1);

			l->skipping = false;
			if (whole)
				return 1;
			continue;
		}
		if (l->len == sizeof(l->buffer)) {
			bool whole = hand_out(l, l->len, l->len);

			l->skipping = true;
			if (whole)
				return 1;
			continue;
		}
		ssize_t got = refill(l);
		if (got < 0)
			return -1;
		if (got == 0)
			return l->len > 0 && hand_out(l, l->len, l->len) ? 1 : 0;
	}
}

/* The decimal number that is the third field; anything else is no id. */
static bool third_field(const char *line, uint32_t *ret)
{
	const char *field = strchr(line, ':');
	uint64_t value = 0;

	field = field != NULL ? strchr(field + 1, ':') : NULL;
	if (field == NULL || field[1] < '0' || field[1] > '9')
		return false;
	for (field++; *field >= '0' && *field <= '9' && value <= UINT32_MAX; field++)
		value = value * 10 + (uint64_t)(*field - '0');
	if (*field != ':' || value > UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

struct wanted {
	const char *name; /* NULL: look for the id */
	uint32_t id;
};

static bool line_is(const char *line, const struct wanted *wanted, uint32_t *id)
{
	bool has_id = third_field(line, id);

	if (wanted->name == NULL)
		return has_id && *id == wanted->id;
	size_t len = strlen(wanted->name);
	return strncmp(line, wanted->name, len) == 0 && line[len] == ':';
}

static enum up_local find(const char *path, const struct wanted *wanted, uint32_t *id)
{
	struct lines lines = { .fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) };
	enum up_local found = UP_LOCAL_UNKNOWN;
	uint32_t line_id = UINT32_MAX;
	int more;

	if (lines.fd < 0)
		return UP_LOCAL_UNKNOWN;
	while ((more = next_line(&lines)) > 0)
		if (line_is(lines.line, wanted, &line_id)) {
			found = UP_LOCAL_YES;
			break;
		}
	if (more == 0)
		found = UP_LOCAL_NO;
	(void)close(lines.fd);
	if (found == UP_LOCAL_YES && id != NULL)
		*id = line_id;
	return found;
}

enum up_local up_local_find_name(const char *path, const char *name, uint32_t *id)
{
	return find(path, &(struct wanted){ .name = name }, id);
}

enum up_local up_local_has_id(const char *path, uint32_t id)
{
	return find(path, &(struct wanted){ .id = id }, NULL);
}
