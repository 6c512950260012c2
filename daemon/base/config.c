/* SPDX-License-Identifier: MIT */
/* libeconf reads the files; the table of keys decides what may stand in them. */
#include "daemon/base/config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libeconf.h>
#include <libeconf_ext.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define POLICY_PREFIX "policy "
#define WORDS_MAX     256

enum kind { KIND_TEXT, KIND_NUMBER, KIND_CHOICE, KIND_LIST };

struct row {
	const char *section; /* NULL: of every [policy SERVICE] */
	const char *key;
	enum kind kind;
	size_t offset; /* in struct config or struct config_policy */
	const char *standard;
	const char *choices;
	int64_t number, least, most;
};

/* clang-format off */
static const struct row rows[] = {
#define AT(member) offsetof(struct config, member)
#define TEXT(s, k, d, t)         { #s, #k, KIND_TEXT, AT(s##_##k), d, NULL, 0, 0, 0 },
#define NUMBER(s, k, d, l, m, t) { #s, #k, KIND_NUMBER, AT(s##_##k), NULL, NULL, d, l, m },
#define CHOICE(s, k, d, c, t)    { #s, #k, KIND_CHOICE, AT(s##_##k), d, c, 0, 0, 0 },
#define LIST(s, k, d, t)         { #s, #k, KIND_LIST, AT(s##_##k), d, NULL, 0, 0, 0 },
#include "daemon/base/config_keys.def"
#undef AT
#define AT(member) offsetof(struct config_policy, member)
#define POLICY_NUMBER(k, d, l, m, t) { NULL, #k, KIND_NUMBER, AT(k), NULL, NULL, d, l, m },
#define POLICY_CHOICE(k, d, c, t)    { NULL, #k, KIND_CHOICE, AT(k), d, c, 0, 0, 0 },
#define POLICY_LIST(k, d, t)         { NULL, #k, KIND_LIST, AT(k), d, NULL, 0, 0, 0 },
#include "daemon/base/config_keys.def"
#undef AT
};
/* clang-format on */

/* Where a value stands, for messages, and what was wrong first. */
struct reading {
	const char *file;
	uint64_t line;
	char *problem;
};

UP_PRINTF(2, 3) static enum up_err complain(struct reading *r, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	free(r->problem);
	int rc = r->line > 0 ? asprintf(&r->problem, "%s:%llu: %s", r->file,
					(unsigned long long)r->line, text)
			     : asprintf(&r->problem, "%s: %s", r->file, text);
	if (rc < 0)
		r->problem = NULL;
	return UP_ERR_CONFIG;
}

static void free_words(char **words)
{
	for (char **word = words; words != NULL && *word != NULL; word++)
		free(*word);
	free(words);
}

static enum up_err split_words(const char *text, char ***ret)
{
	char **words = calloc(WORDS_MAX + 1, sizeof(*words));
	size_t count = 0;

	if (words == NULL)
		return UP_ERR_NOMEM;
	while (*(text += strspn(text, " \t,")) != '\0') {
		size_t len = strcspn(text, " \t,");

		if (count == WORDS_MAX || (words[count] = strndup(text, len)) == NULL) {
			free_words(words);
			return count == WORDS_MAX ? UP_ERR_TOO_LARGE : UP_ERR_NOMEM;
		}
		count++;
		text += len;
	}
	*ret = words;
	return UP_OK;
}

static enum up_err set_text(char **slot, const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		return UP_ERR_NOMEM;
	free(*slot);
	*slot = copy;
	return UP_OK;
}

static enum up_err set_number(struct reading *r, const struct row *row, int64_t *slot,
			      const char *text)
{
	char *end = NULL;

	errno = 0;
	long long number = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || number < row->least || number > row->most)
		return complain(r, "%s must be a number from %lld to %lld, not \"%s\"", row->key,
				(long long)row->least, (long long)row->most, text);
	*slot = number;
	return UP_OK;
}

static bool is_choice(const char *choices, const char *text)
{
	const size_t len = strlen(text);

	for (const char *at = choices; at != NULL; at = strchr(at, '|')) {
		at += *at == '|';
		if (strcspn(at, "|") == len && strncmp(at, text, len) == 0)
			return true;
	}
	return false;
}

