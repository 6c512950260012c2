/* SPDX-License-Identifier: MIT */
/* Whether the PAM stacks ask us, in auth and in account, includes followed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/doctor.h"

#define INCLUDE_DEPTH_MAX 16

static const char advice[] =
	"Run: pam-auth-update --enable userpool userpool-password; see pam_userpool(8)";

/* What a line of a stack is, as far as we look. */
struct pam_line {
	const char *type, *control, *module; /* module: of an include, the file */
};

static char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");

	if (*word == '\0')
		return NULL;
	/* A control in brackets has spaces in it. */
	char *end = *word == '[' ? strchr(word, ']') : word + strcspn(word, " \t");
	if (end == NULL)
		return NULL;
	if (*end == ']')
		end++;
	*rest = *end != '\0' ? end + 1 : end;
	*end = '\0';
	return word;
}

static bool split_line(char *line, struct pam_line *ret)
{
	ret->type = next_word(&line);
	ret->control = ret->type != NULL ? next_word(&line) : NULL;
	ret->module = ret->control != NULL ? next_word(&line) : NULL;
	if (ret->type != NULL && strcmp(ret->type, "@include") == 0 && ret->control != NULL)
		ret->module = ret->control;
	/* A leading dash only says that a missing module is not logged. */
	if (ret->type != NULL && *ret->type == '-')
		ret->type++;
	return ret->module != NULL;
}

static FILE *open_stack(const struct doctor *d, const char *name)
{
	static const char *const folders[] = { "/etc/pam.d/", "/usr/lib/pam.d/" };
	FILE *file = NULL;

	if (*name == '/')
		return doctor_open(d, name);
	for (size_t i = 0; i < UP_COUNT(folders) && file == NULL; i++) {
		char path[512];
		int length = snprintf(path, sizeof(path), "%s%s", folders[i], name);

		if (length > 0 && (size_t)length < sizeof(path))
			file = doctor_open(d, path);
	}
	return file;
}

static bool is_our_module(const char *module)
{
	const char *slash = strrchr(module, '/');

	return strcmp(slash != NULL ? slash + 1 : module, "pam_userpool.so") == 0;
}

static bool stack_asks_us(const struct doctor *d, const char *name, const char *type, int depth);

static bool line_asks_us(const struct doctor *d, const struct pam_line *line, const char *type,
			 int depth)
{
	if (strcmp(line->type, "@include") == 0)
		return stack_asks_us(d, line->module, type, depth + 1);
	if (strcmp(line->type, type) != 0)
		return false;
	if (strcmp(line->control, "include") == 0 || strcmp(line->control, "substack") == 0)
		return stack_asks_us(d, line->module, type, depth + 1);
	return is_our_module(line->module);
}

static bool stack_asks_us(const struct doctor *d, const char *name, const char *type, int depth)
{
	FILE *file = depth < INCLUDE_DEPTH_MAX ? open_stack(d, name) : NULL;
	char *buffer = NULL, *text;
	struct pam_line line;
	size_t size = 0;
	bool asks = false;

	if (file == NULL)
		return false;
	while (!asks && (text = doctor_line(file, &buffer, &size)) != NULL)
		if (split_line(text, &line))
			asks = line_asks_us(d, &line, type, depth);
	free(buffer);
	(void)fclose(file);
	return asks;
}

/* True if the service asks us in both. */
static bool check_service(struct doctor *d, const char *service)
{
	FILE *file = open_stack(d, service);

	if (file == NULL)
		return false;
	(void)fclose(file);
	bool auth = stack_asks_us(d, service, "auth", 0);
	bool account = stack_asks_us(d, service, "account", 0);

	if (auth && account)
		doctor_find(d, SEVERITY_OK, "pam", NULL, "%s: auth and account ask userpool",
			    service);
	else if (!auth && !account)
		doctor_find(d, SEVERITY_WARNING, "pam", advice, "%s: does not ask userpool",
			    service);
	else if (auth)
		doctor_find(d, SEVERITY_ERROR, "pam", advice,
			    "%s: account does not ask userpool: disabled users with a key get in",
			    service);
	else
		doctor_find(d, SEVERITY_ERROR, "pam", advice, "%s: auth does not ask userpool",
			    service);
	return auth && account;
}

void doctor_check_pam(struct doctor *d)
{
	static const char *const services[] = { "sshd", "sudo", "login" };
	bool any = false;

	for (size_t i = 0; i < UP_COUNT(services); i++)
		any = check_service(d, services[i]) || any;
	if (!any)
		doctor_find(d, SEVERITY_ERROR, "pam", advice,
			    "none of sshd, sudo and login signs pool users in");
}
