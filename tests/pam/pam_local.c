/* SPDX-License-Identifier: MIT */
/*
 * The other modules of a stack.  Without options it stands in for pam_unix: it knows
 * lou, whose password is "lou's", and understands use_first_pass and try_first_pass
 * as libpam does.  With options that set or tell something it does that, and has no
 * opinion: authtok=TEXT, oldauthtok=TEXT, user=NAME, tell (both tokens, as the
 * variables AUTHTOK and OLDAUTHTOK).
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>

#include "common/attributes.h"

static const char *text_of(pam_handle_t *pamh, int item)
{
	const void *text = NULL;

	return pam_get_item(pamh, item, &text) == PAM_SUCCESS && text != NULL ? text : "(none)";
}

static void tell(pam_handle_t *pamh)
{
	char text[2048];

	(void)snprintf(text, sizeof(text), "AUTHTOK=%s", text_of(pamh, PAM_AUTHTOK));
	(void)pam_putenv(pamh, text);
	(void)snprintf(text, sizeof(text), "OLDAUTHTOK=%s", text_of(pamh, PAM_OLDAUTHTOK));
	(void)pam_putenv(pamh, text);
}

static bool set(pam_handle_t *pamh, const char *option)
{
	static const struct {
		const char *word;
		int item;
	} words[] = { { "authtok=", PAM_AUTHTOK },
		      { "oldauthtok=", PAM_OLDAUTHTOK },
		      { "user=", PAM_USER } };

	for (size_t i = 0; i < UP_COUNT(words); i++) {
		const size_t length = strlen(words[i].word);

		if (strncmp(option, words[i].word, length) == 0)
			return pam_set_item(pamh, words[i].item, option + length) == PAM_SUCCESS;
	}
	return false;
}

/* Whether the options were orders. */
static bool obeys(pam_handle_t *pamh, int argc, const char **argv)
{
	bool is_order = false;

	for (int i = 0; i < argc; i++) {
		bool is_tell = strcmp(argv[i], "tell") == 0;

		if (is_tell)
			tell(pamh);
		is_order = set(pamh, argv[i]) || is_tell || is_order;
	}
	return is_order;
}

static int opinion(pam_handle_t *pamh, int argc, const char **argv)
{
	if (obeys(pamh, argc, argv))
		return PAM_IGNORE;
	return strcmp(text_of(pamh, PAM_USER), "lou") == 0 ? PAM_SUCCESS : PAM_USER_UNKNOWN;
}

UP_EXPORT int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	const char *password = NULL;
	int code = opinion(pamh, argc, argv);

	(void)flags;
	if (code == PAM_IGNORE)
		return code;
	int rc = pam_get_authtok(pamh, PAM_AUTHTOK, &password, NULL);
	if (rc != PAM_SUCCESS)
		return rc;
	if (code != PAM_SUCCESS)
		return code;
	return strcmp(password, "lou's") == 0 ? PAM_SUCCESS : PAM_AUTH_ERR;
}

UP_EXPORT int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	return opinion(pamh, argc, argv);
}

UP_EXPORT int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	return opinion(pamh, argc, argv);
}

/* As pam_unix, which only writes to the log. */
static int session(pam_handle_t *pamh, int argc, const char **argv)
{
	return obeys(pamh, argc, argv) ? PAM_IGNORE : PAM_SUCCESS;
}

UP_EXPORT int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	return session(pamh, argc, argv);
}

UP_EXPORT int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	return session(pamh, argc, argv);
}

UP_EXPORT int pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	return opinion(pamh, argc, argv);
}
