/* SPDX-License-Identifier: MIT */
#include "tests/lib/fake_processes.h"

#include <stdlib.h>

#include "daemon/session/session.h"

#define PROCESSES_MAX 256

static struct {
	struct {
		pid_t pid, parent;
		uint64_t start;
		uid_t real_uid;
	} process[PROCESSES_MAX];
	size_t processes;
} fake;

/* What the linker puts in the place of those that read /proc: see fake_processes_ldflags. */
enum up_err __wrap_process_tree_read(pid_t pid, struct process_tree *ret);
enum up_err __wrap_process_real_uid(pid_t pid, uid_t *ret);

static size_t find_process(pid_t pid)
{
	size_t i = 0;

	while (i < fake.processes && fake.process[i].pid != pid)
		i++;
	return i;
}

enum up_err __wrap_process_tree_read(pid_t pid, struct process_tree *ret)
{
	struct process_tree tree = { 0 };
	size_t i = find_process(pid);

	if (i == fake.processes)
		return UP_ERR_IO;
	for (; i < fake.processes && tree.depth < PROCESS_TREE_DEPTH;
	     i = find_process(fake.process[i].parent))
		tree.process[tree.depth++] =
			(struct process){ fake.process[i].pid, fake.process[i].start };
	*ret = tree;
	return UP_OK;
}

enum up_err __wrap_process_real_uid(pid_t pid, uid_t *ret)
{
	const size_t i = find_process(pid);

	if (i == fake.processes)
		return UP_ERR_IO;
	*ret = fake.process[i].real_uid;
	return UP_OK;
}

void fake_process(pid_t pid, pid_t parent, uint64_t start, uid_t real_uid)
{
	const size_t i = find_process(pid);

	if (i == PROCESSES_MAX)
		abort();
	fake.process[i].pid = pid;
	fake.process[i].parent = parent;
	fake.process[i].start = start;
	fake.process[i].real_uid = real_uid;
	if (i == fake.processes)
		fake.processes++;
}

void fake_process_gone(pid_t pid)
{
	const size_t i = find_process(pid);

	if (i < fake.processes)
		fake.process[i] = fake.process[--fake.processes];
}

void fake_processes_clear(void)
{
	fake.processes = 0;
}
