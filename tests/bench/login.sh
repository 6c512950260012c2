#!/bin/bash
# SPDX-License-Identifier: MIT
# login.sh [--quick]: runs inside the sandbox; ./dev bench login starts it.
set -euo pipefail

# shellcheck source=tests/system/host.sh
. /tests/host.sh
# shellcheck source=tests/bench/figures.sh
. /bench/figures.sh

CORES=$(nproc)
if [[ ${1-} == --quick ]]; then
	ROUNDS=30 CODES=10 COLD=1 SECONDS_=2 FIRST=50 LAST=150
else
	ROUNDS=200 CODES=60 COLD=5 SECONDS_=12 FIRST=200 LAST=2000
fi
readonly CORES ROUNDS CODES COLD SECONDS_ FIRST LAST
# The worker ends after this, and so the daemon is idle.
IDLE_S=2

# A state directory on a real disk: in memory, making a change durable would cost nothing.
use_disk()
{
	rm -rf /disk/state
	mkdir -p /disk/state
	mount --bind /disk/state /var/lib/userpool
	chown userpool:userpool /var/lib/userpool
}

write_services()
{
	local kind

	for kind in userpool unix permit; do
		printf '%s required pam_%s.so\n' auth "$kind" account "$kind" session "$kind" \
			>"/etc/pam.d/bench-$kind"
	done
	# What libpam reads and loads for each application anyway is to be little.
	printf '%s required pam_deny.so\n' auth account password session >/etc/pam.d/other
	printf '%s\n' 'auth required pam_unix.so' \
		'auth required pam_oath.so usersfile=/etc/users.oath window=2' \
		'account required pam_unix.so' >/etc/pam.d/bench-oath
}

# The same number of users with the same secrets on both sides.
make_code_users()
{
	local i hash secret

	hash=$(awk -F: '$1 == "localuser" { print $2 }' /etc/shadow)
	for ((i = 0; i <= CODES; i++)); do
		user_new "code$i"
		totp_new "code$i"
		echo "code$i $SECRET" >>"$WORK/users"
		echo "localcode$i:x:$((3000 + i)):100::/nonexistent:/bin/false" >>/etc/passwd
		echo "localcode$i:$hash:19000::::::" >>/etc/shadow
		secret=$(oathtool --totp --base32 -v "$SECRET" | sed -n 's/^Hex secret: //p')
		echo "HOTP/T30 localcode$i - $secret" >>/etc/users.oath
	done
	chmod 600 /etc/users.oath
	userpool sync --quiet
}

prepare()
{
	host_prepare
	use_disk
	write_services
	printf '[daemon]\nattempts_per_minute = 100000\nworker_idle = %d\nworkers = %d\n' \
		"$IDLE_S" "$CORES" >/etc/userpool/userpool.conf.d/bench.conf
	echo "localuser:$PASSWORD" | chpasswd -c YESCRYPT
	daemon_start
	user_new alice
	make_code_users
}

workers()
{
	cat "/proc/$DAEMON/task/$DAEMON/children"
}

wait_until_idle()
{
	wait_for "the workers' end" bash -c "[[ -z \$(cat /proc/$DAEMON/task/$DAEMON/children) ]]"
}

# memory KEY: of the daemon and its workers together, in KiB, from smaps_rollup.
memory()
{
	local pid sum=0 kib

	for pid in $DAEMON $(workers); do
		kib=$(awk -v key="$1:" '$1 == key { print $2 }' "/proc/$pid/smaps_rollup" 2>/dev/null) || kib=0
		sum=$((sum + ${kib:-0}))
	done
	echo "$sum"
}

# pin CPUS: where daemon and workers may run.
pin()
{
	local pid

	for pid in $DAEMON $(workers); do
		taskset -acp "$1" "$pid" >/dev/null
	done
}

mib()
{
	awk -v kib="$1" 'BEGIN { printf "%.3f", kib / 1024 }'
}

# spread FILE LOGIN HASH: how sure the median above is.
spread()
{
	printf '    %s: middle half %s to %s ms; fastest login less fastest hash %s ms\n' "$2" \
		"$(in_ms "$1" "$2-over" 3)" "$(in_ms "$1" "$2-over" 5)" "$(least_over "$1" "$2" "$3")"
}

