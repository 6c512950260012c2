/* SPDX-License-Identifier: MIT */
/* cmocka wants these four before itself, in this order, whatever clang-format thinks. */
#pragma once

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */
