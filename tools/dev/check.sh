# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# HELP: check [--fast]      everything that says whether this tree is right; --fast: gcc only, no fuzzing

# name | also with --fast | how its tests are counted | command
readonly STEPS='
lint         | fast | summary      | ./dev lint
build gcc    | fast | whole        | build_with_tests gcc
test gcc     | fast | programs gcc | make_check gcc
system gcc   | fast | summary      | ./dev system
build clang  |      | whole        | build_with_tests clang
test clang   |      | programs clang | make_check clang
build asan   |      | whole        | build_with_tests asan
test asan    |      | programs asan | make_check asan
system asan  |      | summary      | ./dev system --build asan
fuzz         |      | summary      | ./dev fuzz --runs 10000
dist         |      | summary      | ./dev dist
'

build_with_tests()
{
	build_one "$1" &&
		make -C "$BUILD/$1" --no-print-directory -j"$JOBS" check TESTS=
}

# A test that hangs is not to hold up the rest for ever.
make_check()
{
	timeout 1800 make -C "$BUILD/$1" --no-print-directory -j"$JOBS" -k check
}

# --- counting: each sets passed, failed and skipped of one step from its status and its log -------

count_whole()
{
	(($1 == 0)) && passed=1 || failed=1
}

# The last line "N passed, N failed" is the part's own word.
count_summary()
{
	local line

	line=$(sed -nE '/^[0-9]+ passed, [0-9]+ failed/p' "$2" | tail -n 1)
	[[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed ]] || return 0
	passed=${BASH_REMATCH[1]} failed=${BASH_REMATCH[2]}
}

# sum_of WORD FILE: cmocka's own sums, "[  PASSED  ] 3 test(s).", added up.
sum_of()
{
	sed -n "s/^\[  $1 *\] \([0-9]*\) test(s).*/\1/p" "$2" | awk '{ n += $1 } END { print n + 0 }'
}

# Each test of a cmocka program counts, and a script is one test.
count_programs()
{
	local log=$2 result name good bad left

	while IFS=': ' read -r result name; do
		good=$(sum_of PASSED "$BUILD/$3/$name.log")
		bad=$(sum_of FAILED "$BUILD/$3/$name.log")
		left=$(sum_of SKIPPED "$BUILD/$3/$name.log")
		case $result in
		PASS) [[ $name != *.sh ]] || good=1 ;;
		SKIP) ((left > 0)) || left=1 ;;
		# A crash, a leak, an unexpected success: more than cmocka knows.
		*) ((bad > 0)) || bad=1 ;;
		esac
		# A program that passes without a test has not tested anything.
		((good + bad + left > 0)) || bad=1
		((passed += good, failed += bad, skipped += left)) || true
	done < <(grep -E '^(PASS|FAIL|SKIP|ERROR|XPASS|XFAIL): ' "$log")
}

# --- showing -------------------------------------------------------------------------------------

# failed_programs LOG DIRECTORY: the tests that failed, or else the end of what they said.
failed_programs()
{
	local name

	while IFS=': ' read -r _ name; do
		echo "$name:"
		grep -E -A 2 '\[ +(ERROR|FAILED) +\]|^not ok|Sanitizer|runtime error' "$2/$name.log" ||
			tail -n 15 "$2/$name.log"
	done < <(grep -E '^(FAIL|ERROR|XPASS): ' "$1")
}

# failed_lines LOG: what failed, each with the indented lines below it.
failed_lines()
{
	awk '/^[ |]*(CC|CCLD|GEN) / { next }
		/(^| )not ok( |$)|failed$|error:|\*\*\*/ { print; detail = 1; next }
		/^[[:space:]]/ { if (detail) print; next }
		{ detail = 0 }' "$1"
}

# show_failure LOG [DIRECTORY]: what tells most of a log, or its end.
show_failure()
{
	local log=$1 text

	text=$(failed_programs "$@" 2>/dev/null)
	[[ -n $text ]] || text=$(failed_lines "$log")
	[[ -n $text ]] || text=$(tail -n 25 "$log")
	head -n 40 <<<"$text" | sed 's/^/    | /'
	echo "    the whole output: ${log#"$TOP"/}"
}

# run_step NAME COUNT COMMAND
run_step()
{
	local name=$1 log="$LOGS/check-${1// /-}.log" status=0 passed=0 failed=0 skipped=0 start
	local -a count command

	read -ra count <<<"$2"
	read -ra command <<<"$3"
	start=$(now_ms)
	announce "$name"
	(cd "$TOP" && "${command[@]}") >"$log" 2>&1 </dev/null || status=$?
	"count_${count[0]}" "$status" "$log" "${count[@]:1}"
	# Whatever a part says of itself: a bad status is a failure, and so is no test at all.
	((status == 0 || failed > 0)) || failed=1
	((passed + failed > 0)) || failed=1
	total_passed=$((total_passed + passed))
	total_failed=$((total_failed + failed))
	if ((failed == 0)); then
		printf '%8s %5d passed' "$(seconds_since "$start")" "$passed"
	else
		printf '%8s %5d passed, %s%d failed%s' "$(seconds_since "$start")" "$passed" "$red" "$failed" "$plain"
	fi
	((skipped == 0)) || printf ', %s%d skipped%s' "$yellow" "$skipped" "$plain"
	echo
	((failed == 0)) || show_failure "$log" "$BUILD/${count[1]-}"
}

dev_check()
{
	local fast='' total_passed=0 total_failed=0 start name in_fast count command

	case ${1-} in
	--fast) fast=yes ;;
	'') ;;
	*) die "check: no such option: $1" ;;
	esac
	must_be_root check
	use deps
	use build
	dev_deps
	mkdir -p "$LOGS"
	cd "$TOP" || return
	start=$(now_ms)
	while IFS='|' read -r name in_fast count command; do
		read -r name <<<"$name"
		[[ -n $name && ! ($fast && $in_fast != *fast*) ]] || continue
		run_step "$name" "$count" "$command"
	done <<<"$STEPS"
	announce "all in $(seconds_since "$start")"
	echo
	echo "$total_passed passed, $total_failed failed"
	((total_failed == 0))
}
