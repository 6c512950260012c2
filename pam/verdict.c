/* SPDX-License-Identifier: MIT */
#include "pam/verdict.h"

#include <stddef.h>

#include <security/_pam_types.h>

enum column { AUTHENTICATE, ACCOUNT, SESSION, CHECK, UPDATE, COLUMNS };

/*
 * A refusal's code.  PAM_NEW_AUTHTOK_REQD means "let in, then change" to `required` and
 * `sufficient`, so only the account phase, where it means just that, may return it.
 * A zero in a row that is missing is PAM_SUCCESS, so rows are looked up and none is implied.
 */
static const struct refusal {
	enum up_reason reason;
	int codes[COLUMNS];
} refusals[] = {
	/* clang-format off */
	{ UP_REASON_AUTH_FAILED,      { PAM_AUTH_ERR,         PAM_AUTH_ERR,         PAM_SESSION_ERR,  PAM_AUTH_ERR,              PAM_AUTHTOK_ERR } },
	{ UP_REASON_USER_UNKNOWN,     { PAM_USER_UNKNOWN,     PAM_USER_UNKNOWN,     PAM_USER_UNKNOWN, PAM_USER_UNKNOWN,          PAM_USER_UNKNOWN } },
	{ UP_REASON_UNAVAILABLE,      { PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL, PAM_SESSION_ERR,  PAM_TRY_AGAIN,             PAM_AUTHTOK_ERR } },
	{ UP_REASON_PERMISSION,       { PAM_PERM_DENIED,      PAM_PERM_DENIED,      PAM_SESSION_ERR,  PAM_PERM_DENIED,           PAM_PERM_DENIED } },
	{ UP_REASON_DISABLED,         { PAM_ACCT_EXPIRED,     PAM_ACCT_EXPIRED,     PAM_SESSION_ERR,  PAM_PERM_DENIED,           PAM_PERM_DENIED } },
	{ UP_REASON_PASSWORD_EXPIRED, { PAM_AUTHTOK_EXPIRED,  PAM_NEW_AUTHTOK_REQD, PAM_SESSION_ERR,  PAM_AUTHTOK_ERR,           PAM_AUTHTOK_ERR } },
	{ UP_REASON_TOO_MANY,         { PAM_MAXTRIES,         PAM_MAXTRIES,         PAM_SESSION_ERR,  PAM_MAXTRIES,              PAM_MAXTRIES } },
	{ UP_REASON_BUSY,             { PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL, PAM_SESSION_ERR,  PAM_TRY_AGAIN,             PAM_AUTHTOK_ERR } },
	{ UP_REASON_PROTOCOL,         { PAM_SYSTEM_ERR,       PAM_SYSTEM_ERR,       PAM_SYSTEM_ERR,   PAM_SYSTEM_ERR,            PAM_SYSTEM_ERR } },
	{ UP_REASON_PASSWORD_REFUSED, { PAM_AUTHTOK_ERR,      PAM_AUTHTOK_ERR,      PAM_SESSION_ERR,  PAM_AUTHTOK_ERR,           PAM_AUTHTOK_ERR } },
	{ UP_REASON_NO_TERMINAL,      { PAM_AUTH_ERR,         PAM_AUTH_ERR,         PAM_SESSION_ERR,  PAM_AUTHTOK_RECOVERY_ERR,  PAM_AUTHTOK_ERR } },
	/* clang-format on */
};

/* What a conversation without a done frame gives; TALK_BROKEN is PAM_SYSTEM_ERR everywhere. */
static const struct failure {
	enum talk_end end;
	int codes[COLUMNS];
} failures[] = {
	/* clang-format off */
	{ TALK_OFFLINE,     { PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL, PAM_SESSION_ERR, PAM_TRY_AGAIN,            PAM_AUTHTOK_ERR } },
	{ TALK_MUTE,        { PAM_CONV_ERR,         PAM_CONV_ERR,         PAM_SESSION_ERR, PAM_CONV_ERR,             PAM_CONV_ERR } },
	{ TALK_NO_PASSWORD, { PAM_AUTH_ERR,         PAM_AUTH_ERR,         PAM_SESSION_ERR, PAM_AUTHTOK_RECOVERY_ERR, PAM_AUTHTOK_RECOVERY_ERR } },
	/* clang-format on */
};

static enum column column_of(enum up_purpose purpose)
{
	switch (purpose) {
	case UP_PURPOSE_AUTHENTICATE:
		return AUTHENTICATE;
	case UP_PURPOSE_ACCOUNT:
		return ACCOUNT;
	case UP_PURPOSE_OPEN_SESSION:
	case UP_PURPOSE_CLOSE_SESSION:
		return SESSION;
	case UP_PURPOSE_CHANGE_CHECK:
		return CHECK;
	case UP_PURPOSE_CHANGE_UPDATE:
		return UPDATE;
	default:
		return COLUMNS;
	}
}

static int refusal_code(enum column column, enum up_reason reason)
{
	for (size_t i = 0; i < UP_COUNT(refusals); i++)
		if (refusals[i].reason == reason)
			return refusals[i].codes[column];
	return PAM_SYSTEM_ERR;
}

static int failure_code(enum column column, enum talk_end end)
{
	for (size_t i = 0; i < UP_COUNT(failures); i++)
		if (failures[i].end == end)
			return failures[i].codes[column];
	return PAM_SYSTEM_ERR;
}

int verdict_code(enum up_purpose purpose, enum talk_end end, const struct up_login_done *done)
{
	enum column column = column_of(purpose);

	if (column == COLUMNS)
		return PAM_SYSTEM_ERR;
	if (end != TALK_DONE)
		return failure_code(column, end);
	if (done->verdict == UP_VERDICT_ALLOW && done->reason == UP_REASON_OK)
		return PAM_SUCCESS;
	return refusal_code(column, done->reason);
}
