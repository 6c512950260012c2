/* SPDX-License-Identifier: MIT */
/*
 * bench_nss ask ROUNDS THREADS USERS SUBJECT...   nanoseconds a question, see subject.h
 * bench_nss spawn ROUNDS COMMAND [ARGUMENT...]     microseconds from start to end of a process
 * bench_nss fresh ROUNDS NAME                      microseconds of the first lookup of a process
 *
 * Prints lines of "SUBJECT question least first-quartile median third-quartile wrong".
 * Subjects are asked in turn, a batch each, so that the noise of the machine falls on all.
 */
#include <fcntl.h>
#include <pthread.h>
#include <pwd.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/subject.h"

#define NAMES     4096
#define NAME_SIZE 32
#define BATCH     64
#define ROUNDS    20000
#define THREADS   64

static int64_t now_ns(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

enum question { HIT_NAME, HIT_UID, HIT_GROUPS, MISS_NAME, QUESTIONS };
static const char *const question_names[QUESTIONS] = { [HIT_NAME] = "getpwnam",
						       [HIT_UID] = "getpwuid",
						       [HIT_GROUPS] = "getgrouplist",
						       [MISS_NAME] = "miss" };

struct samples {
	size_t count, wrong;
	double ns[ROUNDS];
};

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void print(const char *subject, const char *question, struct samples *s, double unit)
{
	if (s->count == 0)
		return;
	qsort(s->ns, s->count, sizeof(s->ns[0]), compare);
	(void)printf("%s %s %.2f %.2f %.2f %.2f %zu\n", subject, question, s->ns[0] / unit,
		     s->ns[s->count / 4] / unit, s->ns[s->count / 2] / unit,
		     s->ns[s->count * 3 / 4] / unit, s->wrong);
}

static void add(struct samples *s, double ns)
{
	if (s->count < ROUNDS)
		s->ns[s->count++] = ns;
}

/* What one thread asks of one subject: names and uids in an order that no cache knows. */
struct asked {
	const struct subject *subject;
	char (*names)[NAME_SIZE], (*misses)[NAME_SIZE];
	uint32_t *uids;
	size_t next;
	struct samples samples[QUESTIONS];
};

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static struct asked *asked_new(const struct subject *subject, uint64_t seed)
{
	struct asked *asked = calloc(1, sizeof(*asked));
	uint64_t state = 88172645463325252u + seed * 7919;

	if (asked != NULL) {
		asked->names = calloc(NAMES, NAME_SIZE);
		asked->misses = calloc(NAMES, NAME_SIZE);
		asked->uids = calloc(NAMES, sizeof(uint32_t));
	}
	if (asked == NULL || asked->names == NULL || asked->misses == NULL || asked->uids == NULL)
		abort();
	asked->subject = subject;
	for (size_t i = 0; i < NAMES; i++) {
		const uint32_t user = (uint32_t)(random_next(&state) % subject->users);

		(void)snprintf(asked->names[i], NAME_SIZE, "%s%u", subject->prefix, user);
		(void)snprintf(asked->misses[i], NAME_SIZE, "no%u",
			       (unsigned int)(random_next(&state) % 1000000));
		asked->uids[i] = subject->first + user;
	}
	return asked;
}

static bool ask(const struct asked *asked, enum question question, size_t i)
{
	const struct subject *subject = asked->subject;

	switch (question) {
	case HIT_NAME:
		return subject->by_name(subject, asked->names[i], asked->uids[i]);
	case HIT_UID:
		return subject->by_uid(subject, asked->uids[i]);
	case HIT_GROUPS:
		return subject->groups(subject, asked->names[i], asked->uids[i]);
	case MISS_NAME:
	case QUESTIONS:
	default:
		return subject->by_name(subject, asked->misses[i], UINT32_MAX);
	}
}

/* Slow peers get smaller batches: a batch of theirs must not last for seconds. */
static void ask_batch(struct asked *asked, enum question question, size_t batch)
{
	struct samples *samples = &asked->samples[question];

	if (question == HIT_GROUPS && asked->subject->groups == NULL)
		return;
	const int64_t start = now_ns();
	for (size_t i = 0; i < batch; i++) {
		asked->next = (asked->next + 1) % NAMES;
		samples->wrong += !ask(asked, question, asked->next);
	}
	add(samples, (double)(now_ns() - start) / (double)batch);
}

struct worker {
	pthread_t thread;
	size_t rounds, subjects;
	struct asked *asked[SUBJECTS_MAX];
};

static void *work(void *arg)
{
	struct worker *worker = arg;

	for (size_t i = 0; i < worker->subjects; i++) {
		/* The first question of all loads libraries and maps files. */
		(void)ask(worker->asked[i], HIT_NAME, 0);
		(void)ask(worker->asked[i], HIT_UID, 0);
	}
	for (size_t round = 0; round < worker->rounds; round++)
		for (enum question q = 0; q < QUESTIONS; q++)
			for (size_t i = 0; i < worker->subjects; i++)
				ask_batch(worker->asked[i], q, BATCH);
	return NULL;
}

static struct samples *merged(const struct worker *workers, size_t threads, size_t subject,
			      enum question question)
{
	struct samples *all = calloc(1, sizeof(*all));

	if (all == NULL)
		abort();
	for (size_t t = 0; t < threads; t++) {
		const struct samples *one = &workers[t].asked[subject]->samples[question];

		all->wrong += one->wrong;
		for (size_t i = 0; i < one->count; i++)
			add(all, one->ns[i]);
	}
	return all;
}

static int run_ask(size_t rounds, size_t threads, uint32_t users, char **words, size_t count)
{
	static struct subject subjects[SUBJECTS_MAX];
	static struct worker workers[THREADS];

	for (size_t i = 0; i < count; i++)
		subject_make(words[i], users, &subjects[i]);
	for (size_t t = 0; t < threads; t++) {
		workers[t].rounds = rounds;
		workers[t].subjects = count;
		for (size_t i = 0; i < count; i++)
			workers[t].asked[i] = asked_new(&subjects[i], t);
		if (pthread_create(&workers[t].thread, NULL, work, &workers[t]) != 0)
			return 1;
	}
	for (size_t t = 0; t < threads; t++)
		(void)pthread_join(workers[t].thread, NULL);
	for (size_t i = 0; i < count; i++)
		for (enum question q = 0; q < QUESTIONS; q++) {
			struct samples *all = merged(workers, threads, i, q);

			print(subjects[i].label, question_names[q], all, 1);
			free(all);
		}
	return 0;
}

static int run_spawn(size_t rounds, char **command)
{
	static struct samples samples;
	posix_spawn_file_actions_t actions;

	if (posix_spawn_file_actions_init(&actions) != 0 ||
	    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) !=
		    0)
		return 1;
	for (size_t i = 0; i < rounds; i++) {
		const int64_t start = now_ns();
		int status = 0;
		pid_t pid = 0;

		if (posix_spawnp(&pid, command[0], &actions, NULL, command, environ) != 0 ||
		    waitpid(pid, &status, 0) != pid)
			return 1;
		samples.wrong += status != 0;
		add(&samples, (double)(now_ns() - start));
	}
	print(command[0], "process", &samples, 1000);
	return 0;
}

