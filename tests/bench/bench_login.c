/* SPDX-License-Identifier: MIT */
/*
 * bench_login login ROUNDS PASSWORD POOL-USER LOCAL-USER
 * bench_login code ROUNDS PASSWORD USERS peer|alone    USERS: a file of lines "name secret"
 * bench_login repeat LOGINS PASSWORD USER
 * bench_login rate SECONDS PASSWORD CORES USER         logins and bare hashes a second
 *
 * Each prints lines of "name least first-quartile median third-quartile", in microseconds
 * unless said otherwise.  What is compared is measured in turn, round by round, so that
 * the noise of the machine falls on all alike.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/login.h"

#define ROUNDS_MAX    5000
#define NAME_MAX_     64
#define POOL_SERVICE  "bench-userpool"
#define LOCAL_SERVICE "bench-unix"
#define OATH_SERVICE  "bench-oath"
#define NONE_SERVICE  "bench-permit"

struct samples {
	const char *name;
	size_t count;
	int64_t us[ROUNDS_MAX];
};

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void add(struct samples *samples, int64_t us)
{
	if (samples->count < ROUNDS_MAX)
		samples->us[samples->count++] = us;
}

static void print(struct samples *s)
{
	if (s->count == 0)
		return;
	qsort(s->us, s->count, sizeof(s->us[0]), compare);
	(void)printf("%s %lld %lld %lld %lld\n", s->name, (long long)s->us[0],
		     (long long)s->us[s->count / 4], (long long)s->us[s->count / 2],
		     (long long)s->us[s->count * 3 / 4]);
}

/* Microseconds that `what` took, or -1. */
#define TIMED(what)                                                                                \
	({                                                                                         \
		const int64_t start_ = now_us();                                                   \
		(what) ? now_us() - start_ : -1;                                                   \
	})

/* pam_unix of Debian 12 hashes twice: first it looks whether the empty password is right. */
static int64_t hashes_in(int64_t login_us, int64_t hash_us)
{
	return hash_us > 0 ? (login_us + hash_us / 2) / hash_us : 0;
}

static int bench_login(size_t rounds, const char *password, char **rest)
{
	static struct samples hash = { .name = "argon2id" }, pool = { .name = "userpool" },
			      crypt = { .name = "yescrypt" }, local = { .name = "unix" },
			      none = { .name = "permit" }, over_pool = { .name = "userpool-over" },
			      over_local = { .name = "unix-over" };
	const struct account in_pool = { POOL_SERVICE, rest[0], password, NULL };
	const struct account in_shadow = { LOCAL_SERVICE, rest[1], password, NULL };
	const struct account anybody = { NONE_SERVICE, rest[1], password, NULL };

	/* The first round is to warm up. */
	for (size_t i = 0; i <= rounds; i++) {
		const int64_t h = argon2id_apart(password);
		const int64_t p = TIMED(login_once(&in_pool, false));
		const int64_t c = TIMED(crypt_once(rest[1], password));
		const int64_t l = TIMED(login_once(&in_shadow, false));
		const int64_t n = TIMED(login_once(&anybody, false));

		if (h < 0 || p < 0 || c < 0 || l < 0 || n < 0)
			return EXIT_FAILURE;
		if (i == 0)
			continue;
		add(&hash, h);
		add(&pool, p);
		add(&crypt, c);
		add(&local, l);
		add(&none, n);
		add(&over_pool, p - h);
		add(&over_local, l - c * hashes_in(l, c));
	}
	struct samples *const all[] = {
		&hash, &pool, &crypt, &local, &none, &over_pool, &over_local
	};
	for (size_t i = 0; i < UP_COUNT(all); i++)
		print(all[i]);
	return EXIT_SUCCESS;
}

/* A time below zero is a sign-in that failed. */
static bool all_went_well(int64_t h, int64_t p, int64_t c, int64_t l)
{
	return h >= 0 && p >= 0 && c >= 0 && l >= 0;
}

