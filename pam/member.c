/* SPDX-License-Identifier: MIT */
#include "pam/member.h"

#include <stddef.h>
#include <string.h>

#include "common/localdb.h"
#include "common/names.h"

enum member member_of(const char *name)
{
	/* A name with capitals is not folded: PAM_USER may not change during a login, and the
	 * name that other modules and the application see must be the one that was checked. */
	if (name == NULL || strcmp(name, "root") == 0 || !up_login_name_is_valid(name))
		return MEMBER_FOREIGN;
	switch (up_local_find_name(UP_LOCAL_PASSWD, name, NULL)) {
	case UP_LOCAL_YES:
		return MEMBER_FOREIGN;
	case UP_LOCAL_NO:
		return MEMBER_POSSIBLE;
	case UP_LOCAL_UNKNOWN:
	default:
		return MEMBER_UNKNOWN;
	}
}
