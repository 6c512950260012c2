# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The daemon's own life: confinement, configuration, reload, stop, activation, a second one.

# in_status FILE KEY
in_status()
{
	awk -v key="$2:" '$1 == key { $1 = ""; print substr($0, 2) }' "$1"
}

# A daemon that is expected to end by itself.
second_daemon()
{
	(daemon_exec timeout 10)
}

# The stack of a program that only authenticates: no other phase comes into its way.
ask()
{
	converse pamtester only "$1" authenticate -- "${@:2}"
}

printf 'auth required pam_userpool.so\naccount required pam_userpool.so\n' >/etc/pam.d/only
daemon_start
user_new alice
user_new bob
check "a first login" ask bob 'Password: ' "$PASSWORD"

# --- confinement (DMN-14) ---
uid=$(id -u userpool)
for pid in "$DAEMON" $(pgrep -P "$DAEMON"); do
	file=/proc/$pid/status
	name=$(in_status "$file" Name)
	same "$name runs as its own user" "$uid $uid $uid $uid" "$(in_status "$file" Uid | tr '\t' ' ')"
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do
		same "$name: $set is empty" 0000000000000000 "$(in_status "$file" $set)"
	done
	same "$name: no new privileges" 1 "$(in_status "$file" NoNewPrivs)"
	same "$name: system calls are filtered" 2 "$(in_status "$file" Seccomp)"
	same "$name: its memory is nobody's business" root "$(stat -c %U "/proc/$pid/mem")"
	has "$name: no core files" "$(cat "/proc/$pid/limits")" '^Max core file size +0 +0'
done
same "databases and keys are the daemon's alone" '' \
	"$(find /var/lib/userpool/host /var/lib/userpool/pool ! -user userpool -o -perm /077)"
same "nobody but the daemon may write below its state" '' \
	"$(find /var/lib/userpool ! -type l -perm /022)"

# --- reload ---
check "a reload disturbs no login in flight" ask bob \
	'Password: ' "run:kill -HUP $DAEMON; . /tests/host.sh; wait_for reload grep -q reloaded $WORK/daemon.log; echo '$PASSWORD'"
policy door <<-END
	[policy only]
	groups = nobodys
END
check_fails "a reload is in force" ask bob 'Password: ' "$PASSWORD"
policy_end door
printf '[daemon]\nworkers = many\n' >/etc/userpool/userpool.conf.d/wrong.conf
kill -HUP "$DAEMON"
wait_for "the complaint" grep -q config-invalid "$WORK/daemon.log"
has "a reload with a mistake says file and line" "$(cat "$WORK/daemon.log")" \
	'config-invalid .*userpool.conf.d/wrong.conf:2'
check "... and what was in force stays" ask bob 'Password: ' "$PASSWORD"
rm /etc/userpool/userpool.conf.d/wrong.conf

