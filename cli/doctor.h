/* SPDX-License-Identifier: MIT */
/*
 * userpool doctor: what is wrong with an installation, and what to do.  Each check
 * is a function that adds findings; none of them changes anything.
 */
#pragma once

#include <stdio.h>

#include "cli/command.h"

enum severity { SEVERITY_OK, SEVERITY_WARNING, SEVERITY_ERROR };

struct doctor {
	struct cli *cli;
	const char *root;             /* "" for the running system */
	char *runtime_dir, *snapshot; /* below the root, unless they were named */
	json_t *findings;             /* [{Check, Result, Text, Advice?}] */
	bool has_error;
	uint32_t id_min, id_max; /* of pool users, as configured */
};

/* `advice` NULL: nothing to do. */
void doctor_find(struct doctor *d, enum severity severity, const char *check, const char *advice,
		 const char *format, ...) UP_PRINTF(5, 6);

/* Opens a file of the examined system for reading; NULL: errno tells. */
FILE *doctor_open(const struct doctor *d, const char *path) UP_NONNULL UP_MUST_USE;
/* The path below the root; the caller frees. */
char *doctor_path(const struct doctor *d, const char *path) UP_NONNULL UP_MUST_USE;
/* Reads a line without its comment ('#' to the end) and white space around; NULL at the end.  A
 * backslash at the end joins the next line.  `line` is getline's buffer. */
char *doctor_line(FILE *file, char **line, size_t *size) UP_NONNULL;

void doctor_check_daemon(struct doctor *d) UP_NONNULL;
void doctor_check_snapshot(struct doctor *d) UP_NONNULL;
void doctor_check_nss(struct doctor *d) UP_NONNULL;
void doctor_check_pam(struct doctor *d) UP_NONNULL;
void doctor_check_sshd(struct doctor *d) UP_NONNULL;
void doctor_check_ids(struct doctor *d) UP_NONNULL;
void doctor_check_clock(struct doctor *d) UP_NONNULL;
