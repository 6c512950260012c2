#!/bin/bash
# SPDX-License-Identifier: MIT
# CHECK: every header compiles alone

# shellcheck source=tools/lint/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

try_header()
{
	local output

	output=$(printf '#include "%s"\n' "$1" |
		gcc -std=gnu11 -D_GNU_SOURCE -I. -Wall -Wextra -Werror -fsyntax-only -x c - 2>&1) && return
	# The error, without the trail of includes that led to it.
	output=$(sed -n 's/.*error: //p' <<<"$output" | head -n 1)
	printf '%s:1: does not compile alone: %s; include what it uses\n' "$1" "$output"
}
export -f try_header

# shellcheck disable=SC2016
files '*.h' | grep -vx tools/lint/cppcheck.h | xargs -r -P "$JOBS" -I{} bash -c 'try_header "$1"' - {} | LC_ALL=C sort
