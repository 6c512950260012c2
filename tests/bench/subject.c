/* SPDX-License-Identifier: MIT */
#include "tests/bench/subject.h"

#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_SIZE 4096
#define GROUPS_MAX  256

typedef enum nss_status name_fn(const char *name, struct passwd *ret, char *buffer, size_t size,
				int *errnop);
typedef enum nss_status uid_fn(uid_t uid, struct passwd *ret, char *buffer, size_t size,
			       int *errnop);
typedef enum nss_status groups_fn(const char *user, gid_t group, long *start, long *size,
				  gid_t **groups, long limit, int *errnop);

/* Not on the stack: a hardened build would zero it for each question. */
static _Thread_local char buffer[BUFFER_SIZE];

struct module {
	name_fn *by_name;
	uid_fn *by_uid;
	groups_fn *groups; /* NULL: it has none */
};

static bool module_by_name(const struct subject *subject, const char *name, uint32_t uid)
{
	const struct module *module = subject->state;
	struct passwd entry;
	int error = 0;
	enum nss_status status = module->by_name(name, &entry, buffer, BUFFER_SIZE, &error);

	if (uid == UINT32_MAX)
		return status == NSS_STATUS_NOTFOUND;
	return status == NSS_STATUS_SUCCESS && entry.pw_uid == uid;
}

static bool module_by_uid(const struct subject *subject, uint32_t uid)
{
	const struct module *module = subject->state;
	struct passwd entry;
	int error = 0;

	return module->by_uid(uid, &entry, buffer, BUFFER_SIZE, &error) == NSS_STATUS_SUCCESS &&
	       entry.pw_uid == uid;
}

static bool module_groups(const struct subject *subject, const char *name, uint32_t uid)
{
	const struct module *module = subject->state;
	long start = 1, size = GROUPS_MAX;
	int error = 0;
	gid_t *groups = malloc(GROUPS_MAX * sizeof(*groups));

	if (groups == NULL)
		return false;
	groups[0] = uid;
	enum nss_status status = module->groups(name, uid, &start, &size, &groups, -1, &error);
	free(groups);
	return status == NSS_STATUS_SUCCESS;
}

static bool libc_by_name(const struct subject *subject, const char *name, uint32_t uid)
{
	struct passwd entry, *found = NULL;

	(void)subject;
	if (getpwnam_r(name, &entry, buffer, BUFFER_SIZE, &found) != 0)
		return uid == UINT32_MAX;
	return found == NULL ? uid == UINT32_MAX : found->pw_uid == uid;
}

static bool libc_by_uid(const struct subject *subject, uint32_t uid)
{
	struct passwd entry, *found = NULL;

	(void)subject;
	return getpwuid_r(uid, &entry, buffer, BUFFER_SIZE, &found) == 0 && found != NULL &&
	       found->pw_uid == uid;
}

static bool libc_groups(const struct subject *subject, const char *name, uint32_t uid)
{
	gid_t groups[GROUPS_MAX];
	int count = GROUPS_MAX;

	(void)subject;
	return getgrouplist(name, uid, groups, &count) > 0;
}

static void *find(void *library, const char *module, const char *function)
{
	char symbol[128];

	(void)snprintf(symbol, sizeof(symbol), "_nss_%s_%s", module, function);
	return dlsym(library, symbol);
}

static void load(const char *name, struct subject *ret)
{
	struct module *module = calloc(1, sizeof(*module));
	char file[64];

	(void)snprintf(file, sizeof(file), "libnss_%s.so.2", name);
	void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL || module == NULL) {
		(void)fprintf(stderr, "bench_nss: %s\n", dlerror());
		exit(1);
	}
	*(void **)&module->by_name = find(library, name, "getpwnam_r");
	*(void **)&module->by_uid = find(library, name, "getpwuid_r");
	*(void **)&module->groups = find(library, name, "initgroups_dyn");
	if (module->by_name == NULL || module->by_uid == NULL) {
		(void)fprintf(stderr, "bench_nss: %s lacks an entry point\n", file);
		exit(1);
	}
	ret->by_name = module_by_name;
	ret->by_uid = module_by_uid;
	ret->groups = module->groups != NULL ? module_groups : NULL;
	ret->state = module;
}

void subject_make(const char *word, uint32_t users, struct subject *ret)
{
	char *copy = strdup(word), *rest = copy;

	if (copy == NULL)
		abort();
	const char *name = strsep(&rest, ":"), *prefix = strsep(&rest, ":");
	if (strcmp(name, "bare") == 0) {
		bare_make(users, ret);
		free(copy);
		return;
	}
	if (prefix == NULL || rest == NULL) {
		(void)fprintf(stderr, "bench_nss: not MODULE:PREFIX:FIRST: %s\n", word);
		exit(2);
	}
	*ret = (struct subject){ .label = name, .users = users };
	ret->first = (uint32_t)strtoul(rest, NULL, 10);
	(void)snprintf(ret->prefix, sizeof(ret->prefix), "%s", prefix);
	if (strcmp(name, "glibc") == 0) {
		ret->by_name = libc_by_name;
		ret->by_uid = libc_by_uid;
		ret->groups = libc_groups;
	} else {
		load(name, ret);
	}
}
