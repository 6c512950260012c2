# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# HELP: lint [CHECK...]     what needs no run: includes, headers, exports, sizes, banned calls, documents

# Each check is tools/lint/NAME.sh with a line "# CHECK: ".  tests/lint/planted/NAME is a small tree
# with faults, and its file `expect` has for each finding a text that must be in it: a check
# that does not find exactly these would find nothing in the real tree either.

checks()
{
	grep -l '^# CHECK: ' "$TOP"/tools/lint/*.sh | sed 's|.*/||; s|\.sh$||'
}

# A line of output is a fault, and so is a check that breaks.
run_tree()
{
	local status=0

	echo "did not run" >"$LOGS/lint-$1.log"
	(cd "$TOP" && bash "tools/lint/$1.sh") >"$LOGS/lint-$1.log" 2>&1 || status=$?
	((status == 0)) || echo "tools/lint/$1.sh:1: ended with status $status" >>"$LOGS/lint-$1.log"
}

run_planted()
{
	local source=$TOP/tests/lint/planted/$1 tree=$BUILD/lint/$1 log=$LOGS/lint-$1.planted.log

	rm -rf "$tree"
	mkdir -p "$BUILD/lint"
	echo "did not run" >"$log"
	if [[ ! -s $source/expect ]]; then
		echo "tests/lint/planted/$1/expect:1: is missing; plant a fault that the check must find" >"$log"
		return
	fi
	cp -R "$source" "$tree"
	mv "$tree/expect" "$tree.expect"
	(
		cd "$tree" || exit
		if [[ -e plant.sh ]]; then
			bash plant.sh && rm plant.sh || exit
		fi
		bash "$TOP/tools/lint/$1.sh"
	) >"$tree.found" 2>&1 || echo "tools/lint/$1.sh: ended with an error" >>"$tree.found"
	compare_planted "$tree" >"$log"
}

compare_planted()
{
	local wanted

	while IFS= read -r wanted; do
		grep -qF -e "$wanted" "$1.found" || echo "did not find: $wanted"
	done <"$1.expect"
	if (($(wc -l <"$1.found") != $(wc -l <"$1.expect"))); then
		echo "found $(wc -l <"$1.found") faults instead of $(wc -l <"$1.expect"):"
		sed 's/^/  /' "$1.found"
	fi
}

# report LOG TEXT
report()
{
	if [[ -s $1 ]]; then
		echo "${red}not ok${plain} $2"
		sed -n '1,40s/^/    /p' "$1"
		failed=$((failed + 1))
	else
		echo "${green}ok${plain} $2"
		passed=$((passed + 1))
	fi
}

dev_lint()
{
	local -a names=("$@") processes=()
	local name next=0 i failed=0 passed=0

	use deps
	dev_deps
	use build
	((${#names[@]} > 0)) || mapfile -t names < <(checks)
	mkdir -p "$LOGS"
	for name in "${names[@]}"; do
		[[ -e $TOP/tools/lint/$name.sh ]] || die "lint: no such check: $name"
		# The modules as they are installed are looked at, so they are built.
		[[ $name != binaries ]] || build_one gcc || return
	done
	for ((i = 0; i < ${#names[@]}; i++)); do
		for (( ; next < ${#names[@]} && next < i + JOBS; next++)); do
			{
				run_tree "${names[next]}"
				run_planted "${names[next]}"
			} &
			processes[next]=$!
		done
		wait "${processes[i]}" || true
		name=${names[i]}
		report "$LOGS/lint-$name.log" \
			"$name: $(sed -n 's/^# CHECK: //p' "$TOP/tools/lint/$name.sh")"
		report "$LOGS/lint-$name.planted.log" "$name: finds the faults planted for it"
	done
	echo
	echo "$passed passed, $failed failed"
	((failed == 0))
}
