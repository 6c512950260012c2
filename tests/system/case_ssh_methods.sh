# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# ssh by password, by public key, and by public key then code.

CODE='Authenticator code: '

by_key()
{
	ssh_as "$1" publickey "$INSIDE" --
}

by_password()
{
	ssh_as "$1" password "$INSIDE" -- 'assword: ' "$2"
}

failures_of()
{
	audit_count "login purpose=authenticate user=$1 .*verdict=deny reason=auth-failed"
}

sshd_start 'LogLevel VERBOSE'
daemon_start
for name in alice bob carol dave erin; do
	user_new "$name"
	key_install "$name"
done
totp_new alice
userpool group create staff --quiet
userpool group add staff bob --quiet

# --- the password method: right only where one password is all (PAM-07) ---
accepted "password method: who has no second factor" bob by_password bob "$PASSWORD"
refused "password method: a wrong password" by_password bob 'Wrong-pass-1!'
refused "password method: who has a second factor" by_password alice "$PASSWORD"
# A code that failed would be in the line as its detail.
same "... and no code counts as failed" 0 "$(failures_of alice)"
accepted "... so the code still works" alice \
	ssh_as alice keyboard-interactive "$INSIDE" -- 'Password: ' "$PASSWORD" "$CODE" "$(totp_code)"
accepted "password method: a local user" localuser by_password localuser 'Local-pass-1!'
accepted "password method: root" root by_password root 'Root-pass-1!'

# --- public keys pass the account phase only (L8, PAM-12) ---
accepted "public key" bob by_key bob
accepted "public key of who has a second factor, where the policy asks for no more" alice by_key alice
userpool user disable carol --quiet
SSH_LOG=INFO refused "public key of a disabled user" by_key carol
has "... who is told so" "$TRANSCRIPT" 'account is disabled'
has "... and the log says why" "$(grep 'purpose=account user=carol' "$WORK/daemon.log")" \
	'verdict=deny reason=disabled'
userpool user enable carol --quiet
accepted "public key of a user enabled again" carol by_key carol
userpool user set-password dave --temporary --stdin --quiet <<<'Temporary-9!'
refused "public key with an expired password, without a terminal" \
	converse ssh -T -p "$SSH_PORT" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
	-o LogLevel=ERROR -o PreferredAuthentications=publickey -o IdentitiesOnly=yes \
	-i "$WORK/key" dave@127.0.0.1 "$INSIDE" --
userpool user delete erin --yes --quiet
refused "public key of a deleted user" by_key erin
policy groups <<-END
	[policy sshd]
	groups = staff
END
accepted "public key of a member of the policy's group" bob by_key bob
refused "public key of who is in no group of the policy" by_key carol
refused "password of who is in no group of the policy" by_password carol "$PASSWORD"
policy_end groups

# --- public key, then code ---
sshd_stop
sshd_start 'AuthenticationMethods publickey,keyboard-interactive'
policy keys <<-END
	[policy sshd]
	factors = key+otp
END
totp_new alice
both=publickey,keyboard-interactive
accepted "public key, then code" alice ssh_as alice "$both" "$INSIDE" -- "$CODE" "$(totp_code)"
has_not "... without a password" "$TRANSCRIPT" 'assword'
totp_new alice
refused "public key, then a wrong code" ssh_as alice "$both" "$INSIDE" -- \
	"$CODE" 000000 'not right*code: ' 000000 'not right*code: ' 000000
refused "public key of who has no second factor" ssh_as bob "$both" "$INSIDE" --
refused "a key alone" ssh_as alice publickey "$INSIDE" --
sshd_stop
sshd_start
totp_new alice
refused "no key where the policy wants one" ssh_as alice keyboard-interactive "$INSIDE" --
has_not "... is not asked for a code" "$TRANSCRIPT" "$CODE"
