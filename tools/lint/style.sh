#!/bin/bash
# SPDX-License-Identifier: MIT
# CHECK: no goto, no hidden structs, no globals, one place that allows a login

# shellcheck source=tools/lint/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

mapfile -t sources < <(files '*.c' '*.h')
globals=tools/lint/globals.txt
[[ -e $globals ]] || globals=/dev/null
code "${sources[@]}" | awk -v globals="$globals" '
	function fault(what) { print place ": " what }
	function variable(name) {
		if ((file " " name) in known)
			used[file " " name] = 1
		else
			fault("the variable " name " is global; put it into the structure that owns it")
	}

	FILENAME == globals {
		if (/^[^#]/ && split($0, column, /[ \t]+\|[ \t]+/) == 2)
			known[column[1]] = FNR
		next
	}
	{
		match($0, /^[^:]*:[0-9]*/)
		place = substr($0, 1, RLENGTH)
		text = substr($0, RLENGTH + 2)
		file = place
		sub(/:.*/, "", file)
	}
	file ~ /\.h$/ && !(file in first) { first[file] = 0 }
	text ~ /^#pragma once/ { first[file] = 1 }
	text ~ /(^|[^A-Za-z_0-9])goto [a-z]/ {
		fault("goto; let _auto_ free, and return")
	}
	text ~ /^[ \t]*typedef (struct|union|enum)[^(]*$/ {
		fault("a typedef hides what it is; write struct or enum")
	}
	# At the first column: a variable, or the end of a structure that is one.
	text ~ /^(static )?[a-z][^(]*(;| =.*)$/ && file !~ /^tests\// && text !~ /^(extern|typedef|enum [a-z_]+ \{)|(^| )const( |$)|^struct [a-z_]+;|\*const / {
		name = text
		sub(/( =|\[|;).*/, "", name)
		sub(/.*[ *]/, "", name)
		variable(name)
	}
	text ~ /^[a-z].*\{$/ { is_const = text ~ /const/ }
	file !~ /^tests\// && text ~ /^} [a-z_]+(\[.*\])?( = .*|;)$/ && !is_const {
		name = substr(text, 3)
		sub(/[ \[;].*/, "", name)
		variable(name)
	}
	# Far apart in bits, and written by one function: daemon/login/verdict.c gives every verdict.
	text ~ /(=|return|[({,]) *UP_VERDICT_ALLOW/ && text !~ /[=!]= *UP_VERDICT_ALLOW/ &&
		file !~ /^(tests\/|common\/protocol\.h$|daemon\/login\/verdict\.c$)/ {
		fault("says UP_VERDICT_ALLOW; only verdict_give() of daemon/login/verdict.c may")
	}
	END {
		for (file in first)
			if (!first[file])
				print file ":1: a header without #pragma once; add it"
		for (row in known)
			if (!(row in used))
				print globals ":" known[row] ": there is no " row " any more; remove the row"
	}
' "$globals" -
