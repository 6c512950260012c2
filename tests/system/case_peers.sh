# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Clients of the three sockets that do not behave, as an ordinary user of the machine, with real
# logins beside them (DMN-01, DMN-02, DMN-06, DMN-07).

RUN=/run/userpool

# peer SOCKET VERB...: as localuser
peer()
{
	setpriv --reuid localuser --regid localuser --clear-groups \
		perl /tests/peer.pl "$RUN/$1.sock" "${@:2}"
}

refusals()
{
	audit_count "peer-refused socket=$1.sock uid=$LOCAL_UID "
}

# refused_peer NAME MS SOCKET VERB HEX: cut off in time, without an answer, with one line in the log
refused_peer()
{
	local name=$1 limit=$2 socket=$3 before ms received

	shift 3
	before=$(refusals "$socket")
	read -r ms received < <(peer "$socket" "$@")
	if [[ -n $ms ]] && ((ms <= limit && received == 0)); then
		pass "$name: cut off ($ms ms)"
	else
		fail "$name: cut off" "after ${ms:-?} ms of $limit, ${received:-?} bytes came back"
	fi
	wait_for "its line" bash -c "(( \$(grep -c 'peer-refused socket=$socket.sock uid=$LOCAL_UID ' $WORK/daemon.log) > $before ))"
	same "... one line in the log" $((before + 1)) "$(refusals "$socket")"
}

login_works()
{
	within "$1: a login by ssh works" 5000 kbd alice 'Password: ' "$PASSWORD"
}

header()
{
	printf '%08x%04x%04x' "$1" "$2" "${3:-1}"
}

sshd_start
daemon_start
user_new alice
user_new bob
begin=$(peer login begin sshd alice)
login_works "at first"

# --- what is no frame ---
for socket in login api nss; do
	refused_peer "$socket: another protocol" 2000 $socket send \
		"$(printf 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n' | od -An -tx1 | tr -d ' \n')"
	refused_peer "$socket: a length of 2^32-1" 2000 $socket send "$(header 4294967295 $((0x0101)))"
	refused_peer "$socket: a length of 2^31-1" 2000 $socket send "$(header 2147483647 $((0x0101)))"
	refused_peer "$socket: another version" 2000 $socket send "$(header 0 $((0x0101)) 2)"
	refused_peer "$socket: an unknown type" 2000 $socket send "$(header 0 $((0x7777)))"
	refused_peer "$socket: a frame of the other direction" 2000 $socket send "$(header 0 $((0x0183)))"
done
refused_peer "login: one byte more than a frame may have" 2000 login send "$(header 65537 $((0x0101)))"
refused_peer "api: one byte more than a frame may have" 2000 api send "$(header 1048577 $((0x0301)))"
refused_peer "login: an empty frame" 2000 login send "$(header 0 $((0x0101)))"
refused_peer "login: an answer that nobody asked for" 2000 login send "$(header 0 $((0x0102)))"
refused_peer "login: bytes behind the last field" 2000 login send \
	"$(printf '%08x' $((${#begin} / 2 - 8 + 1)))${begin:8}00"
refused_peer "login: a string longer than the frame" 2000 login send \
	"${begin:0:64}ffffffff${begin:72}"
login_works "after all that"

# --- frames that come slowly or not whole ---
refused_peer "login: a byte a second" 13000 login drip "$begin"
for length in 1 7 8 9 $((${#begin} / 2 - 1)); do
	before=$(refusals login)
	peer login cut "${begin:0:length*2}"
	wait_for "its line" bash -c "(( \$(grep -c 'peer-refused socket=login.sock uid=$LOCAL_UID ' $WORK/daemon.log) > $before ))"
	same "login: cut after byte $length: one line in the log" $((before + 1)) "$(refusals login)"
done

# --- many ---
before=$(refusals login)
coproc HOLD { peer login hold 100; }
read -r held <&"${HOLD[0]}"
same "of 100 connections of one user so many are kept" 32 "$held"
check "... and that others are turned away is in the log, but not 68 times" \
	test "$(($(refusals login) - before))" -ge 1 -a "$(($(refusals login) - before))" -le 10
login_works "meanwhile"
within "... root's command works" 1000 userpool status
check "... another user's too" setpriv --reuid bob --regid bob --init-groups userpool status
echo >&"${HOLD[1]}"
wait "$HOLD_PID"

# --- more than the daemon has descriptors for (DMN-07) ---
daemon_stop
ulimit -n 80
daemon_start
ulimit -n 1024
coproc ONE { peer login hold 40; }
coproc TWO { peer api hold 40; } 2>/dev/null
coproc THREE { peer nss hold 40; } 2>/dev/null
read -r held <&"${THREE[0]}"
check "all descriptors are taken" test "$(find "/proc/$DAEMON/fd" -type l | wc -l)" -ge 80
ticks=$(awk '{ print $14 + $15 }' "/proc/$DAEMON/stat")
# Nothing more comes: a second to look at.
read -r -t 1 held <&"${THREE[0]}"
spent=$(($(awk '{ print $14 + $15 }' "/proc/$DAEMON/stat") - ticks))
check "... and the daemon does not spin ($spent ticks of 100)" test "$spent" -lt 10
for fd in "${ONE[1]}" "${TWO[1]}" "${THREE[1]}"; do
	echo >&"$fd"
done
wait_for "the end of the crowd" bash -c 'userpool --quiet status'
login_works "when they have gone"
