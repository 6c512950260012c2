#!/bin/bash
# SPDX-License-Identifier: MIT
# CHECK: links between documents lead somewhere, and every decision is in the index

# shellcheck source=tools/lint/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

mapfile -t documents < <(files '*.md')
awk '
	FNR == 1 { folder = FILENAME; if (!sub(/[^\/]*$/, "", folder)) folder = "" }
	/^```/ { in_code = !in_code }
	in_code { next }
	{
		rest = $0
		while (match(rest, /\]\([^)#: ]+(#[^)]*)?\)/)) {
			target = substr(rest, RSTART + 2, RLENGTH - 3)
			rest = substr(rest, RSTART + RLENGTH)
			sub(/#.*/, "", target)
			print FILENAME ":" FNR ":" folder target
		}
	}
' "${documents[@]}" /dev/null | while IFS=: read -r document line target; do
	[[ -e $target ]] || echo "$document:$line: there is no $target; mend the link"
done

for page in docs/decisions/*.md; do
	name=${page##*/}
	[[ $name == README.md || ! -e docs/decisions/README.md ]] ||
		grep -qF "]($name)" docs/decisions/README.md ||
		echo "$page:1: is not in docs/decisions/README.md; add a row"
done