static enum up_err set_list(struct reading *r, const struct row *row, char ***slot,
			    const char *text)
{
	char **words = NULL;
	enum up_err err = split_words(text, &words);

	if (err == UP_ERR_TOO_LARGE)
		return complain(r, "%s has more than %d words", row->key, WORDS_MAX);
	if (err != UP_OK)
		return err;
	free_words(*slot);
	*slot = words;
	return UP_OK;
}

static enum up_err set_value(struct reading *r, const struct row *row, void *base, const char *text)
{
	void *slot = (char *)base + row->offset;

	switch (row->kind) {
	case KIND_NUMBER:
		return set_number(r, row, slot, text);
	case KIND_LIST:
		return set_list(r, row, slot, text);
	case KIND_CHOICE:
		if (!is_choice(row->choices, text))
			return complain(r, "%s must be one of %s, not \"%s\"", row->key,
					row->choices, text);
		return set_text(slot, text);
	case KIND_TEXT:
	default:
		return set_text(slot, text);
	}
}

static bool is_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static enum up_err set_standards(void *base, bool is_policy)
{
	struct reading r = { .file = "default" };

	for (size_t i = 0; i < UP_COUNT(rows); i++) {
		const struct row *row = &rows[i];

		if ((row->section == NULL) != is_policy)
			continue;
		if (row->kind == KIND_NUMBER)
			*(int64_t *)(void *)((char *)base + row->offset) = row->number;
		else
			UP_TRY(set_value(&r, row, base, row->standard));
	}
	return UP_OK;
}

static void free_values(void *base, bool is_policy)
{
	for (size_t i = 0; i < UP_COUNT(rows); i++) {
		void *slot = (char *)base + rows[i].offset;

		if ((rows[i].section == NULL) != is_policy)
			continue;
		if (rows[i].kind == KIND_LIST)
			free_words(*(char ***)slot);
		else if (rows[i].kind != KIND_NUMBER)
			free(*(char **)slot);
	}
}

void config_free(struct config *config)
{
	if (config == NULL)
		return;
	free_values(config, false);
	for (size_t i = 0; i < config->policies; i++)
		free_values(&config->policy[i], true);
	free(config);
}

static struct config_policy *find_policy(struct config *config, const char *service)
{
	for (size_t i = 0; i < config->policies; i++)
		if (strcmp(config->policy[i].service, service) == 0)
			return &config->policy[i];
	return NULL;
}

/* A section of its own starts from the built-in values, not from [policy default]. */
static enum up_err get_policy(struct reading *r, struct config *config, const char *service,
			      struct config_policy **ret)
{
	struct config_policy *policy = find_policy(config, service);

	if (policy == NULL) {
		if (service[0] == '\0' || strlen(service) >= UP_SERVICE_SIZE)
			return complain(r, "[policy SERVICE] needs the name of a PAM service");
		if (config->policies == CONFIG_POLICIES_MAX)
			return complain(r, "more than %d policies", CONFIG_POLICIES_MAX);
		policy = &config->policy[config->policies++];
		(void)snprintf(policy->service, sizeof(policy->service), "%s", service);
		UP_TRY(set_standards(policy, true));
	}
	*ret = policy;
	return UP_OK;
}

static enum up_err set_key(struct reading *r, struct config *config, const char *group,
			   const char *key, const char *text)
{
	const bool is_policy = strncmp(group, POLICY_PREFIX, strlen(POLICY_PREFIX)) == 0;
	const char *section = is_policy ? NULL : group;
	bool has_section = is_policy;
	void *base = config;

	if (is_policy) {
		struct config_policy *policy = NULL;

		UP_TRY(get_policy(r, config, group + strlen(POLICY_PREFIX), &policy));
		base = policy;
	}
	for (size_t i = 0; i < UP_COUNT(rows); i++) {
		if (!is_same(rows[i].section, section))
			continue;
		has_section = true;
		if (strcmp(rows[i].key, key) == 0)
			return set_value(r, &rows[i], base, text);
	}
	if (!has_section)
		return complain(r, "there is no section [%s]; see userpool.conf(5)", group);
	return complain(r, "there is no key %s in [%s]; see userpool.conf(5)", key, group);
}

static enum up_err read_key(struct reading *r, econf_file *file, const char *group, const char *key,
			    struct config *config)
{
	econf_ext_value *value = NULL;
	enum up_err err;
	econf_err code = econf_getExtValue(file, group, key, &value);

