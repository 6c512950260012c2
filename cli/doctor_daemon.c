/* SPDX-License-Identifier: MIT */
/* The sockets, the daemon behind them, its worker, and the file it publishes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/api.h"
#include "cli/doctor.h"
#include "cli/output.h"
#include "common/protocol.h"

#define START_ADVICE "Start it: systemctl enable --now userpoold.socket userpoold"

static void check_socket(struct doctor *d, const char *name)
{
	char *path = NULL;
	struct stat st;

	if (asprintf(&path, "%s/%s", d->runtime_dir, name) < 0)
		out_of_memory();
	if (lstat(path, &st) < 0)
		doctor_find(d, SEVERITY_ERROR, "socket", START_ADVICE, "%s: %s", path,
			    strerror(errno));
	else if (!S_ISSOCK(st.st_mode))
		doctor_find(d, SEVERITY_ERROR, "socket", "Remove it and restart userpoold",
			    "%s is not a socket", path);
	else if ((st.st_mode & 0666) != 0666)
		doctor_find(
			d, SEVERITY_ERROR, "socket",
			"Restart userpoold.socket: everybody must be able to connect (mode 0666)",
			"%s has mode %04o", path, st.st_mode & 07777);
	else
		doctor_find(d, SEVERITY_OK, "socket", NULL, "%s", path);
	free(path);
}

static void check_directory(struct doctor *d)
{
	struct stat st;

	if (stat(d->runtime_dir, &st) < 0)
		return;
	if ((st.st_mode & 0002) != 0)
		doctor_find(d, SEVERITY_ERROR, "socket",
			    "chmod 0755 it: others could plant sockets",
			    "everybody may write to %s", d->runtime_dir);
}

/* Any question of a pool: it is the answer that counts. */
static void check_worker(struct doctor *d, const char *pool_id)
{
	struct api_answer answer;
	enum up_err err = api_try(d->cli, "GetJsonWebKeySet",
				  must_json(json_pack("{s:s}", "UserPoolId", pool_id)), &answer);
	const char *advice = "See: journalctl -u userpoold, events worker-failed and store-failed";

	if (err != UP_OK)
		doctor_find(d, SEVERITY_ERROR, "worker", advice, "no answer: %s", up_strerror(err));
	else if (answer.result == NULL)
		doctor_find(d, SEVERITY_ERROR, "worker", advice, "%s: %s", answer.type,
			    answer.message);
	else
		doctor_find(d, SEVERITY_OK, "worker", NULL, "the pool answers");
	json_decref(answer.result);
}

void doctor_check_daemon(struct doctor *d)
{
	struct api_answer answer;

	check_directory(d);
	check_socket(d, UP_SOCKET_NSS);
	check_socket(d, UP_SOCKET_LOGIN);
	check_socket(d, UP_SOCKET_API);
	enum up_err err = api_try(d->cli, "GetHostStatus", NULL, &answer);
	if (err != UP_OK) {
		doctor_find(d, SEVERITY_ERROR, "daemon",
			    START_ADVICE "; see: journalctl -u userpoold", "no answer: %s",
			    up_strerror(err));
		return;
	}
	if (answer.result == NULL) {
		doctor_find(d, SEVERITY_ERROR, "daemon", "See: journalctl -u userpoold", "%s: %s",
			    answer.type, answer.message);
		return;
	}
	const char *pool_id = json_string_value(json_object_get(answer.result, "UserPoolId"));
	doctor_find(d, SEVERITY_OK, "daemon", NULL, "the daemon answers");
	if (pool_id != NULL && *pool_id != '\0')
		check_worker(d, pool_id);
	else
		doctor_find(d, SEVERITY_ERROR, "worker",
			    "See: journalctl -u userpoold, events worker-failed and sync-failed",
			    "the daemon has not reached its user pool yet");
	json_decref(answer.result);
}

static void describe_age(int64_t seconds, char *ret, size_t size)
{
	if (seconds < 120)
		(void)snprintf(ret, size, "%lld s", (long long)seconds);
	else if (seconds < 7200)
		(void)snprintf(ret, size, "%lld min", (long long)seconds / 60);
	else
		(void)snprintf(ret, size, "%lld h", (long long)seconds / 3600);
}

void doctor_check_snapshot(struct doctor *d)
{
	const char *advice = "Start userpoold, then: userpool sync";
	struct stat st;
	char age[32];

	if (lstat(d->snapshot, &st) < 0) {
		doctor_find(d, SEVERITY_ERROR, "snapshot", advice, "%s: %s", d->snapshot,
			    strerror(errno));
		return;
	}
	int64_t seconds = (int64_t)time(NULL) - (int64_t)st.st_mtime;
	describe_age(seconds, age, sizeof(age));
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		doctor_find(d, SEVERITY_ERROR, "snapshot", "Remove it, restart userpoold",
			    "%s is not a regular file with contents", d->snapshot);
	else if ((st.st_mode & 0022) != 0)
		doctor_find(d, SEVERITY_ERROR, "snapshot", "chmod 0644 it, find out who changed it",
			    "%s may be written by others than its owner", d->snapshot);
	else if ((st.st_mode & 0444) != 0444)
		doctor_find(d, SEVERITY_ERROR, "snapshot", "chmod 0644 it",
			    "%s cannot be read by everybody: names do not resolve", d->snapshot);
	else if (seconds < -60)
		doctor_find(d, SEVERITY_WARNING, "snapshot", "Check the clock: timedatectl",
			    "%s is from the future", d->snapshot);
	else
		doctor_find(d, SEVERITY_OK, "snapshot", NULL,
			    "%s, owner uid %u, last changed %s ago", d->snapshot,
			    (unsigned int)st.st_uid, age);
}
