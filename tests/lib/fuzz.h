/* SPDX-License-Identifier: MIT */
/* What libFuzzer calls.  A target aborts when what it claims does not hold; see prop.h. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/attributes.h"

UP_EXPORT int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
