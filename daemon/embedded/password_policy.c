/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto/password.h"
#include "daemon/embedded/internal.h"
#include "daemon/pool/forms.h"

/* Cognito's symbols; a space counts inside only. */
#define SYMBOLS " ^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-"

#define UPPER          "ABCDEFGHJKLMNPQRSTUVWXYZ"
#define LOWER          "abcdefghijkmnopqrstuvwxyz"
#define DIGITS         "23456789"
#define MARKS          "!#%+-=?@"
#define INVENTED_LEAST 16
#define LENGTH_MOST    256

static int64_t characters_in(const char *text)
{
	int64_t count = 0;

	for (; *text != '\0'; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

static const char *problem_of(const struct password_policy *policy, const char *password)
{
	const int64_t length = characters_in(password);

	if (length < policy->least)
		return "Password not long enough";
	if (length > LENGTH_MOST)
		return "Password too long";
	/* As in the requests that name it Password: what is set here must be good there. */
	if (!form_is_password(password))
		return "Password must not begin or end with white space";
	if (policy->lower && strpbrk(password, "abcdefghijklmnopqrstuvwxyz") == NULL)
		return "Password must have lowercase characters";
	if (policy->upper && strpbrk(password, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL)
		return "Password must have uppercase characters";
	if (policy->digits && strpbrk(password, "0123456789") == NULL)
		return "Password must have numeric characters";
	if (policy->symbols && strpbrk(password, SYMBOLS) == NULL)
		return "Password must have symbol characters";
	return NULL;
}

bool password_make(const struct password_policy *policy, const char *password, char ret[HASH_SIZE],
		   struct pool_error *error)
{
	const char *problem = problem_of(policy, password);
	char *hash = NULL;

	if (problem != NULL) {
		(void)pool_refuse(error, "InvalidPasswordException",
				  "Password did not conform with policy: %s", problem);
		return false;
	}
	enum up_err err = password_hash(password, &hash);
	if (err == UP_OK && strlen(hash) >= HASH_SIZE)
		err = UP_ERR_TOO_LARGE;
	if (err == UP_OK)
		memcpy(ret, hash, strlen(hash) + 1);
	else
		(void)refuse_internal(error, err);
	free(hash);
	return err == UP_OK;
}

bool password_replace(const struct password_policy *policy, const char *old, const char *password,
		      char ret[HASH_SIZE], struct pool_error *error)
{
	bool is_old = false;
	enum up_err err = password_verify(old, password, &is_old);

	if (err == UP_OK && !is_old)
		return password_make(policy, password, ret, error);
	if (err != UP_OK)
		(void)refuse_internal(error, err);
	else
		(void)pool_refuse(error, "InvalidPasswordException",
				  "The new password is the old one.");
	return false;
}

/* One of each kind first, so that it conforms to every policy; the rest from all of them. */
enum up_err password_invent(const struct password_policy *policy, char ret[INVENTED_SIZE])
{
	size_t length = INVENTED_LEAST;

	if (policy->least > INVENTED_LEAST)
		length = policy->least < INVENTED_SIZE ? (size_t)policy->least : INVENTED_SIZE - 1;
	UP_TRY(random_text(ret, 1, UPPER));
	UP_TRY(random_text(ret + 1, 1, LOWER));
	UP_TRY(random_text(ret + 2, 1, DIGITS));
	UP_TRY(random_text(ret + 3, length - 4, UPPER LOWER DIGITS));
	return random_text(ret + length - 1, 1, MARKS);
}
