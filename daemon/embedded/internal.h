/* SPDX-License-Identifier: MIT */
/* What the files of this folder share: rows in memory, and how a handler fails. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/crypto/jws.h"
#include "daemon/crypto/random.h"
#include "daemon/crypto/seal.h"
#include "daemon/embedded/embedded.h"
#include "daemon/store/store.h"

#define POOL_ID_SIZE   56
#define CLIENT_ID_SIZE 129
#define NAME_SIZE      513 /* 128 characters of UTF-8 */
#define HASH_SIZE      256
#define STATUS_SIZE    32
#define DEFAULT_POOL   "default"
#define DEFAULT_CLIENT "host-login"

struct signing_keys {
	char pool_id[POOL_ID_SIZE]; /* "" while none is loaded */
	struct jws_key *id, *access;
};

struct embedded {
	struct store *store;
	struct seal_key *key;
	struct signing_keys signing; /* of the pool that signed last */
};

enum mfa { MFA_OFF, MFA_OPTIONAL, MFA_ON };

struct password_policy {
	int64_t least, temporary_days;
	bool upper, lower, digits, symbols;
};

struct pool_row {
	char id[POOL_ID_SIZE], name[NAME_SIZE], issuer[256];
	enum mfa mfa;
	bool has_totp; /* software tokens are offered */
	struct password_policy policy;
	int64_t created, modified;
};

enum flow {
	FLOW_PASSWORD = 1 << 0,
	FLOW_ADMIN_PASSWORD = 1 << 1,
	FLOW_REFRESH = 1 << 2,
};

struct client_row {
	char id[CLIENT_ID_SIZE], pool_id[POOL_ID_SIZE], name[NAME_SIZE];
	unsigned int flows;
	int64_t access_s, id_s, refresh_s, session_s;
	bool hides_users, revokes; /* PreventUserExistenceErrors, EnableTokenRevocation */
	int64_t created, modified;
};

/* Wrong answers in a row, and when the last one came. */
struct attempts {
	int64_t failures, failed_at;
};

#define SOURCE_SIZE 257

struct user_row {
	char sub[UUID_SIZE], pool_id[POOL_ID_SIZE], username[NAME_SIZE];
	bool enabled, has_totp, totp_on, totp_preferred;
	char status[STATUS_SIZE], hash[HASH_SIZE];
	int64_t temporary_until, last_step;
	struct attempts anywhere, codes; /* passwords from unknown sources; codes from all */
	int64_t epoch;                   /* grows with each change that ends what is under way */
	int64_t created, modified;
	/* By lockout_see(): where the request comes from. */
	char source[SOURCE_SIZE];
	bool is_known_source;
	struct attempts here;
};

/* errors.c: each fills *error and gives NULL (or false), so that it can be returned. */
json_t *refuse_internal(struct pool_error *error, enum up_err err) UP_NONNULL;
json_t *refuse_not_authorized(struct pool_error *error, const char *message) UP_NONNULL;
json_t *refuse_parameter(struct pool_error *error, const char *message) UP_NONNULL;
/* *json, or a refusal when it could not be made. */
json_t *or_internal(json_t *json, struct pool_error *error);

/* A change: begin, do it, end.  end() commits if there is an answer, and answers only then. */
bool change_begin(struct embedded *e, struct pool_error *error) UP_NONNULL;
/* For what protects nothing: a power cut may take it back, see store_begin_ordered(). */
bool change_begin_ordered(struct embedded *e, struct pool_error *error) UP_NONNULL;
json_t *change_end(struct embedded *e, json_t *answer, struct pool_error *error);
/* Runs one statement that is bound; the answer is {} or a refusal. */
json_t *run_statement(struct query *q, struct pool_error *error) UP_NONNULL;

/* Texts of a request, never NULL. */
const char *text_of(json_t *request, const char *member) UP_NONNULL;
/* The member itself, or NULL where it is absent or null. */
json_t *member_of(json_t *request, const char *member) UP_NONNULL;

/* A boolean that the operation table does not see; *ret stays where it is absent.  False: it is
 * something else, which must not be taken for "no". */
bool flag_of(json_t *request, const char *member, bool *ret, struct pool_error *error) UP_NONNULL;

/* Copies a text of the database that must fit; false: it does not. */
bool copy_column(const struct query *q, int column, char *out, size_t size) UP_NONNULL;

/* pools.c */
bool pool_find(struct embedded *e, const char *id, struct pool_row *ret,
	       struct pool_error *error) UP_NONNULL;
bool pool_of(struct embedded *e, json_t *request, struct pool_row *ret,
	     struct pool_error *error) UP_NONNULL;
