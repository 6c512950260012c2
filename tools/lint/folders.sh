#!/bin/bash
# SPDX-License-Identifier: MIT
# CHECK: every code folder says what it is for, and builds all it holds

# shellcheck source=tools/lint/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Folders that install something; tests and tools have one README for all.
while read -r folder; do
	[[ -e $folder/Makemodule.am ]] ||
		echo "$folder/Makemodule.am:1: is missing; list the sources of the folder there"
	[[ $folder == tests/* || $folder == tools/* || $folder == daemon ]] && continue
	if [[ ! -e $folder/README.md ]]; then
		echo "$folder/README.md:1: is missing; say why the folder is there and what it may not know"
	elif (($(wc -l <"$folder/README.md") > 60)); then
		echo "$folder/README.md:61: is longer than 60 lines; the code is the rest"
	fi
done < <(files '*.c' '*.h' | grep '/' | sed 's|/[^/]*$||' | grep -v -e '^tests/lib$' -e '^tools/' | sort -u)

files '*' | grep -E '(^|/)(utils?|misc|helpers?|stuff)([._][a-z]+)*(/|$)' |
	sed 's/$/:1: such a name tells nothing; name it after what it does/' || true

