/* SPDX-License-Identifier: MIT */
#include "pam/request.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

static bool fill_nonce(uint8_t nonce[UP_NONCE_SIZE])
{
	ssize_t got;

	/* Never waits: early in the boot a login fails rather than hangs. */
	do
		got = getrandom(nonce, UP_NONCE_SIZE, GRND_NONBLOCK);
	while (got < 0 && errno == EINTR);
	return got == UP_NONCE_SIZE;
}

/* An item that is not set is empty; one that cannot be read is a failure. */
static bool item_text(pam_handle_t *pamh, int which, const char **ret)
{
	const void *item = NULL;

	if (pam_get_item(pamh, which, &item) != PAM_SUCCESS)
		return false;
	*ret = item != NULL ? item : "";
	return true;
}

static bool copy_whole(char *out, size_t size, const char *text)
{
	size_t len = strnlen(text, size);

	if (len >= size)
		return false;
	memcpy(out, text, len + 1);
	return true;
}

/* For what is only a hint.  Cut, but not dropped: a remote login must not look like a local one. */
static void copy_cut(char *out, size_t size, const char *text)
{
	size_t len = strnlen(text, size - 1);

	memcpy(out, text, len);
	out[len] = '\0';
}

static uint32_t login_flags(const struct request *request)
{
	uint32_t flags = 0;

	if ((request->flags & PAM_SILENT) != 0)
		flags |= UP_LOGIN_SILENT;
	if ((request->flags & PAM_CHANGE_EXPIRED_AUTHTOK) != 0 &&
	    request->purpose >= UP_PURPOSE_CHANGE_CHECK)
		flags |= UP_LOGIN_CHANGE_EXPIRED_ONLY;
	if (!request->may_prompt)
		flags |= UP_LOGIN_NONINTERACTIVE;
	return flags;
}

bool request_encode(pam_handle_t *pamh, const struct request *request, struct up_login_begin *ret)
{
	const char *passed = pam_getenv(pamh, "SSH_AUTH_INFO_0");
	const char *service, *rhost, *tty;

	memset(ret, 0, sizeof(*ret));
	if (!item_text(pamh, PAM_SERVICE, &service) || !item_text(pamh, PAM_RHOST, &rhost) ||
	    !item_text(pamh, PAM_TTY, &tty))
		return false;
	ret->purpose = request->purpose;
	ret->flags = login_flags(request);
	copy_cut(ret->rhost, sizeof(ret->rhost), rhost);
	copy_cut(ret->tty, sizeof(ret->tty), tty);
	/* What sshd has already checked.  Too much of it counts as none: more will be asked. */
	if (passed != NULL)
		(void)copy_whole(ret->auth_info, sizeof(ret->auth_info), passed);
	/* The service picks the policy, so a cut one could pick a weaker one. */
	return fill_nonce(ret->nonce) && copy_whole(ret->service, sizeof(ret->service), service) &&
	       service[0] != '\0' && copy_whole(ret->user, sizeof(ret->user), request->user) &&
	       copy_whole(ret->factors, sizeof(ret->factors), request->options->factors);
}
