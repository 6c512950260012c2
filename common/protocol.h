/* SPDX-License-Identifier: MIT */
/*
 * What travels over userpoold's three Unix sockets, and every limit on it.
 *
 * A frame is a header (u32 payload length, u16 type, u16 version) and its
 * payload, integers big-endian, strings as u32 length and bytes.  A frame that
 * breaks a limit, has another version or comes when it may not ends the
 * connection.  docs/protocol.md is the same in prose.
 */
#pragma once

#include <stdint.h>

#include "common/attributes.h"

#define UP_PROTOCOL_VERSION  1
#define UP_FRAME_HEADER_SIZE 8
#define UP_FRAME_PAYLOAD_MAX 65536   /* nss.sock and login.sock */
#define UP_API_PAYLOAD_MAX   1048576 /* api.sock, and between the daemon and its workers */

#define UP_SOCKET_NSS   "nss.sock"
#define UP_SOCKET_LOGIN "login.sock"
#define UP_SOCKET_API   "api.sock"

/* Sizes of fields as C strings: one more than the longest text. */
#define UP_LOGIN_NAME_SIZE 33  /* ^[a-z_][a-z0-9_-]{0,31}$ */
#define UP_USER_FIELD_SIZE 257 /* what PAM may hand us as a user name before it is checked */
#define UP_SERVICE_SIZE    65
#define UP_RHOST_SIZE      257
#define UP_TTY_SIZE        129
#define UP_FACTORS_SIZE    33
#define UP_AUTH_INFO_SIZE  4097 /* sshd's SSH_AUTH_INFO_0 */
#define UP_ANSWER_SIZE     1025 /* a typed answer: a password of at most 1024 bytes */
#define UP_PROMPT_SIZE     8193 /* a prompt: room for a QR code in UTF-8 */
#define UP_MESSAGE_SIZE    1025
#define UP_ENVIRONMENT_MAX 8 /* variables in a done frame */
#define UP_VARIABLE_SIZE   257
#define UP_GECOS_SIZE      257
#define UP_PATH_SIZE       257
#define UP_NONCE_SIZE      16

/* Time.  PAM asks people, so a conversation may last; a socket operation may not. */
#define UP_CONNECT_TIMEOUT_MS 2000
#define UP_REPLY_TIMEOUT_MS   30000  /* from an answer to the next frame */
#define UP_ANSWER_TIMEOUT_MS  300000 /* from a prompt to its answer */
#define UP_NSS_DEADLINE_MS    200

enum up_frame_type {
	/* login.sock: a terminal (PAM module, login-test) to the daemon ... */
	UP_FRAME_LOGIN_BEGIN = 0x0101,
	UP_FRAME_LOGIN_ANSWER = 0x0102,
	/* ... and back */
	UP_FRAME_LOGIN_PROMPT = 0x0181,
	UP_FRAME_LOGIN_SHOW = 0x0182,
	UP_FRAME_LOGIN_DONE = 0x0183,

	/* nss.sock: only what the snapshot cannot answer */
	UP_FRAME_NSS_ASK = 0x0201,
	UP_FRAME_NSS_REPLY = 0x0281,

	/* api.sock: one operation of daemon/pool/operations.def */
	UP_FRAME_API_CALL = 0x0301,
	UP_FRAME_API_RESULT = 0x0381,
	UP_FRAME_API_ERROR = 0x0382,
};

/* What a login conversation is for: one per PAM entry point that asks the daemon. */
enum up_purpose {
	UP_PURPOSE_AUTHENTICATE = 1,
	UP_PURPOSE_ACCOUNT = 2,
	UP_PURPOSE_OPEN_SESSION = 3,
	UP_PURPOSE_CLOSE_SESSION = 4,
	UP_PURPOSE_CHANGE_CHECK = 5,  /* pam_chauthtok, PAM_PRELIM_CHECK: proves who asks */
	UP_PURPOSE_CHANGE_UPDATE = 6, /* pam_chauthtok, PAM_UPDATE_AUTHTOK: sets the password */
};

enum up_login_flag {
	UP_LOGIN_SILENT = 1 << 0,              /* PAM_SILENT */
	UP_LOGIN_CHANGE_EXPIRED_ONLY = 1 << 1, /* PAM_CHANGE_EXPIRED_AUTHTOK */
	UP_LOGIN_NONINTERACTIVE = 1 << 2,      /* no terminal to ask: no prompt may be sent */
};

/* What a prompt asks for, so that the module can answer a password prompt from PAM_AUTHTOK. */
enum up_prompt_kind {
	UP_PROMPT_PASSWORD = 1,
	UP_PROMPT_CODE = 2,
	UP_PROMPT_OLD_PASSWORD = 3,
	UP_PROMPT_NEW_PASSWORD = 4,
	UP_PROMPT_NEW_PASSWORD_AGAIN = 5,
	UP_PROMPT_CONFIRM = 6, /* press Enter; also carries text that the user must see */
};

/* Far apart in bits, and zeroed memory is no verdict: compare with == UP_VERDICT_ALLOW only. */
enum up_verdict {
	UP_VERDICT_DENY = 0x2d5a96c3,
	UP_VERDICT_ALLOW = 0x52a5693c,
};

/*
 * Why, for the caller's return code and for the audit.  The third column is the
 * PAM code of authenticate, account and session; chauthtok has its own in pam/.
 */
#define UP_REASONS(X)                                                                              \
	X(UP_REASON_NONE, 0, "none")                                                               \
	X(UP_REASON_OK, 1, "ok")                                                                   \
	X(UP_REASON_AUTH_FAILED, 2, "auth-failed")      /* PAM_AUTH_ERR */                         \
	X(UP_REASON_USER_UNKNOWN, 3, "user-unknown")    /* PAM_USER_UNKNOWN: not ours */           \
	X(UP_REASON_UNAVAILABLE, 4, "unavailable")      /* PAM_AUTHINFO_UNAVAIL: cannot tell */    \
	X(UP_REASON_PERMISSION, 5, "permission-denied") /* PAM_PERM_DENIED: policy says no */      \
	X(UP_REASON_DISABLED, 6, "disabled")            /* PAM_ACCT_EXPIRED */                     \
	X(UP_REASON_PASSWORD_EXPIRED, 7, "password-expired") /* PAM_NEW_AUTHTOK_REQD */            \
	X(UP_REASON_TOO_MANY, 8, "too-many-attempts")        /* PAM_MAXTRIES */                    \
	X(UP_REASON_BUSY, 9, "busy")                         /* PAM_AUTHINFO_UNAVAIL: try again */ \
	X(UP_REASON_PROTOCOL, 10, "protocol-error")          /* PAM_SYSTEM_ERR */                  \
	X(UP_REASON_PASSWORD_REFUSED, 11, "password-refused") /* PAM_AUTHTOK_ERR: not changed */   \
	X(UP_REASON_NO_TERMINAL, 12, "no-terminal") /* PAM_AUTH_ERR: had to ask, may not */

enum up_reason {
#define X(id, value, text) id = value,
	UP_REASONS(X)
#undef X
};

/* The stable name of a reason, for logs and --json ("auth-failed").  Static; never NULL. */
const char *up_reason_name(enum up_reason reason) UP_MUST_USE;
