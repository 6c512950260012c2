# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# PAM stacks, the shipped ones and others, for users of each kind (PAM-17, L2): who may pass is in a table.

stack()
{
	cat >"/etc/pam.d/$1"
}

# try SERVICE USER PASSWORD: prints yes or no
try()
{
	if timeout 20 expect -f /tests/converse.exp pamtester "$1" "$2" authenticate acct_mgmt -- \
		'assword: ' "$3" >/dev/null 2>&1; then
		echo yes
	else
		echo no
	fi
}

# tries SERVICE USER PASSWORD...: all at once, since failures take their time; "yes,no,..."
tries()
{
	local service=$1 i=0
	local -a pids=() answers=()

	shift
	while (($# > 0)); do
		try "$service" "$1" "$2" >"$WORK/try.$i" &
		pids+=("$!")
		((i += 1))
		shift 2
	done
	wait "${pids[@]}"
	for ((i = 0; i < ${#pids[@]}; i++)); do
		answers+=("$(cat "$WORK/try.$i")")
	done
	(IFS=, && echo "${answers[*]}")
}

# row SERVICE: right and wrong password of a user of the pool, disabled, local right and wrong, unknown
row()
{
	tries "$1" alice "$PASSWORD" alice wrong dora "$PASSWORD" \
		localuser "Local-pass-1!" localuser wrong nobodyhere "$PASSWORD"
}

# The delays of failures would add up to minutes.
quick()
{
	sed -i 's/pam_unix.so/& nodelay/' /etc/pam.d/common-auth
}

daemon_start
user_new alice
user_new dora
userpool user disable dora --quiet
quick
model=yes,no,no,yes,no,no
ours=yes,no,no,no,no,no

stack shipped <<-END
	@include common-auth
	@include common-account
END
same "the shipped stacks" "$model" "$(row shipped)"

# Whatever lets everybody in stands behind: a refusal must end the stack before it.
stack behind <<-END
	auth [success=done user_unknown=ignore default=die] pam_userpool.so
	auth required pam_unix.so nodelay
	account [success=done user_unknown=ignore default=die] pam_userpool.so
	account required pam_unix.so
END
same "as the manual writes it" "$model" "$(row behind)"
sed -n '/^auth\|^account/p' /etc/pam.d/common-auth /etc/pam.d/common-account |
	sed 's/pam_unix.so.*/pam_permit.so/; s/pam_deny/pam_permit/' >/etc/pam.d/permit
same "the shipped stacks with a module behind that lets all in: no way past our denial" \
	no,no "$(tries permit alice wrong dora "$PASSWORD")"
stack required <<-END
	auth required pam_userpool.so
	account required pam_userpool.so
END
same "required, alone: users of the pool only" \
	"$ours" "$(row required)"
stack requisite <<-END
	auth requisite pam_userpool.so
	auth required pam_permit.so
	account requisite pam_userpool.so
	account required pam_permit.so
END
same "requisite in front of pam_permit" \
	"$ours" "$(row requisite)"
stack sufficient <<-END
	auth sufficient pam_userpool.so
	auth required pam_unix.so nodelay try_first_pass
	account sufficient pam_userpool.so
	account required pam_unix.so
END
same "sufficient in front of pam_unix" "$model" "$(row sufficient)"
stack after <<-END
	auth sufficient pam_unix.so nodelay
	auth required pam_userpool.so use_first_pass
	account [success=done user_unknown=ignore default=die] pam_userpool.so
	account required pam_unix.so
END
same "behind pam_unix, with the password that it asked for" "$model" "$(row after)"
stack try_first <<-END
	auth sufficient pam_unix.so nodelay
	auth required pam_userpool.so try_first_pass
	account [success=done user_unknown=ignore default=die] pam_userpool.so
	account required pam_unix.so
END
same "behind pam_unix, try_first_pass" 'yes' "$(try try_first alice "$PASSWORD")"
stack twice <<-END
	auth required pam_userpool.so
	auth required pam_userpool.so use_first_pass
	account required pam_userpool.so
	account required pam_userpool.so
END
same "twice in one stack" "$ours" "$(row twice)"
stack nothing <<-END
	auth required pam_userpool.so use_first_pass
	account required pam_userpool.so
END
refused "use_first_pass without a first" converse pamtester nothing alice authenticate --
stack misspelt <<-END
	auth required pam_userpool.so use_frist_pass
	account required pam_userpool.so
END
refused "an unknown option refuses (PAM-18)" converse pamtester misspelt alice authenticate --
has "... and is in the log" "$(grep misspelt "$WORK/syslog.log")" 'unknown option use_frist_pass'
stack factors <<-END
	auth required pam_userpool.so factors=password+otp
	account required pam_userpool.so
END
same "factors=password+otp, and none enrolled" 'no' "$(try factors alice "$PASSWORD")"

# --- the daemon is gone: nobody of the pool, and all others ---
daemon_stop
same "the shipped stacks without the daemon" \
	no,no,no,yes,no,no "$(row shipped)"
same "a module behind that lets all in, without the daemon" \
	'no' "$(try permit alice "$PASSWORD")"
same "requisite, without the daemon" 'no' "$(try requisite alice "$PASSWORD")"
daemon_start
