# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced by ./dev: what its commands share.

: "${TOP:?}"
BUILD=$TOP/build
LOGS=$BUILD/log
JOBS=$(nproc)
readonly BUILD LOGS JOBS

if [[ -t 1 ]]; then
	bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' plain=$'\e[0m'
else
	bold='' red='' green='' yellow='' plain=''
fi
readonly bold red green yellow plain

# use NAME: makes the functions of another command known.
use()
{
	# shellcheck disable=SC1090
	. "$TOP/tools/dev/$1.sh"
}

die()
{
	echo "${red}./dev: $*${plain}" >&2
	exit 1
}

# Milliseconds since some moment.
now_ms()
{
	local seconds=${EPOCHREALTIME%.*} micros=${EPOCHREALTIME#*.}

	echo $((seconds * 1000 + 10#$micros / 1000))
}

# seconds_since START_MS
seconds_since()
{
	local ms=$(($(now_ms) - $1))

	printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100))
}

# quietly LOG COMMAND...: runs it with its output in build/log/LOG; on failure the end of that is shown.
quietly()
{
	local log=$LOGS/$1 status=0

	shift
	mkdir -p "$LOGS"
	"$@" >"$log" 2>&1 </dev/null || status=$?
	if ((status != 0)); then
		echo "${red}failed${plain}"
		tail -n 40 "$log" | sed 's/^/    | /'
		echo "    the whole output: ${log#"$TOP"/}"
	fi
	return "$status"
}

# announce TEXT ... done_in START_MS: one line of progress.
announce()
{
	printf '%s%-58s%s ' "$bold" "$1" "$plain"
}

must_be_root()
{
	((EUID == 0)) || die "$1 needs root, for private namespaces; nothing of this machine is changed"
}
