/* SPDX-License-Identifier: MIT */
/*
 * A real server_run() in a child process, on a fake host and a small pool, and the raw
 * clients that try it.  Who they seem to be is for the test to say.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "common/frame.h"
#include "tests/lib/fake_host.h"
#include "tests/lib/small_pool.h"

#define UID_ADMIN 1001 /* a local user that userpool.conf names */
#define UID_OTHER 1002

struct a_daemon {
	struct fake_host host; /* its directory is the state directory as well */
	struct small_pool pool;
	char runtime[48], log[48];
	pid_t pid;
	int notify;         /* where its sd_notify() messages come */
	rlim_t descriptors; /* RLIMIT_NOFILE of it; 0: as it is */
	bool by_systemd;    /* the sockets are handed over */
};

void a_daemon_init(struct a_daemon *d, const char *config);
void a_daemon_clear(struct a_daemon *d);

/* Starts it and waits until it is ready, or has ended; then its result is in *ret.  Runs in
 * `runtime`, or in d->runtime if that is NULL. */
bool a_daemon_start(struct a_daemon *d, const char *runtime, enum up_err *ret);
void a_daemon_signal(struct a_daemon *d, int number);
/* Waits for the next message of sd_notify(), which must have `text` in it. */
void a_daemon_expect(struct a_daemon *d, const char *text);
/* Waits for its end. */
enum up_err a_daemon_wait(struct a_daemon *d);
/* How many lines of its log have `text` in them. */
size_t a_daemon_logged(struct a_daemon *d, const char *text);

/* From now on clients seem to be of `uid`, in a program that `real_uid` runs. */
void clients_are(uid_t uid, uid_t real_uid);
/* All the daemon's time-outs are shorter by this; 1 at first. */
void time_runs(unsigned int faster);
/* The pool says nothing to this operation (NULL: to none) until the daemon ends. */
void pool_is_silent_about(const char *operation);

int client_connect(const struct a_daemon *d, const char *socket);
void client_send(int fd, const void *bytes, size_t len);
/* Waits for the end of the connection; false: something was sent before, or it did not come. */
bool client_sees_end(int fd);
/* Whether a frame comes; its payload, of *len bytes, is the caller's to free. */
bool client_receive(int fd, uint16_t *type, uint8_t **payload, size_t *len);

/* One operation over api.sock: the error's type in `error`, "" for none.  A new reference to the
 * result, or NULL. */
json_t *api_ask(const struct a_daemon *d, const char *operation, json_t *request, char error[128]);

/* Sends the begin frame; the answers are for client_receive(). */
void login_send_begin(int fd, const char *user, enum up_purpose purpose);
void login_send_answer(int fd, const char *text);
/* The next frame: a prompt (true), or the end in *done. */
bool login_receive(int fd, struct up_login_done *done);
