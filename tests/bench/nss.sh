#!/bin/bash
# SPDX-License-Identifier: MIT
# nss.sh [--quick]: runs inside the sandbox; ./dev bench nss starts it.
set -euo pipefail

# shellcheck source=tests/system/host.sh
. /tests/host.sh
# shellcheck source=tests/bench/figures.sh
. /bench/figures.sh
# shellcheck source=tests/bench/nss_peers.sh
. /bench/nss_peers.sh

if [[ ${1-} == --quick ]]; then
	SIZES=(1000 100000) PEER_SIZES=(1000) ROUNDS=300 TIMES=2 FRESH=20
else
	SIZES=(1000 100000 1000000) PEER_SIZES=(1000 100000) ROUNDS=2000 TIMES=5 FRESH=100
fi
readonly SIZES PEER_SIZES ROUNDS TIMES FRESH
FIRST_UID=1879048192
IDENTITY=/var/lib/userpool/identity
readonly FIRST_UID IDENTITY

say()
{
	printf '\n%s\n' "$*"
}

# publish USERS: a snapshot of that many, a group for every hundred, and what it cost.
publish()
{
	rm -rf "$IDENTITY"
	mkdir -p "$IDENTITY"
	chmod 755 /var/lib/userpool "$IDENTITY"
	/bench/bench_snapshot "$IDENTITY" "$1" $(($1 / 100)) >"$WORK/build.$1"
}

# number FILE SUBJECT QUESTION: the median
number()
{
	awk -v subject="$2" -v question="$3" '$1 == subject && $2 == question { print $5 }' "$1"
}

# right FILE: no answer was wrong
right()
{
	awk '$7 != 0 { print "wrong answers: " $0; bad = 1 } END { exit bad }' "$1"
}

# ratio A B
ratio()
{
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", (b > 0 ? a / b : 0) }'
}

# by_call USERS THREADS: the entry points themselves beside the bare probe
by_call()
{
	local out=$WORK/call.$1.$2 question limit

	/bench/bench_nss ask "$ROUNDS" "$2" "$1" "userpool:u:$FIRST_UID" bare toy:u:0 >"$out"
	right "$out"
	for question in getpwnam getpwuid miss; do
		limit=$(number "$out" bare "$question")
		figure "$question by call, $1 users, $2 threads" ns "$(number "$out" userpool "$question")" \
			"$limit" "bare mapped probe" "$(awk -v l="$limit" 'BEGIN { print 2 * l }')"
	done
	figure "getgrouplist by call, $1 users, $2 threads" ns "$(number "$out" userpool getgrouplist)"
}

# What grows from the smallest to the largest pool beyond what the bare probe's does.
say_growth()
{
	local small=$WORK/call.${SIZES[0]}.1 large=$WORK/call.${SIZES[-1]}.1 question ours bare

	for question in getpwnam getpwuid miss; do
		ours=$(ratio "$(number "$large" userpool "$question")" "$(number "$small" userpool "$question")")
		bare=$(ratio "$(number "$large" bare "$question")" "$(number "$small" bare "$question")")
		figure "$question, growth from ${SIZES[0]} to ${SIZES[-1]} users" times "$ours" "$bare" \
			"bare mapped probe" "$(awk -v b="$bare" 'BEGIN { print 1.5 * (b > 1 ? b : 1) }')"
	done
}

# More lookups, no more system calls.
say_calls()
{
	local few many

	few=$(strace -f -c -o /dev/stdout /bench/bench_nss ask 10 1 1000 "userpool:u:$FIRST_UID" |
		awk '$NF == "total" { print $(NF - 1) }')
	many=$(strace -f -c -o /dev/stdout /bench/bench_nss ask 1000 1 1000 "userpool:u:$FIRST_UID" |
		awk '$NF == "total" { print $(NF - 1) }')
	figure "system calls of 253,440 more lookups" calls $((${many:-0} - ${few:-0})) "" "" 0
}

line()
{
	sed -i '/^passwd:/d; /^group:/d; /^initgroups:/d' /etc/nsswitch.conf
	printf 'passwd: %s\ngroup: %s\n' "$1" "$1" >>/etc/nsswitch.conf
}

