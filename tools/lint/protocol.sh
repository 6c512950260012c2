#!/bin/bash
# SPDX-License-Identifier: MIT
# CHECK: docs/protocol.md has every constant of common/protocol.h with its value, and no other

# shellcheck source=tools/lint/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

awk '
	# 1 << 2 and 4 are one value, and so are "x" and x.
	function value_of(text,    part) {
		gsub(/"/, "", text)
		if (split(text, part, / *<< */) == 2)
			return part[1] * 2 ^ part[2]
		return text
	}
	function define(name, value) {
		wanted[name] = value_of(value)
		place[name] = FILENAME ":" FNR
	}

	FILENAME ~ /\.h$/ && /^#define UP_[A-Z_]+ +("[^"]+"|[0-9]+)/ { define($2, $3) }
	FILENAME ~ /\.h$/ && /^\tUP_[A-Z_]+ = / {
		text = $0
		sub(/,.*/, "", text)
		sub(/^[^=]*= */, "", text)
		define($1, text)
	}
	FILENAME ~ /\.h$/ && /^\tX\(UP_/ {
		split($0, part, /[(,"]+ */)
		define(part[2], part[3])
		word[part[2]] = part[5]
	}
	FILENAME ~ /\.md$/ && /^\|.*`UP_[A-Z_]+`/ {
		split($0, cell, / *\| */)
		name = cell[3]
		gsub(/`/, "", name)
		named[name] = 1
		if (!(name in wanted))
			print FILENAME ":" FNR ": there is no " name " in common/protocol.h; remove it"
		else if (wanted[name] != cell[2])
			print FILENAME ":" FNR ": " name " is " wanted[name] " and not " cell[2]
		else if (name in word && word[name] != cell[4])
			print FILENAME ":" FNR ": " name " is called " word[name] " and not " cell[4]
	}
	END {
		for (name in wanted)
			if (!(name in named))
				print place[name] ": " name " is not in docs/protocol.md; write a row `| " wanted[name] " | `" name "` |`"
	}
' common/protocol.h docs/protocol.md | LC_ALL=C sort
