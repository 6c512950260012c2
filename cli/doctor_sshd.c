/* SPDX-License-Identifier: MIT */
/* The settings of sshd without which nobody of the pool gets in. */
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/doctor.h"
#include "cli/output.h"

#define SSHD_CONFIG       "/etc/ssh/sshd_config"
#define INCLUDE_DEPTH_MAX 16

/* The first value of a keyword counts. */
struct sshd_settings {
	char use_pam[8], keyboard[8];
	bool in_match; /* what follows holds for some connections only */
};

static void set_first(char *field, size_t size, const char *value)
{
	if (*field == '\0')
		(void)snprintf(field, size, "%s", value);
}

static bool read_file(const struct doctor *d, const char *path, int depth,
		      struct sshd_settings *settings);

static void include(const struct doctor *d, const char *pattern, int depth,
		    struct sshd_settings *settings)
{
	glob_t found = { 0 };
	char *full = NULL;

	if (asprintf(&full, "%s%s%s", d->root, *pattern == '/' ? "" : "/etc/ssh/", pattern) < 0)
		out_of_memory();
	if (depth < INCLUDE_DEPTH_MAX && glob(full, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			(void)read_file(d, found.gl_pathv[i] + strlen(d->root), depth + 1,
					settings);
		globfree(&found);
	}
	free(full);
}

static void apply(const struct doctor *d, char *line, int depth, struct sshd_settings *settings)
{
	static const char separators[] = " \t=\"";
	char *rest = NULL, *key = strtok_r(line, separators, &rest), *value;

	if (key == NULL)
		return;
	if (strcasecmp(key, "Include") == 0) {
		while ((value = strtok_r(NULL, " \t\"", &rest)) != NULL)
			include(d, value, depth, settings);
		return;
	}
	value = strtok_r(NULL, separators, &rest);
	if (strcasecmp(key, "Match") == 0)
		settings->in_match = value == NULL || strcasecmp(value, "all") != 0;
	if (settings->in_match || value == NULL)
		return;
	if (strcasecmp(key, "UsePAM") == 0)
		set_first(settings->use_pam, sizeof(settings->use_pam), value);
	/* The second is the old name of the first. */
	if (strcasecmp(key, "KbdInteractiveAuthentication") == 0 ||
	    strcasecmp(key, "ChallengeResponseAuthentication") == 0)
		set_first(settings->keyboard, sizeof(settings->keyboard), value);
}

static bool read_file(const struct doctor *d, const char *path, int depth,
		      struct sshd_settings *settings)
{
	FILE *file = doctor_open(d, path);
	char *buffer = NULL, *line;
	bool in_match = settings->in_match;
	size_t size = 0;

	if (file == NULL)
		return false;
	while ((line = doctor_line(file, &buffer, &size)) != NULL)
		apply(d, line, depth, settings);
	/* A Match block ends with its file. */
	settings->in_match = in_match;
	free(buffer);
	(void)fclose(file);
	return true;
}

void doctor_check_sshd(struct doctor *d)
{
	struct sshd_settings settings = { .in_match = false };

	if (!read_file(d, SSHD_CONFIG, 0, &settings)) {
		doctor_find(d, SEVERITY_OK, "sshd", NULL,
			    "there is no " SSHD_CONFIG " to read: not examined");
		return;
	}
	/* OpenSSH's own defaults where the file is silent. */
	if (strcasecmp(settings.use_pam, "yes") != 0)
		doctor_find(d, SEVERITY_ERROR, "sshd", "Set UsePAM yes in " SSHD_CONFIG,
			    "UsePAM is not yes: sshd does not ask userpool");
	else
		doctor_find(d, SEVERITY_OK, "sshd", NULL, "UsePAM yes");
	if (*settings.keyboard != '\0' && strcasecmp(settings.keyboard, "yes") != 0)
		doctor_find(d, SEVERITY_ERROR, "sshd",
			    "Set KbdInteractiveAuthentication yes in " SSHD_CONFIG
			    ": only so can sshd ask for a code",
			    "KbdInteractiveAuthentication is %s", settings.keyboard);
	else
		doctor_find(d, SEVERITY_OK, "sshd", NULL, "KbdInteractiveAuthentication yes");
}
