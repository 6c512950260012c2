# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What a first login may demand: a new password, an authenticator app, or both (PAM-25).

NEW='Garden-party-8!'
ENTER='Press Enter: '
# The answer to the prompt that shows the secret.
FROM_SHOWN='run:/tests/shown_code.sh'

temporary()
{
	userpool user create "$1" --temporary-password-stdin --quiet <<<"$PASSWORD"
}

sshd_start
daemon_start
note_secret "$NEW"
for name in alice bob carol; do
	temporary "$name"
	key_install "$name"
done

# --- a temporary password ---
accepted "a temporary password is changed at the prompt" alice kbd alice 'Password: ' "$PASSWORD" \
	"$ENTER" '' 'New password: ' "$NEW" 'New password again: ' "$NEW"
accepted "... and the new one is in force" alice kbd alice 'Password: ' "$NEW"
refused "... and the old one is not" kbd alice 'Password: ' "$PASSWORD"
accepted "a poor new password is refused, a mistyped one too, a good one taken" bob \
	kbd bob 'Password: ' "$PASSWORD" "$ENTER" '' \
	'New password: ' 'short' 'New password again: ' 'short' \
	'assword*New password: ' "$NEW" 'New password again: ' "$NEW-" \
	'differ*New password: ' "$NEW" 'New password again: ' "$NEW"
refused "no new password, no login" kbd carol 'Password: ' "$PASSWORD" "$ENTER" '' 'New password: ' ''
refused "password method with a temporary password" \
	ssh_as carol password "$INSIDE" -- 'assword: ' "$PASSWORD"
refused "public key with a temporary password, no terminal" \
	converse ssh -T -p "$SSH_PORT" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
	-o LogLevel=ERROR -o PreferredAuthentications=publickey -o IdentitiesOnly=yes \
	-i "$WORK/key" carol@127.0.0.1 "$INSIDE" --
# sshd runs passwd(1) at the terminal and then ends the session.
check "public key with a temporary password, at a terminal, ends in passwd" \
	ssh_as carol publickey "$INSIDE" -- 'Password: ' "$PASSWORD" \
	'New password: ' "$NEW" 'New password again: ' "$NEW"
has_not "... and in nothing else" "$TRANSCRIPT" "^inside "
accepted "... which has changed it" carol ssh_as carol publickey "$INSIDE" --

# --- an authenticator app, where the pool wants one ---
userpool mfa require ON --quiet
accepted "enrolment at the prompt, by the secret it shows" alice kbd alice 'Password: ' "$NEW" \
	'Code that the app shows: ' "$FROM_SHOWN"
has "... which draws a code to scan" "$TRANSCRIPT" '█|▀|▄'
SECRET=$(/tests/shown_code.sh --secret <<<"$TRANSCRIPT")
note_secret "$SECRET"
accepted "the next login asks for a code" alice kbd alice 'Password: ' "$NEW" \
	'Authenticator code: ' "$(totp_code next)"
accepted "a wrong code at enrolment may be corrected" bob kbd bob 'Password: ' "$NEW" \
	'Code that the app shows: ' 000000 'not right*shows: ' "$FROM_SHOWN"
refused "enrolment that is not finished" kbd carol 'Password: ' "$NEW" \
	'Code that the app shows: ' 000000 'shows: ' 000000 'shows: ' 000000
accepted "... leaves nothing behind: the next login enrols anew" carol kbd carol 'Password: ' "$NEW" \
	'Code that the app shows: ' "$FROM_SHOWN"

# --- both at once ---
temporary dave
accepted "a new password and an app in one login" dave kbd dave 'Password: ' "$PASSWORD" \
	"$ENTER" '' 'New password: ' "$NEW" 'New password again: ' "$NEW" \
	'Code that the app shows: ' "$FROM_SHOWN"
