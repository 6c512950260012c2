/* SPDX-License-Identifier: MIT */
/*
 * Builds a message in a buffer of the caller's.  A writer that once ran out of
 * room stays failed; up_writer_finish() tells.  Integers are big-endian.
 * Nothing is allocated, and no byte is left unwritten inside the message.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/attributes.h"
#include "common/errors.h"
#include "common/reader.h"

struct up_writer {
	uint8_t *data;
	size_t size, len;
	enum up_err err;
};

/* A writer into `size` bytes at `data`, which must outlive it. */
struct up_writer up_writer_into(void *data, size_t size) UP_NONNULL;

void up_write_u8(struct up_writer *w, uint8_t value) UP_NONNULL;
void up_write_u16(struct up_writer *w, uint16_t value) UP_NONNULL;
void up_write_u32(struct up_writer *w, uint32_t value) UP_NONNULL;
void up_write_u64(struct up_writer *w, uint64_t value) UP_NONNULL;

/* Exactly these bytes, without a length in front. */
void up_write_fixed(struct up_writer *w, const void *data, size_t len);

/* A u32 length, then the bytes. */
void up_write_bytes(struct up_writer *w, struct up_span bytes) UP_NONNULL;

/* The same for a string; NULL is written as the empty string. */
void up_write_text(struct up_writer *w, const char *text);

/* UP_OK and the message's length in *ret, or UP_ERR_TOO_LARGE. */
UP_MUST_USE enum up_err up_writer_finish(const struct up_writer *w, size_t *ret) UP_NONNULL;
