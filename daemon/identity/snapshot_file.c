/* SPDX-License-Identifier: MIT */
#include "daemon/identity/snapshot_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/snapshot_format.h"

#define DRAFT_SIZE 64

static void close_auto(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static enum up_err write_all(int fd, const struct iovec *piece)
{
	for (size_t done = 0; done < piece->iov_len;) {
		ssize_t put =
			write(fd, (const char *)piece->iov_base + done, piece->iov_len - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return UP_ERR_IO;
		done += (size_t)put;
	}
	return UP_OK;
}

/* Readers map it: a hole that the disk cannot fill later would be a SIGBUS in every process. */
static enum up_err write_draft(int directory, const char *draft, const struct iovec *pieces,
			       size_t count)
{
	off_t size = 0;

	for (size_t i = 0; i < count; i++)
		size += (off_t)pieces[i].iov_len;
	if (unlinkat(directory, draft, 0) < 0 && errno != ENOENT)
		return UP_ERR_IO;
	_auto_(close) int fd = openat(directory, draft,
				      O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || posix_fallocate(fd, 0, size) != 0)
		return UP_ERR_IO;
	for (size_t i = 0; i < count; i++)
		UP_TRY(write_all(fd, &pieces[i]));
	return fchmod(fd, 0644) == 0 && fsync(fd) == 0 ? UP_OK : UP_ERR_IO;
}

/* The old file's header, mapped for writing; NULL: there is none that we could have written. */
static struct up_snapshot_header *map_old(int directory, const char *name)
{
	struct stat st;
	_auto_(close) int fd =
		openat(directory, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_size < (off_t)sizeof(struct up_snapshot_header))
		return NULL;
	void *head = mmap(NULL, sizeof(struct up_snapshot_header), PROT_READ | PROT_WRITE,
			  MAP_SHARED, fd, 0);
	return head == MAP_FAILED ? NULL : head;
}

static void set_retired(struct up_snapshot_header *old, uint32_t value)
{
	if (old != NULL)
		atomic_store(&old->retired, value);
}

static void name_draft(const char *name, char ret[DRAFT_SIZE])
{
	(void)snprintf(ret, DRAFT_SIZE, "%s.new", name);
}

enum up_err snapshot_file_write(const char *directory, const char *name, const struct iovec *pieces,
				size_t count)
{
	char draft[DRAFT_SIZE];
	_auto_(close) int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return UP_ERR_IO;
	name_draft(name, draft);
	return write_draft(dir, draft, pieces, count);
}

/*
 * The old one is retired first: a reader that looks between the two steps finds the
 * old file under the name still and goes on with it, and looks again next time.  The
 * other way round, a crash in between would leave readers with the old one for good.
 */
enum up_err snapshot_file_commit(const char *directory, const char *name)
{
	char draft[DRAFT_SIZE];
	enum up_err err = UP_OK;
	_auto_(close) int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return UP_ERR_IO;
	name_draft(name, draft);
	struct up_snapshot_header *old = map_old(dir, name);
	set_retired(old, 1);
	if (renameat(dir, draft, dir, name) < 0) {
		set_retired(old, 0);
		err = UP_ERR_IO;
	}
	if (old != NULL)
		(void)munmap(old, sizeof(*old));
	return err == UP_OK && fsync(dir) < 0 ? UP_ERR_IO : err;
}
