#!/bin/bash
# SPDX-License-Identifier: MIT
# CHECK: files have at most 600 lines, functions 60 lines and 12 ways through

# shellcheck source=tools/lint/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

mapfile -t sources < <(files '*.c' '*.h')
mapfile -t scripts < <(files '*.sh' dev)
mapfile -t all < <(files '*.c' '*.h' '*.sh' '*.awk' '*.am' '*.ac' '*.m4' dev)

awk 'FNR == 601 { print FILENAME ":601: the file is longer than 600 lines; split it by concern" }' \
	"${all[@]}"

# pmccabe: modified complexity, complexity, statements, first line, lines, file(line): function
((${#sources[@]} == 0)) || pmccabe "${sources[@]}" | awk '
	{ split($6, place, "("); name = $7 }
	$5 > 60 {
		print place[1] ":" $4 ": " name "() has " $5 " lines, more than 60; give a part of it a name"
	}
	$1 > 12 {
		print place[1] ":" $4 ": " name "() has " $1 " ways through, more than 12; split it"
	}'

awk '
	/^[a-z_]+\(\)$/ { name = $1; start = FNR }
	/^}/ && start && FNR - start > 59 {
		print FILENAME ":" start ": " name " has " FNR - start + 1 " lines, more than 60; give a part of it a name"
	}
	/^}/ { start = 0 }
' "${scripts[@]}" /dev/null
