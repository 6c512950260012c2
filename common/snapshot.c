/* SPDX-License-Identifier: MIT */
/*
 * Views never move and are never freed, so a reader may count itself in on a view
 * that was current a moment ago, and look again.  Who unmaps takes the count from 0
 * to CLOSED first; whoever counts itself in after that sees a negative number and
 * starts over.  So the readers' way has no lock, and nothing that a fork can leave
 * taken, but `owner`, which is the pid of the process that maps.
 */
#include "common/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#define CLOSED   (INT_MIN / 2)
#define ATTEMPTS 64

/* Files that anybody but the writer replaced or removed are not retired. */
#define LOOK_EVERY_S 5

static int open_file(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
}

static void let_base_go(struct up_snapshot_base *base)
{
	if (base != NULL && --base->views == 0)
		up_mapping_close(&base->mapping);
}

/* Whether the view was taken from everybody: it is empty then, and the caller's. */
static bool close_view(struct up_snapshot *view)
{
	int nobody = 0;

	if (!atomic_compare_exchange_strong(&view->users, &nobody, CLOSED))
		return false;
	let_base_go(view->base);
	view->base = NULL;
	up_mapping_close(&view->delta);
	return true;
}

/* Readers that came while it was closed are on their way out; their counts stay right. */
static void open_view(struct up_snapshot *view)
{
	(void)atomic_fetch_sub(&view->users, CLOSED);
}

/* Lets go of what nobody reads any more, so that there is room for what is new. */
static void sweep(struct up_snapshot_source *source)
{
	const int current = atomic_load(&source->current);

	for (int i = 0; i < UP_SNAPSHOT_VIEWS; i++)
		if (i + 1 != current && close_view(&source->view[i]))
			open_view(&source->view[i]);
}

/* The base that has the name now: the current one's, if that is it, else mapped anew. */
static struct up_snapshot_base *find_base(struct up_snapshot_source *source,
					  struct up_snapshot_base *current)
{
	struct up_snapshot_base *found = NULL;
	int fd = open_file(source->base_path);

	if (fd < 0)
		return NULL;
	if (current != NULL && up_mapping_is_of(&current->mapping, fd))
		found = current;
	for (int i = 0; i < UP_SNAPSHOT_BASES && found == NULL; i++)
		if (source->base[i].views == 0) {
			if (up_mapping_open(fd, source->base_path, &source->base[i].mapping))
				found = &source->base[i];
			break;
		}
	(void)close(fd);
	return found;
}

/* The delta that has the name now; empty if there is none to be trusted.  False: it is the one that
 * `current` has. */
static bool find_delta(const struct up_snapshot_source *source, const struct up_snapshot *current,
		       struct up_mapping *ret)
{
	int fd = open_file(source->delta_path);

	if (fd < 0) {
		*ret = (struct up_mapping){ .bytes = NULL };
		return current == NULL || current->delta.bytes != NULL;
	}
	bool is_new = current == NULL || !up_mapping_is_of(&current->delta, fd);
	if (is_new && !up_mapping_open(fd, source->delta_path, ret))
		*ret = (struct up_mapping){ .bytes = NULL };
	(void)close(fd);
	return is_new;
}

/* A delta of an older base is in this one already; without any, who is to know what is new? */
static void fit(struct up_snapshot *view)
{
	const struct up_mapping *base = &view->base->mapping, *delta = &view->delta;

	view->is_changed = delta->bytes != NULL && delta->of_base == base->generation &&
			   delta->user_count + delta->group_count > 0;
	view->is_complete =
		base->is_complete && delta->bytes != NULL && delta->of_base <= base->generation;
}

/* Makes a view of the two in a place that nobody uses; where there is none, the delta is unmapped.
 */
static void put_view(struct up_snapshot_source *source, struct up_snapshot_base *base,
		     struct up_mapping *delta)
{
	const int current = atomic_load(&source->current);

