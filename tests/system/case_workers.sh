# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Workers killed and hung: the operation they had fails, closed, and the next one works (DMN-13).

printf 'auth required pam_userpool.so\n' >/etc/pam.d/notty_auth
sshd_start
daemon_start
user_new bob
user_new carol
userpool user disable carol --quiet

# shellcheck disable=SC2016
work_waits='until ss -xp | grep userpool-pool | awk "\$3 > 0 { f = 1 } END { exit !f }"; do :; done'
refused_within "worker killed in the middle of an operation" 8000 kbd bob 'Password: ' \
	"run:kill -STOP $(pgrep -P "$DAEMON"); ($work_waits; kill -KILL $(pgrep -P "$DAEMON")) >/dev/null 2>&1 & echo '$PASSWORD'"
has "... for want of the pool" "$(tail -n 1 "$WORK/daemon.log")" 'verdict=deny reason=unavailable'
accepted "... and the next one is served by a new worker" bob kbd bob 'Password: ' "$PASSWORD"
same "... which is in the log once" 1 "$(audit_count 'worker-failed')"
refused_within "worker hung: the login ends" 40000 kbd bob 'Password: ' \
	"run:kill -STOP $(pgrep -P "$DAEMON"); echo '$PASSWORD'"
accepted "... and the worker is replaced" bob kbd bob 'Password: ' "$PASSWORD"


# --- no worker at all: what the pool said last binds, and lets in who proves nothing to it ---
worker=/usr/libexec/userpool/userpool-pool
mv "$worker" "$worker.away"
# shellcheck disable=SC2046
kill -KILL $(pgrep -P "$DAEMON")
refused "no worker can be started: a password proves nothing" kbd bob 'Password: ' "$PASSWORD"
check "... a public key lets in who was let in last" pamtester notty bob acct_mgmt
check_fails "... but nobody who was disabled" pamtester notty carol acct_mgmt
check "... and names resolve" id carol
mv "$worker.away" "$worker"
check "when it is back, so are logins" wait_for "a worker" timeout 20 expect -f /tests/converse.exp \
	pamtester notty_auth bob authenticate -- 'assword: ' "$PASSWORD"
