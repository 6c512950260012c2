#!/bin/bash
# SPDX-License-Identifier: MIT
# CHECK: nobody calls what tools/lint/banned.txt bans

# shellcheck source=tools/lint/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

allowed=tools/lint/allowed.txt
[[ -e $allowed ]] || allowed=/dev/null
mapfile -t sources < <(files '*.c' '*.h')
code "${sources[@]}" | awk -v allowed="$allowed" '
	function trim(text) { gsub(/^[ \t]+|[ \t]+$/, "", text); return text }

	# Columns are apart by " | ", for a bar alone belongs to an expression.
	FILENAME ~ /banned\.txt$/ {
		if ($0 ~ /^[^#]/ && split($0, column, /[ \t]+\|[ \t]+/) == 3) {
			name[++rows] = "^(" trim(column[1]) ")$"
			where[rows] = trim(column[2])
			instead[rows] = trim(column[3])
		}
		next
	}
	FILENAME == allowed {
		if ($0 !~ /^[^#]/)
			next
		n = split($0, column, /[ \t]+\|[ \t]+/)
		if (n != 2 || length(column[2]) < 10)
			print FILENAME ":" FNR ": no reason is given; say why this call is right"
		line[trim(column[1])] = FNR
		next
	}
	{
		file = $0
		sub(/:.*/, "", file)
		rest = substr($0, length(file) + 2)
		number = rest + 0
		sub(/^[0-9]*:/, "", rest)
		# A line that begins with a name is a definition or a prototype of our own.
		while (match(rest, /[A-Za-z_][A-Za-z_0-9]*[ \t]*\(/)) {
			call = substr(rest, RSTART, RLENGTH - 1)
			rest = substr(rest, RSTART + RLENGTH)
			for (i = 1; i <= rows; i++) {
				if (call !~ name[i] || file !~ where[i])
					continue
				if ((file " " call) in line)
					used[file " " call] = 1
				else
					print file ":" number ": " call "() is banned: " instead[i]
			}
		}
	}
	END {
		for (row in line)
			if (!(row in used))
				print allowed ":" line[row] ": there is no " row "() any more; remove the row"
	}
' "$LINT/banned.txt" "$allowed" - | LC_ALL=C sort -t: -k1,1 -k2,2n
