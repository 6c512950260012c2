# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# passwd(1) for users of the pool, for others, and for root (PAM-24).

NEW='Garden-party-8!'
NEWER='Looking-glass-9!'

# login_test USER PASSWORD...: as root, answers a line each.
login_test()
{
	local user=$1

	shift
	printf '%s\n' "$@" | userpool login-test "$user" --service login --stdin
}

daemon_start
note_secret "$NEW"
note_secret "$NEWER"
user_new alice
user_new bob

check "passwd changes the own password" as alice passwd -- 'Password: ' "$PASSWORD" \
	'New password: ' "$NEW" 'New password again: ' "$NEW"
check "the new password works" login_test alice "$NEW"
check_fails "the old password does not" login_test alice "$PASSWORD"
check_fails "passwd refuses a wrong old password" as alice passwd -- 'Password: ' "$PASSWORD"
check "passwd asks again after a password that the policy refuses" as alice passwd -- \
	'Password: ' "$NEW" 'New password: ' short 'New password again: ' short \
	'assword*New password: ' "$NEWER" 'New password again: ' "$NEWER"
check "... and takes the good one" login_test alice "$NEWER"
check_fails "passwd gives up after three bad ones" as alice passwd -- \
	'Password: ' "$NEWER" 'New password: ' a 'New password again: ' a \
	'New password: ' b 'New password again: ' b 'New password: ' c 'New password again: ' c
check "... and nothing has changed" login_test alice "$NEWER"
check_fails "passwd for somebody else is refused" as bob passwd alice --
check "... and changes nothing" login_test alice "$NEWER"
check_fails "a local user may not change a pool user's" as localuser passwd alice --
check "root sets it without the old one" converse passwd alice -- \
	'New password: ' "$PASSWORD" 'New password again: ' "$PASSWORD"
check "... and it is in force" login_test alice "$PASSWORD"
check "passwd of a local user is pam_unix's" as localuser passwd -- \
	'Current password: ' 'Local-pass-1!' 'New password: ' "$NEW" 'Retype new password: ' "$NEW"
totp_new alice
check "passwd asks for password and code" as alice passwd -- 'Password: ' "$PASSWORD" \
	'Authenticator code: ' "$(totp_code)" 'New password: ' "$NEW" 'New password again: ' "$NEW"
check_fails "passwd with a wrong code changes nothing" as alice passwd -- 'Password: ' "$NEW" \
	'Authenticator code: ' 000000 'not right*code: ' 000000 'not right*code: ' 000000
sshd_start
accepted "userpool passwd, in a session of the user" bob ssh_as bob keyboard-interactive \
	"printf '%s\n' '$PASSWORD' '$NEW' '$NEW' | userpool passwd --stdin && $INSIDE" -- \
	'Password: ' "$PASSWORD"
check "... and it is in force" login_test bob "$NEW"
check_fails "userpool passwd without a login" setpriv --reuid bob --regid bob --init-groups \
	bash -c "printf '%s\n' '$NEW' '$PASSWORD' '$PASSWORD' | userpool passwd --stdin"
has "... says what is missing" "$OUTPUT" 'no live login'
daemon_stop
check_fails "passwd without the daemon fails" as alice passwd --
check "... and comes back with it" daemon_start
