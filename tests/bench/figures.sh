# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced by the benchmarks: how a figure is said.

# figure NAME UNIT OURS [OTHER WHOSE [TARGET [JUDGED]]]: a line; whether a target holds is no failure.
# JUDGED is what has to keep within the target, if not OURS.
figure()
{
	[[ $3 =~ ^-?[0-9.]+$ && ${4-0} =~ ^-?[0-9.]*$ ]] || {
		echo "$1: could not be measured" >&2
		return 1
	}
	awk -v name="$1" -v unit="$2" -v ours="$3" -v other="${4-}" -v whose="${5-}" -v target="${6-}" -v judged="${7-$3}" '
	function number(value) { return sprintf(value >= 100 ? "%.0f" : "%.2f", value) }
	BEGIN {
		line = sprintf("%s: ours %s %s", name, number(ours), unit)
		if (other != "") {
			line = line sprintf(", other %s %s (%s)", number(other), unit, whose)
			if (other > 0)
				line = line sprintf(", ratio %.2f", ours / other)
		}
		if (target != "")
			line = line sprintf(", target %s %s: %s", number(target), unit,
					    judged + 0 <= target + 0 ? "holds" : "falls short")
		print line
	}'
}

# value FILE NAME COLUMN: of what bench_login printed; 2 is the least, 3 the first quartile,
# 4 the median, 5 the third quartile.
value()
{
	awk -v name="$2" -v column="$3" '$1 == name { print $column }' "$1"
}

# in_ms FILE NAME COLUMN
in_ms()
{
	value "$@" | awk '{ printf "%.3f", $1 / 1000 }'
}

# least_over FILE LOGIN HASH: the fastest login less the fastest hash, as often as it fits, in ms.
least_over()
{
	awk -v login="$(value "$1" "$2" 2)" -v hash="$(value "$1" "$3" 2)" '
	BEGIN { printf "%.3f", (login - hash * int(login / hash + 0.5)) / 1000 }'
}
