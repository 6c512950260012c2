# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# sudo, for members of a pool group that sudoers(5) names (PAM-22).

CODE='Authenticator code: '

asked_by_sudo()
{
	audit_count 'purpose=authenticate user=[a-z]+ service=sudo'
}

sudo_stdin()
{
	local user=$1

	shift
	printf '%s\n' "$@" | setpriv --reuid "$user" --regid "$user" --init-groups \
		setsid sudo -S bash -c "$INSIDE"
}

echo "Defaults passwd_tries=1" >/etc/sudoers.d/tries
daemon_start
for name in alice bob carol; do
	user_new "$name"
done
userpool group create ops --quiet
userpool group add ops alice --quiet
userpool group add ops bob --quiet
totp_new alice

accepted "by the group of the pool, with password and code" root \
	as alice sudo bash -c "$INSIDE" -- 'assword*: ' "$PASSWORD" "$CODE" "$(totp_code)"
accepted "a member without a second factor, with the password" root \
	as bob sudo bash -c "$INSIDE" -- 'assword*: ' "$PASSWORD"
totp_new alice
refused "a wrong code" as alice sudo bash -c "$INSIDE" -- 'assword*: ' "$PASSWORD" \
	"$CODE" 000000 'not right*code: ' 000000 'not right*code: ' 000000
refused "a wrong password" as bob sudo bash -c "$INSIDE" -- 'assword*: ' wrong
refused "who is not in the group" as carol sudo bash -c "$INSIDE" -- 'assword*: ' "$PASSWORD"
has "... by sudoers" "$TRANSCRIPT" 'not in the sudoers file'

# --- without a terminal ---
user_new dave
userpool group add ops dave --quiet
totp_new dave
run sudo_stdin dave "$PASSWORD" "$(totp_code)"
has "-S reads both answers" "$OUTPUT" '^inside root 0$|code: inside root 0$'
totp_new dave
run sudo_stdin dave "$PASSWORD" 000000
has_not "-S with a wrong code" "$OUTPUT" 'inside root'
before=$(asked_by_sudo)
check_fails "-n fails" setpriv --reuid dave --regid dave --init-groups sudo -n true
same "... and asks nobody anything" "$before" "$(asked_by_sudo)"
check "-k needs nobody" setpriv --reuid dave --regid dave --init-groups sudo -k

# --- to another user of the pool, and while a ticket of sudo is good ---
totp_new dave
accepted "-u to another user of the pool proves the own identity" carol \
	as dave sudo -u carol bash -c "$INSIDE" -- 'assword*: ' "$PASSWORD" "$CODE" "$(totp_code)"
echo 'Defaults timestamp_timeout=5, timestamp_type=global' >/etc/sudoers.d/zz-ticket
totp_new dave
accepted "the first sudo asks" root \
	as dave sudo bash -c "$INSIDE" -- 'assword*: ' "$PASSWORD" "$CODE" "$(totp_code)"
accepted "the second one, within sudo's own ticket, does not" root as dave sudo bash -c "$INSIDE" --
userpool user disable dave --quiet
refused "who was disabled meanwhile is refused in spite of the ticket" as dave sudo bash -c "$INSIDE" --
refused "-n too" as dave sudo -n bash -c "$INSIDE" --
rm /etc/sudoers.d/zz-ticket

# --- one proof of the second factor for the session ---
sshd_start
policy step <<-END
	[policy sudo]
	factors = password+otp
	second_factor_valid = 300
END
totp_new alice
accepted "after ssh with a code, sudo asks for the password only" root \
	ssh_as alice keyboard-interactive "sudo bash -c '$INSIDE'" -- \
	'Password: ' "$PASSWORD" "$CODE" "$(totp_code)" 'assword*: ' "$PASSWORD"
same "... once" 1 "$(grep -c 'code:' <<<"$TRANSCRIPT")"
refused "... which has to be right" \
	ssh_as alice keyboard-interactive "sudo bash -c '$INSIDE'" -- \
	'Password: ' "$PASSWORD" "$CODE" "$(totp_code next)" 'assword*: ' x
user_new erin
userpool group add ops erin --quiet
totp_new erin
key_install erin
accepted "after ssh with a key, sudo asks for the code too" root \
	ssh_as erin publickey "sudo bash -c '$INSIDE'" -- \
	'assword*: ' "$PASSWORD" "$CODE" "$(totp_code)"
refused "who has no second factor where the policy wants one" as bob sudo bash -c "$INSIDE" -- 'assword*: ' "$PASSWORD"
accepted "root's sudo asks for nothing" root converse sudo bash -c "$INSIDE" --