# through_glibc LABEL LINE PREFIX FIRST USERS: the modules of that nsswitch line, several times in turn
through_glibc()
{
	line "$2"
	/bench/bench_nss ask $((ROUNDS / 10)) 1 "$5" "glibc:$3:$4" |
		sed "s/^glibc/$1/" >>"$WORK/glibc.$5"
	/bench/bench_nss fresh "$FRESH" "${3}7" | sed "s/^fresh/$1/" >>"$WORK/fresh.$5"
}

# median FILE SUBJECT QUESTION: of the medians of all times
median()
{
	awk -v subject="$2" -v question="$3" '$1 == subject && $2 == question { print $5 }' "$1" |
		sort -n | awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)] }'
}

say_glibc()
{
	local users=$1 question peer ours toy sss

	for question in getpwnam getpwuid getgrouplist miss; do
		ours=$(median "$WORK/glibc.$users" userpool "$question")
		toy=$(median "$WORK/glibc.$users" toy "$question")
		figure "$question through glibc, $users users" ns "$ours" "$toy" "toy module" \
			"$(awk -v t="$toy" 'BEGIN { print 1.2 * t }')"
		for peer in "${PEERS[@]}"; do
			sss=$(median "$WORK/glibc.$users" "$peer" "$question")
			[[ -z $sss ]] || figure "    beside $peer" ns "$ours" "$sss" "$peer" "$sss"
		done
	done
	ours=$(median "$WORK/fresh.$users" userpool first)
	toy=$(median "$WORK/fresh.$users" toy first)
	figure "first lookup of a process, $users users" us "$ours" "$toy" "toy module" \
		"$(awk -v t="$toy" 'BEGIN { print 1.3 * t }')"
	for peer in "${PEERS[@]}"; do
		sss=$(median "$WORK/fresh.$users" "$peer" first)
		[[ -z $sss ]] || figure "    beside $peer" us "$ours" "$sss" "$peer" "$sss"
	done
}

bench_calls()
{
	local users

	say "== The module's own entry points"
	for users in "${SIZES[@]}"; do
		publish "$users"
		by_call "$users" 1
		by_call "$users" 8
	done
	say_growth
	publish 1000
	say_calls
	say "== Writing the snapshot"
	for users in "${SIZES[@]}"; do
		figure "full build, $users users" s "$(awk '{ print $2 }' "$WORK/build.$users")" "" "" \
			"$([[ $users == 1000000 ]] && echo 5)"
		figure "memory of it" MiB "$(awk '{ print $4 }' "$WORK/build.$users")" "" "" \
			"$([[ $users == 1000000 ]] && echo 400)"
	done
}

bench_glibc()
{
	local users peer i

	for users in "${PEER_SIZES[@]}"; do
		say "== Through glibc, each alone on its nsswitch line, $users users"
		publish "$users"
		peers_prepare "$users"
		rm -f "$WORK/glibc.$users" "$WORK/fresh.$users"
		for ((i = 0; i < TIMES; i++)); do
			through_glibc userpool userpool u "$FIRST_UID" "$users"
			through_glibc toy toy u 0 "$users"
			for peer in "${PEERS[@]}"; do
				peer_start "$peer" "$users" || continue
				through_glibc "$peer" "$(peer_line "$peer")" u 100000 "$users"
				peer_stop "$peer"
			done
		done
		right "$WORK/glibc.$users" || true
		say_glibc "$users"
	done
}

bench_programs()
{
	local i

	say "== Whole programs"
	publish 100000
	line userpool
	figure "id of a user in 100 groups" us "$(/bench/bench_nss spawn "$FRESH" id many | awk '{ print $5 }')" \
		"$(/bench/bench_nss spawn "$FRESH" id -u | awk '{ print $5 }')" "id -u, which asks for nothing"
	figure "getent passwd, 100,000 users" us "$(/bench/bench_nss spawn 5 getent passwd | awk '{ print $5 }')"
	i=$(getent passwd | wc -l)
	figure "    users listed" users "$i"
}

host_prepare
cp /bench/libnss_toy.so.2 "/usr/lib/$(gcc -print-multiarch)/"
bench_calls
bench_glibc
bench_programs
