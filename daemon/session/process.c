/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/session/session.h"

/* Reads /proc/PID/stat (proc(5)): the parent's pid is field 4, the start time field 22. */
static enum up_err read_stat(pid_t pid, char *out, size_t size)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return UP_ERR_IO;
	ssize_t len = read(fd, out, size - 1);
	(void)close(fd);
	if (len <= 0)
		return UP_ERR_IO;
	out[len] = '\0';
	return UP_OK;
}

/* The text after `fields` more blanks, or NULL. */
static const char *skip_fields(const char *text, int fields)
{
	while (text != NULL && fields-- > 0) {
		text = strchr(text, ' ');
		if (text != NULL)
			text++;
	}
	return text;
}

static enum up_err read_process(pid_t pid, struct process *ret, pid_t *parent)
{
	char stat[1024];

	UP_TRY(read_stat(pid, stat, sizeof(stat)));
	/* The name in field 2 may hold anything, so fields are counted from its last bracket. */
	const char *after_name = strrchr(stat, ')');
	const char *parent_field = skip_fields(after_name, 2), *start = skip_fields(after_name, 20);
	if (parent_field == NULL || start == NULL)
		return UP_ERR_MALFORMED;
	errno = 0;
	long parent_pid = strtol(parent_field, NULL, 10);
	unsigned long long started = strtoull(start, NULL, 10);
	if (errno != 0 || parent_pid < 0)
		return UP_ERR_MALFORMED;
	*ret = (struct process){ .pid = pid, .start = started };
	*parent = (pid_t)parent_pid;
	return UP_OK;
}

enum up_err process_tree_read(pid_t pid, struct process_tree *ret)
{
	struct process_tree tree = { 0 };
	pid_t parent = 0;

	UP_TRY(read_process(pid, &tree.process[tree.depth++], &parent));
	while (parent > 1 && tree.depth < PROCESS_TREE_DEPTH &&
	       read_process(parent, &tree.process[tree.depth], &parent) == UP_OK)
		tree.depth++;
	*ret = tree;
	return UP_OK;
}

enum up_err process_real_uid(pid_t pid, uid_t *ret)
{
	char path[64], line[256];
	unsigned int uid = 0;
	bool found = false;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return UP_ERR_IO;
	while (!found && fgets(line, sizeof(line), file) != NULL)
		found = sscanf(line, "Uid:\t%u", &uid) == 1;
	(void)fclose(file);
	if (!found)
		return UP_ERR_IO;
	*ret = uid;
	return UP_OK;
}
