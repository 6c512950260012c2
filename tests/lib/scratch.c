/* SPDX-License-Identifier: MIT */
#include "tests/lib/scratch.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void must(int succeeded, const char *what)
{
	if (succeeded)
		return;
	perror(what);
	abort();
}

char *scratch_new(void)
{
	const char *base = getenv("TMPDIR");
	char *path = scratch_path(base != NULL ? base : "/tmp", "userpool-test.XXXXXX");

	must(mkdtemp(path) != NULL, path);
	return path;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

void scratch_free(char *directory)
{
	if (directory == NULL)
		return;
	must(nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0, directory);
	free(directory);
}

char *scratch_path(const char *directory, const char *name)
{
	char *path = NULL;

	must(asprintf(&path, "%s/%s", directory, name) >= 0, "asprintf");
	return path;
}

void scratch_write(const char *directory, const char *name, const void *data, size_t len,
		   mode_t mode)
{
	char *path = scratch_path(directory, name);

	must(unlink(path) == 0 || access(path, F_OK) != 0, path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	must(fd >= 0, path);
	must(write(fd, data, len) == (ssize_t)len, path);
	must(fchmod(fd, mode) == 0, path);
	must(close(fd) == 0, path);
	free(path);
}

char *scratch_read(const char *path, size_t *len)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	must(fd >= 0 && fstat(fd, &st) == 0, path);
	char *data = malloc((size_t)st.st_size + 1);
	must(data != NULL, path);
	must(read(fd, data, (size_t)st.st_size) == (ssize_t)st.st_size, path);
	must(close(fd) == 0, path);
	data[st.st_size] = '\0';
	*len = (size_t)st.st_size;
	return data;
}
