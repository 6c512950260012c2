# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Many at once: each gets the answer that is his, and what may be used once is used once (CRY-10,
# PAM-23, RES-01, PAM-06).

CODE='code: '

# one NAME USER DIALOGUE...: in the background; its verdict is in $WORK/one.NAME
one()
{
	local name=$1 user=$2

	shift 2
	{
		if timeout 60 expect -f /tests/converse.exp pamtester only "$user" authenticate acct_mgmt -- \
			"$@" >"$WORK/shown.$name" 2>&1; then
			echo yes
		else
			echo no
		fi
	} >"$WORK/one.$name" &
	pids+=("$!")
}

verdicts()
{
	wait "${pids[@]}"
	pids=()
	cat "$WORK"/one.* | sort | uniq -c | awk '{ print $2 ":" $1 }' | paste -sd' '
	rm -f "$WORK"/one.*
}

# What a login under way holds in the daemon.
under_way()
{
	find "/proc/$DAEMON/fd" -type l | wc -l
}

pids=()
printf 'auth required pam_userpool.so\naccount required pam_userpool.so\n' >/etc/pam.d/only
daemon_start
sshd_start
user_new alice
totp_new alice
for i in {1..16}; do
	user_new "user$i"
done

# --- one code, eight at once ---
code=$(totp_code)
for i in {1..8}; do
	one "$i" alice 'assword: ' "$PASSWORD" "$CODE" "$code" 'not right*' '' 'not right*' ''
done
# Only who is refused is asked again, so it is the log that tells.
verdicts >/dev/null
same "a code that eight submit at once is good for one" 1 \
	"$(audit_count 'purpose=authenticate user=alice .*verdict=allow')"
same "... and for none of the others" 7 "$(audit_count 'purpose=authenticate user=alice .*verdict=deny')"

# --- different people, right and wrong, at once ---
# Reloads in between take nothing from anybody (DMN-12).
while sleep 0.1; do
	kill -HUP "$DAEMON"
done &
reloads=$!
for i in {1..16}; do
	if ((i % 4 == 0)); then
		one "$i" "user$i" 'assword: ' wrong
	else
		one "$i" "user$i" 'assword: ' "$PASSWORD"
	fi
done
verdicts >"$WORK/found"
kill "$reloads"
same "sixteen at once get their own verdicts, ten reloads a second or not" \
	'no:4 yes:12' "$(cat "$WORK/found")"
check "... which there were" test "$(audit_count ': reloaded')" -ge 5

# --- more than the queue takes ---
policy queue <<-END
	[daemon]
	workers = 1
	queue = 1
END
daemon_stop
daemon_start
for i in {1..16}; do
	one "$i" "user$i" 'assword: ' "$PASSWORD"
done
verdicts >"$WORK/found"
check "a full queue answers at once" test "$(audit_count 'purpose=authenticate .*reason=busy')" -gt 0
same "... and lets in whom it has let in" \
	"yes:$(awk '/: started / { n = 0 } /purpose=account .*verdict=allow/ { n++ } END { print n }' "$WORK/daemon.log")" \
	"$(grep -o 'yes:[0-9]*' "$WORK/found")"
check "... and the next one, when it has passed" wait_for "room" timeout 20 expect -f /tests/converse.exp \
	pamtester only user1 authenticate acct_mgmt -- 'assword: ' "$PASSWORD"
policy_end queue
daemon_stop
daemon_start

# --- clients that go in the middle ---
before=$(under_way)
for i in {1..5}; do
	# shellcheck disable=SC2016
	ssh_as alice keyboard-interactive "$INSIDE" -- 'Password: ' 'run:kill -KILL $(pgrep -x ssh); echo'
done
wait_for "the end of their logins" bash -c "(( \$(find /proc/$DAEMON/fd -type l | wc -l) <= $before ))"
check "clients that go at the prompt leave nothing behind" test "$(under_way)" -le "$before"
same "... and count as no failure" 0 "$(audit_count 'user=alice .*rhost=127.0.0.1 .*reason=auth-failed')"
totp_new alice
accepted "... so the next login is as good as ever" alice \
	kbd alice 'Password: ' "$PASSWORD" "$CODE" "$(totp_code)"
