#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh [-j JOBS] [-l DIR] STAGE [CASE...]: runs the system tests, each case in a sandbox of its own.
#
# A check is a line `ok NAME` or `not ok NAME` with details below it.  DIR keeps whole outputs.
set -uo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
jobs=2
logs=
while getopts j:l: option; do
	case $option in
	j) jobs=$OPTARG ;;
	l) logs=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
(($# > 0)) || {
	echo "usage: run.sh [-j JOBS] [-l DIR] STAGE [CASE...]" >&2
	exit 2
}
stage=$1
shift
[[ -n $logs ]] || {
	logs=$(mktemp -d)
	trap 'rm -rf "$logs"' EXIT
}
mkdir -p "$logs"

# The longest first, so that none of them is left over at the end.
names=("$@")
if ((${#names[@]} == 0)); then
	names=(outage lockout stacks local_logins workers)
	for file in "$HERE"/case_*.sh; do
		name=${file##*/case_}
		name=${name%.sh}
		[[ " ${names[*]} " == *" $name "* ]] || names+=("$name")
	done
fi

# run_case NAME: its output goes to a file, whose last line says how it ended.
run_case()
{
	local start=$SECONDS status=0

	timeout --kill-after=5 240 bash "$HERE/sandbox.sh" "$stage" bash /tests/inside.sh "$1" \
		>"$logs/$1.log" 2>&1 </dev/null || status=$?
	echo "status $status, $((SECONDS - start)) s" >>"$logs/$1.log"
}

# report NAME: prints its lines and adds to the counts.
report()
{
	local log=$logs/$1.log end

	end=$(tail -n 1 "$log")
	echo "--- $1: ${end#*, }"
	# Only the checks and their details; the rest is in the log.
	awk '/^(not )?ok / { print; detail = /^not/; next } /^    / { if (detail) print; next } { detail = 0 }' "$log"
	((passed += $(grep -c '^ok ' "$log")))
	((failed += $(grep -c '^not ok ' "$log")))
	if ! grep -q '^end of case$' "$log" || [[ $end != "status 0,"* ]]; then
		echo "not ok $1 ran to its end"
		tail -n 20 "$log" | sed 's/^/    /'
		((failed += 1))
	fi
}

# Waits for the case that ends first.
report_next()
{
	local pid

	wait -n -p pid
	report "${running[$pid]}"
	unset "running[$pid]"
}

passed=0
failed=0
declare -A running=()
for name in "${names[@]}"; do
	((${#running[@]} < jobs)) || report_next
	run_case "$name" &
	running[$!]=$name
done
while ((${#running[@]} > 0)); do
	report_next
done
echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
