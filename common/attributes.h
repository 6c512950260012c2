/* SPDX-License-Identifier: MIT */
/*
 * The few language extensions the project leans on: ownership that ends with
 * the scope, and promises the compiler checks.
 */
#pragma once

#include <stdlib.h>

#define UP_MUST_USE     __attribute__((warn_unused_result))
#define UP_NONNULL      __attribute__((nonnull))
#define UP_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define UP_EXPORT       __attribute__((visibility("default")))
#define UP_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* `_auto_(thing_free) struct thing *t = NULL;` frees on every path out of the scope. */
#define _auto_(free_fn) __attribute__((cleanup(free_fn##_auto)))

#define UP_DEFINE_AUTO(type, free_fn)                                                              \
	static inline void free_fn##_auto(type **p)                                                \
	{                                                                                          \
		free_fn(*p);                                                                       \
	}                                                                                          \
	struct up_semicolon_

/* `_auto_(free) char *text = NULL;`: for what plain free() takes back. */
static inline void free_auto(void *p)
{
	free(*(void **)p);
}

/* Hands over what an _auto_ variable owns. */
#define TAKE(p)                                                                                    \
	({                                                                                         \
		__typeof__(p) up_taken_ = (p);                                                     \
		(p) = NULL;                                                                        \
		up_taken_;                                                                         \
	})

#define TAKE_FD(fd)                                                                                \
	({                                                                                         \
		int up_taken_ = (fd);                                                              \
		(fd) = -1;                                                                         \
		up_taken_;                                                                         \
	})

/* Ends the function with the error of `call` unless it is UP_OK. */
#define UP_TRY(call)                                                                               \
	do {                                                                                       \
		enum up_err up_err_ = (call);                                                      \
		if (up_err_ != UP_OK)                                                              \
			return up_err_;                                                            \
	} while (0)
