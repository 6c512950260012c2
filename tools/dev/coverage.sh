# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# HELP: coverage            what of each folder `make check` runs through, in lines and functions

# count_rooms FILE: a line for each folder of lcov's file, and first one for all.
count_rooms()
{
	awk -v top="$TOP/" '
		function row(name, a, b, c, d) {
			printf "%-20s %6d of %6d lines %5.1f%%  %5d of %5d functions %5.1f%%\n",
				name, a, b, b ? 100 * a / b : 0, c, d, d ? 100 * c / d : 0
		}
		/^SF:/ {
			room = substr($0, 4)
			sub(top, "", room)
			sub(/\/[^\/]*$/, "", room)
		}
		/^LF:/ { lines[room] += substr($0, 4); lines["all"] += substr($0, 4) }
		/^LH:/ { hit[room] += substr($0, 4); hit["all"] += substr($0, 4) }
		/^FNF:/ { functions[room] += substr($0, 5); functions["all"] += substr($0, 5) }
		/^FNH:/ { called[room] += substr($0, 5); called["all"] += substr($0, 5) }
		END {
			for (room in lines)
				row(room, hit[room], lines[room], called[room], functions[room])
		}' "$1" | LC_ALL=C sort
}

dev_coverage()
{
	local tree=$BUILD/coverage info=$BUILD/coverage/coverage.info start status=0

	use deps
	dev_deps
	use build
	start=$(now_ms)
	announce "build coverage"
	build_one coverage || return
	seconds_since "$start"
	echo
	start=$(now_ms)
	announce "make check"
	# Counts of an earlier run are of earlier code.
	find "$tree" -name '*.gcda' -delete
	quietly coverage.log make -C "$tree" --no-print-directory -j"$JOBS" -k check || status=$?
	seconds_since "$start"
	echo
	# Not make check-code-coverage, which leaves out whatever lies below /tmp.
	quietly lcov.log lcov --quiet --capture --directory "$tree" --output-file "$info.all" || return
	quietly lcov.log lcov --quiet --remove "$info.all" '/usr/*' "$TOP/tests/*" --output-file "$info" || return
	quietly lcov.log genhtml --quiet --prefix "$TOP" --output-directory "$tree/html" "$info" || return
	count_rooms "$info"
	echo "line by line: ${tree#"$TOP"/}/html/index.html"
	return "$status"
}
