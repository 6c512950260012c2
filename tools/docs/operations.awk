# SPDX-License-Identifier: MIT
# daemon/pool/operations.def as docs/operations.md.

BEGIN {
	who["ANYONE"] = "Anybody may ask"
	who["SELF"] = "Whoever holds the token or session, or has a live login, may ask"
	who["ADMIN"] = "Administrators of the pool and root may ask"
	who["ROOT"] = "Only root may ask"
	who["DAEMON"] = "Only the daemon itself asks"
	effect["READS"] = "changes nothing in the pool"
	effect["USER"] = "may change the user"
	effect["GROUP"] = "may change a group or a membership"
	effect["POOL_WIDE"] = "may change anything in the pool"
	where["POOL"] = "a pool worker answers"
	where["HOST"] = "the daemon answers"
	unit["TEXT"] = "characters"
	unit["INTEGER"] = ""
	unit["LIST"] = unit["ATTRIBUTES"] = "elements"
	unit["OBJECT"] = unit["TEXT_MAP"] = "members"

	print "<!-- Made from daemon/pool/operations.def by ./dev docs; do not edit. -->"
	print "# Operations"
	print ""
	print "What `api.sock` takes, and what the daemon asks its pool workers. Names, fields, limits and errors are"
	print "those of Amazon Cognito's user pool API; what it lacks is marked \"ours\". `userpool call OPERATION` sends"
	print "one, `userpool call --list` lists them. How they travel is in [protocol.md](protocol.md)."
	print ""
	print "An unknown field is ignored; a field that breaks its type is answered with `InvalidParameterException`"
	print "before anybody acts on it. *Secret*: never logged, wiped after use. *Audited*: its value is in the audit"
	print "line of the operation. Where `UserPoolId` is missing, or `ClientId` of an operation that changes nothing, the daemon puts in the host.s."
}

function refuse()
{
	print FILENAME ":" FNR ": this row is not of the form that tools/docs/operations.awk reads" >"/dev/stderr"
	failed = 1
	exit 1
}

# The arguments of the macro in the line, up to five; the last may hold commas.
function arguments(count,    text, i)
{
	text = $0
	sub(/^[ \t]*[A-Z]+\(/, "", text)
	if (!sub(/\)$/, "", text))
		refuse()
	for (i = 1; i < count; i++) {
		if (!match(text, /, /))
			refuse()
		argument[i] = substr(text, 1, RSTART - 1)
		text = substr(text, RSTART + 2)
	}
	argument[count] = text
}

/^\/\* [A-Z].* \*\/$/ && FNR > 1 && !/SPDX/ {
	print ""
	print "## " substr($0, 4, length($0) - 6)
}

/^TYPE\(/ {
	arguments(5)
	types[++type_count] = argument[1]
	kind[argument[1]] = argument[2]
	least[argument[1]] = argument[3]
	most[argument[1]] = argument[4]
	form[argument[1]] = argument[5]
}

/^OPERATION\(/ {
	arguments(5)
	if (!(argument[2] in where) || !(argument[3] in who) || !(argument[4] in effect))
		refuse()
	summary = argument[5]
	gsub(/^"|"$/, "", summary)
	print ""
	print "### " argument[1]
	print ""
	print toupper(substr(summary, 1, 1)) substr(summary, 2) "."
	print who[argument[3]] "; " where[argument[2]] "; it " effect[argument[4]] "."
	fields = 0
}

/^\tFIELD\(/ {
	arguments(3)
	if (!(argument[2] in kind))
		refuse()
	if (fields++ == 0) {
		print ""
		print "| Field | Type | |"
		print "|---|---|---|"
	}
	flags = argument[3]
	sub(/OBJECT/, "audited", flags)
	gsub(/ \| /, ", ", flags)
	print "| `" argument[1] "` | " argument[2] " | " tolower(flags) " |"
}

END {
	if (failed)
		exit 1
	print ""
	print "## Types"
	print ""
	print "| Type | JSON | Size or range | Form |"
	print "|---|---|---|---|"
	for (i = 1; i <= type_count; i++) {
		name = types[i]
		range = kind[name] == "BOOLEAN" ? "" : least[name] " to " most[name] " " unit[kind[name]]
		sub(/ $/, "", range)
		json = tolower(kind[name])
		if (json == "text_map")
			json = "object of texts"
		else if (json == "list")
			json = "list of texts"
		else if (json == "attributes")
			json = "list of `{Name, Value}`"
		pattern = form[name] == "ANY" ? "" : tolower(form[name])
		gsub(/_/, " ", pattern)
		print "| " name " | " json " | " range " | " pattern " |"
	}
	print ""
	print "The forms are the patterns of `daemon/pool/forms.h`."
}
