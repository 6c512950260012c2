/* SPDX-License-Identifier: MIT */
/*
 * Base64 (RFC 4648 section 4), base64url without padding (section 5), base32
 * without padding (section 6), hex.  Decoders are strict: no white space, no foreign
 * alphabet, no stray bits, so that a text has one reading.
 * All return a new NUL-terminated buffer that the caller frees, or NULL (out of
 * memory, or malformed input for the decoders); *len is without the NUL.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attributes.h"
#include "common/reader.h"

char *base64_encode(struct up_span bytes) UP_MUST_USE;
uint8_t *base64_decode(const char *text, size_t *len) UP_NONNULL UP_MUST_USE;
char *base64url_encode(struct up_span bytes) UP_MUST_USE;
uint8_t *base64url_decode(const char *text, size_t text_len, size_t *len) UP_NONNULL UP_MUST_USE;
char *base32_encode(struct up_span bytes) UP_MUST_USE;
uint8_t *base32_decode(const char *text, size_t *len) UP_NONNULL UP_MUST_USE;
char *hex_encode(struct up_span bytes) UP_MUST_USE;

/* Compact JSON text; json_dumps() gives memory that only jansson may take back. */
char *json_encode(json_t *json) UP_NONNULL UP_MUST_USE;
