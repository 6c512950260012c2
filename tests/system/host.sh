# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced inside the sandbox: makes it a host with userpool, and says how to deal with it.

WORK=/tmp/work
TRANSCRIPT=
SSH_PORT=${SSH_PORT:-2222}
readonly WORK SSH_PORT
mkdir -p "$WORK"

# --- the machine ---------------------------------------------------------------------------------

host_prepare()
{
	mkdir -p /run/sshd /run/lock /var/lib/userpool /run/userpool /etc/userpool/userpool.conf.d
	touch /run/utmp /var/log/wtmp /var/log/btmp /var/log/lastlog
	chown root:utmp /run/utmp
	chmod 664 /run/utmp
	chmod 600 /var/log/btmp
	grep -q sandbox /etc/hosts || echo '127.0.0.1 localhost sandbox' >>/etc/hosts
	useradd --system --no-create-home --shell /usr/sbin/nologin userpool 2>/dev/null || true
	chown userpool:userpool /var/lib/userpool /run/userpool
	useradd --create-home --shell /bin/bash localuser
	# Which one is the machine's affair.
	# shellcheck disable=SC2034
	LOCAL_UID=$(id -u localuser)
	echo 'localuser:Local-pass-1!' | chpasswd
	echo 'root:Root-pass-1!' | chpasswd
	sed -i 's/^\(passwd\|group\|initgroups\|hosts\):/#&/' /etc/nsswitch.conf
	cat /usr/share/doc/userpool/nsswitch.conf >>/etc/nsswitch.conf
	echo 'hosts: files' >>/etc/nsswitch.conf
	# The shipped profiles, by Debian's own tool.
	DEBIAN_FRONTEND=noninteractive pam-auth-update --force \
		--enable userpool userpool-password mkhomedir unix >/dev/null 2>&1
	grep -q pam_userpool /etc/pam.d/common-auth
	printf 'Defaults !fqdn, timestamp_timeout=0, lecture=never\n%%ops ALL=(ALL) ALL\n' \
		>/etc/sudoers.d/ops
	chmod 440 /etc/sudoers.d/ops
	# cron-like: an account without a terminal
	printf 'account include common-account\nsession include common-session-noninteractive\n' \
		>/etc/pam.d/notty
}

# Everything says all it ever says; the module too.
host_debug()
{
	sed -i "s/pam_userpool[.]so/& debug/" /etc/pam.d/common-*
	printf "[daemon]\nlog_level = debug\n" >/etc/userpool/userpool.conf.d/debug.conf
}

# daemon_exec PREFIX...: becomes the daemon, as systemd would start it.
daemon_exec()
{
	# Confined, it writes a sanitizer's report to its log, and cannot be searched for leaks.
	exec "$@" env ASAN_OPTIONS=detect_leaks=0 setpriv --reuid userpool --regid userpool --clear-groups \
		--inh-caps=-all --bounding-set=-all /usr/sbin/userpoold --log stderr
}

# daemon_start PREFIX...
# shellcheck disable=SC2120
daemon_start()
{
	daemon_exec "$@" >>"$WORK/daemon.log" 2>&1 </dev/null &
	DAEMON=$!
	wait_for "userpool status" userpool --quiet status
	# Until the first reading of the pool nobody is known.
	userpool sync --quiet
}

daemon_stop()
{
	kill -CONT "$DAEMON" 2>/dev/null
	kill "${1:--TERM}" "$DAEMON" 2>/dev/null
	wait "$DAEMON" 2>/dev/null
}

# wait_for WHAT COMMAND...: up to ten seconds
wait_for()
{
	local what=$1 i

	shift
	for ((i = 0; i < 200; i++)); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.05
	done
	echo "waited in vain for: $what" >&2
	return 1
}

# sshd_start SETTINGS: these go before all others, so they win.
# shellcheck disable=SC2120
sshd_start()
{
	[[ -e /etc/ssh/ssh_host_ed25519_key ]] || ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
	cat >"$WORK/sshd_config" <<-END
		${1-}
		Port $SSH_PORT
		ListenAddress 127.0.0.1
		HostKey /etc/ssh/ssh_host_ed25519_key
		PermitRootLogin yes
		PasswordAuthentication yes
		PrintMotd no
		UseDNS no
		PidFile $WORK/sshd.pid
		$(sed -n '/^[A-Z]/p' /usr/share/doc/userpool/examples/userpool.conf)
	END
	/usr/sbin/sshd -f "$WORK/sshd_config" -E "$WORK/sshd.log"
	wait_for sshd bash -c "exec 3<>/dev/tcp/127.0.0.1/$SSH_PORT"
}

sshd_stop()
{
	kill "$(cat "$WORK/sshd.pid")"
	wait_for "the end of sshd" bash -c "! kill -0 $(cat "$WORK/sshd.pid") 2>/dev/null"
}

# --- people --------------------------------------------------------------------------------------

PASSWORD='Wonder-land-7!'
readonly PASSWORD

user_new()
{
	note_secret "$PASSWORD"
	printf '%s\n' "$PASSWORD" | userpool user create "$1" --password-stdin --quiet
}

# Checked at the end of a test to be in no log.
note_secret()
{
	echo "$1" >>"$WORK/secrets"
}

# A new secret each time, so that a code is never one that was used a moment ago.
totp_new()
{
	SECRET=$(userpool mfa enrol "$1" --json | jq -r .SecretCode)
	note_secret "$SECRET"
}

# totp_code [NEXT]: of this moment; with NEXT of the step that follows, which is as good.
totp_code()
{
	local code

	code=$(oathtool --totp --base32 --now "@$(($(date +%s) + ${1:+30}+0))" "$SECRET")
	note_secret "$code"
	echo "$code"
}

# converse COMMAND... -- [PATTERN ANSWER]...: at a terminal; the transcript is in $TRANSCRIPT.
converse()
{
	local status=0

	TRANSCRIPT=$(expect -f /tests/converse.exp "$@" 2>&1) || status=$?
	TRANSCRIPT=$(sed "s/\r//g; s/\x1b\[[?0-9;]*[a-zA-Z]//g" <<<"$TRANSCRIPT")
	return "$status"
}

# ssh_as USER METHOD COMMAND -- [PATTERN ANSWER]...
ssh_as()
{
	local user=$1 method=$2 command=$3

	shift 4
	converse ssh -tt -p "$SSH_PORT" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o LogLevel="${SSH_LOG:-ERROR}" -o NumberOfPasswordPrompts=1 -o PreferredAuthentications="$method" \
		-o IdentitiesOnly=yes -i "$WORK/key" "$user@127.0.0.1" "$command" -- "$@"
}

# as USER COMMAND... -- [PATTERN ANSWER]...: at a terminal, as that user.
as()
{
	local user=$1

	shift
	converse setpriv --reuid "$user" --regid "$user" --init-groups --inh-caps=-all "$@"
}

key_install()
{
	local home=/home/$1

	[[ -e $WORK/key ]] || ssh-keygen -q -t ed25519 -N '' -f "$WORK/key"
	mkdir -p "$home/.ssh"
	cp "$WORK/key.pub" "$home/.ssh/authorized_keys"
	chown -R "$1:" "$home"
	chmod 700 "$home/.ssh"
}

# policy NAME: the text on standard input becomes userpool.conf.d/NAME.conf, in force on return.
policy()
{
	local before

	before=$(grep -c 'reloaded' "$WORK/daemon.log" || true)
	cat >"/etc/userpool/userpool.conf.d/$1.conf"
	kill -HUP "$DAEMON"
	wait_for reload bash -c "(( \$(grep -c reloaded $WORK/daemon.log) > $before ))"
}

policy_end()
{
	policy "$1" </dev/null
}
