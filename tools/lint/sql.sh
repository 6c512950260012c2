#!/bin/bash
# SPDX-License-Identifier: MIT
# CHECK: SQL is literals and parameters, never built
# STO-14: what a stranger typed cannot become SQL where SQL is not made from text.

# shellcheck source=tools/lint/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

mapfile -t sources < <(files '*.c' '*.h' | grep -v '^tests/')
statements "${sources[@]}" | awk '
	function fault(what) { print place ": " what }

	{
		match($0, /^[^:]*:[0-9]*/)
		place = substr($0, 1, RLENGTH)
		text = substr($0, RLENGTH + 2)
	}
	# Only the store speaks to SQLite, so only there can a text become a statement.
	/sqlite3_(exec|prepare[_v0-9]*|get_table|complete)\(/ && place !~ /^daemon\/store\// {
		fault("asks SQLite itself; go through store_query()")
	}
	/printf[_a-z]*\([^;]*"[^;"]*(SELECT|INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER|ATTACH|PRAGMA|WHERE) / &&
		text !~ /"PRAGMA user_version = %d", \(int\)/ {
		fault("builds SQL by formatting; write the literal and bind its parameters")
	}
	/(strcat|stpcpy|memcpy|strcpy|fputs)\([^;]*"[^;"]*(SELECT .* FROM|INSERT INTO|DELETE FROM|UPDATE .* SET) / {
		fault("builds SQL by joining; write the literal and bind its parameters")
	}
	# A literal, a `const char *sql` that was given one, or a column `sql` of a constant table.
	match(text, /store_query\([^,]*, */) && place !~ /^daemon\/store\// {
		if (substr(text, RSTART + RLENGTH) !~ /^("|sql\)|[a-z_]+\[[^]]*\]\.sql\))/)
			fault("gives store_query() what may not be a literal; write the SQL there, or a const char *sql")
	}
	/char (\*sql|sql\[)/ && !/const char \*sql/ {
		fault("holds SQL in a buffer; let it be a literal, and bind its parameters")
	}
	/[^a-z_]sql = [^"]*$/ && !/const struct/ {
		fault("gives `sql` what may not be a literal; write the SQL there")
	}
'
