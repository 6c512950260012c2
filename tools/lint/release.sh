#!/bin/bash
# SPDX-License-Identifier: MIT
# CHECK: every file is named in a Makemodule.am, so that it is in a release

# shellcheck source=tools/lint/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

mapfile -t modules < <(files 'Makefile.am' '*Makemodule.am')
# automake takes these along by itself; names with a dot are for this repository only.
files '*' | grep -v -E '(^|/)\.|^m4/|(^|/)(Makefile|Makemodule)\.am$|^configure\.ac$|^README\.md$' |
	awk '
	FILENAME != "-" {
		folder = FILENAME
		if (!sub(/\/[^\/]*$/, "", folder))
			folder = "."
		sub(/^#.*/, "")
		gsub(/\$\(srcdir\)\//, "")
		gsub(/%D%/, folder)
		for (i = 1; i <= NF; i++) {
			named[$i] = 1
			# A program without a list of sources has the one of its name.
			if ($i ~ /\/[a-z0-9_]+$/)
				named[$i ".c"] = 1
		}
		next
	}
	{
		path = $0
		while (!(path in named) && sub(/\/[^\/]*$/, "", path))
			;
		if (!(path in named))
			print $0 ":1: is in no Makemodule.am, so in no release; name it there, or in EXTRA_DIST"
	}
	' "${modules[@]}" -
