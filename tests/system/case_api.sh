# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Who may do what over api.sock, by the command as an ordinary user runs it (DMN-04, L6).

# by USER COMMAND...: without a terminal
by()
{
	setpriv --reuid "$1" --regid "$1" --init-groups "${@:2}"
}

daemon_start
sshd_start
user_new alice
user_new bob
userpool group create crew --quiet

# --- every operation of the table, asked for by nobody in particular ---
wrong_open='' wrong_closed=''
while read -r name access; do
	answer=$(echo '{}' | by localuser userpool call "$name" --input - 2>&1)
	case $access in
	ADMIN | ROOT | DAEMON)
		[[ $answer == *AccessDeniedException* ]] || wrong_open+="$name: $answer;"
		;;
	*)
		[[ $answer != *AccessDeniedException* ]] || wrong_closed+="$name "
		;;
	esac
done < <(userpool call ListOperations --json | jq -r '.Operations[] | "\(.Name) \(.Access | ascii_upcase)"')
check "the table has operations of every kind" test "$(userpool call ListOperations --json |
	jq -r '.Operations[].Access' | sort -u | wc -l)" -ge 4
same "an ordinary user may call none that is an admin's, root's or the daemon's" '' "$wrong_open"
same "... and all others" '' "$wrong_closed"
check_fails "not even root may call the daemon's own" \
	userpool call AdminInitiateSecondFactor Username=alice
has "... and is told so" "$OUTPUT" 'AccessDenied'

# --- verbs of the command ---
before=$(userpool user list --json; userpool group list --json)
for line in 'user create eve' 'user get alice' 'user list' 'user delete alice --yes' 'user disable alice' \
	'user sign-out alice' 'group create x' 'group add crew bob' 'group delete crew --yes' \
	'mfa require ON' 'mfa reset alice --yes' 'mfa enrol alice' 'mfa recovery-codes alice' \
	'pool create x' 'client create x' 'sync' 'explain alice sshd' 'session close x'; do
	# shellcheck disable=SC2086
	check_fails "a user of the pool may not: $line" by bob userpool $line
done
same "... and nothing has changed" "$before" "$(userpool user list --json; userpool group list --json)"

# --- the own data, in a session ---
ssh_as alice keyboard-interactive "userpool call GetUser --json; userpool session list --json; $INSIDE" -- \
	'Password: ' "$PASSWORD"
has "GetUser is about the caller" "$TRANSCRIPT" '"Username": *"alice"'
has "session list is the caller's own" "$TRANSCRIPT" '"Username": *"alice"'
accepted "two users in sessions at once: bob sees none of alice's" bob \
	ssh_as bob keyboard-interactive \
	"expect -f /tests/converse.exp ssh -tt -p $SSH_PORT -o StrictHostKeyChecking=no -o LogLevel=ERROR \
	alice@127.0.0.1 'setpriv --version; read -r l' -- 'Password: ' '$PASSWORD' util-linux \
	'run:userpool session list --json >/tmp/sessions' >/dev/null; $INSIDE" -- 'Password: ' "$PASSWORD"
same "... in the list" 'bob' "$(jq -r '.Sessions[].Username' /tmp/sessions | sort -u)"
has "without a live login GetUser has nothing to show" \
	"$(by bob userpool call GetUser 2>&1)" 'no live login'
same "another local user sees no session" '0' "$(by localuser userpool session list --json | jq '.Sessions | length')"

# --- admins by the configuration ---
policy admins <<-END
	[pool]
	admins = localuser
END
check "an admin of the pool may list users" by localuser userpool user list
check "... and create one" by localuser userpool user create frank --quiet
check_fails "... but what is root's stays root's" by localuser userpool sync
check_fails "... and no other user may" by bob userpool user list
policy_end admins
check_fails "who is no admin any more may no more" by localuser userpool user list

# --- the audit: one line an operation, with who and what ---
same "who created frank is in the log" 1 \
	"$(audit_count "operation operation=AdminCreateUser uid=$LOCAL_UID .*result=ok .*object=frank")"
has "who was refused too" "$(grep 'operation=AdminDeleteUser' "$WORK/daemon.log")" \
	"uid=$(id -u bob) .*result=AccessDeniedException"

# --- names that the pool may hold and the host may not (NSS-03, NSS-04, NSS-22) ---
passwd=$(getent passwd)
for name in root daemon localuser 'a:b' ../x 123 -x Alice; do
	jq -n --arg n "$name" '{Username: $n}' | userpool call AdminCreateUser --input - >/dev/null 2>&1
done
same "a hostile name in the pool is none on the host" "$passwd" "$(getent passwd)"
for name in $'a\nb' '' $'\e[2J' "$(printf 'x%.0s' {1..129})"; do
	check_fails "the pool has no user $(printf %.20q "$name")" \
		userpool call AdminCreateUser --input - <<<"$(jq -n --arg n "$name" '{Username: $n}')"
done
same "one line in the log stays one line" '' \
	"$(grep -vE '^<[0-7]>(userpoold|userpool-pool): ' "$WORK/daemon.log")"
