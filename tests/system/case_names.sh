# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# getent, id and initgroups, whatever becomes of the daemon (L3, L15, NSS-10, NSS-11, NSS-23).

# In what order groups and members come is the snapshot's own affair.
groups_in_order()
{
	local name password gid members

	while IFS=: read -r name password gid members; do
		echo "$name:$password:$gid:$(tr ',' '\n' <<<"$members" | sort | paste -sd,)"
	done | sort
}

# Everything that is asked, as one text.
answers()
{
	getent passwd alice bob
	getent passwd "$(id -u alice)"
	getent group crew ops | groups_in_order
	getent group "$(getent group crew | cut -d: -f3)" | groups_in_order
	id alice
	id bob
	getent initgroups alice
	getent -s userpool passwd | sort
	getent -s userpool group | groups_in_order
	getent passwd nobodyhere
	echo "nobodyhere: $?"
	getent group nogrouphere
	echo "nogrouphere: $?"
	getent passwd 1879048191
	echo "no such uid: $?"
	getent passwd root localuser
	id root
	id localuser
	setpriv --reuid alice --regid alice --init-groups id
}

still()
{
	same "answers unchanged: $1" "$known" "$(answers 2>&1)"
	within "... a name that is there" 1000 getent passwd alice
	within "... one that is not" 1000 bash -c '! getent passwd nobodyhere'
	within "... root" 1000 id root
	within "... a local user" 1000 id localuser
	run strace -f -e trace=connect bash -c 'getent passwd alice nobodyhere root localuser; id alice'
	has_not "... and nobody is asked" "$OUTPUT" '/run/userpool'
}

daemon_start
user_new alice
user_new bob
user_new carol
userpool group create crew --quiet
userpool group create ops --quiet
userpool group add crew alice --quiet
userpool group add ops alice --quiet
userpool group add crew bob --quiet
known=$(answers 2>&1)
has "a user" "$known" '^alice:\*:[0-9]+:[0-9]+:[^:]*:/home/alice:/bin/bash$'
has "a group with its members" "$known" '^crew:[^:]*:[0-9]+:alice,bob$'
has "memberships by id" "$known" '^uid=.*\(alice\) .*\(crew\)'
has "memberships of a process" "$known" '^uid=.*\(alice\) gid=.*groups=.*\((ops|crew)\)'
has "a missing user is missing, and no failure" "$known" '^nobodyhere: 2$'
has_not "no password field has anything in it" "$known" '^(alice|bob):[^*]'
still "daemon well"

kill -STOP "$DAEMON"
still "daemon stopped"
kill -CONT "$DAEMON"

daemon_stop -KILL
still "daemon killed"
rm -f /run/userpool/*.sock
still "sockets absent"
mv /run/userpool /run/moved
still "its directory absent"
mv /run/moved /run/userpool

daemon_start
still "daemon started again"

# --- changes are there when the command returns ---
userpool user delete carol --yes --quiet
check_fails "a deleted user is gone at once" getent passwd carol
user_new carol
check_fails "another person of that name does not become the deleted one (L5)" id carol
has "... which is in the log" "$(grep record-refused "$WORK/daemon.log")" 'carol'
userpool group remove crew bob --quiet
has_not "a membership that ended is gone at once" "$(id bob)" 'crew'
userpool user disable bob --quiet
check "a disabled user keeps name and uid" getent passwd bob
user_new carol2
check "a new user is there at once" id carol2

# --- whatever happens, nobody is missing for a moment (NSS-11, NSS-21) ---
for i in {1..4}; do
	# shellcheck disable=SC2016
	perl -e 'until (-e "/tmp/work/enough") {
			$n++;
			my @p = getpwnam "alice";
			my $g = getgrnam "crew";
			$wrong++ unless @p && $p[2] == $ARGV[0] && $p[7] eq "/home/alice" && defined $g;
		}
		printf "%d %d\n", $n, $wrong // 0' "$(id -u alice)" >"$WORK/asked.$i" &
	askers[i]=$!
done
for i in {1..5}; do
	user_new "passing$i"
	userpool user delete "passing$i" --yes --quiet
	daemon_stop -KILL
	daemon_start
done
touch "$WORK/enough"
wait "${askers[@]}"
same "four processes asked on through changes, kills and starts, and got no wrong answer" 0 \
	"$(awk '{ wrong += $2 } END { print wrong }' "$WORK"/asked.*)"
check "... of many" test "$(awk '{ n += $1 } END { print n }' "$WORK"/asked.*)" -gt 1000

# --- local names win (NSS-03, L4) ---
useradd --no-create-home bystander
user_new bystander
check_fails "the pool cannot have a local user's name on this host" userpool id bystander
same "... which stays local" 1 "$(getent passwd bystander | grep -c ':/home/bystander:/bin/sh$')"
userpool group create sudo --quiet
userpool group add sudo alice --quiet
has_not "a group of the pool does not become the local one of that name" "$(id alice)" '\(sudo\)'
# useradd sees the name and refuses; an editor does not.
echo "bob:x:1500:1500::/home/bob:/bin/sh" >>/etc/passwd
wait_for "the new local user" bash -c "! getent -s userpool passwd bob"
check_fails "a local user that appears takes its name at once" getent -s userpool passwd bob

# --- what everybody may read holds nothing private (NSS-22) ---
userpool user create dave --email private@example.com --password-stdin --quiet <<<"$PASSWORD"
check "a user with private data" id dave
same "... which no file of names has" '' \
	"$(grep -lr -e private@ -e argon2 -e "$PASSWORD" /var/lib/userpool/identity)"
same "... nor a file that others may read" '' \
	"$(find /var/lib/userpool -type f -perm /044 ! -path '*/identity/*')"

# --- no snapshot at all ---
mv /var/lib/userpool/identity /var/lib/userpool/moved
getent -s userpool passwd alice >/dev/null 2>&1
check "without a snapshot a name is unknown to getent" test "$?" != 0
within "... and root is not" 1000 id root
within "... nor a local user" 1000 id localuser
mv /var/lib/userpool/moved /var/lib/userpool/identity
check "... and comes back with it" id alice
