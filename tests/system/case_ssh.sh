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
same "the home directory is there, and the user's own" alice "$(stat -c %U /home/alice)"
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

# --- codes ---
user_new dave
totp_new dave
old=$(oathtool --totp --base32 --now '-90 seconds' "$SECRET")
note_secret "$old"
accepted "a code of a minute and a half ago is none any more" dave kbd dave 'Password: ' "$PASSWORD" \
	"$CODE" "$old" 'not right*code: ' "$(totp_code)"
recovery=$(userpool mfa recovery-codes dave --json | jq -r '.RecoveryCodes[0]')
note_secret "$recovery"
accepted "a recovery code does for a code" dave kbd dave 'Password: ' "$PASSWORD" "$CODE" "$recovery"
totp_new dave
accepted "... once" dave kbd dave 'Password: ' "$PASSWORD" "$CODE" "$recovery" \
	'not right*code: ' "$(totp_code)"

# --- what changes in the middle of a login ---
totp_new dave
refused "disabled between password and code" kbd dave 'Password: ' "$PASSWORD" \
	"$CODE" "run:userpool user disable dave --quiet; echo $(totp_code)"
userpool user enable dave --quiet
totp_new dave
refused "password changed between password and code" kbd dave 'Password: ' "$PASSWORD" \
	"$CODE" "run:echo '$PASSWORD-' | userpool user set-password dave --stdin --quiet; echo $(totp_code)"

# --- what a session has of it (L9, PAM-15) ---
ssh_as bob keyboard-interactive 'cat /proc/[0-9]*/environ 2>/dev/null | tr "\0" "\n"; env; '"$INSIDE" -- \
	'Password: ' "$PASSWORD"
has "a session knows its id" "$TRANSCRIPT" '^USERPOOL_SESSION=[0-9a-f-]{36}$'
has_not "... and no token or password" "$TRANSCRIPT" 'eyJ|Wonder-land|Token'
status=$(ssh_as bob keyboard-interactive "userpool call GetUser >/dev/null && echo before; read -r line
	userpool call GetUser >/dev/null || echo after; $INSIDE" -- 'Password: ' "$PASSWORD" \
	before 'run:userpool user disable bob --quiet; echo go'; echo "$TRANSCRIPT")
has "a user who is disabled meanwhile keeps the shell and loses the tokens (PAM-13)" "$status" '^after'
