/* SPDX-License-Identifier: MIT */
#include "cli/doctor.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

#include "cli/api.h"
#include "cli/output.h"

static const char *const severity_names[] = {
	[SEVERITY_OK] = "ok",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_ERROR] = "error",
};

void doctor_find(struct doctor *d, enum severity severity, const char *check, const char *advice,
		 const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		out_of_memory();
	va_end(args);
	/* A file of the system may hold any bytes; JSON and the terminal take UTF-8. */
	char *escaped = output_escape(text, ESCAPE_LINE);
	json_t *finding = must_json(json_pack("{s:s, s:s, s:s}", "Check", check, "Result",
					      severity_names[severity], "Text", escaped));
	if (advice != NULL)
		api_set_text(finding, "Advice", advice);
	if (json_array_append_new(d->findings, finding) < 0)
		out_of_memory();
	d->has_error = d->has_error || severity == SEVERITY_ERROR;
	free(escaped);
	free(text);
}

char *doctor_path(const struct doctor *d, const char *path)
{
	char *full = NULL;

	if (asprintf(&full, "%s%s", d->root, path) < 0)
		out_of_memory();
	return full;
}

FILE *doctor_open(const struct doctor *d, const char *path)
{
	char *full = doctor_path(d, path);
	FILE *file = fopen(full, "re");

	free(full);
	return file;
}

/* Reads on while a line ends in a backslash. */
static ssize_t read_joined(FILE *file, char **line, size_t *size)
{
	ssize_t length = getline(line, size, file);
	char *more = NULL;
	size_t more_size = 0;

	while (length > 1 && strcmp(*line + length - 2, "\\\n") == 0) {
		ssize_t got = getline(&more, &more_size, file);

		if (got <= 0)
			break;
		char *joined = realloc(*line, (size_t)(length + got));
		if (joined == NULL)
			out_of_memory();
		*line = joined;
		*size = (size_t)(length + got);
		joined[length - 2] = ' ';
		memcpy(joined + length - 1, more, (size_t)got + 1);
		length += got - 1;
	}
	free(more);
	return length;
}

char *doctor_line(FILE *file, char **line, size_t *size)
{
	if (read_joined(file, line, size) < 0)
		return NULL;
	char *start = *line;
	start[strcspn(start, "#\n")] = '\0';
	while (isspace((unsigned char)*start))
		start++;
	size_t length = strlen(start);
	while (length > 0 && isspace((unsigned char)start[length - 1]))
		start[--length] = '\0';
	return start;
}

void doctor_check_clock(struct doctor *d)
{
	struct timex state = { .modes = 0 };

	/* The kernel tells of the clock that runs, not of the system below another root. */
	if (*d->root != '\0')
		return;
	if (adjtimex(&state) < 0)
		doctor_find(d, SEVERITY_WARNING, "clock", "Check with: timedatectl",
			    "cannot tell whether the clock is synchronised");
	else if ((state.status & STA_UNSYNC) != 0)
		doctor_find(
			d, SEVERITY_WARNING, "clock",
			"One-time codes need the right time: install chrony or systemd-timesyncd",
			"the clock is not synchronised");
	else
		doctor_find(d, SEVERITY_OK, "clock", NULL, "the clock is synchronised");
}

static void print_findings(json_t *findings)
{
	json_t *finding;
	size_t i;

	json_array_foreach (findings, i, finding) {
		const char *check = NULL, *result = NULL, *text = NULL, *advice = NULL;

		if (json_unpack(finding, "{s:s, s:s, s:s, s?s}", "Check", &check, "Result", &result,
				"Text", &text, "Advice", &advice) < 0)
			continue;
		(void)printf("%-8s %-10s %s\n", result, check, text);
		if (advice != NULL)
			(void)printf("%-19s %s\n", "", advice);
	}
}

static void examine(struct doctor *d)
{
	doctor_check_daemon(d);
	doctor_check_snapshot(d);
	doctor_check_nss(d);
	doctor_check_pam(d);
	doctor_check_sshd(d);
	doctor_check_ids(d);
	doctor_check_clock(d);
}

enum outcome doctor(struct cli *cli)
{
	const char *root = option_value(cli, OPT_ROOT);
	const char *state_dir = option_value(cli, OPT_STATE_DIR);
	struct doctor d = { .cli = cli, .root = root != NULL ? root : "" };

	d.findings = must_json(json_array());
	d.runtime_dir = option_is_given(cli, OPT_RUNTIME_DIR) ? strdup(cli->runtime_dir)
							      : doctor_path(&d, cli->runtime_dir);
	if (asprintf(&d.snapshot, "%s%s/identity/identity.base", state_dir != NULL ? "" : d.root,
		     state_dir != NULL ? state_dir : UP_STATEDIR) < 0 ||
	    d.runtime_dir == NULL)
		out_of_memory();
	cli->runtime_dir = d.runtime_dir;
	examine(&d);
	if (option_is_given(cli, OPT_JSON)) {
		json_t *report = must_json(json_pack("{s:O}", "Findings", d.findings));

		output_json(report);
		json_decref(report);
	} else {
		print_findings(d.findings);
	}
	json_decref(d.findings);
	api_close(cli);
	cli->runtime_dir = UP_RUNTIMEDIR;
	free(d.runtime_dir);
	free(d.snapshot);
	return d.has_error ? OUTCOME_REFUSED : OUTCOME_OK;
}
