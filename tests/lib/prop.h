/* SPDX-License-Identifier: MIT */
/*
 * Properties: bytes in, so that a seed and a fuzzer drive the same code.  A property
 * reads its choices from the bytes, which are zeros when they have run out, and says
 * with PROP() what must hold whatever they are.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/attributes.h"
#include "common/reader.h"

/* Ends the program, with the claim and the seed to repeat it, unless `claim` is true. */
#define PROP(claim) ((claim) ? (void)0 : prop_fail(#claim, __FILE__, __LINE__))

/*
 * Runs a property with the bytes of some hundred seeds, always the same ones.
 * PROP_SEED=0x... in the environment runs that one only; PROP_RUNS=n runs n of them.
 */
#define prop_check(property) prop_run(#property, (property))
void prop_run(const char *name, void (*property)(struct up_reader *choices)) UP_NONNULL;

__attribute__((noreturn)) void prop_fail(const char *claim, const char *file, int line) UP_NONNULL;

/* From `least` to `most`; the ends come more often than what is between. */
uint32_t prop_pick(struct up_reader *choices, uint32_t least, uint32_t most) UP_NONNULL;

/* A string of any bytes but NUL in `out`, mostly short, now and then of size - 1 bytes. */
void prop_text(struct up_reader *choices, char *out, size_t size) UP_NONNULL;

/* What is left of the bytes; the reader is at its end then. */
struct up_span prop_rest(struct up_reader *choices) UP_NONNULL;
