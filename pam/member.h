/* SPDX-License-Identifier: MIT */
/* Whose user a name is, as far as this host's files tell.  No socket, no NSS. */
#pragma once

#include "common/attributes.h"

enum member {
	MEMBER_UNKNOWN,  /* cannot tell: /etc/passwd cannot be read */
	MEMBER_FOREIGN,  /* local, or no name that a pool user can have: never ours */
	MEMBER_POSSIBLE, /* the daemon knows */
};

/* `name` is what PAM_USER says; NULL is foreign.  "root" is foreign before any file is read, so
 * that no broken file locks it out.  Thread-safe. */
UP_MUST_USE enum member member_of(const char *name);
