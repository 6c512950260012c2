/* SPDX-License-Identifier: MIT */
/* Uids and names of the pool against what else lives on the host. */
#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "cli/api.h"
#include "cli/doctor.h"
#include "cli/output.h"
#include "common/localdb.h"
#include "common/names.h"

/* Defaults of the keys id_min and id_max; see userpool.conf(5). */
#define ID_MIN_DEFAULT 1879048192U
#define ID_MAX_DEFAULT 2147483647U
#define PAGES_MAX      1000

static bool read_number(const char *text, uint64_t *ret)
{
	char *end = NULL;

	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || !isdigit((unsigned char)*text))
		return false;
	*ret = value;
	return true;
}

/* Takes id_min and id_max of [identity] from a file in the style of userpool.conf. */
static void read_range(struct doctor *d, const char *path)
{
	FILE *file = doctor_open(d, path);
	char *buffer = NULL, *line;
	bool in_identity = false;
	size_t size = 0;

	if (file == NULL)
		return;
	while ((line = doctor_line(file, &buffer, &size)) != NULL) {
		uint64_t value = 0;
		char *rest = NULL, *key;

		if (*line == '[')
			in_identity = strcmp(line, "[identity]") == 0;
		key = strtok_r(line, " \t=", &rest);
		char *text = key != NULL ? strtok_r(NULL, " \t=", &rest) : NULL;
		if (!in_identity || text == NULL || !read_number(text, &value) ||
		    value > UINT32_MAX)
			continue;
		if (strcmp(key, "id_min") == 0)
			d->id_min = (uint32_t)value;
		if (strcmp(key, "id_max") == 0)
			d->id_max = (uint32_t)value;
	}
	free(buffer);
	(void)fclose(file);
}

static void read_configured_range(struct doctor *d)
{
	char *pattern = doctor_path(d, UP_CONFDIR "/userpool.conf.d/*.conf");
	glob_t found = { 0 };

	d->id_min = ID_MIN_DEFAULT;
	d->id_max = ID_MAX_DEFAULT;
	read_range(d, UP_VENDORCONFDIR "/userpool.conf");
	read_range(d, UP_CONFDIR "/userpool.conf");
	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			read_range(d, found.gl_pathv[i] + strlen(d->root));
		globfree(&found);
	}
	free(pattern);
}

/* Calls `each` with the colon-separated fields of every line; at most 7, as passwd(5) has. */
static bool each_line(struct doctor *d, const char *path,
		      void (*each)(struct doctor *d, const char *path, char *field[7]))
{
	FILE *file = doctor_open(d, path);
	char *buffer = NULL, *line;
	size_t size = 0;

	if (file == NULL)
		return false;
	while ((line = doctor_line(file, &buffer, &size)) != NULL) {
		char *field[7] = { NULL };

		for (size_t i = 0; i < UP_COUNT(field); i++)
			field[i] = line != NULL ? strsep(&line, ":") : NULL;
		each(d, path, field);
	}
	free(buffer);
	(void)fclose(file);
	return true;
}

static void check_subordinate(struct doctor *d, const char *path, char *field[7])
{
	uint64_t first = 0, count = 0;

	if (field[2] == NULL || !read_number(field[1], &first) || !read_number(field[2], &count))
		return;
	if (count > 0 && first <= d->id_max && first + count > d->id_min)
		doctor_find(
			d, SEVERITY_ERROR, "ids",
			"Move that range, or id_min and id_max before the first user is made: a "
			"container's root could be a pool user",
			"%s gives %s ids of pool users", path, field[0]);
}

static void check_local_id(struct doctor *d, const char *path, char *field[7])
{
	uint64_t id = 0;

	if (field[2] == NULL || !read_number(field[2], &id))
		return;
	if (id >= d->id_min && id <= d->id_max)
		doctor_find(d, SEVERITY_ERROR, "ids", "Give it an id outside the range of the pool",
			    "%s: %s has id %s, of the pool's range", path, field[0], field[2]);
}

static void check_range(struct doctor *d)
{
	size_t before = json_array_size(d->findings);

	if (d->id_min > d->id_max)
		doctor_find(d, SEVERITY_ERROR, "ids", "Correct userpool.conf",
			    "id_min is above id_max");
	(void)each_line(d, "/etc/subuid", check_subordinate);
	(void)each_line(d, "/etc/subgid", check_subordinate);
	(void)each_line(d, UP_LOCAL_PASSWD, check_local_id);
	(void)each_line(d, UP_LOCAL_GROUP, check_local_id);
	if (json_array_size(d->findings) == before)
		doctor_find(d, SEVERITY_OK, "ids", NULL, "nobody else uses the ids %u to %u",
			    d->id_min, d->id_max);
}

static void check_name(struct doctor *d, const char *passwd, const char *name)
{
	char folded[UP_LOGIN_NAME_SIZE];

	if (!up_login_name_fold(name, folded))
		doctor_find(
			d, SEVERITY_WARNING, "names",
			"Only ^[a-z_][a-z0-9_-]{0,31}$ can be a login name; the user stays out of "
			"this host",
			"pool user %s cannot be a Linux user", name);
	else if (up_local_find_name(passwd, folded, NULL) == UP_LOCAL_YES)
		doctor_find(d, SEVERITY_WARNING, "names",
			    "The local one is used.  Remove it, or rename one of them",
			    "pool user %s is also a local user", name);
}

/* The next page's request, or NULL after the last. */
static json_t *check_page(struct doctor *d, const char *passwd, const char *pool_id, json_t *page)
{
	json_t *user;
	size_t i;

	json_array_foreach (json_object_get(page, "Users"), i, user) {
		const char *name = json_string_value(json_object_get(user, "Username"));

		if (name != NULL)
			check_name(d, passwd, name);
	}
	const char *token = json_string_value(json_object_get(page, "PaginationToken"));
	if (token == NULL)
		return NULL;
	return must_json(json_pack("{s:s, s:i, s:s}", "UserPoolId", pool_id, "Limit", 60,
				   "PaginationToken", token));
}

static void check_names_of(struct doctor *d, const char *pool_id)
{
	size_t before = json_array_size(d->findings);
	char *passwd = doctor_path(d, UP_LOCAL_PASSWD);
	json_t *request = must_json(json_pack("{s:s, s:i}", "UserPoolId", pool_id, "Limit", 60));
	bool is_read = true;

	for (int pages = 0; request != NULL && pages < PAGES_MAX; pages++) {
		struct api_answer answer;
		enum up_err err = api_try(d->cli, "ListUsers", request, &answer);

		request = NULL;
		is_read = err == UP_OK && answer.result != NULL;
		if (is_read)
			request = check_page(d, passwd, pool_id, answer.result);
		json_decref(answer.result);
	}
	json_decref(request);
	free(passwd);
	if (!is_read)
		doctor_find(d, SEVERITY_WARNING, "names", "Run userpool doctor as root",
			    "the pool's users could not be listed: names not compared");
	else if (json_array_size(d->findings) == before)
		doctor_find(d, SEVERITY_OK, "names", NULL, "no pool user has a local user's name");
}

static void check_names(struct doctor *d)
{
	struct api_answer answer;

	/* That the daemon does not answer is said elsewhere. */
	if (api_try(d->cli, "GetHostStatus", NULL, &answer) != UP_OK)
		return;
	const char *pool_id = json_string_value(json_object_get(answer.result, "UserPoolId"));
	if (pool_id != NULL && *pool_id != '\0')
		check_names_of(d, pool_id);
	json_decref(answer.result);
}

void doctor_check_ids(struct doctor *d)
{
	read_configured_range(d);
	check_range(d);
	check_names(d);
}