	if (code == ECONF_NOKEY)
		return UP_OK;
	if (code != ECONF_SUCCESS)
		return complain(r, "%s in [%s] cannot be read", key, group);
	r->file = value->file;
	r->line = value->line_number;
	const char *text =
		value->values != NULL && value->values[0] != NULL ? value->values[0] : "";
	if (value->values != NULL && value->values[0] != NULL && value->values[1] != NULL)
		err = complain(r, "%s is there twice, or has more than one line", key);
	else
		err = set_key(r, config, group, key, text);
	r->file = "userpool.conf";
	econf_freeExtValue(value);
	return err;
}

/* libeconf's list of a section's keys leaves one out if the key before it, in another section, has
 * the same name: so, besides what is listed, every key that we know is asked for. */
static enum up_err read_group(struct reading *r, econf_file *file, const char *group,
			      struct config *config)
{
	char **keys = NULL;
	size_t count = 0;
	enum up_err err = UP_OK;

	if (econf_getKeys(file, group, &count, &keys) != ECONF_SUCCESS)
		count = 0;
	for (size_t i = 0; i < count && err == UP_OK; i++)
		err = read_key(r, file, group, keys[i], config);
	econf_freeArray(keys);
	for (size_t i = 0; i < UP_COUNT(rows) && err == UP_OK; i++)
		err = read_key(r, file, group, rows[i].key, config);
	return err;
}

/* What anybody could have written decides nothing. */
static enum up_err check_owner(struct reading *r, econf_file *file)
{
	_auto_(free) char *path = econf_getPath(file);
	struct stat st;

	if (path != NULL && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_uid == 0 || st.st_uid == geteuid()) && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return UP_OK;
	r->file = path != NULL ? path : "userpool.conf";
	enum up_err err = complain(
		r, "it must be a file of root's or the daemon's that nobody else may write");
	r->file = "userpool.conf";
	return err;
}

static enum up_err check_start(struct reading *r, econf_file *file)
{
	econf_ext_value *value = NULL;
	char **loose = NULL;
	size_t count = 0;
	enum up_err err = UP_OK;

	if (econf_getKeys(file, NULL, &count, &loose) != ECONF_SUCCESS)
		return UP_OK;
	if (count > 0 && econf_getExtValue(file, NULL, loose[0], &value) == ECONF_SUCCESS) {
		r->file = value->file;
		r->line = value->line_number;
		err = complain(r, "%s stands before the first [section]", loose[0]);
		r->file = "userpool.conf";
		econf_freeExtValue(value);
	}
	econf_freeArray(loose);
	return err;
}

static enum up_err read_file(struct reading *r, econf_file *file, struct config *config)
{
	char **groups = NULL;
	size_t count = 0;
	enum up_err err = UP_OK;

	r->file = "userpool.conf";
	r->line = 0;
	UP_TRY(check_owner(r, file));
	UP_TRY(check_start(r, file));
	if (econf_getGroups(file, &count, &groups) != ECONF_SUCCESS)
		return UP_OK;
	for (size_t i = 0; i < count && err == UP_OK; i++)
		err = read_group(r, file, groups[i], config);
	econf_freeArray(groups);
	return err;
}

/* What libeconf itself refused; it knows the place of what it has parsed. */
static enum up_err complain_of_parser(struct reading *r, const char *path, econf_err code)
{
	char *file = NULL;

	r->line = 0;
	if (code != ECONF_NOFILE)
		econf_errLocation(&file, &r->line);
	r->file = file != NULL && file[0] != '\0' ? file : path;
	enum up_err err = complain(r, "%s", econf_errString(code));
	r->file = path;
	free(file);
	return err;
}

static enum up_err read_one(struct reading *r, const char *path, struct config *config)
{
	econf_file *file = NULL;
	econf_err code = econf_readFile(&file, path, "=", "#");

	if (code != ECONF_SUCCESS)
		return complain_of_parser(r, path, code);
	enum up_err err = read_file(r, file, config);
	econf_freeFile(file);
	return err;
}

/* `type` is S_IFDIR or S_IFREG; a device is taken for an empty file, as /dev/null is one. */
static enum up_err check_path(struct reading *r, const char *path, mode_t type)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	enum up_err err = UP_OK;

	if (fd < 0 && errno == ENOENT)
		return UP_OK;
	r->file = path;
	if (fd < 0 || fstat(fd, &st) < 0)
		err = complain(r, "%s", strerrordesc_np(errno));
	else if ((st.st_mode & S_IFMT) != type && !S_ISCHR(st.st_mode))
		err = complain(r, "it must be a %s", type == S_IFDIR ? "directory" : "file");
	r->file = "userpool.conf";
	if (fd >= 0)
		(void)close(fd);
	return err;
}

