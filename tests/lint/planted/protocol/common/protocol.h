/* SPDX-License-Identifier: MIT */
#pragma once
#define UP_FRAME_MAX 65536 /* bytes */
#define UP_NAME_SIZE 33
#define UP_SOCKET "api.sock"

enum up_flag {
	UP_FLAG_LOUD = 1 << 2, /* not silent */
	UP_FLAG_LATE = 1 << 3,
};

#define UP_REASONS(X)                                                                              \
	X(UP_REASON_OK, 1, "ok")                                                                   \
	X(UP_REASON_BUSY, 9, "busy")
