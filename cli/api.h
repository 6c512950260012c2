/* SPDX-License-Identifier: MIT */
/*
 * Asking the daemon over api.sock.  Errors are said here, in one form and with a
 * line on what to do; callers pass the outcome on.
 */
#pragma once

#include "cli/command.h"
#include "common/errors.h"

/* Makes jansson wipe all memory it gives back: requests hold passwords. */
void api_wipe_json_memory(void);
/* Frees what json_dumps() gave. */
void json_text_free(char *text);

/*
 * Asks for `operation`; takes ownership of `request` (NULL: an empty object).  On OUTCOME_OK *ret
 * is the result and the caller's to json_decref(); `ret` may be NULL.
 */
UP_MUST_USE enum outcome api_call(struct cli *cli, const char *operation, json_t *request,
				  json_t **ret);

/* The same; the result goes unread, and a person is told `done` ("user %s deleted"). */
UP_MUST_USE enum outcome api_do(struct cli *cli, const char *operation, json_t *request,
				const char *done, const char *object);

#define API_TYPE_SIZE    129
#define API_MESSAGE_SIZE 1025

/* What came back: a result, or an error with its type. */
struct api_answer {
	json_t *result; /* NULL: an error */
	char type[API_TYPE_SIZE], message[API_MESSAGE_SIZE];
};

/* The same without a word: for who examines. Takes ownership of `request`; the caller frees
 * ret->result. */
UP_MUST_USE enum up_err api_try(struct cli *cli, const char *operation, json_t *request,
				struct api_answer *ret);

/* How an operation that lists spreads over pages. */
struct api_listing {
	const char *operation;
	const char *list;  /* the member of the result that holds the elements */
	const char *size;  /* the member of the request that limits a page */
	const char *token; /* the member of both that leads to the next page */
};

/* All pages, or as many elements as --limit says, as one result with one list. */
UP_MUST_USE enum outcome api_list(struct cli *cli, const struct api_listing *listing,
				  json_t *request, json_t **ret);

/* {"UserPoolId": the pool of --pool or of this host}, for the caller to add to. */
UP_MUST_USE enum outcome api_pool_request(struct cli *cli, json_t **ret) UP_NONNULL;

/* Adds a member to a request; ends the process for want of memory. */
void api_set(json_t *request, const char *key, json_t *value);
void api_set_text(json_t *request, const char *key, const char *text);

/* Connects to a socket of the daemon, with the error said. */
UP_MUST_USE enum outcome api_connect(const struct cli *cli, const char *socket,
				     int *ret) UP_NONNULL;
/* Ends the connection, if there is one. */
void api_close(struct cli *cli) UP_NONNULL;
