/* SPDX-License-Identifier: MIT */
#include "tests/pam/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>

#include "common/attributes.h"
#include "pam/talk.h"

UP_EXPORT struct faults faults_of_module;

/* How a call fails.  SHORT does part of what was asked. */
enum way_kind { WAY_ERRNO, WAY_CODE, WAY_ZERO, WAY_SHORT, WAY_NOTHING };

struct way {
	enum way_kind kind;
	int value;
	bool is_fatal; /* nobody may be let in afterwards */
};

struct ways {
	const char *name;
	struct way way[FAULTS_WAYS];
};

#define WAYS(function, ...)                                                                        \
	static const struct ways ways_of_##function = { #function, { __VA_ARGS__ } }

/* clang-format off */
WAYS(calloc,         { WAY_ERRNO, ENOMEM, true });
WAYS(strdup,         { WAY_ERRNO, ENOMEM, false });
WAYS(getrandom,      { WAY_ERRNO, EAGAIN, true }, { WAY_SHORT, 8, true }, { WAY_ERRNO, EINTR, false });
WAYS(socket,         { WAY_ERRNO, EMFILE, true });
WAYS(connect,        { WAY_ERRNO, ECONNREFUSED, true }, { WAY_ERRNO, EAGAIN, false }, { WAY_ERRNO, EINTR, false });
WAYS(getsockopt,     { WAY_ERRNO, ENOBUFS, true });
WAYS(send,           { WAY_ERRNO, EPIPE, true }, { WAY_SHORT, 1, false }, { WAY_ERRNO, EINTR, false });
WAYS(recv,           { WAY_ERRNO, ECONNRESET, true }, { WAY_ZERO, 0, true }, { WAY_SHORT, 1, false });
WAYS(poll,           { WAY_ERRNO, ENOMEM, true }, { WAY_ZERO, 0, true }, { WAY_ERRNO, EINTR, false });
WAYS(open,           { WAY_ERRNO, EMFILE, true }, { WAY_ERRNO, EACCES, true });
WAYS(read,           { WAY_ERRNO, EIO, true }, { WAY_SHORT, 1, false }, { WAY_ERRNO, EINTR, false });
WAYS(pam_get_user,   { WAY_CODE, PAM_SYSTEM_ERR, true }, { WAY_CODE, PAM_CONV_AGAIN, true }, { WAY_CODE, PAM_BUF_ERR, true });
WAYS(pam_get_item,   { WAY_CODE, PAM_SYSTEM_ERR, false }, { WAY_NOTHING, 0, false });
WAYS(pam_set_item,   { WAY_CODE, PAM_BUF_ERR, true });
WAYS(pam_putenv,     { WAY_CODE, PAM_BUF_ERR, true });
WAYS(pam_getenv,     { WAY_NOTHING, 0, false });
WAYS(pam_set_data,   { WAY_CODE, PAM_BUF_ERR, true });
WAYS(pam_get_data,   { WAY_CODE, PAM_NO_MODULE_DATA, false });
WAYS(pam_fail_delay, { WAY_CODE, PAM_SYSTEM_ERR, false });
/* clang-format on */

/* The way in which this call is to fail, or NULL. */
static const struct way *next_call(const struct ways *ways)
{
	struct faults *f = &faults_of_module;
	size_t count = 1;

	f->calls++;
	while (count < FAULTS_WAYS && (ways->way[count].kind != 0 || ways->way[count].value != 0))
		count++;
	for (size_t i = 0; i < UP_COUNT(f->at); i++) {
		if (f->at[i].call != f->calls)
			continue;
		const struct way *way = &ways->way[f->at[i].way % count];

		f->injected++;
		f->was_fatal = f->was_fatal || way->is_fatal;
		f->last = ways->name;
		errno = way->kind == WAY_ERRNO ? way->value : 0;
		return way;
	}
	return NULL;
}

static void *remember(void *block)
{
	struct faults *f = &faults_of_module;

	for (size_t i = 0; block != NULL && i < FAULTS_BLOCKS; i++)
		if (f->block[i] == NULL) {
			f->block[i] = block;
			break;
		}
	return block;
}

static void forget(void *block)
{
	struct faults *f = &faults_of_module;

	for (size_t i = 0; i < FAULTS_BLOCKS; i++)
		if (f->block[i] == block)
			f->block[i] = NULL;
}

#define WRAP(type, name, ...)                                                                      \
	type __real_##name(__VA_ARGS__);                                                           \
	type __wrap_##name(__VA_ARGS__);                                                           \
	type __wrap_##name(__VA_ARGS__)

WRAP(void *, calloc, size_t count, size_t size)
{
	return next_call(&ways_of_calloc) != NULL ? NULL : remember(__real_calloc(count, size));
}

WRAP(char *, strdup, const char *text)
{
	return next_call(&ways_of_strdup) != NULL ? NULL : remember(__real_strdup(text));
}

WRAP(void, free, void *block)
{
	struct faults *f = &faults_of_module;

	if (block != NULL && f->secret != NULL &&
	    memmem(block, malloc_usable_size(block), f->secret, strlen(f->secret)) != NULL)
		f->secrets_freed++;
	forget(block);
	__real_free(block);
}

WRAP(ssize_t, getrandom, void *out, size_t size, unsigned int flags)
{
	const struct way *way = next_call(&ways_of_getrandom);

	if (way == NULL)
		return __real_getrandom(out, size, flags);
	return way->kind == WAY_SHORT ? way->value : -1;
}

