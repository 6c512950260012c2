#!/bin/bash
# SPDX-License-Identifier: MIT
# shell.sh [COMMAND...], inside the sandbox: the host of the demo to try things on.
set -euo pipefail
# shellcheck source=tests/system/scene.sh
. /tests/scene.sh

people()
{
	user_new alice
	totp_new alice
	userpool group create ops --quiet
	userpool group add ops alice --quiet
	printf '%s\n' 'Temporary-1!' | userpool user create bob --temporary-password-stdin --quiet
	userpool sync --quiet
}

# What an authenticator app would show.
code_command()
{
	cat >/usr/local/bin/code <<-END
		#!/bin/sh
		# code [next]: a code is good once, and the next one is good already
		exec oathtool --totp --base32 --now "@\$((\$(date +%s) + \${1:+30}+0))" $SECRET
	END
	chmod 755 /usr/local/bin/code
}

greet()
{
	cat <<END

A machine of its own; it ends with this shell (exit).  You are root, userpoold and sshd run.

  alice      password $PASSWORD   code: the command  code  (once each; then  code next)
             in the group ops, which may use sudo
  bob        password Temporary-1!    a temporary one: he must choose another
  localuser  password Local-pass-1!   of /etc/passwd: never asks the daemon

  ssh alice@127.0.0.1                 id alice            getent passwd bob
  userpool --help                     userpool user list  userpool explain alice sshd
  userpool mfa require ON             bob then sets up an app when he signs in
  userpool user disable alice         kill -STOP $DAEMON     (a hung daemon: id still answers)

  logs: $WORK/daemon.log $WORK/sshd.log       settings: /etc/userpool/userpool.conf.d/

END
}

scene
people
code_command
if (($# > 0)); then
	"$@"
	exit
fi
greet
# A terminal that exists on this machine, as tty(1) and ps(1) see it.
export PS1='root@sandbox:\w# '
script --quiet --command 'bash --norc' /dev/null
