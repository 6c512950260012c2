# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced inside the sandbox: the host of ./dev demo and ./dev shell, with its daemon and sshd.

SSH_PORT=22
# shellcheck source=tests/system/host.sh
. /tests/host.sh

# Root's own home, with its keys, is not the scene's business.
own_home()
{
	mount -t tmpfs -o mode=700 root /root
	mkdir -m 700 /root/.ssh
	[[ -e /etc/ssh/ssh_host_ed25519_key ]] ||
		ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
	echo "127.0.0.1 $(cat /etc/ssh/ssh_host_ed25519_key.pub)" >/root/.ssh/known_hosts
	cat >/root/.ssh/config <<-'END'
		NumberOfPasswordPrompts 1
		PreferredAuthentications publickey,keyboard-interactive
	END
}

scene()
{
	own_home
	# Nothing is to be read that has nothing to do with signing in.
	: >/etc/motd
	rm -rf /etc/update-motd.d
	host_prepare
	cp /usr/share/doc/userpool/examples/userpool.conf /etc/ssh/sshd_config.d/
	cat >/etc/userpool/userpool.conf.d/scene.conf <<-'END'
		[policy sudo]
		factors = password+otp
		second_factor_valid = 600
	END
	daemon_start
	sshd_start 'PrintLastLog no'
}
