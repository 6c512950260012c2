/* SPDX-License-Identifier: MIT */
/*
 * Who gets in.  The only file that makes an allow: every way into the host ends in
 * one of its questions, and each of them starts from a refusal.
 */
#pragma once

#include <stdbool.h>

#include "common/attributes.h"
#include "common/protocol.h"

struct login;

struct verdict {
	enum up_verdict verdict;
	enum up_reason reason;
	const char *message; /* for the person; static or the login's; never NULL */
	const char *detail;  /* for the audit line; static, or NULL */
};

/* A refusal. */
struct verdict verdict_refuse(enum up_reason reason, const char *message, const char *detail);

/* After a sign-in that the pool took: its two tokens verify, belong to the user that began, and
 * the policy of the service is met. */
struct verdict verdict_on_tokens(struct login *login, const char *id_token,
				 const char *access_token) UP_NONNULL;

/* The first factor was right, and the second one was proved a moment ago in a session that this
 * caller descends from and whose token is still good. */
struct verdict verdict_on_standing_session(struct login *login) UP_NONNULL;

/* The account phase, by the record of the pool, or by the last known one where the pool cannot be
 * reached. */
struct verdict verdict_on_account(struct login *login, bool is_enabled,
				  const char *status) UP_NONNULL;
struct verdict verdict_on_last_known(struct login *login) UP_NONNULL;

/* A session may be opened for a user that may still enter; closing one is always allowed. */
struct verdict verdict_on_session(struct login *login) UP_NONNULL;
struct verdict verdict_on_close(struct login *login) UP_NONNULL;

/* A pass of pam_chauthtok that has done what it was for. */
struct verdict verdict_on_change(struct login *login) UP_NONNULL;

/* Sends the verdict, writes the audit line, and ends the login. */
void verdict_give(struct login *login, const struct verdict *verdict) UP_NONNULL;
/* The same with one variable for the session, "NAME=value". */
void verdict_give_with(struct login *login, const struct verdict *verdict,
		       const char *variable) UP_NONNULL;

/* The audit line of a login whose caller left before its verdict. */
void verdict_note_abandoned(const struct login *login) UP_NONNULL;

/* verdict_give() of a refusal. */
void login_refuse(struct login *login, enum up_reason reason, const char *message,
		  const char *detail);
