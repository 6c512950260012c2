/* SPDX-License-Identifier: MIT */
#include "daemon/identity/refused.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/log.h"

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool has(const struct refused *refused, const char *text)
{
	return refused->sorted > 0 &&
	       bsearch(&text, refused->text, refused->sorted, sizeof(text), compare_texts) != NULL;
}

/* Takes over `text`. */
static void add(struct refused *refused, char *text)
{
	if (refused->count == refused->room) {
		size_t room = refused->room == 0 ? 16 : refused->room * 2;
		char **grown = reallocarray(refused->text, room, sizeof(*grown));

		if (grown == NULL) {
			free(text);
			return;
		}
		refused->text = grown;
		refused->room = room;
	}
	refused->text[refused->count++] = text;
}

void refused_note(struct refused *now, const struct refused *before, const char *kind,
		  const char *pool_name, enum admit why)
{
	char *text = NULL;

	if (asprintf(&text, "%s:%s:%d", kind, pool_name, (int)why) < 0)
		text = NULL;
	const bool is_known = text != NULL && has(before, text);
	if (!is_known)
		log_event(EV_RECORD_REFUSED, log_str("kind", kind), log_str("name", pool_name),
			  log_str("reason", admit_reason(why)));
	if (text != NULL && (!is_known || now != before))
		add(now, text);
	else
		free(text);
}

void refused_close(struct refused *refused)
{
	if (refused->count > 0)
		qsort(refused->text, refused->count, sizeof(*refused->text), compare_texts);
	refused->sorted = refused->count;
}

void refused_clear(struct refused *refused)
{
	for (size_t i = 0; i < refused->count; i++)
		free(refused->text[i]);
	free(refused->text);
	*refused = (struct refused){ 0 };
}
