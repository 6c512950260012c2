/* SPDX-License-Identifier: MIT */
#include "tests/bench/login.h"

#include <argon2.h>
#include <crypt.h>
#include <security/pam_appl.h>
#include <shadow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "daemon/crypto/encoding.h"
#include "daemon/crypto/totp.h"

/* The pool's parameters: daemon/crypto/password.c. */
#define MEMORY_KIB 19456
#define PASSES     2
#define LANES      1

static bool code_now(const char *base32, char ret[TOTP_DIGITS + 1])
{
	size_t len = 0;
	_auto_(free) uint8_t *secret = base32_decode(base32, &len);

	return secret != NULL &&
	       totp_code((struct up_span){ secret, len }, time(NULL) / TOTP_PERIOD, ret) == UP_OK;
}

/* A visible prompt is for the code, and so is pam_oath's hidden one. */
static char *reply_to(const struct account *account, const struct pam_message *message)
{
	char code[TOTP_DIGITS + 1];

	if (message->msg_style != PAM_PROMPT_ECHO_ON && message->msg_style != PAM_PROMPT_ECHO_OFF)
		return NULL;
	if (message->msg_style == PAM_PROMPT_ECHO_OFF && strstr(message->msg, "One-time") == NULL)
		return strdup(account->password);
	return account->secret != NULL && code_now(account->secret, code) ? strdup(code) : NULL;
}

static int converse(int count, const struct pam_message **messages, struct pam_response **ret,
		    void *arg)
{
	struct pam_response *responses = calloc((size_t)count, sizeof(*responses));

	if (responses == NULL)
		return PAM_CONV_ERR;
	for (int i = 0; i < count; i++)
		responses[i].resp = reply_to(arg, messages[i]);
	*ret = responses;
	return PAM_SUCCESS;
}

static int enter(pam_handle_t *pamh, bool with_session, const char **what)
{
	int rc = pam_authenticate(pamh, 0);

	*what = "authenticate";
	if (rc == PAM_SUCCESS) {
		*what = "account";
		rc = pam_acct_mgmt(pamh, 0);
	}
	if (rc == PAM_SUCCESS && with_session) {
		*what = "session";
		rc = pam_open_session(pamh, 0);
		if (rc == PAM_SUCCESS)
			rc = pam_close_session(pamh, 0);
	}
	return rc;
}

bool login_once(const struct account *account, bool with_session)
{
	struct account copy = *account;
	const struct pam_conv conversation = { converse, &copy };
	const char *what = "start";
	pam_handle_t *pamh = NULL;
	int rc = pam_start(account->service, account->user, &conversation, &pamh);

	if (rc == PAM_SUCCESS)
		rc = enter(pamh, with_session, &what);
	if (rc != PAM_SUCCESS)
		(void)fprintf(stderr, "%s: %s: %s: %s\n", account->service, account->user, what,
			      pam_strerror(pamh, rc));
	(void)pam_end(pamh, rc);
	return rc == PAM_SUCCESS;
}

bool argon2id_once(const char *password)
{
	static char encoded[128];
	static const uint8_t salt[16] = "a salt of bytes";

	/* The first call makes what all others verify. */
	if (encoded[0] == '\0' &&
	    argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password, strlen(password), salt,
				  sizeof(salt), 32, encoded, sizeof(encoded)) != ARGON2_OK)
		return false;
	return argon2id_verify(encoded, password, strlen(password)) == ARGON2_OK;
}

bool crypt_once(const char *user, const char *password)
{
	static struct crypt_data data;
	const struct spwd *entry = getspnam(user);

	if (entry == NULL)
		return false;
	const char *hash = crypt_r(password, entry->sp_pwdp, &data);
	return hash != NULL && strcmp(hash, entry->sp_pwdp) == 0;
}

int64_t now_us(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void hash_on_demand(int fd, const char *password)
{
	int64_t us;

	while (read(fd, &us, sizeof(us)) == sizeof(us)) {
		const int64_t start = now_us();

		us = argon2id_once(password) ? now_us() - start : -1;
		if (write(fd, &us, sizeof(us)) != sizeof(us))
			break;
	}
	_exit(EXIT_SUCCESS);
}

static int start_apart(const char *password)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	switch (fork()) {
	case -1:
		return -1;
	case 0:
		(void)close(pair[0]);
		hash_on_demand(pair[1], password);
		break;
	default:
		(void)close(pair[1]);
		break;
	}
	return pair[0];
}

int64_t argon2id_apart(const char *password)
{
	static int fd = -1;
	int64_t us = 0;

	if (fd < 0)
		fd = start_apart(password);
	if (fd < 0 || write(fd, &us, sizeof(us)) != sizeof(us) ||
	    read(fd, &us, sizeof(us)) != sizeof(us))
		return -1;
	return us;
}
