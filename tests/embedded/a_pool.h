/* SPDX-License-Identifier: MIT */
/*
 * An embedded pool in a directory of its own, served as a worker serves it: a thread
 * runs backend_serve() and the test asks over the channel, so that every request
 * passes the table's validation first.  Making signing keys takes its time, so one
 * pool is made for a program and each test gets a copy.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/attributes.h"
#include "tests/lib/testing.h"

/* When every test begins: a Tuesday in 2027, at the start of a TOTP step. */
#define NOW 1800000000

/* Of everybody in the copied pool: alice and bob, who have set it, and carol, to whom it is
 * temporary. */
#define PASSWORD "Correct-horse-7"
#define ANOTHER  "Battery-staple-8"

#define WRONG      "Incorrect username or password."
#define LOCKED     "Password attempts exceeded"
#define NO_SESSION "Invalid session for the user."
#define USED       "Invalid session for the user, session can only be used once."
#define WRONG_CODE "Invalid code received for user"
#define USED_CODE  "Your software token has already been used once."

struct channel;

/* A further worker over the pool of `state_dir`, in a thread. */
struct channel *channel_open(const char *state_dir);
void channel_close(struct channel *channel); /* NULL is fine */

struct reply {
	json_t *result; /* NULL: refused */
	char type[129], message[1025];
};

/* Asks, and waits for the answer: in one, or in two so that workers are busy at once.  The caller
 * ends the reply with json_decref(). */
void channel_send(struct channel *channel, const char *operation, json_t *request);
void channel_send_bytes(struct channel *channel, const uint8_t *bytes, size_t len);
void channel_receive(struct channel *channel, struct reply *ret);
void channel_ask(struct channel *channel, const char *operation, json_t *request,
		 struct reply *ret);

struct a_pool {
	char *directory;                 /* the state directory */
	const char *pool_id, *client_id; /* of "default" and "host-login" */
	struct channel *worker;
	json_t *kept; /* every answer, until the end of the test */
};

/* cmocka's set-up and tear-down of a group and of a test, whose *state is a struct a_pool. */
int pools_begin(void **state);
int pools_end(void **state);
int pool_begin(void **state);
int pool_end(void **state);

/* What cmocka takes for a test with a pool of its own. */
#define WITH_POOL(test) cmocka_unit_test_setup_teardown(test, pool_begin, pool_end)

/* Changes the clock of pool and test; back to NOW with the next test. */
void clock_goes(int64_t seconds);

/*
 * Asks with a request in json_pack()'s format (NULL: empty).  UserPoolId and ClientId are filled
 * in where the operation has them and the request does not.  ask() gives the answer, which
 * lives as long as the pool, and fails the test if there is none; refused() fails the test
 * unless the refusal is exactly this one (`message` NULL: any).
 */
json_t *ask(struct a_pool *pool, const char *operation, const char *format, ...);
void refused(struct a_pool *pool, const char *type, const char *message, const char *operation,
	     const char *format, ...);
/* The same with a request that is taken over as it is. */
void ask_raw(struct a_pool *pool, const char *operation, json_t *request, struct reply *ret);

/* The request that ask() would send. */
json_t *request_of(struct a_pool *pool, const char *operation, const char *format, ...);

/* The member at a path such as "User.Attributes.0.Name"; NULL: not there. */
json_t *at(json_t *json, const char *path);
/* A text that must be there. */
const char *text_at(json_t *json, const char *path);
/* The value of an attribute in a list of {Name, Value}; NULL: not there. */
const char *attribute_in(json_t *list, const char *name);

/* A user whose password is PASSWORD. */
void person(struct a_pool *pool, const char *name);

/* InitiateAuth with a password; what comes of it. */
json_t *sign_in(struct a_pool *pool, const char *name, const char *password);
void sign_in_refused(struct a_pool *pool, const char *type, const char *message, const char *name,
		     const char *password);
/* RespondToAuthChallenge to `challenge` (an answer with Session) with one response. */
json_t *respond(struct a_pool *pool, json_t *challenge, const char *name, const char *response,
		const char *value);
void respond_refused(struct a_pool *pool, const char *type, const char *message, json_t *challenge,
		     const char *name, const char *response, const char *value);

/* Sets MFA of the pool to OFF, OPTIONAL or ON; software tokens are offered. */
void mfa_is(struct a_pool *pool, const char *setting);
/* The challenge for a code; the password was right. */
json_t *asked_for_code(struct a_pool *pool, const char *name);
/* Gives the user a TOTP secret on the admin's word; base32. */
const char *enrol(struct a_pool *pool, const char *name);
/* The code of the secret `steps` after now; as many in a row are good until the next call. */
const char *code_of(const char *secret, int64_t steps);
/* A code that is not one of the secret's around now. */
const char *wrong_code_of(const char *secret);

/* The claims of a token that the pool's own key set verifies. */
json_t *claims_of(struct a_pool *pool, const char *token);

/* One number from the pool's database. */
int64_t number_in(struct a_pool *pool, const char *sql);
/* Changes the pool's database behind its back. */
void change_in(struct a_pool *pool, const char *sql);