static int is_drop_in(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && strcmp(dot, ".conf") == 0;
}

static enum up_err check_drop_ins(struct reading *r, const char *directory)
{
	char path[PATH_MAX + NAME_MAX + 1];
	struct dirent **entries = NULL;
	enum up_err err = check_path(r, directory, S_IFDIR);
	int count = err == UP_OK ? scandir(directory, &entries, is_drop_in, alphasort) : 0;

	for (int i = 0; i < count; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
		if (err == UP_OK)
			err = check_path(r, path, S_IFREG);
		free(entries[i]);
	}
	free(entries);
	return err;
}

/* libeconf passes over what it may not read, and with it a policy that keeps somebody out. */
static enum up_err check_readable(struct reading *r)
{
	static const char *const directories[] = { UP_VENDORCONFDIR, UP_CONFDIR };
	char path[PATH_MAX];

	for (size_t i = 0; i < UP_COUNT(directories); i++) {
		UP_TRY(check_path(r, directories[i], S_IFDIR));
		(void)snprintf(path, sizeof(path), "%s/userpool.conf", directories[i]);
		UP_TRY(check_path(r, path, S_IFREG));
		(void)snprintf(path, sizeof(path), "%s/userpool.conf.d", directories[i]);
		UP_TRY(check_drop_ins(r, path));
	}
	return UP_OK;
}

/* Oldest first, so that a later file replaces single keys. */
static enum up_err read_all(struct reading *r, struct config *config)
{
	_auto_(free) econf_file **files = NULL; /* there even when no file is */
	size_t count = 0;
	enum up_err err = check_readable(r);

	if (err != UP_OK)
		return err;
	econf_err code = econf_readDirsHistory(&files, &count, UP_VENDORCONFDIR, UP_CONFDIR,
					       "userpool", "conf", "=", "#");

	if (code == ECONF_NOFILE)
		return UP_OK;
	if (code != ECONF_SUCCESS)
		return complain_of_parser(r, UP_CONFDIR "/userpool.conf", code);
	for (size_t i = 0; i < count; i++) {
		if (err == UP_OK)
			err = read_file(r, files[i], config);
		econf_freeFile(files[i]);
	}
	return err;
}

static enum up_err check_whole(struct reading *r, const struct config *config)
{
	r->file = "userpool.conf";
	r->line = 0;
	if (config->identity_id_min > config->identity_id_max)
		return complain(r, "id_min is greater than id_max");
	if (config->identity_home[0] != '/' || config->identity_shell[0] != '/')
		return complain(r, "home and shell must be absolute paths");
	if (strpbrk(config->identity_home, ":\n") != NULL ||
	    strpbrk(config->identity_shell, ":\n") != NULL)
		return complain(r, "home and shell may hold no colon");
	for (char **pair = config->identity_map_groups; *pair != NULL; pair++) {
		const char *colon = strchr(*pair, ':');

		if (colon == NULL || colon == *pair || colon[1] == '\0')
			return complain(r, "map_groups: %s is not pool-group:local-group", *pair);
	}
	return UP_OK;
}

enum up_err config_load(const char *file, struct config **ret, char **problem)
{
	_auto_(config_free) struct config *config = calloc(1, sizeof(*config));
	struct reading r = { .file = "userpool.conf" };
	struct config_policy *standard = NULL;

	/* Else the second of two keys of a name would be passed over in silence. */
	if (config == NULL || setenv("ECONF_JOIN_SAME_ENTRIES", "1", 1) != 0)
		return UP_ERR_NOMEM;
	enum up_err err = set_standards(config, false);
	if (err == UP_OK)
		err = get_policy(&r, config, "default", &standard);
	if (err == UP_OK)
		err = file != NULL ? read_one(&r, file, config) : read_all(&r, config);
	if (err == UP_OK)
		err = check_whole(&r, config);
	if (err != UP_OK) {
		*problem = r.problem;
		return err;
	}
	*ret = TAKE(config);
	return UP_OK;
}

const struct config_policy *config_policy_for(const struct config *config, const char *service)
{
	for (size_t i = 0; i < config->policies; i++)
		if (strcmp(config->policy[i].service, service) == 0)
			return &config->policy[i];
	return &config->policy[0];
}
