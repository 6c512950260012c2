#!/bin/bash
# SPDX-License-Identifier: MIT
# CHECK: userpool.conf(5) has every key in its section, with its range, choices and default

# shellcheck source=tools/lint/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# What the page must say of a key in brackets: "1 to 64; default 2", "info, debug; default info".
awk '
	function plain(text) { gsub(/^[ "]+|[ "]+$/, "", text); return text }
	function expect(section, key, text) {
		name = section " " key
		wanted[name] = text
		place[name] = FILENAME ":" FNR
	}

	FILENAME ~ /\.def$/ && /^(POLICY_)?(TEXT|NUMBER|CHOICE|LIST)\(/ {
		split($0, part, /[(,]/)
		shift = /^POLICY_/ ? 0 : 1
		section = shift ? plain(part[2]) : "policy SERVICE"
		key = plain(part[2 + shift])
		standard = plain(part[3 + shift])
		if (/NUMBER\(/)
			expect(section, key, plain(part[4 + shift]) " to " plain(part[5 + shift]) "; default " standard)
		else if (/CHOICE\(/) {
			choices = plain(part[4 + shift])
			gsub(/\|/, ", ", choices)
			expect(section, key, choices "; default " standard)
		} else
			expect(section, key, "default " (standard == "" ? "empty" : standard))
	}

	FILENAME ~ /\.5$/ && /^\.Ss Sections? \[/ {
		section = $0
		gsub(/.*\[|\].*/, "", section)
	}
	FILENAME ~ /\.5$/ && /^\.It Ic / {
		name = section " " $3
		text = $0
		if (!sub(/.* Pq /, "", text))
			text = ""
		# Units and forms of words stand before what is compared.
		sub(/^(seconds, |[a-z]+ separated by spaces; )/, "", text)
		said[name] = text
		if (!(name in wanted))
			print FILENAME ":" FNR ": there is no key " $3 " in [" section "]; remove it"
		else if (text != wanted[name])
			print FILENAME ":" FNR ": says \"" text "\" of " $3 ", and config_keys.def says \"" wanted[name] "\""
	}
	END {
		for (name in wanted)
			if (!(name in said))
				print place[name] ": userpool.conf(5) lacks the key " name "; add .It Ic"
	}
' daemon/base/config_keys.def docs/man/userpool.conf.5 | LC_ALL=C sort
