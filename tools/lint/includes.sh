#!/bin/bash
# SPDX-License-Identifier: MIT
# CHECK: a folder includes only what stands below it
# The ladder, and which folder may use which library, is tools/lint/ladder.txt.

# shellcheck source=tools/lint/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

mapfile -t sources < <(files '*.c' '*.h')
awk '
	# The most exact row of the ladder that `path` falls under, or "".
	function room(path) {
		while (sub(/\/[^\/]*$/, "", path))
			if (path in may)
				return path
		return ""
	}
	function folder(path) {
		sub(/\/[^\/]*$/, "", path)
		return path
	}
	function is_listed(list, path,    n, word, i) {
		n = split(list, word, " ")
		for (i = 1; i <= n; i++)
			if (word[i] == "*" || path == word[i] || index(path, word[i] "/") == 1)
				return 1
		return 0
	}
	function fault(text) { print FILENAME ":" FNR ": " text }

	FNR == 1 { table = FILENAME ~ /ladder\.txt$/; own = room(FILENAME) }
	table && /^[^#]/ {
		colon = index($0, ":")
		may[substr($0, 1, colon - 1)] = substr($0, colon + 1)
	}
	table { next }
	FNR == 1 && own != "tests" && own != "tools" && own != folder(FILENAME) {
		fault("this folder has no row in tools/lint/ladder.txt; add one, or move the file")
	}
	!/^[ \t]*#[ \t]*include/ { next }
	/"/ {
		split($0, part, "\"")
		target = room(part[2])
		if (target == "")
			fault("\"" part[2] "\" is not a path from the top of the tree; write it so")
		else if (target != own && !is_listed(may[own], target))
			fault(own " may not include " part[2] "; see tools/lint/ladder.txt, and have it handed in from above")
		next
	}
	match($0, /<[^>]*>/) {
		header = substr($0, RSTART, RLENGTH)
		row = header
		if (!(row in may) && sub(/\/.*/, "/>", row) && !(row in may))
			next
		if (row in may && own != "tests" && own != "tools" && !is_listed(may[row], FILENAME))
			fault(own " may not include " header "; that library is of:" may[row])
	}
' "$LINT/ladder.txt" "${sources[@]}"
