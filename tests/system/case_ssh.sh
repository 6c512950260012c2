# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# ssh, keyboard-interactive: who gets in, who does not, and what counts.

CODE='Authenticator code: '

# kbd NAME USER DIALOGUE...: one keyboard-interactive login
sshd_start
daemon_start
user_new alice
totp_new alice
user_new bob

accepted "the right password and code" alice \
	kbd alice 'Password: ' "$PASSWORD" "$CODE" "$(totp_code)"
code=$(totp_code next)
accepted "the code of the next step" alice kbd alice 'Password: ' "$PASSWORD" "$CODE" "$code"
# CRY-10
refused "a replayed code" kbd alice 'Password: ' "$PASSWORD" "$CODE" "$code" \
	'not right*code: ' "$code" 'not right*code: ' "$code"
user_new carol
totp_new carol
refused "a wrong password, without a question for the code" kbd carol 'Password: ' 'Wrong-pass-1!'
has_not "no code is asked for after a wrong password" "$TRANSCRIPT" "$CODE"
accepted "a wrong code, then the right one" carol kbd carol 'Password: ' "$PASSWORD" \
	"$CODE" 000000 'not right*code: ' "$(totp_code)"
refused "an empty password" kbd carol 'Password: ' ''
accepted "a password is enough for who has no second factor" bob kbd bob 'Password: ' "$PASSWORD"
refused "an unknown user" kbd nobodyhere 'Password: ' "$PASSWORD"
accepted "root, by pam_unix" root kbd root 'Password: ' 'Root-pass-1!'
accepted "a local user, by pam_unix" localuser kbd localuser 'Password: ' 'Local-pass-1!'
refused "a local user with the password of the pool" kbd localuser 'Password: ' "$PASSWORD"