bench_times()
{
	local out=$WORK/login.out

	taskset -c 0 /bench/bench_login login "$ROUNDS" "$PASSWORD" alice localuser >"$out"
	figure "password login over its hash" ms "$(in_ms "$out" userpool-over 4)" \
		"$(in_ms "$out" unix-over 4)" pam_unix 1 "$(in_ms "$out" userpool-over 5)"
	spread "$out" userpool argon2id
	spread "$out" unix yescrypt
	printf '    of these %s ms are libpam itself (pam_permit)\n' "$(in_ms "$out" permit 2)"
	figure "password login, whole" ms "$(in_ms "$out" userpool 2)" "$(in_ms "$out" unix 2)" pam_unix
	figure "hash alone" ms "$(in_ms "$out" argon2id 2)" "$(in_ms "$out" yescrypt 2)" yescrypt
	WARM_MS=$(in_ms "$out" userpool 4)
}

bench_codes()
{
	local out=$WORK/code.out peer=alone

	[[ ! -e /usr/lib/$(uname -m)-linux-gnu/security/pam_oath.so ]] || peer=peer
	taskset -c 0 /bench/bench_login code "$CODES" "$PASSWORD" "$WORK/users" "$peer" >"$out"
	if [[ $peer == peer ]]; then
		figure "password and code over its hash" ms "$(in_ms "$out" userpool-over 4)" \
			"$(in_ms "$out" oath-over 4)" "pam_unix and pam_oath" 1 \
			"$(in_ms "$out" userpool-over 5)"
	else
		figure "password and code over its hash" ms "$(in_ms "$out" userpool-over 4)" "" "" 1 \
			"$(in_ms "$out" userpool-over 5)"
	fi
	spread "$out" userpool argon2id
	[[ $peer == alone ]] || spread "$out" oath yescrypt
}

bench_cold()
{
	local i

	for ((i = 0; i < COLD; i++)); do
		wait_until_idle
		/bench/bench_login repeat 1 "$PASSWORD" alice | awk '{ print $2 / 1000 }'
	done | sort -n >"$WORK/cold.out"
	figure "first login after idle" ms "$(sed -n "$(((COLD + 1) / 2))p" "$WORK/cold.out")" \
		"$WARM_MS" "a login with a warm worker"
}

# The most that daemon and workers held together, looked at while the rate is measured.
watch_memory()
{
	local now most=0

	while [[ -e $WORK/watching ]]; do
		now=$(memory Rss)
		((now <= most)) || most=$now
		sleep 0.05
	done
	echo "$most" >"$WORK/most"
}

bench_rate()
{
	local out=$WORK/rate.out watcher

	touch "$WORK/watching"
	watch_memory &
	watcher=$!
	/bench/bench_login rate "$SECONDS_" "$PASSWORD" "$CORES" alice >"$out"
	rm "$WORK/watching"
	wait "$watcher"
	figure "logins on $CORES cores" "a second" "$(value "$out" logins-per-second 2)" \
		"$(value "$out" hashes-per-second 2)" "hashes alone"
	# A hash takes 19 MiB, a worker 10 beside it, and the daemon 8.
	figure "memory under that load" MiB "$(mib "$(<"$WORK/most")")" "" "" $((CORES * 29 + 8))
}

# No leak: what is resident after many logins and sessions is what was after few.
bench_memory()
{
	local few many

	/bench/bench_login repeat "$FIRST" "$PASSWORD" alice >/dev/null
	wait_until_idle
	few=$(memory Rss)
	/bench/bench_login repeat $((LAST - FIRST)) "$PASSWORD" alice >/dev/null
	wait_until_idle
	many=$(memory Rss)
	figure "memory after $LAST logins" KiB "$many" "$few" "after $FIRST" $((few + 64))
	figure "memory when idle" MiB "$(mib "$many")" "" "" 8
	printf '    proportional share (PSS) %s MiB, of which private %s MiB\n' "$(mib "$(memory Pss)")" \
		"$(mib $(($(memory Private_Dirty) + $(memory Private_Clean))))"
}

prepare
# One core for all who take turns: no two of them are as fast while others use the machine.
pin 0
bench_times
bench_codes
bench_cold
pin "0-$((CORES - 1))"
bench_rate
bench_memory
daemon_stop TERM
