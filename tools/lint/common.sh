# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced by every check.  A check looks at the tree it is started in and prints a line for each
# fault, "file:line: what is wrong; what to do instead".  No line: the tree passes.

set -euo pipefail
export LC_ALL=C.UTF-8

LINT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
JOBS=$(nproc)
readonly LINT JOBS

# files PATTERN...: what git tracks or would, without the faults that are planted for the checks.
# A tree without git, such as a planted one or a released one, is taken as it lies there.
files()
{
	local -a wanted=()
	local pattern

	if [[ -e .git ]]; then
		git ls-files -c -o --exclude-standard --deduplicate -- "$@" ':!tests/lint/planted' |
			while IFS= read -r path; do
				[[ ! -f $path ]] || printf '%s\n' "$path"
			done
		return
	fi
	for pattern in "$@"; do
		wanted+=(-o -path "./$pattern" -o -path "./*/$pattern")
	done
	find . -path ./build -prune -o -path ./tests/lint/planted -prune -o \
		-type f \( "${wanted[@]:1}" \) -printf '%P\n' | LC_ALL=C sort
}

# code FILE...: the files as "file:line:text", without comments and with empty string literals.
code()
{
	awk -f "$LINT/code.awk" "$@"
}

# statements FILE...: as "file:line:text", a statement a line, with its literals.
statements()
{
	awk -v literals=1 -v whole=1 -f "$LINT/code.awk" "$@"
}
