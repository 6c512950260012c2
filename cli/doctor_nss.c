/* SPDX-License-Identifier: MIT */
/* Whether nsswitch.conf asks us, and after the files. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/doctor.h"

enum position { POSITION_ABSENT, POSITION_BEFORE_FILES, POSITION_AFTER_FILES };

/* `sources` is what follows "passwd:"; it is cut into words. */
static enum position find_position(char *sources)
{
	bool seen_files = false;
	char *rest = NULL;

	for (char *word = strtok_r(sources, " \t", &rest); word != NULL;
	     word = strtok_r(NULL, " \t", &rest)) {
		/* compat reads the files as well. */
		if (strcmp(word, "files") == 0 || strcmp(word, "compat") == 0)
			seen_files = true;
		if (strcmp(word, "userpool") == 0)
			return seen_files ? POSITION_AFTER_FILES : POSITION_BEFORE_FILES;
	}
	return POSITION_ABSENT;
}

static void report_position(struct doctor *d, const char *database, enum position position)
{
	if (position == POSITION_ABSENT)
		doctor_find(d, SEVERITY_ERROR, "nsswitch",
			    "Write userpool behind files in /etc/nsswitch.conf",
			    "%s: does not ask userpool", database);
	else if (position == POSITION_BEFORE_FILES)
		doctor_find(d, SEVERITY_ERROR, "nsswitch",
			    "Write files first: local names must win, and never wait",
			    "%s: asks userpool before files", database);
	else
		doctor_find(d, SEVERITY_OK, "nsswitch", NULL, "%s: asks userpool after files",
			    database);
}

void doctor_check_nss(struct doctor *d)
{
	static const char *const databases[] = { "passwd", "group" };
	enum position positions[UP_COUNT(databases)] = { POSITION_ABSENT };
	FILE *file = doctor_open(d, "/etc/nsswitch.conf");
	char *buffer = NULL, *line;
	size_t size = 0;

	if (file == NULL) {
		doctor_find(d, SEVERITY_ERROR, "nsswitch", "See getting-started.md",
			    "/etc/nsswitch.conf: %s", strerror(errno));
		return;
	}
	while ((line = doctor_line(file, &buffer, &size)) != NULL)
		for (size_t i = 0; i < UP_COUNT(databases); i++) {
			size_t length = strlen(databases[i]);

			if (strncmp(line, databases[i], length) == 0 && line[length] == ':')
				positions[i] = find_position(line + length + 1);
		}
	free(buffer);
	(void)fclose(file);
	for (size_t i = 0; i < UP_COUNT(databases); i++)
		report_position(d, databases[i], positions[i]);
}
