/* SPDX-License-Identifier: MIT */
#include "daemon/identity/admit.h"

#include <string.h>

#include "common/ids.h"
#include "common/names.h"

/* Groups that are root by another name on some distribution, whether or not this host has them. */
static const char *const privileged[] = {
	"adm",      "admin",       "bin",      "daemon",   "disk",    "docker",
	"input",    "kmem",        "kvm",      "libvirt",  "lxd",     "mail",
	"netdev",   "nobody",      "nogroup",  "operator", "podman",  "root",
	"sasl",     "shadow",      "staff",    "sudo",     "sys",     "systemd-journal",
	"tape",     "tty",         "utmp",     "uucp",     "video",   "wheel",
	"incus",    "incus-admin", "lp",       "lpadmin",  "plugdev", "render",
	"ssh_keys", "crontab",     "userpool",
};

const char *admit_reason(enum admit admit)
{
	switch (admit) {
#define X(id, text)                                                                                \
	case id:                                                                                   \
		return text;
		ADMITS(X)
#undef X
	}
	return "refused";
}

static bool is_privileged(const char *name)
{
	for (size_t i = 0; i < UP_COUNT(privileged); i++)
		if (strcmp(name, privileged[i]) == 0)
			return true;
	return strncmp(name, "systemd-", strlen("systemd-")) == 0;
}

enum admit admit_name(const struct admission *by, const char *pool_name,
		      char ret[UP_LOGIN_NAME_SIZE])
{
	char name[UP_LOGIN_NAME_SIZE];

	if (!up_login_name_fold(pool_name, name))
		return ADMIT_BAD_NAME;
	if (local_names_has(by->local, name))
		return ADMIT_LOCAL_NAME;
	if (is_privileged(name))
		return ADMIT_PRIVILEGED_NAME;
	memcpy(ret, name, sizeof(name));
	return ADMIT_OK;
}

enum admit admit_id(const struct admission *by, uint32_t id)
{
	if (!up_id_is_admissible(id) || id < by->config->identity_id_min ||
	    id > by->config->identity_id_max)
		return ADMIT_BAD_ID;
	if (local_names_has_id(by->local, id))
		return ADMIT_LOCAL_ID;
	return ADMIT_OK;
}

bool admit_gecos(const char *text)
{
	size_t len = strlen(text);

	if (len >= UP_GECOS_SIZE)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f || text[i] == ':')
			return false;
	return true;
}
