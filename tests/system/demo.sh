#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs inside the sandbox: what ./dev demo shows.  Exits non-zero if anything went otherwise.
set -euo pipefail
# shellcheck source=tests/system/scene.sh
. /tests/scene.sh
# No escape sequences between what is typed and what is answered.
export TERM=dumb

if [[ -t 1 ]]; then
	bold=$'\e[1m' typed=$'\e[36m' good=$'\e[32m' bad=$'\e[1;31m' faint=$'\e[2m' plain=$'\e[0m'
else
	bold='' typed='' good='' bad='' faint='' plain=''
fi
readonly bold typed good bad faint plain

right=0
wrong=0

# --- doing and showing ---------------------------------------------------------------------------

chapter()
{
	printf '\n%s%s%s\n' "$bold" "$1" "$plain"
}

# The marks of typed.exp become colour; what was typed unseen stands in ‹ › as well.
show()
{
	sed -e 's/\r//g; /^[[:space:]]*$/d' \
		-e "s/\x03\([^\x02]*\)\x02/\x01‹\1›\x02/g; s/\x01/$typed/g; s/\x02/$plain/g; s/^/   /"
}

# run SIGN LINE COMMAND...: does COMMAND, which is what LINE says, and keeps what `must` looks at.
run()
{
	local sign=$1 line=$2 logged_before

	shift 2
	printf '   %s %s%s%s\n' "$sign" "$typed" "$line" "$plain"
	logged_before=$(wc -l <"$WORK/daemon.log")
	STATUS=0
	SHOWN=$("$@" 2>&1) || STATUS=$?
	SHOWN=${SHOWN//$'\r'/}
	show <<<"$SHOWN"
	LOGGED=$(tail -n "+$((logged_before + 1))" "$WORK/daemon.log" | grep 'login purpose=' || true)
}

# As root: admin COMMAND-LINE
admin()
{
	run '#' "$1" bash -c "$1"
}

# At a terminal of its own: person COMMAND-LINE [PATTERN ANSWER]...
person()
{
	local line=$1
	local -a words

	shift
	read -ra words <<<"$line"
	run '$' "$line" expect -f /tests/typed.exp "${words[@]}" -- "$@"
}

# must WHAT TEST...: one line that says whether it was so.
must()
{
	local what=$1

	shift
	if "$@"; then
		printf '   %s✓ %s%s\n' "$good" "$what" "$plain"
		right=$((right + 1))
	else
		printf '   %s✗ NOT SO: %s (status %d)%s\n' "$bad" "$what" "$STATUS" "$plain"
		wrong=$((wrong + 1))
	fi
}

# done_and PATTERN...: it ended well and showed lines like these.
done_and()
{
	local pattern

	for pattern; do
		grep -Eq -- "$pattern" <<<"$SHOWN" || return
	done
	((STATUS == 0))
}

# The command failed, and this was the daemon's one and last word on it.
refused_because()
{
	((STATUS != 0)) && [[ $(tail -n 1 <<<"$LOGGED") == *" verdict=deny reason=$1"* ]] &&
		! grep -q 'purpose=open-session' <<<"$LOGGED"
}

in_the_log()
{
	tail -n 1 <<<"$LOGGED" |
		sed -E "s/^<.>/   $faint/; s/ (rhost|tty|peer_[a-z]+)=[^ ]*//g; s/\$/$plain/"
}

# --- the story -----------------------------------------------------------------------------------

make_alice()
{
	chapter '1  An administrator makes a user, her second factor, and a group that sudo knows (%ops)'
	admin "userpool user create alice --password-stdin <<<'$PASSWORD'"
	must 'alice is in the pool' done_and 'alice'
	admin 'userpool mfa enrol alice'
	SECRET=$(sed -n 's/^secret: *//p' <<<"$SHOWN")
	must 'her authenticator app has its secret' done_and '^otpauth://' '^secret: [A-Z2-7]{32,}$'
	admin 'userpool group create ops && userpool group add ops alice && userpool sync'
	must 'she is in the group' done_and 'ops'
}

sign_in()
{
	chapter '2  She signs in by ssh with password and code; sudo knows her, and that the code was given'
	code=$(totp_code)
	person 'ssh alice@127.0.0.1' 'Password: ' "$PASSWORD" 'code: ' "$code" \
		'\$ ' id '\$ ' 'sudo -l' 'assword' "$PASSWORD" '\$ ' 'sudo id -un' 'assword' "$PASSWORD" \
		'\$ ' exit
	must 'signed in' done_and 'uid=[0-9]{10}\(alice\) .*\(ops\)$'
	must 'sudo by her group' done_and '\(ALL\) ALL' '^root$'
}

wrong_password()
{
	chapter '3  A wrong password'
	person 'ssh alice@127.0.0.1' 'Password: ' 'Wonder-land-8!'
	in_the_log
	must 'refused' refused_because auth-failed
}

code_again()
{
	chapter '4  The code that she has used, once more; then a fresh one'
	person 'ssh alice@127.0.0.1 whoami' 'Password: ' "$PASSWORD" 'code: ' "$code" \
		'not right*code: ' "$(totp_code next)"
	must 'the used code was refused, the fresh one let her in' done_and 'code is not right' '^alice$'
}

key_of_the_disabled()
{
	chapter '5  Her SSH key, until she is disabled'
	key_install alice
	cp "$WORK/key" /root/.ssh/id_ed25519
	person 'ssh alice@127.0.0.1 whoami'
	must 'the key let her in' done_and '^alice$'
	admin 'userpool user disable alice'
	person 'ssh alice@127.0.0.1 whoami'
	in_the_log
	must 'with the same key: refused' refused_because disabled
}

# Whatever happens, it is not to be taken for a success.
on_exit()
{
	local status=$?

	((status != 0)) || return 0
	printf '\n%sThe demo did not go as it should.%s  The last lines of the logs:\n' "$bad" "$plain"
	tail -n 12 "$WORK/daemon.log" "$WORK/sshd.log" 2>/dev/null | sed 's/^/   | /'
}

trap on_exit EXIT
cat <<END

A machine of its own, in private namespaces: userpoold with an embedded pool, Debian's sshd and
sudo with userpool's PAM and NSS modules.  It ends with this demo; nothing outside of it changes.
What is typed without being shown stands in ${typed}‹ ›${plain}.
END
scene
make_alice
sign_in
wrong_password
code_again
key_of_the_disabled
printf '\n%d of %d as they should be.  To try it by hand on such a machine:  %s./dev shell%s\n' \
	"$right" "$((right + wrong))" "$bold" "$plain"
((wrong == 0))
