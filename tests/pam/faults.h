/* SPDX-License-Identifier: MIT */
/*
 * Makes the module's own calls of libc and libpam fail, one or two of them, and
 * watches what it allocates, frees and logs.  Lives inside the module that is built
 * for the tests, by the linker's --wrap, which exports `faults_of_module`.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/protocol.h"

#define FAULTS_BLOCKS 64
#define FAULTS_WAYS   3

/* The call with this number, counted from 1, behaves in the given one of its ways to fail; 0: none.
 * A call with fewer ways counts through them. */
struct fault {
	unsigned int call, way;
};

struct faults {
	struct fault at[2];
	const char *secret; /* must not be in a block that is freed; NULL: do not look */
	/* How long the daemon is waited for, instead of what the purpose is given; 0: that. */
	struct {
		enum up_purpose purpose;
		int ms;
	} patience;

	/* What happened. */
	unsigned int calls;    /* that could have failed */
	unsigned int injected; /* that did */
	bool was_fatal;        /* one of them leaves no way to let anybody in */
	const char *last;      /* its name */
	unsigned int secrets_freed;
	void *block[FAULTS_BLOCKS]; /* allocated, not yet freed */
	char log[4096];             /* what it told syslog, a line each */
};

/* Blocks that the module holds. */
static inline size_t faults_blocks(const struct faults *faults)
{
	size_t count = 0;

	for (size_t i = 0; i < FAULTS_BLOCKS; i++)
		count += faults->block[i] != NULL;
	return count;
}
