# SPDX-License-Identifier: MIT
# daemon/base/events.def as docs/events.md.

BEGIN {
	print "<!-- Made from daemon/base/events.def by ./dev docs; do not edit. -->"
	print "# Events"
	print ""
	print "Everything that userpoold and its workers say has a name that stays. In the journal it is the field"
	print "`USERPOOL_EVENT`; on a terminal it begins the line. What follows is in fields, never in free text, and"
	print "never a secret: `journalctl -u userpoold USERPOOL_EVENT=login -o verbose` shows all of a login."
	print ""
	print "*Audit* marks the security record: one line for each operation or login, whatever `log_level` says."
	print ""
	print "| Event | Priority | What it means |"
	print "|---|---|---|"
}

/^EVENT\(/ {
	if (!match($0, /^EVENT\([A-Z_]+, "[a-z-]+", LOG_[A-Z]+( \| AUDIT)?, ".*"\)$/)) {
		print FILENAME ":" FNR ": this row is not of the form that tools/docs/events.awk reads" >"/dev/stderr"
		exit 1
	}
	split($0, quoted, "\"")
	match($0, /LOG_[A-Z]+/)
	priority = tolower(substr($0, RSTART + 4, RLENGTH - 4))
	if ($0 ~ /LOG_[A-Z]+ \| AUDIT,/)
		priority = priority ", audit"
	text = $0
	sub(/^[^"]*"[^"]*"[^"]*"/, "", text)
	sub(/"\)$/, "", text)
	print "| `" quoted[2] "` | " priority " | " text " |"
}
