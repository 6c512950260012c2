/* SPDX-License-Identifier: MIT */
/*
 * Reads untrusted bytes.  A reader that once failed stays failed and yields
 * zeros, so a decoder reads like the layout of its message and checks once, at
 * the end, with up_reader_finish().  Integers are big-endian.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attributes.h"
#include "common/errors.h"

/* Bytes that belong to somebody else. */
struct up_span {
	const uint8_t *data;
	size_t len;
};

struct up_reader {
	struct up_span left;
	enum up_err err;
};

/* A reader over `len` bytes, which must outlive it and all spans read from it. */
struct up_reader up_reader_over(const void *data, size_t len);

uint8_t up_read_u8(struct up_reader *r) UP_NONNULL;
uint16_t up_read_u16(struct up_reader *r) UP_NONNULL;
uint32_t up_read_u32(struct up_reader *r) UP_NONNULL;
uint64_t up_read_u64(struct up_reader *r) UP_NONNULL;

/* Exactly `len` bytes without a length in front: borrowed from the input; NULL data on failure. */
struct up_span up_read_fixed(struct up_reader *r, size_t len) UP_NONNULL;

/* A u32 length, then that many bytes, at most `max`: borrowed from the input, never copied. */
struct up_span up_read_bytes(struct up_reader *r, size_t max) UP_NONNULL;

/* The same, copied into `out` with a NUL behind it; a NUL inside is malformed, and so is text of
 * `size` bytes or more.  On failure `out` is the empty string. */
void up_read_text(struct up_reader *r, char *out, size_t size) UP_NONNULL;

/* Fails the reader: for a decoder that finds a value no field may have. */
void up_reader_fail(struct up_reader *r, enum up_err err) UP_NONNULL;

/* UP_OK only if every read succeeded and nothing is left. */
UP_MUST_USE enum up_err up_reader_finish(const struct up_reader *r) UP_NONNULL;