static int run_first(const char *name)
{
	const int64_t start = now_ns();
	const bool found = getpwnam(name) != NULL;

	(void)printf("%lld\n", (long long)(now_ns() - start));
	return found ? 0 : 1;
}

/* Each time this program anew, which says how long its own first lookup took. */
static int run_fresh(size_t rounds, const char *self, const char *name)
{
	static struct samples samples;
	char command[512];

	(void)snprintf(command, sizeof(command), "%s first %s", self, name);
	for (size_t i = 0; i < rounds; i++) {
		FILE *pipe = popen(command, "re");
		long long ns = 0;

		if (pipe == NULL || fscanf(pipe, "%lld", &ns) != 1)
			return 1;
		samples.wrong += pclose(pipe) != 0;
		add(&samples, (double)ns);
	}
	print("fresh", "first", &samples, 1000);
	return 0;
}

static int usage(void)
{
	(void)fputs("usage: see the head of bench_nss.c\n", stderr);
	return 2;
}

static int ask_as_told(size_t rounds, int argc, char **argv)
{
	const size_t threads = argc >= 6 ? strtoul(argv[3], NULL, 10) : 0;

	if (threads < 1 || threads > THREADS || argc > 5 + SUBJECTS_MAX)
		return usage();
	return run_ask(rounds, threads, (uint32_t)strtoul(argv[4], NULL, 10), argv + 5,
		       (size_t)argc - 5);
}

int main(int argc, char **argv)
{
	const size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

	if (argc == 3 && strcmp(argv[1], "first") == 0)
		return run_first(argv[2]);
	if (argc >= 4 && strcmp(argv[1], "ask") == 0)
		return ask_as_told(rounds, argc, argv);
	if (argc >= 4 && strcmp(argv[1], "spawn") == 0)
		return run_spawn(rounds, argv + 3);
	if (argc == 4 && strcmp(argv[1], "fresh") == 0)
		return run_fresh(rounds, argv[0], argv[3]);
	return usage();
}
