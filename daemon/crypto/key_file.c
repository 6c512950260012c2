/* SPDX-License-Identifier: MIT */
#include "daemon/crypto/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/crypto/random.h"

#define PATH_SIZE 4096

static void close_auto(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static bool is_trusted(const struct stat *st)
{
	return S_ISREG(st->st_mode) && (st->st_uid == geteuid() || st->st_uid == 0) &&
	       (st->st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

static enum up_err read_key(int fd, uint8_t ret[SEAL_KEY_SIZE])
{
	uint8_t bytes[SEAL_KEY_SIZE + 1];
	struct stat st;
	enum up_err err = UP_OK;

	if (fstat(fd, &st) < 0)
		return UP_ERR_SYSTEM;
	if (!is_trusted(&st))
		return UP_ERR_UNTRUSTED;
	ssize_t got = read(fd, bytes, sizeof(bytes));
	if (got < 0)
		err = UP_ERR_IO;
	else if (got != SEAL_KEY_SIZE)
		err = UP_ERR_CORRUPT;
	else
		memcpy(ret, bytes, SEAL_KEY_SIZE);
	explicit_bzero(bytes, sizeof(bytes));
	return err;
}

/* The service manager hands keys over by name; its directory is not readable by others. */
static enum up_err read_credential(const char *name, uint8_t ret[SEAL_KEY_SIZE])
{
	const char *directory = secure_getenv("CREDENTIALS_DIRECTORY");
	char path[PATH_SIZE];

	if (directory == NULL ||
	    (size_t)snprintf(path, sizeof(path), "%s/%s", directory, name) >= sizeof(path))
		return UP_ERR_IO;
	_auto_(close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
	return fd < 0 ? UP_ERR_IO : read_key(fd, ret);
}

static enum up_err write_all(int fd, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t done = write(fd, bytes, len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return UP_ERR_IO;
		bytes += done;
		len -= (size_t)done;
	}
	return fsync(fd) == 0 ? UP_OK : UP_ERR_IO;
}

/* Under a name of its own first, so that no reader and no crash sees half a key; link() does not
 * replace one that another process has made in between. */
static enum up_err create_key(int directory, const char *name)
{
	uint8_t bytes[SEAL_KEY_SIZE];
	char draft[300], suffix[9];
	enum up_err err;

	UP_TRY(random_bytes(bytes, sizeof(bytes)));
	UP_TRY(random_text(suffix, sizeof(suffix) - 1, "abcdefghijklmnopqrstuvwxyz"));
	(void)snprintf(draft, sizeof(draft), ".%.255s.%s", name, suffix);
	_auto_(close) int fd = openat(directory, draft,
				      O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return UP_ERR_IO;
	err = write_all(fd, bytes, sizeof(bytes));
	explicit_bzero(bytes, sizeof(bytes));
	if (err == UP_OK && linkat(directory, draft, directory, name, 0) < 0 && errno != EEXIST)
		err = UP_ERR_IO;
	(void)unlinkat(directory, draft, 0);
	return err == UP_OK && fsync(directory) < 0 ? UP_ERR_IO : err;
}

enum up_err key_file_read(const char *directory, const char *name, bool create,
			  uint8_t ret[SEAL_KEY_SIZE])
{
	enum up_err err = read_credential(name, ret);

	if (err != UP_ERR_IO)
		return err;
	_auto_(close) int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return UP_ERR_IO;
	for (;;) {
		_auto_(close) int fd = openat(
			dir, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);

		if (fd >= 0)
			return read_key(fd, ret);
		if (errno == ELOOP)
			return UP_ERR_UNTRUSTED;
		if (errno != ENOENT || !create)
			return UP_ERR_IO;
		UP_TRY(create_key(dir, name));
		create = false;
	}
}
