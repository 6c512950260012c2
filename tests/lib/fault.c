/* SPDX-License-Identifier: MIT */
#include "tests/lib/fault.h"

#include <errno.h>
#include <jansson.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
	unsigned int left; /* until the one that fails; 0: none will */
	unsigned int suspended;
	bool is_armed, has_failed;
} fault;

static sqlite3_mem_methods sqlite_memory;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);
char *__wrap_strndup(const char *text, size_t size);
int __wrap_asprintf(char **ret, const char *format, ...);
int __wrap___asprintf_chk(char **ret, int flag, const char *format, ...);
FILE *__real_open_memstream(char **ret, size_t *size);
FILE *__wrap_open_memstream(char **ret, size_t *size);

static bool fails(void)
{
	if (!fault.is_armed || fault.suspended > 0 || fault.left == 0 || --fault.left > 0)
		return false;
	fault.has_failed = true;
	errno = ENOMEM;
	return true;
}

void fault_arm(unsigned int n)
{
	fault.left = n;
	fault.is_armed = true;
	fault.has_failed = false;
}

bool fault_disarm(void)
{
	fault.is_armed = false;
	return fault.has_failed;
}

void fault_suspend(void)
{
	fault.suspended++;
}

void fault_resume(void)
{
	fault.suspended--;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_reallocarray(void *old, size_t count, size_t size)
{
	return fails() ? NULL : __real_reallocarray(old, count, size);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t size)
{
	return fails() ? NULL : __real_strndup(text, size);
}

int __wrap_asprintf(char **ret, const char *format, ...)
{
	va_list args;

	if (fails())
		return -1;
	va_start(args, format);
	int len = vasprintf(ret, format, args);
	va_end(args);
	return len;
}

int __wrap___asprintf_chk(char **ret, int flag, const char *format, ...)
{
	va_list args;

	(void)flag;
	if (fails())
		return -1;
	va_start(args, format);
	int len = vasprintf(ret, format, args);
	va_end(args);
	return len;
}

FILE *__wrap_open_memstream(char **ret, size_t *size)
{
	return fails() ? NULL : __real_open_memstream(ret, size);
}

static void *sqlite_malloc(int size)
{
	return fails() ? NULL : sqlite_memory.xMalloc(size);
}

static void *sqlite_realloc(void *old, int size)
{
	return fails() ? NULL : sqlite_memory.xRealloc(old, size);
}

static void *json_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void fault_init(void)
{
	sqlite3_mem_methods failing;

	json_set_alloc_funcs(json_malloc, free);
	if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_memory) != SQLITE_OK)
		abort();
	failing = sqlite_memory;
	failing.xMalloc = sqlite_malloc;
	failing.xRealloc = sqlite_realloc;
	if (sqlite3_config(SQLITE_CONFIG_MALLOC, &failing) != SQLITE_OK)
		abort();
}
