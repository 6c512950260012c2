/* SPDX-License-Identifier: MIT */
/*
 * NSS-28, L1: the two modules as files.  They export what glibc and libpam call and
 * nothing else, need no library but libc and libpam, read no environment, and stay
 * loaded.
 */
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/attributes.h"
#include "tests/lib/testing.h"

#define NAMES 16

static const struct module {
	const char *path;
	const char *exports[NAMES];
	const char *needed[NAMES];
} modules[] = {
	{ "nss/.libs/libnss_userpool.so.2",
	  { "_nss_userpool_getpwnam_r", "_nss_userpool_getpwuid_r", "_nss_userpool_setpwent",
	    "_nss_userpool_getpwent_r", "_nss_userpool_endpwent", "_nss_userpool_getgrnam_r",
	    "_nss_userpool_getgrgid_r", "_nss_userpool_setgrent", "_nss_userpool_getgrent_r",
	    "_nss_userpool_endgrent", "_nss_userpool_initgroups_dyn" },
	  { "libc.so.6", "ld-linux-x86-64.so.2" } },
	{ "pam/.libs/pam_userpool.so",
	  { "pam_sm_authenticate", "pam_sm_setcred", "pam_sm_acct_mgmt", "pam_sm_open_session",
	    "pam_sm_close_session", "pam_sm_chauthtok" },
	  { "libc.so.6", "libpam.so.0", "ld-linux-x86-64.so.2" } },
};

/* What a process that runs as root must not have done to it behind its back. */
static const char *const forbidden[] = {
	"getenv",  "secure_getenv", "__secure_getenv", "environ",        "__environ",
	"atexit",  "signal",        "sigaction",       "pthread_create", "fork",
	"execve",  "system",        "popen",           "getpwnam_r",     "getpwnam",
	"syslog",  "printf",        "__printf_chk",    "setuid",         "seteuid",
	"umask",   "chdir",         "alarm",           "select",         "strcpy",
	"sprintf", "gets",          "strtok",          "pthread_atfork",
};

struct object {
	char path[4096];
	const uint8_t *bytes;
	size_t size;
	const ElfW(Sym) * symbols;
	size_t count;
	const char *strings;
	const ElfW(Dyn) * dynamic;
};

static void object_open(const struct module *module, struct object *ret)
{
	struct stat st;

	(void)snprintf(ret->path, sizeof(ret->path), "%s/%s", getenv("TOP_BUILDDIR"), module->path);
	int fd = open(ret->path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	ret->size = (size_t)st.st_size;
	ret->bytes = mmap(NULL, ret->size, PROT_READ, MAP_PRIVATE, fd, 0);
	assert_true(ret->bytes != MAP_FAILED);
	assert_int_equal(close(fd), 0);
	const ElfW(Ehdr) *head = (const void *)ret->bytes;
	const ElfW(Shdr) *sections = (const void *)(ret->bytes + head->e_shoff);
	for (size_t i = 0; i < head->e_shnum; i++)
		if (sections[i].sh_type == SHT_DYNSYM) {
			ret->symbols = (const void *)(ret->bytes + sections[i].sh_offset);
			ret->count = sections[i].sh_size / sizeof(ElfW(Sym));
			ret->strings =
				(const char *)ret->bytes + sections[sections[i].sh_link].sh_offset;
		} else if (sections[i].sh_type == SHT_DYNAMIC) {
			ret->dynamic = (const void *)(ret->bytes + sections[i].sh_offset);
		}
	assert_non_null(ret->symbols);
	assert_non_null(ret->dynamic);
}

static void object_close(struct object *object)
{
	assert_int_equal(munmap((void *)(uintptr_t)object->bytes, object->size), 0);
}

static bool is_listed(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count && names[i] != NULL; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void exactly_the_entry_points_are_exported(void **state)
{
	(void)state;
	for (size_t i = 0; i < UP_COUNT(modules); i++) {
		struct object object = { 0 };
		size_t found = 0, expected = 0;

		object_open(&modules[i], &object);
		for (size_t j = 1; j < object.count; j++) {
			const char *name = object.strings + object.symbols[j].st_name;

			if (object.symbols[j].st_shndx == SHN_UNDEF ||
			    object.symbols[j].st_shndx == SHN_ABS)
				continue;
			if (!is_listed(modules[i].exports, NAMES, name))
				fail_msg("%s exports %s", modules[i].path, name);
			found++;
		}
		while (expected < NAMES && modules[i].exports[expected] != NULL)
			expected++;
		assert_int_equal(found, expected);
		object_close(&object);
	}
}

static void nothing_dangerous_is_called(void **state)
{
	(void)state;
	for (size_t i = 0; i < UP_COUNT(modules); i++) {
		struct object object = { 0 };

		object_open(&modules[i], &object);
		for (size_t j = 1; j < object.count; j++) {
			const char *name = object.strings + object.symbols[j].st_name;

			if (object.symbols[j].st_shndx == SHN_UNDEF &&
			    is_listed(forbidden, UP_COUNT(forbidden), name))
				fail_msg("%s calls %s", modules[i].path, name);
		}
		object_close(&object);
	}
}

static void only_libc_and_libpam_are_needed(void **state)
{
	(void)state;
	for (size_t i = 0; i < UP_COUNT(modules); i++) {
		struct object object = { 0 };
		bool stays = false, is_bound_at_once = false;

		object_open(&modules[i], &object);
		for (const ElfW(Dyn) *entry = object.dynamic; entry->d_tag != DT_NULL; entry++) {
			const char *name = object.strings + entry->d_un.d_val;

			if (entry->d_tag == DT_NEEDED && !is_listed(modules[i].needed, NAMES, name))
				fail_msg("%s needs %s", modules[i].path, name);
			if (entry->d_tag == DT_RPATH || entry->d_tag == DT_RUNPATH ||
			    entry->d_tag == DT_TEXTREL)
				fail_msg("%s has an entry %ld", modules[i].path,
					 (long)entry->d_tag);
			if (entry->d_tag == DT_FLAGS_1) {
				stays = (entry->d_un.d_val & DF_1_NODELETE) != 0;
				is_bound_at_once = (entry->d_un.d_val & DF_1_NOW) != 0;
			}
		}
		assert_true(stays);
		assert_true(is_bound_at_once);
		object_close(&object);
	}
}

static void each_entry_point_is_found_by_name_and_stays(void **state)
{
	(void)state;
	for (size_t i = 0; i < UP_COUNT(modules); i++) {
		struct object object = { 0 };

		object_open(&modules[i], &object);
		void *module = dlopen(object.path, RTLD_NOW | RTLD_LOCAL);
		if (module == NULL)
			fail_msg("%s", dlerror());
		for (size_t j = 0; j < NAMES && modules[i].exports[j] != NULL; j++)
			assert_non_null(dlsym(module, modules[i].exports[j]));
		assert_int_equal(dlclose(module), 0);
		assert_non_null(dlopen(object.path, RTLD_NOW | RTLD_NOLOAD));
		object_close(&object);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exactly_the_entry_points_are_exported),
		cmocka_unit_test(nothing_dangerous_is_called),
		cmocka_unit_test(only_libc_and_libpam_are_needed),
		cmocka_unit_test(each_entry_point_is_found_by_name_and_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
