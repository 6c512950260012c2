#!/bin/bash
# SPDX-License-Identifier: MIT
# CHECK: text ends its lines, keeps no notes to itself and names no place of its making

# shellcheck source=tools/lint/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

mapfile -t texts < <(files '*' | grep -v -e '/corpus_' -e '\.png$' -e '/golden/')
awk '
	function fault(what) { print FILENAME ":" FNR ": " what }

	/[ \t]+$/ { fault("blanks at the end of the line") }
	/\r/ { fault("a carriage return") }
	/(^|[^A-Za-z])(TO[D]O|FIX[M]E|XX[X]|HA[C]K)([^A-Za-z]|$)/ {
		fault("a note to oneself; do it, or open an issue")
	}
	/(^|[^A-Za-z0-9_$}.])\/(wor[k]|tmp\/[h])(\/|[^A-Za-z0-9_]|$)/ {
		fault("a path of one machine; derive it")
	}
' "${texts[@]}"
for text in "${texts[@]}"; do
	[[ ! -s $text || -z $(tail -c 1 "$text") ]] || echo "$text:1: the last line does not end; end it"
done
