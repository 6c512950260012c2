#!/bin/bash
# SPDX-License-Identifier: MIT
# CHECK: every descriptor is closed by exec
# A worker, or a program that sshd or sudo runs, inherits nothing of ours.

# shellcheck source=tools/lint/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

mapfile -t sources < <(files '*.c' '*.h' | grep -v '^tests/')
statements "${sources[@]}" | awk '
	{
		match($0, /^[^:]*:[0-9]*/)
		place = substr($0, 1, RLENGTH)
		text = substr($0, RLENGTH + 2)
		name = ""
	}
	match(text, /(^|[^a-z_>.])(open|openat|socket|socketpair|accept4|pipe2|dup3|memfd_create|epoll_create1|inotify_init1|eventfd|signalfd|timerfd_create|mkostemp)\(/) {
		name = substr(text, RSTART, RLENGTH - 1)
		sub(/^[^a-z]/, "", name)
		if (substr(text, RSTART) !~ /CLOEXEC/)
			print place ": " name "() without CLOEXEC; add the flag"
	}
	match(text, /(^|[^a-z_>.])(accept|pipe|dup|creat|mkstemp|epoll_create|inotify_init)\(/) {
		name = substr(text, RSTART, RLENGTH - 1)
		sub(/^[^a-z]/, "", name)
		print place ": " name "() has no CLOEXEC; use the call that takes the flag"
	}
	match(text, /(^|[^a-z_>.])(fopen|fdopen|freopen)\(/) && text !~ /fd?open\([^"]*("[^"]*"[^"]*)?"[rwa+b]*e[^"]*"/ {
		print place ": a stream without \"e\" in its mode; add it"
	}
'
