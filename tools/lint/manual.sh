#!/bin/bash
# SPDX-License-Identifier: MIT
# CHECK: mandoc takes every manual page, and what is installed has one

# shellcheck source=tools/lint/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

mapfile -t pages < <(files '*.[1-8]')
# Pages of other packages need not be on the machine that lints.
((${#pages[@]} == 0)) || mandoc -T lint -W style "${pages[@]}" 2>/dev/null |
	grep -v -e 'referenced manual not found' -e 'text line longer than 80 bytes' \
		-e 'trailing delimiter: Ss' |
	sed 's/^mandoc: \([^:]*:[0-9]*\):[0-9]*: /\1: /' || true

mapfile -t modules < <(files '*Makemodule.am')
awk '
	/^(bin|sbin)_PROGRAMS \+?=|^(pamexec|nssexec)_LTLIBRARIES \+=/ {
		name = $NF
		sub(/.*\//, "", name)
		sub(/\.la$/, "", name)
		print FILENAME ":" FNR " " name
	}' "${modules[@]}" /dev/null |
	while read -r place name; do
		printf '%s\n' "${pages[@]}" | grep -q "/$name\.[1-8]$" ||
			echo "$place: $name is installed and has no manual page; write docs/man/$name.N"
	done
