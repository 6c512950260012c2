/* SPDX-License-Identifier: MIT */
/*
 * The module under the real libpam, in a directory of its own: pam.d/ holds the
 * services, passwd the local users, run/ the daemon's socket.  The module there is
 * the one of the tree, built for relative paths and with faults to inject.
 */
#pragma once

#include <security/pam_appl.h>

#include "tests/pam/faults.h"
#include "tests/pam/person.h"

struct stack {
	pam_handle_t *pamh;
	struct person person;
	struct pam_conv conv;
};

extern struct faults *faults; /* the loaded module's */

/* cmocka's group set-up and tear-down: makes the directory, with the service
 * `plain`, and goes there; removes it. */
int stack_open(void **state);
int stack_close(void **state);

/* Writes pam.d/SERVICE.  `%userpool` stands for the module's path, `%local` for
 * the path of pam_local.c's. */
void stack_service(const char *service, const char *lines);

/* The four facilities with the module alone, required, with these options. */
void stack_plain_service(const char *service, const char *options);

void stack_write_file(const char *path, const char *text);

/* PAM's handle for a login of `user`, NULL to be asked for. */
void stack_start(struct stack *stack, const char *service, const char *user);
void stack_end(struct stack *stack);
