# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# su, login, screen lockers and what runs without a terminal.

CODE='Authenticator code: '

# locker WHO FOR -- DIALOGUE: a screen locker that runs as WHO
locker()
{
	local who=$1 for=$2

	shift 3
	as "$who" pamtester locker "$for" authenticate -- "$@"
}

notty()
{
	pamtester notty "$@" </dev/null
}

printf '@include common-auth\n@include common-account\n@include common-password\n' >/etc/pam.d/locker
daemon_start
for name in alice bob carol; do
	user_new "$name"
done
totp_new alice

# --- su ---
accepted "su by root asks for nothing" alice converse su alice -c "$INSIDE" --
accepted "su to another user of the pool, by that user's password and code" alice \
	as bob su alice -c "$INSIDE" -- 'Password: ' "$PASSWORD" "$CODE" "$(totp_code)"
refused "su with a wrong password" as bob su carol -c "$INSIDE" -- 'Password: ' wrong
accepted "su to root, by the local password" root \
	as bob su -c "$INSIDE" -- 'Password: ' 'Root-pass-1!'
refused "su to root, by the own password" as bob su -c "$INSIDE" -- 'Password: ' "$PASSWORD"
accepted "su to a local user" localuser \
	as bob su localuser -c "$INSIDE" -- 'Password: ' 'Local-pass-1!'
accepted "su of a local user to one of the pool" bob \
	as localuser su bob -c "$INSIDE" -- 'Password: ' "$PASSWORD"

# --- login ---
totp_new alice
accepted "login at a terminal" alice converse login alice -- 'Password: ' "$PASSWORD" \
	"$CODE" "$(totp_code)" '$ ' "$INSIDE; exit"
accepted "login of root" root converse login root -- 'Password: ' 'Root-pass-1!' '# ' "$INSIDE; exit"
accepted "login asks for the name" bob converse login -- 'login: ' bob 'Password: ' "$PASSWORD" \
	'$ ' "$INSIDE; exit"
refused "login with a wrong password" converse timeout 10 login bob -- 'Password: ' wrong 'login: ' "$(printf '\004')"

# --- a screen locker runs as the user (PAM-16) ---
totp_new alice
check "a locker unlocks for its own user" locker alice alice -- 'Password: ' "$PASSWORD" \
	"$CODE" "$(totp_code)"
check_fails "a wrong password does not unlock" locker bob bob -- 'Password: ' wrong
check_fails "a locker may not ask for another user" locker bob alice --
has_not "... who is not even asked for a password" "$TRANSCRIPT" 'assword'
has "... which is in the log" "$(grep 'service=locker' "$WORK/daemon.log")" \
	'user=alice .*verdict=deny reason=permission'
check_fails "a local user's locker may not ask for a user of the pool" locker localuser alice --
check_fails "nor a pool user's for root" locker bob root -- 'Password: ' 'Root-pass-1!'
check "a local user's locker is pam_unix's" locker localuser localuser -- 'Password: ' 'Local-pass-1!'
check_fails "a locker may not change another user's password" \
	as bob pamtester locker alice chauthtok --

# --- no terminal and nobody to ask (cron, at, systemd) ---
check "account and session without a terminal" notty alice acct_mgmt open_session close_session
check "... of a local user" notty localuser acct_mgmt open_session close_session
check "... of root" notty root acct_mgmt open_session close_session
userpool user disable carol --quiet
check_fails "account of a disabled user" notty carol acct_mgmt
userpool user delete carol --yes --quiet
check_fails "account of a deleted user" notty carol acct_mgmt
userpool user set-password bob --temporary --stdin --quiet <<<"$PASSWORD"
check_fails "account of a user with an expired password" notty bob acct_mgmt
check_fails "account of an unknown user" notty nobodyhere acct_mgmt
userpool user disable bob --quiet
refused "su by root to a disabled user" converse su bob -c "$INSIDE" --
