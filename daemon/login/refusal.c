/* SPDX-License-Identifier: MIT */
#include "daemon/login/refusal.h"

#include <string.h>

/* In order: the first row that fits wins.  `text` NULL fits every message. */
static const struct {
	const char *error, *text;
	enum up_reason reason;
} rows[] = {
	{ "NotAuthorizedException", "Password attempts exceeded", UP_REASON_TOO_MANY },
	{ "NotAuthorizedException", "User is disabled.", UP_REASON_DISABLED },
	{ "NotAuthorizedException", NULL, UP_REASON_AUTH_FAILED },
	{ "UserNotFoundException", NULL, UP_REASON_USER_UNKNOWN },
	{ "PasswordResetRequiredException", NULL, UP_REASON_PASSWORD_EXPIRED },
	{ "UserNotConfirmedException", NULL, UP_REASON_PERMISSION },
	{ "CodeMismatchException", NULL, UP_REASON_AUTH_FAILED },
	{ "ExpiredCodeException", NULL, UP_REASON_AUTH_FAILED },
	{ "EnableSoftwareTokenMFAException", NULL, UP_REASON_AUTH_FAILED },
	{ "InvalidPasswordException", NULL, UP_REASON_PASSWORD_REFUSED },
	{ "PasswordHistoryPolicyViolationException", NULL, UP_REASON_PASSWORD_REFUSED },
	{ "InvalidParameterException", NULL, UP_REASON_AUTH_FAILED },
	{ "LimitExceededException", NULL, UP_REASON_TOO_MANY },
	{ "TooManyFailedAttemptsException", NULL, UP_REASON_TOO_MANY },
	{ POOL_BUSY, NULL, UP_REASON_BUSY },
};

enum up_reason refusal_reason(const struct pool_reply *reply)
{
	for (size_t i = 0; i < UP_COUNT(rows); i++)
		if (strcmp(rows[i].error, reply->error) == 0 &&
		    (rows[i].text == NULL || strcmp(rows[i].text, reply->message) == 0))
			return rows[i].reason;
	return UP_REASON_UNAVAILABLE;
}

const char *refusal_message(enum up_reason reason)
{
	static const struct {
		enum up_reason reason;
		const char *message;
	} messages[] = {
		/* Wrong and unknown look the same, and each application has a text of its own. */
		{ UP_REASON_AUTH_FAILED, "" },
		{ UP_REASON_USER_UNKNOWN, "" },
		{ UP_REASON_TOO_MANY,
		  "Too many failed attempts. Wait some minutes and try again." },
		{ UP_REASON_DISABLED, "This account is disabled." },
		{ UP_REASON_PASSWORD_EXPIRED,
		  "Your password must be reset. Ask your administrator." },
		{ UP_REASON_BUSY, "The system is busy. Try again in a moment." },
		{ UP_REASON_PERMISSION, "This account may not sign in." },
		{ UP_REASON_PASSWORD_REFUSED, "The new password was not accepted." },
	};

	for (size_t i = 0; i < UP_COUNT(messages); i++)
		if (messages[i].reason == reason)
			return messages[i].message;
	return "Sign-in is not available now. Try again later.";
}

void copy_printable(char *out, size_t size, const char *text)
{
	size_t len = 0;

	for (; *text != '\0' && len + 1 < size; text++)
		out[len++] = *text >= ' ' && *text <= '~' ? *text : '?';
	out[len] = '\0';
}

void refusal_text(const struct pool_reply *reply, char *out, size_t size)
{
	copy_printable(out, size, reply->message);
}
