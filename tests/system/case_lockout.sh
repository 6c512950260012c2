# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Wrong passwords count, and cannot keep the right person out (RES-02, PAM-08, CRY-12).

# try_from SOURCE USER PASSWORD: over the stack of sshd, as from that address
try_from()
{
	timeout 20 expect -f /tests/converse.exp pamtester -I "rhost=$1" sshd "$2" authenticate -- \
		'assword: ' "$3" >/dev/null 2>&1
}

# guess SOURCE USER TIMES: wrong passwords, all at once
guess()
{
	local i
	local -a pids=()

	for ((i = 0; i < $3; i++)); do
		try_from "$1" "$2" "Guess-$i-guess!" &
		pids+=("$!")
	done
	wait "${pids[@]}"
}

reasons_of()
{
	grep "login purpose=authenticate user=$1 .*rhost=$2" "$WORK/daemon.log" |
		sed 's/.* reason=\([a-z-]*\).*/\1/' | sort | uniq -c | awk '{ print $2 ":" $1 }' | paste -sd' '
}

# decided USER SOURCE [REASON]: logins that the log tells of
decided()
{
	audit_count "login purpose=authenticate user=$1 .*rhost=$2 .*reason=${3-}"
}

# guess_to SOURCE USER COUNT: until so many have counted.  The last one's delay is not waited for.
guess_to()
{
	local before

	guess "$1" "$2" 5
	while (($(decided "$2" "$1" auth-failed) < $3)); do
		before=$(decided "$2" "$1")
		guess "$1" "$2" 1 &
		until (($(decided "$2" "$1") > before)); do
			sleep 0.05
		done
	done
}

daemon_start
sshd_start
user_new alice
user_new bob
user_new carol

# --- who was never here before ---
guess 192.0.2.1 carol 5
same "five wrong passwords are answered as wrong" 'auth-failed:5' "$(reasons_of carol 192.0.2.1)"
guess_to 192.0.2.1 carol 7
check_fails "after some more even the right one has to wait" try_from 192.0.2.1 carol "$PASSWORD"
has "... and the log says why" "$(grep user=carol "$WORK/daemon.log" | tail -n 1)" too-many-attempts
check "the wait ends by itself" wait_for "the end of the wait" try_from 192.0.2.1 carol "$PASSWORD"

# --- who signs in from a place that is known ---
accepted "a first login makes the place known" alice kbd alice 'Password: ' "$PASSWORD"
guess_to 192.0.2.2 alice 7
accepted "somebody who guesses elsewhere keeps nobody out of a known place" alice \
	kbd alice 'Password: ' "$PASSWORD"
check_fails "... but himself" try_from 192.0.2.2 alice "$PASSWORD"

# --- what counts for nobody ---
guess 192.0.2.3 root 3
guess 192.0.2.3 localuser 3
same "root and local users are nobody's here: the daemon has not heard of them" '' \
	"$(grep -E 'user=(root|localuser) ' "$WORK/daemon.log")"
refused "an unknown name by sshd's password method" \
	ssh_as nobodyhere password "$INSIDE" -- 'assword: ' "$PASSWORD"
sshd_stop
sshd_start 'PermitRootLogin no'
# sshd then hands a junk password of the same length to PAM.
refused "root where sshd does not permit it" kbd root 'Password: ' 'Root-pass-1!'
sshd_stop
sshd_start
guess 192.0.2.4 nobodyhere 6
user_new nobodyhere
check "an unknown name gathers nothing that a user of that name would inherit" \
	try_from 192.0.2.4 nobodyhere "$PASSWORD"

# --- who does not exist looks like who typed a wrong password (CRY-15) ---
# ms_of USER: the time of the daemon's answer to a wrong password, as root tries it
ms_of()
{
	local start

	start=$(now_ms)
	echo 'Wrong-pass-1!' | userpool login-test "$1" --service login --stdin >/dev/null 2>&1
	echo $(($(now_ms) - start))
}
median()
{
	sort -n | sed -n 3p
}
user_new erin
ssh_as erin keyboard-interactive "$INSIDE" -- 'Password: ' 'Wrong-pass-1!'
wrong=${TRANSCRIPT//erin/NAME}
ssh_as erig keyboard-interactive "$INSIDE" -- 'Password: ' 'Wrong-pass-1!'
same "the same is shown" "$wrong" "${TRANSCRIPT//erig/NAME}"
for i in {1..5}; do
	userpool user create "fresh$i" --password-stdin --quiet <<<"$PASSWORD"
	ms_of "fresh$i" >>"$WORK/known"
	ms_of "nosuch$i" >>"$WORK/unknown"
done
known=$(median <"$WORK/known") unknown=$(median <"$WORK/unknown")
check "the same time is taken ($known ms and $unknown ms)" \
	test $((unknown * 5)) -ge $((known * 2)) -a $((known * 5)) -ge $((unknown * 2))

# --- wrong codes have a count of their own ---
totp_new bob
for i in 1 2; do
	refused "three wrong codes ($i)" kbd bob 'Password: ' "$PASSWORD" 'code: ' 000000 \
		'not right*code: ' 000000 'not right*code: ' 000000
done
refused "then each one has to wait" kbd bob 'Password: ' "$PASSWORD" 'code: ' 000000 \
	'not right*code: ' 000000
has "... and the log says why" "$(grep user=bob "$WORK/daemon.log" | tail -n 1)" too-many-attempts

# --- attempts a minute ---
policy rate <<-END
	[daemon]
	attempts_per_minute = 4
END
guess 192.0.2.5 carol 6
has "attempts from one source are limited" "$(reasons_of carol 192.0.2.5)" 'too-many-attempts:2'
check "... and those from another one are not" try_from 192.0.2.6 alice "$PASSWORD"