UP_MUST_USE enum up_err pool_insert(struct embedded *e, struct pool_row *pool) UP_NONNULL;
/* The values of a pool that nobody has set. */
void pool_standard(struct pool_row *pool) UP_NONNULL;

/* clients.c */
bool client_find(struct embedded *e, const char *id, struct client_row *ret,
		 struct pool_error *error) UP_NONNULL;
UP_MUST_USE enum up_err client_insert(struct embedded *e, struct client_row *client) UP_NONNULL;
void client_standard(struct client_row *client) UP_NONNULL;

/* users.c */
#define USER_FIELDS                                                                                \
	"sub, pool_id, username, enabled, status, hash, temporary_until, failures, failed_at,"     \
	" code_failures, code_failed_at, totp IS NOT NULL, totp_on, totp_preferred, last_step, epoch, created, modified"
bool user_read(const struct query *q, struct user_row *ret) UP_NONNULL;
enum found { FOUND_FAILED, FOUND_NONE, FOUND_ONE };
/* By name (folded) or by sub. */
enum found user_find(struct embedded *e, const char *pool_id, const char *name,
		     struct user_row *ret) UP_NONNULL UP_MUST_USE;
enum found user_find_sub(struct embedded *e, const char *sub,
			 struct user_row *ret) UP_NONNULL UP_MUST_USE;
/* The same user as the row is now; where the request comes from is kept. */
enum found user_find_again(struct embedded *e, const struct user_row *before,
			   struct user_row *ret) UP_NONNULL UP_MUST_USE;
/* Inside a change: the same again, if nothing has ended what was begun with `before`; else refused.
 */
bool user_is_still(struct embedded *e, const struct user_row *before, struct user_row *ret,
		   struct pool_error *error) UP_NONNULL;
/* The user that a request names, in the pool that it names. */
bool user_of(struct embedded *e, json_t *request, struct pool_row *pool, struct user_row *ret,
	     struct pool_error *error) UP_NONNULL;
/* Lower case, ASCII only; false: too long. */
bool fold_name(const char *name, char ret[NAME_SIZE]) UP_NONNULL;
/* {Username, Attributes (under `attributes`), UserCreateDate, ..., Enabled, UserStatus}. */
json_t *user_describe(struct embedded *e, const struct user_row *user,
		      const char *attributes) UP_NONNULL UP_MUST_USE;
/* Adds UserMFASettingList and PreferredMfaSetting. */
bool user_describe_mfa(const struct user_row *user, json_t *json) UP_NONNULL;
/* Ends pending challenges and, if so wanted, all refresh tokens. */
UP_MUST_USE enum up_err user_end_all(struct embedded *e, const char *sub,
				     bool and_tokens) UP_NONNULL;
UP_MUST_USE enum up_err user_set_password(struct embedded *e, const char *sub, const char *hash,
					  const char *status, int64_t temporary_until) UP_NONNULL;

/* attributes.c */
json_t *attributes_list(struct embedded *e, const char *sub) UP_NONNULL UP_MUST_USE;
bool attributes_set(struct embedded *e, const char *sub, json_t *list,
		    struct pool_error *error) UP_NONNULL;

/* password_policy.c: a conforming password's hash in `ret`. */
bool password_make(const struct password_policy *policy, const char *password, char ret[HASH_SIZE],
		   struct pool_error *error) UP_NONNULL;
/* The same for a password in place of `old`, another one's hash. */
bool password_replace(const struct password_policy *policy, const char *old, const char *password,
		      char ret[HASH_SIZE], struct pool_error *error) UP_NONNULL;
#define INVENTED_SIZE 100 /* the longest MinimumLength, and a NUL */
UP_MUST_USE enum up_err password_invent(const struct password_policy *policy,
					char ret[INVENTED_SIZE]) UP_NONNULL;

/* keys.c: of the pool; they stay the pool's. */
UP_MUST_USE enum up_err keys_make(struct embedded *e, const char *pool_id) UP_NONNULL;
UP_MUST_USE enum up_err keys_get(struct embedded *e, const char *pool_id,
				 const struct signing_keys **ret) UP_NONNULL;
void keys_clear(struct signing_keys *keys) UP_NONNULL;

/* sealed.c: secrets in columns. */
UP_MUST_USE enum up_err column_seal(struct embedded *e, const char *kind, const char *id,
				    struct up_span plain, uint8_t **ret, size_t *len) UP_NONNULL;
UP_MUST_USE enum up_err column_unseal(struct embedded *e, const char *kind, const char *id,
				      struct up_span sealed, uint8_t **ret, size_t *len) UP_NONNULL;
