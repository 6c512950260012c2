# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# HELP: valgrind [TEST...]  the programs of make check under memcheck, or those named

dev_valgrind()
{
	local tree=$BUILD/valgrind start
	local -a programs=("$@")

	use deps
	dev_deps
	use build
	start=$(now_ms)
	announce "build valgrind"
	build_one valgrind || return
	seconds_since "$start"
	echo
	# Scripts are bash's own affair, and their programs are tested by the others.
	((${#programs[@]} > 0)) || mapfile -t programs < <(cd "$TOP" &&
		git ls-files -c -o --exclude-standard 'tests/*/test_*.c' ':!tests/lint' | sed 's/\.c$//')
	start=$(now_ms)
	announce "make check-valgrind"
	quietly valgrind-build.log make -C "$tree" --no-print-directory -j"$JOBS" check TESTS= || return
	make -C "$tree" --no-print-directory -j"$JOBS" -k check-valgrind TESTS="${programs[*]}" \
		>"$LOGS/valgrind.log" 2>&1 || true
	seconds_since "$start"
	echo
	grep '^ERROR: ' "$LOGS/valgrind.log" || true
	# Too slow here for their own deadlines, or confined from what valgrind does: no memory error.
	sed -n 's/^FAIL: /no error of memory, but it fails here: /p' "$LOGS/valgrind.log"
	awk '/^# (PASS|FAIL):/ { good += $3 } /^# ERROR:/ { bad += $3 }
		END { print good + 0 " passed, " bad + (good + bad == 0) " failed"; exit bad > 0 || good == 0 }' \
		"$LOGS/valgrind.log"
}
