#!/bin/bash
# SPDX-License-Identifier: MIT
# CHECK: cppcheck finds nothing

# shellcheck source=tools/lint/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Left to the compilers and sanitizers: cppcheck knows neither the cleanup attribute, nor that a
# returned pointer may come out of a structure and not point into it, nor that a compound literal
# lives as long as its block.
mapfile -t sources < <(files '*.c')
((${#sources[@]} == 0)) || cppcheck --quiet -j "$JOBS" --std=c11 --language=c -I. \
	--include="$LINT/cppcheck.h" --enable=warning,performance,portability --inline-suppr \
	--suppress=memleak --suppress=resourceleak --suppress=returnDanglingLifetime \
	--suppress=danglingTempReference --suppress=danglingTemporaryLifetime \
	--suppress=missingInclude --template='{file}:{line}: {message} [{id}]' "${sources[@]}" 2>&1
