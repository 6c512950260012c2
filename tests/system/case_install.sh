# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What `make install` puts in place is what systemd takes, and what doctor finds whole.

verify_units()
{
	systemd-analyze verify --man=no userpoold.service userpoold.socket
}

# As on a machine that has only just been given the files.
make_account()
{
	userdel userpool
	rm -rf /var/lib/userpool /run/userpool
	systemd-sysusers userpool.conf
	systemd-tmpfiles --create userpool.conf
}

check "the units are as systemd wants them" verify_units
same "and it has nothing to say about them" "" "$OUTPUT"
unit=$(cat /usr/lib/systemd/system/userpoold.service)
has "the service starts the daemon that was installed" "$unit" '^ExecStart=/usr/sbin/userpoold$'
has "as a user of its own" "$unit" '^User=userpool$'
check "sysusers and tmpfiles make account and directories" make_account
same "directories and their owner" "755 userpool:userpool
755 userpool:userpool" "$(stat -c '%a %U:%G' /var/lib/userpool /run/userpool)"
same "the account cannot log in" "/usr/sbin/nologin" "$(getent passwd userpool | cut -d: -f7)"

# try_daemon: it ends by itself, because of something that it does not like.
try_daemon()
{
	timeout 10 setpriv --reuid userpool --regid userpool --clear-groups --inh-caps=-all \
		/usr/sbin/userpoold --log stderr
}

# A directory of ours could be exchanged there (STO-06).
chmod 777 /var/lib/userpool
check_fails "a state directory that others may write is refused" try_daemon
has "and the message says which" "$OUTPUT" 'start-failed state_dir=/var/lib/userpool error='
chmod 755 /var/lib/userpool
chown localuser: /var/lib/userpool
check_fails "so is one of another user" try_daemon
chown userpool: /var/lib/userpool
echo 'oops = 1' >/etc/userpool/userpool.conf.d/oops.conf
check_fails "a mistake in the configuration ends the daemon" try_daemon
has "with file and line" "$OUTPUT" '/etc/userpool/userpool.conf.d/oops.conf:1: '
rm /etc/userpool/userpool.conf.d/oops.conf

daemon_start
cp /usr/share/doc/userpool/examples/userpool.conf /etc/ssh/sshd_config.d/
check "doctor finds no error" userpool doctor
has_not "none at all" "$OUTPUT" '^error'
rm /etc/ssh/sshd_config.d/userpool.conf
check_fails "doctor finds that sshd does not ask for codes" userpool doctor
has "and says what to do" "$OUTPUT" 'Set KbdInteractiveAuthentication yes'
