/* SPDX-License-Identifier: MIT */
#include "daemon/identity/row.h"

#include <string.h>

static bool copy(char *out, size_t size, const char *text)
{
	size_t len = strlen(text);

	if (len >= size)
		return false;
	memcpy(out, text, len + 1);
	return true;
}

/* `template` with %u for the login name and %% for a per cent sign. */
static bool expand(char *out, size_t size, const char *template, const char *name)
{
	size_t len = 0;

	for (const char *p = template; *p != '\0'; p++) {
		const char *piece = (char[]){ *p, '\0' };

		if (p[0] == '%' && p[1] == 'u')
			piece = name;
		if (p[0] == '%' && p[1] != '\0')
			p++;
		size_t more = strlen(piece);
		if (more >= size - len)
			return false;
		memcpy(out + len, piece, more);
		len += more;
	}
	out[len] = '\0';
	return true;
}

/* Name, uid and gecos of the row, if they may still be a Linux user's. */
static bool admit_row(const struct admission *by, const struct query *row,
		      struct identity_user *user)
{
	const char *name = query_text(row, 0);
	int64_t uid = query_int(row, 2);

	if (by->local == NULL || uid < 0 || uid > UINT32_MAX ||
	    admit_name(by, name, user->name) != ADMIT_OK || strcmp(user->name, name) != 0 ||
	    admit_id(by, (uint32_t)uid) != ADMIT_OK || !admit_gecos(query_text(row, 5)))
		return false;
	user->uid = (uint32_t)uid;
	return copy(user->gecos, sizeof(user->gecos), query_text(row, 5));
}

bool row_read_user(const struct admission *by, const struct query *row, struct identity_user *ret)
{
	struct identity_user user = { 0 };

	if (!admit_row(by, row, &user))
		return false;
	user.enabled = query_int(row, 3) == 1;
	if (!copy(user.sub, sizeof(user.sub), query_text(row, 1)) ||
	    !copy(user.status, sizeof(user.status), query_text(row, 4)) ||
	    !expand(user.home, sizeof(user.home), by->config->identity_home, user.name) ||
	    !copy(user.shell, sizeof(user.shell), by->config->identity_shell))
		return false;
	*ret = user;
	return true;
}

bool row_group_is_admitted(const struct admission *by, const char *name, int64_t gid)
{
	char folded[UP_LOGIN_NAME_SIZE];

	return admit_name(by, name, folded) == ADMIT_OK && strcmp(folded, name) == 0 && gid >= 0 &&
	       gid <= UINT32_MAX && admit_id(by, (uint32_t)gid) == ADMIT_OK;
}