	for (int i = 0; i < UP_SNAPSHOT_VIEWS; i++) {
		struct up_snapshot *view = &source->view[i];

		if (i + 1 == current || !close_view(view))
			continue;
		base->views++;
		view->base = base;
		view->delta = *delta;
		fit(view);
		open_view(view);
		atomic_store(&source->current, i + 1);
		/* Where somebody still reads, it goes when its place is needed. */
		if (current != 0 && close_view(&source->view[current - 1]))
			open_view(&source->view[current - 1]);
		return;
	}
	up_mapping_close(delta);
}

/* False: the base was replaced in between, and the delta is of the newer one. */
static bool refresh_once(struct up_snapshot_source *source)
{
	const int at = atomic_load(&source->current);
	const struct up_snapshot *current = at != 0 ? &source->view[at - 1] : NULL;
	struct up_snapshot_base *old = current != NULL ? current->base : NULL;
	struct up_mapping delta;

	sweep(source);
	struct up_snapshot_base *base = find_base(source, old);
	if (base == NULL)
		return true;
	if (!find_delta(source, base == old ? current : NULL, &delta))
		return true;
	bool fits = delta.bytes == NULL || delta.of_base <= base->mapping.generation;
	/* Two that do not fit are worse than two older ones that do, and better than none. */
	if (!fits && current != NULL)
		up_mapping_close(&delta);
	else
		put_view(source, base, &delta);
	/* If no view took it. */
	if (base->views == 0)
		up_mapping_close(&base->mapping);
	return fits;
}

static long long now_s(void)
{
	struct timespec now = { 0 };

	/* No system call. */
	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec;
}

static bool is_due(const struct up_snapshot_source *source)
{
	return now_s() - atomic_load_explicit(&source->looked_s, memory_order_relaxed) >=
	       LOOK_EVERY_S;
}

/* A process's first snapshot is worth a short wait for the thread that maps it; a newer one is not.
 */
static void await_first(const struct up_snapshot_source *source)
{
	const struct timespec pause = { .tv_nsec = 50000 };

	for (int i = 0; i < 2000; i++) {
		if (atomic_load(&source->current) != 0 || atomic_load(&source->owner) == 0)
			return;
		(void)nanosleep(&pause, NULL);
	}
}

/* A pid that is not ours was left behind by a fork. */
static bool become_owner(struct up_snapshot_source *source)
{
	const int self = getpid();
	int owner = 0;

	if (atomic_compare_exchange_strong(&source->owner, &owner, self))
		return true;
	return owner != self && atomic_compare_exchange_strong(&source->owner, &owner, self);
}

/* One thread maps at a time; the others go on with what they have. */
static void try_refresh(struct up_snapshot_source *source)
{
	const int error = errno;
	int cancel;

	/* open(2) and close(2) would end a cancelled thread here, with the ownership and an fd. */
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	if (become_owner(source)) {
		atomic_store(&source->looked_s, now_s());
		for (int i = 0; i < 3 && !refresh_once(source); i++)
			;
		atomic_store(&source->owner, 0);
	} else {
		await_first(source);
	}
	(void)pthread_setcancelstate(cancel, NULL);
	errno = error;
}

/* The current view with the caller counted in, or NULL. */
static struct up_snapshot *pin(struct up_snapshot_source *source)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		const int current = atomic_load_explicit(&source->current, memory_order_acquire);

		if (current == 0)
			return NULL;
		struct up_snapshot *view = &source->view[current - 1];
		if (atomic_fetch_add(&view->users, 1) >= 0 && view->base != NULL &&
		    atomic_load(&source->current) == current)
			return view;
		(void)atomic_fetch_sub(&view->users, 1);
	}
	return NULL;
}

struct up_snapshot *up_snapshot_acquire(struct up_snapshot_source *source)
{
	struct up_snapshot *view = pin(source);

	if (view != NULL && !up_mapping_is_retired(&view->base->mapping) &&
	    !up_mapping_is_retired(&view->delta) && !is_due(source))
		return view;
	up_snapshot_release(view);
	try_refresh(source);
	return pin(source);
}

void up_snapshot_release(struct up_snapshot *snapshot)
{
	if (snapshot != NULL)
		(void)atomic_fetch_sub_explicit(&snapshot->users, 1, memory_order_release);
}
