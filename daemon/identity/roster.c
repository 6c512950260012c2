/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "daemon/identity/records.h"

static enum up_err make_room(void **array, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return UP_OK;
	size_t more = *room == 0 ? 64 : *room * 2;
	void *grown = reallocarray(*array, more, size);
	if (grown == NULL)
		return UP_ERR_NOMEM;
	*array = grown;
	*room = more;
	return UP_OK;
}

static void clear_user(struct roster_user *user)
{
	free(user->pool_name);
	free(user->gecos);
	free(user->wish);
}

void roster_clear(struct roster *roster)
{
	for (size_t i = 0; i < roster->users; i++)
		clear_user(&roster->user[i]);
	for (size_t i = 0; i < roster->groups; i++)
		free(roster->group[i]);
	free(roster->user);
	free(roster->group);
	free(roster->member);
	*roster = (struct roster){ 0 };
}

enum up_err roster_add_user(struct roster *roster, const struct roster_user *user)
{
	struct roster_user copy = *user;

	UP_TRY(make_room((void **)&roster->user, roster->users, &roster->user_room, sizeof(copy)));
	copy.pool_name = strdup(user->pool_name);
	copy.gecos = strdup(user->gecos);
	copy.wish = user->wish != NULL ? strdup(user->wish) : NULL;
	if (copy.pool_name == NULL || copy.gecos == NULL ||
	    (user->wish != NULL && copy.wish == NULL)) {
		clear_user(&copy);
		return UP_ERR_NOMEM;
	}
	roster->user[roster->users++] = copy;
	return UP_OK;
}

enum up_err roster_add_group(struct roster *roster, const char *name)
{
	UP_TRY(make_room((void **)&roster->group, roster->groups, &roster->group_room,
			 sizeof(*roster->group)));
	roster->group[roster->groups] = strdup(name);
	if (roster->group[roster->groups] == NULL)
		return UP_ERR_NOMEM;
	roster->groups++;
	return UP_OK;
}

enum up_err roster_add_member(struct roster *roster, const char *sub, size_t group)
{
	struct roster_member member = { .group = group };
	size_t len = strlen(sub);

	if (len >= sizeof(member.sub))
		return UP_ERR_TOO_LARGE;
	memcpy(member.sub, sub, len + 1);
	UP_TRY(make_room((void **)&roster->member, roster->members, &roster->member_room,
			 sizeof(member)));
	roster->member[roster->members++] = member;
	return UP_OK;
}
