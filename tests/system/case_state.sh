# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Databases and keys damaged, lost or loose: refused, and never taken for a first start (STO-06, STO-07,
# L10, DMN-09).

STATE=/var/lib/userpool
CODE='code: '

ask()
{
	converse pamtester only "$1" authenticate -- "${@:2}"
}

# The daemon, expected to end by itself.
ends()
{
	(daemon_exec timeout 10)
}

# refuses_to_start NAME PATTERN
refuses_to_start()
{
	run ends
	same "$1: the daemon does not start" 78 "$?"
	has "$1: and says what is wrong" "$OUTPUT" "store-failed what=[^ ]*$2 error"
}

# restore: the state as it was kept
restore()
{
	rm -rf "${STATE:?}"/*
	cp -a "$WORK/kept/." "$STATE"
}

# pool_refuses NAME FILE: the daemon runs, and nobody of the pool gets in.
pool_refuses()
{
	local before

	before=$(audit_count "store-failed what=[^ ]*$2 error")
	daemon_exec >>"$WORK/daemon.log" 2>&1 </dev/null &
	DAEMON=$!
	wait_for sockets test -S /run/userpool/api.sock
	check_fails "$1: nobody gets in" ask bob 'assword: ' "$PASSWORD"
	check "$1: names still resolve" id bob
	same "$1: the pool is not made anew" '' "$(userpool user list 2>/dev/null | grep -v bob)"
	check "$1: the log says which" test "$(audit_count "store-failed what=[^ ]*$2 error")" -gt "$before"
	daemon_stop
}

printf 'auth required pam_userpool.so\naccount required pam_userpool.so\n' >/etc/pam.d/only
daemon_start
user_new bob
user_new alice
totp_new alice
uid=$(id -u bob)

# --- what was acknowledged survives a kill (L10) ---
code=$(totp_code)
check "a code is used" ask alice 'assword: ' "$PASSWORD" "$CODE" "$code"
# shellcheck disable=SC2046
kill -KILL "$DAEMON" $(pgrep -P "$DAEMON")
wait "$DAEMON" 2>/dev/null
daemon_start
refused "killed at once and started again, it knows that the code was used" \
	ask alice 'assword: ' "$PASSWORD" "$CODE" "$code" 'not right*' '' 'not right*' ''
user_new carol
# shellcheck disable=SC2046
kill -KILL "$DAEMON" $(pgrep -P "$DAEMON")
wait "$DAEMON" 2>/dev/null
daemon_start
check "a user that was created a moment before is there" ask carol 'assword: ' "$PASSWORD"
same "... and uids are what they were" "$uid" "$(id -u bob)"
daemon_stop

# --- what a backup takes is whole: four files, and nothing beside them that counts ---
same "stopped, the databases are one file each" '' "$(find $STATE -name '*.db-*' -size +0)"
cp -a "$STATE" "$WORK/kept"
find "$STATE" -type f ! -name host.db ! -name host.key ! -name pool.db ! -name pool.key -delete
daemon_start
check "the four files are all it takes" ask carol 'assword: ' "$PASSWORD"
same "... for uids too" "$uid" "$(id -u bob)"
daemon_stop
restore

# --- host.db and its key ---
dd if=/dev/zero of=$STATE/host/host.db bs=4096 count=1 conv=notrunc status=none
refuses_to_start "a damaged host.db" host.db
restore
rm $STATE/host/host.db
refuses_to_start "a lost host.db" host.db
restore
chmod 644 $STATE/host/host.key
refuses_to_start "a key that others may read" host.key
restore
truncate -s 7 $STATE/host/host.key
refuses_to_start "a key that is cut" host.key
restore

# --- pool.db and its key are the worker's ---
dd if=/dev/zero of=$STATE/pool/pool.db bs=4096 count=1 conv=notrunc status=none
pool_refuses "a damaged pool.db" pool.db
restore
rm $STATE/pool/pool.db
pool_refuses "a lost pool.db" pool.db
restore
chmod 644 $STATE/pool/pool.key
pool_refuses "a pool key that others may read" pool.key
restore
rm $STATE/pool/pool.key
pool_refuses "a lost pool key" pool.key
restore

daemon_start
check "all is as before" ask bob 'assword: ' "$PASSWORD"
same "... uids too" "$uid" "$(id -u bob)"
