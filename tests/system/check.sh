# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced inside the sandbox: the checks, a line each.

pass()
{
	echo "ok $1"
}

# fail NAME [DETAIL...]
fail()
{
	echo "not ok $1"
	shift
	[[ $# == 0 ]] || printf '%s\n' "$@" | sed 's/^/    /'
}

# run COMMAND...: in this shell; what it wrote, and what a conversation showed, is in $OUTPUT.
run()
{
	local status=0

	TRANSCRIPT=
	"$@" >"$WORK/output" 2>&1 || status=$?
	OUTPUT=$(cat "$WORK/output")$TRANSCRIPT
	return "$status"
}

# check NAME COMMAND...: the command succeeds.
check()
{
	local name=$1 status=0

	shift
	run "$@" || status=$?
	if ((status == 0)); then
		pass "$name"
	else
		fail "$name" "status $status: $*" "$OUTPUT"
	fi
}

# check_fails NAME COMMAND...: the command ends by itself, and not with success.
check_fails()
{
	local name=$1 status=0

	shift
	run "$@" || status=$?
	if ((status > 0 && status < 124)) || ((status == 255)); then
		pass "$name"
	else
		fail "$name" "status $status: $*" "$OUTPUT"
	fi
}

# same NAME EXPECTED FOUND
same()
{
	if [[ $2 == "$3" ]]; then
		pass "$1"
	else
		fail "$1" "expected: $2" "found:    $3"
	fi
}

# has NAME TEXT PATTERN / has_not: PATTERN is an extended regular expression, line by line.
has()
{
	if grep -qE -e "$3" <<<"$2"; then
		pass "$1"
	else
		fail "$1" "no $3 in:" "$2"
	fi
}

has_not()
{
	if ! grep -qE -e "$3" <<<"$2"; then
		pass "$1"
	else
		fail "$1" "$3 in:" "$2"
	fi
}

# within NAME MS COMMAND...: it succeeds, in this time.
within()
{
	local name=$1 limit=$2 start took status=0

	shift 2
	start=$(now_ms)
	run "$@" || status=$?
	took=$(($(now_ms) - start))
	if ((status == 0 && took <= limit)); then
		pass "$name ($took ms)"
	else
		fail "$name" "status $status after $took ms, $limit allowed: $*" "$OUTPUT"
	fi
}

now_ms()
{
	local seconds=${EPOCHREALTIME%.*} micros=${EPOCHREALTIME#*.}

	echo $((seconds * 1000 + 10#$micros / 1000))
}

# --- logins --------------------------------------------------------------------------------------

# What only a shell of that user can have printed.
# shellcheck disable=SC2016,SC2034
INSIDE='echo "inside $(id -un) $(id -u)"'

# accepted NAME USER COMMAND... [-- DIALOGUE...]: the command, which runs $INSIDE, got there.
accepted()
{
	local name=$1 user=$2 status=0

	shift 2
	"$@" || status=$?
	if ((status == 0)) && grep -qE "^inside $user [0-9]+$" <<<"$TRANSCRIPT"; then
		pass "$name"
	else
		fail "$name" "status $status" "$TRANSCRIPT"
	fi
}

# refused NAME COMMAND...: every question was asked, the program ended by itself, nobody got in.
refused()
{
	local name=$1 status=0

	shift
	"$@" || status=$?
	if ((status != 0 && status != 90 && status != 91)) && ! grep -q '^inside ' <<<"$TRANSCRIPT"; then
		pass "$name"
	else
		fail "$name" "status $status" "$TRANSCRIPT"
	fi
}

# refused_within NAME MS COMMAND...
refused_within()
{
	local name=$1 limit=$2 start took

	shift 2
	start=$(now_ms)
	refused "$name" "$@"
	took=$(($(now_ms) - start))
	if ((took <= limit)); then
		pass "... in time"
	else
		fail "... in time" "$took ms, $limit allowed"
	fi
}

# kbd USER DIALOGUE...: a keyboard-interactive login by ssh
kbd()
{
	local user=$1

	shift
	ssh_as "$user" keyboard-interactive "$INSIDE" -- "$@"
}

# --- what is in the logs -------------------------------------------------------------------------

logs()
{
	cat "$WORK"/*.log
}

# audit_count PATTERN: audit lines that fit.
audit_count()
{
	grep -cE -e "$1" "$WORK/daemon.log" || true
}

# At the end of every case (RES-05, PAM-31): no secret in any log, no token, no sanitizer report.
check_logs()
{
	local found

	found=$(logs | grep -nwFf "$WORK/secrets" | head -n 5)
	same "no secret in any log" "" "$found"
	found=$(logs | grep -nE 'eyJ[A-Za-z0-9_-]{10,}' | head -n 5)
	same "no token in any log" "" "$found"
	found=$(grep -E "login .*user=(root|localuser) " "$WORK/daemon.log" | head -n 5)
	same "the daemon was asked for no local user (PAM-11)" "" "$found"
	found=$(logs | grep -nE 'Sanitizer|runtime error:' | head -n 20)
	found+=$(cat "$WORK"/report.* 2>/dev/null | head -n 40)
	same "no sanitizer report" "" "$found"
}