# --- a second daemon (DMN-15) ---
before=$(userpool user list --json; stat -c '%i %Y' /run/userpool/*.sock)
run second_daemon
same "a second daemon ends" 1 "$?"
has "... and says why" "$OUTPUT" 'store-failed what=/var/lib/userpool .*another daemon uses it'
same "... and leaves the first one its sockets" "$before" \
	"$(userpool user list --json; stat -c '%i %Y' /run/userpool/*.sock)"
check "... which goes on" ask bob 'Password: ' "$PASSWORD"

# --- stop ---
stopped="run:kill -TERM $DAEMON; . /tests/host.sh; wait_for closing bash -c '! userpool --quiet status'; echo '$PASSWORD'"
check "SIGTERM lets a login in flight finish" ask bob 'Password: ' "$stopped"
status=0
wait "$DAEMON" || status=$?
same "... and then the daemon ends well" 0 "$status"
has "... and says so" "$(tail -n 1 "$WORK/daemon.log")" 'stopped'
same "... and leaves no socket" '' "$(ls /run/userpool)"
daemon_start
start=$(now_ms)
kill -TERM "$DAEMON"
status=0
wait "$DAEMON" || status=$?
same "without a login SIGTERM ends it" 0 "$status"
check "... at once" test "$(($(now_ms) - start))" -lt 2000
# A socket file that a crash has left.
daemon_start
daemon_stop -KILL
check "killed, it leaves its sockets" test -S /run/userpool/login.sock
check "... which are no obstacle" daemon_start
daemon_stop

# --- activation ---
daemon_start perl /tests/activate.pl
check "sockets handed over as systemd does it" ask bob 'Password: ' "$PASSWORD"
daemon_stop
check "... stay when the daemon ends" test -S /run/userpool/login.sock
rm -f /run/userpool/*.sock

# --- mistakes of the configuration ---
# mistake NAME LINE TEXT PATTERN
mistake()
{
	local file=/etc/userpool/userpool.conf.d/wrong.conf

	printf '%b' "$3" >"$file"
	run second_daemon
	same "$1: status" 78 "$?"
	has "$1: file, line and reason" "$OUTPUT" "config-invalid .*wrong.conf:$2: .*$4"
	rm "$file"
}
mistake "an unknown key" 3 '[daemon]\n# a comment\nworkrs = 2\n' 'workrs'
mistake "an unknown section" 2 '[deamon]\nworkers = 2\n' 'deamon'
mistake "no number" 2 '[daemon]\nworkers = two\n' 'two'
mistake "a number out of range" 2 '[daemon]\nworkers = 65\n' '64'
mistake "no such choice" 2 '[policy sshd]\nfactors = otp+otp\n' 'otp'
mistake "a key before any section" 1 'workers = 2\n' 'workers'
mistake "no key at all" 2 '[daemon]\nworkers\n' ''
printf '[identity]\nid_min = 70000\nid_max = 69999\n' >/etc/userpool/userpool.conf.d/wrong.conf
run second_daemon
same "a range without an id: status" 78 "$?"
has "... and reason" "$OUTPUT" 'config-invalid .*id_m'
printf '[daemon]\nworkers = 2\n' >/etc/userpool/userpool.conf.d/wrong.conf
chmod 666 /etc/userpool/userpool.conf.d/wrong.conf
run second_daemon
same "a file that everybody may write: status" 78 "$?"
has "... and which" "$OUTPUT" 'config-invalid .*wrong.conf'
rm /etc/userpool/userpool.conf.d/wrong.conf
mv /run/userpool /run/moved
run second_daemon
has "without its runtime directory it says so" "$OUTPUT" \
	'start-failed socket=/run/userpool/.*No such file or directory'
mv /run/moved /run/userpool
mv /var/lib/userpool /var/lib/moved
run second_daemon
has "without its state directory it says so" "$OUTPUT" \
	'store-failed what=/var/lib/userpool .*No such file or directory'
mv /var/lib/moved /var/lib/userpool

# What the daemon cannot read may hold the policy that keeps somebody out.
# unreadable PATH
unreadable()
{
	printf '[policy only]\ngroups = nobodys\n' >/etc/userpool/userpool.conf.d/hidden.conf
	chmod 700 "$1"
	chown root: "$1"
	run second_daemon
	same "unreadable: $1: status" 78 "$?"
	has "... and which" "$OUTPUT" "config-invalid .*$1.*Permission denied"
	chmod 755 "$1"
	rm /etc/userpool/userpool.conf.d/hidden.conf
}
unreadable /etc/userpool
unreadable /etc/userpool/userpool.conf.d
unreadable /etc/userpool/userpool.conf.d/hidden.conf
mkdir /etc/userpool/userpool.conf.d/folder.conf
run second_daemon
same "a directory that is named as a file: status" 78 "$?"
rmdir /etc/userpool/userpool.conf.d/folder.conf
daemon_start
check "all is as before" ask bob 'Password: ' "$PASSWORD"
