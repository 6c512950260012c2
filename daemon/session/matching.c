/* SPDX-License-Identifier: MIT */
/* Which login belongs to which session: by uid, service and process tree. */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/session/internal.h"
#include "daemon/session/matching.h"

/* Long enough for account, home directory and session modules between login and session. */
#define PENDING_MS  300000
#define PENDING_MAX 256
/* Between the two calls of one login; a person cannot be disabled faster. */
#define FRESH_MS 5000
/* sudo -v and the like prove and never open. */
#define PENDING_OF_A_USER 8

static bool same_process(const struct process *a, const struct process *b)
{
	return a->pid == b->pid && a->start == b->start;
}

bool tree_has(const struct process_tree *tree, const struct process *process)
{
	for (size_t i = 0; i < tree->depth; i++)
		if (same_process(&tree->process[i], process))
			return true;
	return false;
}

static void pending_free(struct pending *pending)
{
	tokens_clear(&pending->session.tokens);
	free(pending);
}

/* Unlinks *link and gives what it pointed to. */
static struct pending *unlink_pending(struct sessions *sessions, struct pending **link)
{
	struct pending *pending = *link;

	*link = pending->next;
	sessions->pendings--;
	return pending;
}

void pending_expire(struct sessions *sessions, bool all)
{
	int64_t now = clock_boot_ms();

	for (struct pending **link = &sessions->pending; *link != NULL;)
		if (all || (*link)->expires_ms <= now)
			pending_free(unlink_pending(sessions, link));
		else
			link = &(*link)->next;
}

static bool is_of(const struct pending *pending, const char *sub, const char *service,
		  const struct process *process)
{
	return strcmp(pending->session.sub, sub) == 0 &&
	       strcmp(pending->session.service, service) == 0 && pending->tree.depth > 0 &&
	       same_process(&pending->tree.process[0], process);
}

/* Who signs in again and again without ever opening a session takes one place. */
static void forget_older(struct sessions *sessions, const struct session *session,
			 const struct process_tree *tree)
{
	for (struct pending **link = &sessions->pending; *link != NULL && tree->depth > 0;)
		if (is_of(*link, session->sub, session->service, &tree->process[0]))
			pending_free(unlink_pending(sessions, link));
		else
			link = &(*link)->next;
}

/* Leaves room for one of `uid`.  The newest stand first, so what is past a limit is the oldest. */
static void make_room(struct sessions *sessions, uint32_t uid)
{
	size_t count = 0, of_user = 0;

	for (struct pending **link = &sessions->pending; *link != NULL;) {
		const bool is_his = (*link)->session.uid == uid;

		if (count >= PENDING_MAX - 1 || (is_his && of_user >= PENDING_OF_A_USER - 1)) {
			pending_free(unlink_pending(sessions, link));
			continue;
		}
		count++;
		of_user += is_his;
		link = &(*link)->next;
	}
}

enum up_err pending_add(struct sessions *sessions, const struct session *session,
			const struct process_tree *tree)
{
	struct pending *pending = calloc(1, sizeof(*pending));

	if (pending == NULL)
		return UP_ERR_NOMEM;
	pending_expire(sessions, false);
	forget_older(sessions, session, tree);
	make_room(sessions, session->uid);
	*pending = (struct pending){ .session = *session,
				     .tree = *tree,
				     .expires_ms = clock_boot_ms() + PENDING_MS,
				     .next = sessions->pending };
	sessions->pending = pending;
	sessions->pendings++;
	return UP_OK;
}

bool pending_take(struct sessions *sessions, uint32_t uid, const char *service,
		  const struct process *opener, struct session *ret)
{
	pending_expire(sessions, false);
	for (struct pending **link = &sessions->pending; *link != NULL; link = &(*link)->next) {
		const struct session *session = &(*link)->session;

		if (session->uid != uid || strcmp(session->service, service) != 0 ||
		    !tree_has(&(*link)->tree, opener))
			continue;
		struct pending *pending = unlink_pending(sessions, link);
		*ret = pending->session;
		pending->session.tokens = (struct tokens){ 0 };
		pending_free(pending);
		return true;
	}
	return false;
}

bool pending_is_fresh(const struct sessions *sessions, const char *sub, const char *service,
		      const struct process *process, int64_t now_ms)
{
	for (const struct pending *pending = sessions->pending; pending != NULL;
	     pending = pending->next)
		if (is_of(pending, sub, service, process))
			return now_ms < pending->expires_ms - PENDING_MS + FRESH_MS;
	return false;
}
