/* SPDX-License-Identifier: MIT */
#include "daemon/login/ticket.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"

/* People think about a new password, and pass another module's questions in between. */
#define TICKET_MS 300000

void ticket_clear(struct ticket *ticket)
{
	if (ticket->secret != NULL)
		explicit_bzero(ticket->secret, strlen(ticket->secret));
	free(ticket->secret);
	ticket->secret = NULL;
}

static void drop(struct ticket **link)
{
	struct ticket *ticket = *link;

	*link = ticket->next;
	ticket_clear(ticket);
	free(ticket);
}

void tickets_free(struct ticket *list)
{
	while (list != NULL)
		drop(&list);
}

static bool is_of(const struct ticket *ticket, const struct process *process, const char *user)
{
	return ticket->process.pid == process->pid && ticket->process.start == process->start &&
	       strcmp(ticket->user, user) == 0;
}

/* Leaves room for one of `user`.  The newest stand first, so what is past a limit is the oldest. */
static void tidy(struct ticket **list, const char *user)
{
	const int64_t now = clock_boot_ms();
	size_t count = 0, of_user = 0;

	for (struct ticket **link = list; *link != NULL;) {
		const bool is_his = strcmp((*link)->user, user) == 0;

		if ((*link)->expires_ms <= now || count >= TICKETS_MAX - 1 ||
		    (is_his && of_user >= TICKETS_OF_A_USER - 1)) {
			drop(link);
			continue;
		}
		count++;
		of_user += is_his;
		link = &(*link)->next;
	}
}

enum up_err ticket_put(struct ticket **list, struct ticket *ticket)
{
	struct ticket old = ticket_take(list, &ticket->process, ticket->user);
	struct ticket *copy = malloc(sizeof(*copy));

	ticket_clear(&old);
	if (copy == NULL) {
		ticket_clear(ticket);
		return UP_ERR_NOMEM;
	}
	tidy(list, ticket->user);
	*copy = *ticket;
	ticket->secret = NULL;
	copy->expires_ms = clock_boot_ms() + TICKET_MS;
	copy->next = *list;
	*list = copy;
	return UP_OK;
}

struct ticket ticket_take(struct ticket **list, const struct process *process, const char *user)
{
	const int64_t now = clock_boot_ms();
	struct ticket found = { 0 };

	for (struct ticket **link = list; *link != NULL; link = &(*link)->next) {
		if (!is_of(*link, process, user) || (*link)->expires_ms <= now)
			continue;
		found = **link;
		(*link)->secret = NULL;
		drop(link);
		found.next = NULL;
		break;
	}
	return found;
}
