/* SPDX-License-Identifier: MIT */
/* The application and the person in front of it: a scripted PAM conversation. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <security/pam_appl.h>

#include "common/protocol.h"

/* What goes wrong when somebody is asked. */
enum person_mood {
	PERSON_FINE,
	PERSON_CONV_ERR,
	PERSON_CONV_AGAIN,
	PERSON_ABORT,
	PERSON_BUF_ERR,
	PERSON_LEAVES_POINTER, /* fails, and leaves a pointer to what it has freed */
	PERSON_NO_RESPONSE,    /* success, but no response */
	PERSON_NO_TEXT,        /* success, but a response without text */
	PERSON_CHANGES_USER,   /* PAM_USER becomes somebody else meanwhile */
	PERSON_MOODS,
};

#define PERSON_SEES 16

struct person {
	const char *answers[8]; /* to the prompts, in turn */
	enum person_mood mood;
	bool is_moody_at_texts; /* rather than at prompts */
	pam_handle_t *pamh;     /* for PERSON_CHANGES_USER */
	const char *other_user;

	unsigned int delay_us; /* that libpam would have waited after a failure */
	size_t asked;          /* prompts */
	size_t seen;           /* messages */
	int style[PERSON_SEES];
	char text[PERSON_SEES][UP_PROMPT_SIZE];
};

/* A conversation function; `arg` is the struct person. */
int person_talks(int count, const struct pam_message **messages, struct pam_response **ret,
		 void *arg);

/* Whether a message of that style and text was seen. */
bool person_saw(const struct person *person, int style, const char *text);
