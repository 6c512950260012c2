#!/bin/bash
# SPDX-License-Identifier: MIT
# CHECK: clang-format 14 would change nothing

# shellcheck source=tools/lint/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

files '*.c' '*.h' |
	xargs -r -P "$JOBS" -n 40 clang-format-14 "--style=file:$LINT/../../.clang-format" -n 2>&1 |
	sed -n 's/^\([^:]*:[0-9]*\):.*clang-formatted.*/\1: is not formatted; run .\/dev fmt/p' | LC_ALL=C sort -u
