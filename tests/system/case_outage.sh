# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The daemon killed, stopped or absent, sshd restarted: no wrong accept, no hang, and root and local
# users unaffected (L2, L15, PAM-11).

CODE='Authenticator code: '

# Root and a local user by every way in, each in what it takes on a slow machine.
others_unaffected()
{
	within "$1: root by ssh" 5000 kbd root 'Password: ' 'Root-pass-1!'
	within "$1: a local user by ssh" 5000 kbd localuser 'Password: ' 'Local-pass-1!'
	within "$1: a local user by sudo" 5000 as localuser sudo id -un -- 'assword*: ' 'Local-pass-1!'
	within "$1: root by su" 5000 converse su localuser -c "$INSIDE" --
	within "$1: su to root" 5000 as localuser su -c "$INSIDE" -- 'Password: ' 'Root-pass-1!'
	within "$1: login of a local user" 5000 converse login localuser -- \
		'Password: ' 'Local-pass-1!' '$ ' exit
}

# stack NAME TIMES: our module so many times, then what lets in
stack()
{
	local i

	for ((i = 0; i < $2; i++)); do
		printf '%s optional pam_userpool.so\n' auth account
	done
	printf '%s required pam_permit.so\n' auth account
}

# The module's own time for USER, from many calls in one process less none in another.
module_us()
{
	local start none many
	local -i times=500

	stack none 0 >/etc/pam.d/none
	stack many "$times" >/etc/pam.d/many
	pamtester none "$1" authenticate acct_mgmt >/dev/null
	start=$EPOCHREALTIME
	pamtester none "$1" authenticate acct_mgmt >/dev/null
	none=$(us_since "$start")
	start=$EPOCHREALTIME
	pamtester many "$1" authenticate acct_mgmt >/dev/null || return
	many=$(us_since "$start")
	echo $(((many - none) / (2 * times)))
}

us_since()
{
	echo $((${EPOCHREALTIME/./} - ${1/./}))
}

quickly_not_ours()
{
	local user us

	for user in root localuser; do
		us=$(module_us "$user")
		if [[ -n $us ]] && ((us < 1000)); then
			pass "$1: the module is done with $user in under 1 ms ($us us)"
		else
			fail "$1: the module is done with $user in under 1 ms" "$us us"
		fi
		run strace -f -e trace=connect,socket pamtester many "$user" authenticate acct_mgmt
		has_not "... and has asked nobody" "$OUTPUT" 'userpool'
	done
}

echo 'localuser ALL=(ALL) ALL' >/etc/sudoers.d/localuser
sshd_start
daemon_start
user_new alice
totp_new alice
user_new bob
key_install bob
others_unaffected "daemon well"
quickly_not_ours "daemon well"

# --- killed between a prompt and its answer ---
refused_within "killed between prompt and password" 8000 \
	kbd alice 'Password: ' "run:kill -KILL $DAEMON; echo '$PASSWORD'"
daemon_start
refused_within "killed between password and code" 8000 \
	kbd alice 'Password: ' "$PASSWORD" "$CODE" "run:kill -KILL $DAEMON; echo $(totp_code)"
daemon_start
totp_new alice
accepted "started again: all is as before" alice kbd alice 'Password: ' "$PASSWORD" "$CODE" "$(totp_code)"

# --- stopped ---
PATIENCE=60 refused_within "daemon stopped between prompt and password" 40000 \
	kbd bob 'Password: ' "run:kill -STOP $DAEMON; echo '$PASSWORD'" &
waiting=$!
wait_for "the daemon to stop" grep -q '^State:.*stopped' "/proc/$DAEMON/status"
refused_within "daemon stopped: a user of the pool" 35000 kbd bob
has_not "... is not asked for a password that nobody would check" "$TRANSCRIPT" 'assword: '
refused_within "daemon stopped: a user of the pool with a key" 35000 ssh_as bob publickey "$INSIDE" --
others_unaffected "daemon stopped"
quickly_not_ours "daemon stopped"
wait "$waiting"
kill -CONT "$DAEMON"
totp_new alice
accepted "it goes on: nothing is lost" alice kbd alice 'Password: ' "$PASSWORD" "$CODE" "$(totp_code)"

# --- absent ---
daemon_stop
refused_within "daemon absent: a user of the pool" 5000 kbd bob
refused_within "daemon absent: a user of the pool with a key" 5000 ssh_as bob publickey "$INSIDE" --
others_unaffected "daemon absent"
quickly_not_ours "daemon absent"
mv /run/userpool /run/moved
refused_within "directory absent: a user of the pool" 5000 kbd bob
others_unaffected "directory absent"
mv /run/moved /run/userpool
daemon_start

# --- restarts in a session ---
accepted "sshd restarted in a session: it goes on" bob ssh_as bob keyboard-interactive \
	"echo ready; read -r line; $INSIDE" -- 'Password: ' "$PASSWORD" 'ready' \
	'run:(. /tests/host.sh; sshd_stop; sshd_start) >/dev/null 2>&1; echo go'
start=$(now_ms)
accepted "daemon stopped in a session: it goes on" bob ssh_as bob keyboard-interactive \
	"echo ready; read -r line; $INSIDE" -- 'Password: ' "$PASSWORD" 'ready' \
	"run:kill -STOP $DAEMON; echo go"
check "... and ends in time" test $(($(now_ms) - start)) -lt 8000
kill -CONT "$DAEMON"
accepted "... and the next login works" bob kbd bob 'Password: ' "$PASSWORD"
accepted "daemon restarted in a session: it goes on" bob ssh_as bob keyboard-interactive \
	"echo ready; read -r line; $INSIDE" -- 'Password: ' "$PASSWORD" 'ready' \
	"run:kill -KILL $DAEMON; echo go"
daemon_start
