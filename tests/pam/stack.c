/* SPDX-License-Identifier: MIT */
#include "tests/pam/stack.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/testing.h"

struct faults *faults;

static char directory[] = "/tmp/userpool-pam-XXXXXX";
static char module_path[PATH_MAX], local_path[PATH_MAX];
static void *module;

void stack_write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* Loaded once for all handles, so that the faults' state stays. */
static void load_module(void)
{
	const char *top = getenv("TOP_BUILDDIR");

	assert_non_null(top);
	(void)snprintf(module_path, sizeof(module_path), "%s/tests/pam/.libs/pam_testing.so", top);
	(void)snprintf(local_path, sizeof(local_path), "%s/tests/pam/.libs/pam_local.so", top);
	module = dlopen(module_path, RTLD_NOW | RTLD_LOCAL);
	if (module == NULL)
		fail_msg("%s", dlerror());
	faults = dlsym(module, "faults_of_module");
	assert_non_null(faults);
}

int stack_open(void **state)
{
	(void)state;
	load_module();
	assert_non_null(mkdtemp(directory));
	assert_int_equal(chdir(directory), 0);
	assert_int_equal(mkdir("pam.d", 0755), 0);
	assert_int_equal(mkdir("run", 0755), 0);
	stack_write_file("passwd",
			 "root:x:0:0::/root:/bin/sh\nlou:x:1001:1001::/home/lou:/bin/sh\n");
	stack_plain_service("plain", "");
	return 0;
}

int stack_close(void **state)
{
	char command[sizeof(directory) + 16];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	(void)dlclose(module);
	return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static void put_line_part(FILE *file, const char **text)
{
	static const struct {
		const char *word;
		const char *path;
	} words[] = { { "%userpool", module_path }, { "%local", local_path } };

	for (size_t i = 0; i < UP_COUNT(words); i++)
		if (strncmp(*text, words[i].word, strlen(words[i].word)) == 0) {
			assert_true(fputs(words[i].path, file) >= 0);
			*text += strlen(words[i].word);
			return;
		}
	assert_true(fputc(*(*text)++, file) >= 0);
}

void stack_service(const char *service, const char *lines)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "pam.d/%s", service);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	while (*lines != '\0')
		put_line_part(file, &lines);
	assert_int_equal(fclose(file), 0);
}

void stack_plain_service(const char *service, const char *options)
{
	char lines[1024];

	(void)snprintf(lines, sizeof(lines),
		       "auth required %%userpool %s\naccount required %%userpool %s\n"
		       "session required %%userpool %s\npassword required %%userpool %s\n",
		       options, options, options, options);
	stack_service(service, lines);
}

static void note_delay(int code, unsigned int delay_us, void *arg)
{
	struct person *person = arg;

	(void)code;
	if (person != NULL)
		person->delay_us = delay_us;
}

void stack_start(struct stack *stack, const char *service, const char *user)
{
	stack->conv = (struct pam_conv){ person_talks, &stack->person };
	assert_int_equal(pam_start_confdir(service, user, &stack->conv, "pam.d", &stack->pamh),
			 PAM_SUCCESS);
	stack->person.pamh = stack->pamh;
	assert_int_equal(pam_set_item(stack->pamh, PAM_FAIL_DELAY, (const void *)note_delay),
			 PAM_SUCCESS);
}

void stack_end(struct stack *stack)
{
	assert_int_equal(pam_end(stack->pamh, PAM_SUCCESS), PAM_SUCCESS);
	stack->pamh = NULL;
}
