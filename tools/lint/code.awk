# SPDX-License-Identifier: MIT
# C as "file:line:text" without its comments.  With `literals`, what stands in quotes is kept;
# with `whole`, a statement is one line, under the number of its first.

function put(text)
{
	if (!whole) {
		print FILENAME ":" FNR ":" text
		return
	}
	if (text ~ /^[ \t]*$/)
		return
	if (statement == "")
		first = FNR
	sub(/^[ \t]+/, "", text)
	statement = statement (statement == "" ? "" : " ") text
	if (text ~ /[;{}][ \t]*$/ || text ~ /^#/)
		flush_statement(FILENAME)
}

function flush_statement(name)
{
	if (statement != "")
		print name ":" first ":" statement
	statement = ""
}

FNR == 1 {
	if (NR > 1)
		flush_statement(previous)
	in_comment = 0
	previous = FILENAME
}

{
	rest = $0
	text = ""
	while (rest != "") {
		if (in_comment) {
			end = index(rest, "*/")
			if (!end)
				break
			rest = substr(rest, end + 2)
			in_comment = 0
		}
		if (!match(rest, /"([^"\\]|\\.)*"|'([^'\\]|\\.)+'|\/\*|\/\//)) {
			text = text rest
			break
		}
		text = text substr(rest, 1, RSTART - 1)
		token = substr(rest, RSTART, RLENGTH)
		rest = substr(rest, RSTART + RLENGTH)
		if (token == "//")
			break
		if (token == "/*")
			in_comment = 1
		else if (literals || $0 ~ /^[ \t]*#[ \t]*include/)
			text = text token
		else
			text = text substr(token, 1, 1) substr(token, 1, 1)
	}
	put(text)
}

END {
	flush_statement(previous)
}
