/* SPDX-License-Identifier: MIT */
#include "tests/lib/fault.h"

#include <errno.h>
#include <jansson.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
	unsigned int left; /* until the one that fails; 0: none will */
	unsigned int suspended;
	bool is_armed, is_lasting, has_failed;
} fault;

static sqlite3_mem_methods sqlite_memory;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);
char *__wrap_strndup(const char *text, size_t size);
int __wrap_asprintf(char **ret, const char *format, ...);
int __real_vasprintf(char **ret, const char *format, va_list args);
int __wrap_vasprintf(char **ret, const char *format, va_list args);
int __wrap___vasprintf_chk(char **ret, int flag, const char *format, va_list args);
int __wrap___asprintf_chk(char **ret, int flag, const char *format, ...);
FILE *__real_open_memstream(char **ret, size_t *size);
FILE *__wrap_open_memstream(char **ret, size_t *size);

static bool fails(void)
{
	if (!fault.is_armed || fault.suspended > 0 || fault.left == 0)
		return false;
	if (--fault.left > 0)
		return false;
	if (fault.is_lasting)
		fault.left = 1;
	fault.has_failed = true;
	errno = ENOMEM;
	return true;
}

void fault_arm(unsigned int n)
{
	fault.left = n;
	fault.is_armed = true;
	fault.is_lasting = false;
	fault.has_failed = false;
}

void fault_arm_lasting(unsigned int n)
{
	fault_arm(n);
	fault.is_lasting = true;
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

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
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

/* What stands in *ret after a failure is not defined: here, what free() would not take. */
int __wrap_vasprintf(char **ret, const char *format, va_list args)
{
	if (!fails())
		return __real_vasprintf(ret, format, args);
	*ret = (char *)(uintptr_t)1;
	return -1;
}

int __wrap_asprintf(char **ret, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int len = __wrap_vasprintf(ret, format, args);
	va_end(args);
	return len;
}

/* As fortified objects call them. */
int __wrap___vasprintf_chk(char **ret, int flag, const char *format, va_list args)
{
	(void)flag;
	return __wrap_vasprintf(ret, format, args);
}

int __wrap___asprintf_chk(char **ret, int flag, const char *format, ...)
{
	va_list args;

	(void)flag;
	va_start(args, format);
	int len = __wrap_vasprintf(ret, format, args);
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

/* Whether a fault was met. */
static bool run_once(enum up_err (*scenario)(void *arg), void *arg)
{
	enum up_err err = scenario(arg);

	if (fault_disarm())
		return true;
	if (err != UP_OK) {
		(void)fprintf(stderr, "the scenario fails by itself: %s\n", up_strerror(err));
		abort();
	}
	return false;
}

unsigned int fault_every_allocation(enum up_err (*scenario)(void *arg), void *arg)
{
	unsigned int n = 0;

	do
		fault_arm(++n);
	while (run_once(scenario, arg));
	for (unsigned int i = 1; i < n; i++) {
		fault_arm_lasting(i);
		(void)run_once(scenario, arg);
	}
	return n - 1;
}