/* Each user once in both files, for a code is good for one login. */
static int bench_code(size_t rounds, const char *password, char **rest)
{
	static struct samples hash = { .name = "argon2id" }, pool = { .name = "userpool" },
			      crypt = { .name = "yescrypt" }, local = { .name = "oath" },
			      over_pool = { .name = "userpool-over" },
			      over_local = { .name = "oath-over" };
	const bool has_peer = strcmp(rest[1], "peer") == 0;
	char name[NAME_MAX_], secret[128], twin[NAME_MAX_ + 8];
	FILE *users = fopen(rest[0], "re");
	int status = EXIT_SUCCESS;

	if (users == NULL)
		return EXIT_FAILURE;
	for (size_t i = 0; i <= rounds && fscanf(users, "%63s %127s", name, secret) == 2; i++) {
		(void)snprintf(twin, sizeof(twin), "local%s", name);
		const struct account in_pool = { POOL_SERVICE, name, password, secret };
		const struct account in_shadow = { OATH_SERVICE, twin, password, secret };
		const int64_t h = argon2id_apart(password);
		const int64_t p = TIMED(login_once(&in_pool, false));
		const int64_t c = has_peer ? TIMED(crypt_once(twin, password)) : 0;
		const int64_t l = has_peer ? TIMED(login_once(&in_shadow, false)) : 0;

		if (!all_went_well(h, p, c, l)) {
			status = EXIT_FAILURE;
			break;
		}
		if (i == 0)
			continue;
		add(&hash, h);
		add(&pool, p);
		add(&over_pool, p - h);
		if (!has_peer)
			continue;
		add(&crypt, c);
		add(&local, l);
		add(&over_local, l - c * hashes_in(l, c));
	}
	(void)fclose(users);
	struct samples *const all[] = { &hash, &pool, &crypt, &local, &over_pool, &over_local };
	for (size_t i = 0; i < UP_COUNT(all); i++)
		print(all[i]);
	return status;
}

static int bench_repeat(size_t logins, const char *password, char **rest)
{
	static struct samples samples = { .name = "login" };
	const struct account account = { POOL_SERVICE, rest[0], password, NULL };

	for (size_t i = 0; i < logins; i++) {
		const int64_t us = TIMED(login_once(&account, true));

		if (us < 0)
			return EXIT_FAILURE;
		add(&samples, us);
	}
	print(&samples);
	return EXIT_SUCCESS;
}

/* What one process gets done until then; its exit status says whether all went well. */
static void work_until(int64_t end_us, const struct account *account, int out)
{
	size_t done = 0;
	bool ok = true;

	while (ok && now_us() < end_us) {
		ok = account->service != NULL ? login_once(account, false)
					      : argon2id_once(account->password);
		done++;
	}
	if (!ok || write(out, &done, sizeof(done)) != sizeof(done))
		_exit(EXIT_FAILURE);
	_exit(EXIT_SUCCESS);
}

/* How much of it `processes` do in a second, together; negative: failed. */
static double rate(double seconds, size_t processes, const struct account *account)
{
	const int64_t start = now_us(), end = start + (int64_t)(seconds * 1e6);
	size_t total = 0, done = 0;
	bool ok = true;
	int pipes[2], status = 0;

	if (pipe(pipes) < 0)
		return -1;
	for (size_t i = 0; i < processes; i++)
		switch (fork()) {
		case -1:
			return -1;
		case 0:
			work_until(end, account, pipes[1]);
			break;
		default:
			break;
		}
	for (size_t i = 0; i < processes; i++)
		ok = wait(&status) > 0 && status == 0 && ok;
	for (size_t i = 0; ok && i < processes; i++) {
		ok = read(pipes[0], &done, sizeof(done)) == sizeof(done);
		total += done;
	}
	(void)close(pipes[0]);
	(void)close(pipes[1]);
	return ok ? (double)total * 1e6 / (double)(now_us() - start) : -1;
}

static int bench_rate(size_t seconds, const char *password, char **rest)
{
	const size_t cores = strtoul(rest[0], NULL, 10), turns = 4;
	const struct account login = { POOL_SERVICE, rest[1], password, NULL };
	const struct account hash = { .password = password };
	double hashes = 0, logins = 0;

	for (size_t i = 0; i < turns; i++) {
		const double h = rate((double)seconds / (double)turns, cores, &hash);
		/* Twice as many clients as cores, so that no worker waits for the next one. */
		const double l = rate((double)seconds / (double)turns, 2 * cores, &login);

		if (h < 0 || l < 0)
			return EXIT_FAILURE;
		hashes += h / (double)turns;
		logins += l / (double)turns;
	}
	(void)printf("hashes-per-second %.1f\nlogins-per-second %.1f\n", hashes, logins);
	return EXIT_SUCCESS;
}

static const struct {
	const char *name;
	int arguments;
	int (*run)(size_t count, const char *password, char **rest);
} benches[] = {
	{ "login", 2, bench_login },
	{ "code", 2, bench_code },
	{ "repeat", 1, bench_repeat },
	{ "rate", 2, bench_rate },
};

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < UP_COUNT(benches); i++)
		if (strcmp(benches[i].name, name) == 0 && argc == benches[i].arguments + 4)
			return benches[i].run(strtoul(argv[2], NULL, 10), argv[3], argv + 4);
	(void)fprintf(stderr, "usage: see the head of bench_login.c\n");
	return 2;
}
