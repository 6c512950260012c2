# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# HELP: fuzz [--seconds N] [--runs N] [TARGET...]   run the fuzzers, 60 s each; crashes go to build/fuzz/crash

# run_target PROGRAM LIMIT...: libFuzzer from the target's seeds, with what it finds kept for the next run.
run_target()
{
	local program=$1 room name found crash files status=0

	shift
	room=$(dirname "$program") name=$(basename "$program")
	name=${name#fuzz_}
	found=$BUILD/fuzz/found/$room/$name crash=$BUILD/fuzz/crash/$room/$name
	mkdir -p "$found" "$crash" "$LOGS"
	# Some write files for what they test to read: in memory, where there is room for that.
	files=$(mktemp -d -p /dev/shm userpool-fuzz.XXXXXX 2>/dev/null || mktemp -d -t userpool-fuzz.XXXXXX)
	(
		cd "$crash" || exit
		TMPDIR=$files nice "$BUILD/fuzz/$program" "$@" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=1 \
			-artifact_prefix="$crash/" "$found" "$TOP/$room/corpus_$name"
	) >"$LOGS/fuzz-$name.log" 2>&1 </dev/null || status=$?
	rm -rf "$files"
	return "$status"
}

# executions NAME: how many inputs the last run of a target has tried.
executions()
{
	sed -n 's/^stat::number_of_executed_units: *//p' "$LOGS/fuzz-$1.log"
}

# finds_planted_crash: whether the control crashes; a fuzzer that finds nothing in it proves nothing.
finds_planted_crash()
{
	local crash=$BUILD/fuzz/crash/planted

	rm -rf "$crash"
	mkdir -p "$crash" "$LOGS"
	if (cd "$crash" && "$BUILD/fuzz/tests/lib/fuzz_planted" -runs=2000000 -seed=1 -max_len=8 \
		-artifact_prefix="$crash/") >"$LOGS/fuzz-planted.log" 2>&1 </dev/null; then
		return 1
	fi
	grep -qar '^POOL' "$crash"
}

# One line for each target: its name, how it went, how many inputs it has tried.
fuzz_one()
{
	local program=$1 name start

	shift
	name=${program##*/fuzz_}
	start=$(now_ms)
	announce "fuzz $name"
	if run_target "$program" "$@"; then
		echo "$(executions "$name") inputs in $(seconds_since "$start")"
		return
	fi
	echo "${red}failed${plain}"
	tail -n 40 "$LOGS/fuzz-$name.log" | sed 's/^/    | /'
	echo "    the whole output: build/log/fuzz-$name.log; the input: build/fuzz/crash/${program%/*}/$name/"
	return 1
}

dev_fuzz()
{
	local limit=-max_total_time=60 program passed=0 failed=0
	local -a wanted=() programs

	while (($# > 0)); do
		case $1 in
		--seconds) limit=-max_total_time=${2:?} && shift ;;
		--runs) limit=-runs=${2:?} && shift ;;
		-*) die "fuzz: no such option: $1" ;;
		*) wanted+=("${1##*fuzz_}") ;;
		esac
		shift
	done
	use build
	dev_build fuzz || return
	mapfile -t programs < <(fuzz_targets | grep -v /fuzz_planted)
	announce "fuzz: the planted crash is found"
	if finds_planted_crash; then
		echo yes
	else
		echo "${red}no${plain}" && failed=1
	fi
	for program in "${programs[@]}"; do
		if ((${#wanted[@]} > 0)) && [[ " ${wanted[*]} " != *" ${program##*/fuzz_} "* ]]; then
			continue
		fi
		if fuzz_one "$program" "$limit"; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
		fi
	done
	((passed + failed > 0)) || die "fuzz: no such target: ${wanted[*]}"
	echo "$passed passed, $failed failed"
	((failed == 0))
}
