/* SPDX-License-Identifier: MIT */
/*
 * Slots never move and are never freed, so a reader may count itself in on a slot
 * that was current a moment ago, and look again.  Who unmaps takes the count from 0
 * to CLOSED first; whoever counts itself in after that sees a negative number and
 * starts over.  So the readers' way has no lock, and nothing that a fork can leave
 * taken, but `owner`, which is the pid of the process that maps.
 */
#include "common/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CLOSED     (INT_MIN / 2)
#define ATTEMPTS   64
#define LENGTH_MAX ((uint64_t)1 << 34)

static bool is_power_of_two(uint64_t n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

static bool sections_are_inside(const struct up_snapshot_header *head)
{
	for (int i = 0; i < UP_SECTIONS; i++) {
		const struct up_section_place *place = &head->section[i];

		if (place->offset % 8 != 0 || place->offset < sizeof(*head) ||
		    place->offset > head->length || place->count > UINT32_MAX ||
		    place->count > (head->length - place->offset) / up_section_element[i])
			return false;
	}
	return true;
}

/* A table has a free place, so every probe ends. */
static bool table_fits(const struct up_snapshot_header *head, enum up_section table,
		       enum up_section records)
{
	const uint64_t places = head->section[table].count;

	return is_power_of_two(places) && head->section[records].count <= places / 2;
}

static bool header_is_good(const struct up_snapshot_header *head, size_t size)
{
	return head->magic == UP_SNAPSHOT_MAGIC && head->version == UP_SNAPSHOT_VERSION &&
	       head->byte_order == UP_SNAPSHOT_BYTE_ORDER && head->length == size &&
	       head->is_complete <= 1 && head->header_sum == up_snapshot_header_sum(head) &&
	       sections_are_inside(head) &&
	       table_fits(head, UP_SECTION_BY_NAME, UP_SECTION_USERS) &&
	       table_fits(head, UP_SECTION_BY_UID, UP_SECTION_USERS) &&
	       table_fits(head, UP_SECTION_BY_GROUP, UP_SECTION_GROUPS) &&
	       table_fits(head, UP_SECTION_BY_GID, UP_SECTION_GROUPS) &&
	       head->section[UP_SECTION_STRINGS].count > 0;
}

/* Written by root, or by who owns the directory it stands in, and by nobody else. */
static bool is_trusted(int fd, const char *path, struct stat *ret)
{
	char directory[PATH_MAX];
	const char *slash = strrchr(path, '/');
	struct stat st, parent;

	if (slash == NULL || slash == path || (size_t)(slash - path) >= sizeof(directory))
		return false;
	memcpy(directory, path, (size_t)(slash - path));
	directory[slash - path] = '\0';
	if (fstat(fd, &st) < 0 || stat(directory, &parent) < 0)
		return false;
	if (!S_ISREG(st.st_mode) || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0 ||
	    (st.st_uid != 0 && st.st_uid != parent.st_uid) ||
	    (parent.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return false;
	*ret = st;
	return true;
}

/* Maps an open file into a slot that nobody uses. */
static bool map_file(int fd, const char *path, struct up_snapshot *slot)
{
	struct stat st;

	if (!is_trusted(fd, path, &st) || st.st_size < (off_t)sizeof(struct up_snapshot_header) ||
	    (uint64_t)st.st_size > LENGTH_MAX)
		return false;
	const size_t size = (size_t)st.st_size;
	void *base = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED)
		return false;
	memcpy(&slot->head, base, sizeof(slot->head));
	const struct up_section_place *strings = &slot->head.section[UP_SECTION_STRINGS];
	if (!header_is_good(&slot->head, size) ||
	    ((const uint8_t *)base)[strings->offset + strings->count - 1] != 0) {
		(void)munmap(base, size);
		return false;
	}
	slot->base = base;
	slot->size = size;
	slot->device = st.st_dev;
	slot->inode = st.st_ino;
	return true;
}

/* Whether the slot was taken from everybody: it is empty then, and the caller's. */
static bool close_slot(struct up_snapshot *slot)
{
	int nobody = 0;

	if (!atomic_compare_exchange_strong(&slot->users, &nobody, CLOSED))
		return false;
	if (slot->base != NULL)
		(void)munmap((void *)(uintptr_t)slot->base, slot->size);
	slot->base = NULL;
	return true;
}

/* Readers that came while it was closed are on their way out; their counts stay right. */
static void open_slot(struct up_snapshot *slot)
{
	(void)atomic_fetch_sub(&slot->users, CLOSED);
}

static bool is_retired(const struct up_snapshot *slot)
{
	const struct up_snapshot_header *head =
		(const struct up_snapshot_header *)(const void *)slot->base;

	return atomic_load_explicit(&((struct up_snapshot_header *)(uintptr_t)head)->retired,
				    memory_order_acquire) != 0;
}

/* Whether the slot's file still has the name: then it is retired for nothing newer yet. */
static bool is_still_named(const struct up_snapshot *slot, int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && slot->device == st.st_dev && slot->inode == st.st_ino;
}

/* Maps what has the name now into a free slot and makes it current. */
static void refresh(struct up_snapshot_source *source)
{
	const int old = atomic_load(&source->current);
	int fd = open(source->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return;
	if (old != 0 && is_still_named(&source->slot[old - 1], fd)) {
		(void)close(fd);
		return;
	}
	for (int i = 0; i < UP_SNAPSHOT_SLOTS; i++) {
		struct up_snapshot *slot = &source->slot[i];

		if (i + 1 == old || !close_slot(slot))
			continue;
		bool mapped = map_file(fd, source->path, slot);
		open_slot(slot);
		if (mapped)
			atomic_store(&source->current, i + 1);
		break;
	}
	(void)close(fd);
}

/* One thread maps at a time; the others go on with what they have.  A pid that is not ours was left
 * behind by a fork. */
static void try_refresh(struct up_snapshot_source *source)
{
	const int self = getpid();
	int nobody = 0;

	if (!atomic_compare_exchange_strong(&source->owner, &nobody, self)) {
		if (nobody == self ||
		    !atomic_compare_exchange_strong(&source->owner, &nobody, self))
			return;
	}
	const int error = errno;
	refresh(source);
	errno = error;
	atomic_store(&source->owner, 0);
}

/* The current slot with the caller counted in, or NULL. */
static struct up_snapshot *pin(struct up_snapshot_source *source)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		const int current = atomic_load_explicit(&source->current, memory_order_acquire);

		if (current == 0)
			return NULL;
		struct up_snapshot *slot = &source->slot[current - 1];
		if (atomic_fetch_add(&slot->users, 1) >= 0 && slot->base != NULL &&
		    atomic_load(&source->current) == current)
			return slot;
		(void)atomic_fetch_sub(&slot->users, 1);
	}
	return NULL;
}

struct up_snapshot *up_snapshot_acquire(struct up_snapshot_source *source)
{
	struct up_snapshot *snapshot = pin(source);

	if (snapshot != NULL && !is_retired(snapshot))
		return snapshot;
	up_snapshot_release(snapshot);
	try_refresh(source);
	return pin(source);
}

void up_snapshot_release(struct up_snapshot *snapshot)
{
	if (snapshot != NULL)
		(void)atomic_fetch_sub_explicit(&snapshot->users, 1, memory_order_release);
}