WRAP(int, socket, int domain, int type, int protocol)
{
	return next_call(&ways_of_socket) != NULL ? -1 : __real_socket(domain, type, protocol);
}

WRAP(int, connect, int fd, const struct sockaddr *address, socklen_t size)
{
	return next_call(&ways_of_connect) != NULL ? -1 : __real_connect(fd, address, size);
}

WRAP(int, getsockopt, int fd, int level, int name, void *value, socklen_t *size)
{
	return next_call(&ways_of_getsockopt) != NULL
		       ? -1
		       : __real_getsockopt(fd, level, name, value, size);
}

WRAP(ssize_t, send, int fd, const void *data, size_t size, int flags)
{
	const struct way *way = next_call(&ways_of_send);

	if (way == NULL || way->kind == WAY_SHORT)
		return __real_send(fd, data, way == NULL ? size : 1, flags);
	return -1;
}

WRAP(ssize_t, recv, int fd, void *data, size_t size, int flags)
{
	const struct way *way = next_call(&ways_of_recv);

	if (way == NULL || way->kind == WAY_SHORT)
		return __real_recv(fd, data, way == NULL ? size : 1, flags);
	return way->kind == WAY_ZERO ? 0 : -1;
}

WRAP(int, poll, struct pollfd *fds, nfds_t count, int timeout)
{
	/* Over nothing it is a pause. */
	const struct way *way = count > 0 ? next_call(&ways_of_poll) : NULL;

	if (way == NULL)
		return __real_poll(fds, count, timeout);
	return way->kind == WAY_ZERO ? 0 : -1;
}

/* The module only reads files. */
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	return next_call(&ways_of_open) != NULL ? -1 : __real_open(path, flags);
}

WRAP(ssize_t, read, int fd, void *data, size_t size)
{
	const struct way *way = next_call(&ways_of_read);

	if (way == NULL || way->kind == WAY_SHORT)
		return __real_read(fd, data, way == NULL ? size : 1);
	return -1;
}

/* What a fortified build calls. */
ssize_t __wrap___read_chk(int fd, void *data, size_t size, size_t room);
ssize_t __wrap___read_chk(int fd, void *data, size_t size, size_t room)
{
	(void)room;
	return __wrap_read(fd, data, size);
}

WRAP(int, pam_get_user, pam_handle_t *pamh, const char **user, const char *prompt)
{
	const struct way *way = next_call(&ways_of_pam_get_user);

	return way != NULL ? way->value : __real_pam_get_user(pamh, user, prompt);
}

WRAP(int, pam_get_item, const pam_handle_t *pamh, int which, const void **ret)
{
	const struct way *way = next_call(&ways_of_pam_get_item);

	if (way == NULL)
		return __real_pam_get_item(pamh, which, ret);
	if (way->kind == WAY_NOTHING)
		*ret = NULL;
	return way->kind == WAY_NOTHING ? PAM_SUCCESS : way->value;
}

WRAP(int, pam_set_item, pam_handle_t *pamh, int which, const void *value)
{
	const struct way *way = next_call(&ways_of_pam_set_item);

	return way != NULL ? way->value : __real_pam_set_item(pamh, which, value);
}

WRAP(int, pam_putenv, pam_handle_t *pamh, const char *text)
{
	const struct way *way = next_call(&ways_of_pam_putenv);

	return way != NULL ? way->value : __real_pam_putenv(pamh, text);
}

WRAP(const char *, pam_getenv, pam_handle_t *pamh, const char *name)
{
	return next_call(&ways_of_pam_getenv) != NULL ? NULL : __real_pam_getenv(pamh, name);
}

typedef void data_free_fn(pam_handle_t *pamh, void *data, int status);

WRAP(int, pam_set_data, pam_handle_t *pamh, const char *name, void *data, data_free_fn *free_data)
{
	const bool was_fatal = faults_of_module.was_fatal;
	const struct way *way = next_call(&ways_of_pam_set_data);

	/* What cannot be taken away makes nothing laxer. */
	if (data == NULL)
		faults_of_module.was_fatal = was_fatal;
	return way != NULL ? way->value : __real_pam_set_data(pamh, name, data, free_data);
}

WRAP(int, pam_get_data, const pam_handle_t *pamh, const char *name, const void **ret)
{
	const struct way *way = next_call(&ways_of_pam_get_data);

	return way != NULL ? way->value : __real_pam_get_data(pamh, name, ret);
}

WRAP(int, pam_fail_delay, pam_handle_t *pamh, unsigned int us)
{
	const struct way *way = next_call(&ways_of_pam_fail_delay);

	return way != NULL ? way->value : __real_pam_fail_delay(pamh, us);
}

void __wrap_pam_syslog(const pam_handle_t *pamh, int priority, const char *format, ...)
	UP_PRINTF(3, 4);
void __wrap_pam_syslog(const pam_handle_t *pamh, int priority, const char *format, ...)
{
	struct faults *f = &faults_of_module;
	const size_t length = strlen(f->log);
	va_list arguments;

	(void)pamh, (void)priority;
	va_start(arguments, format);
	(void)vsnprintf(f->log + length, sizeof(f->log) - length, format, arguments);
	va_end(arguments);
	(void)strncat(f->log, "\n", sizeof(f->log) - strlen(f->log) - 1);
}

WRAP(struct talk_patience, talk_patience_for, enum up_purpose purpose)
{
	const int64_t ms = faults_of_module.patience.ms;

	if (ms == 0 || purpose != faults_of_module.patience.purpose)
		return __real_talk_patience_for(purpose);
	return (struct talk_patience){ ms, ms, ms };
}
