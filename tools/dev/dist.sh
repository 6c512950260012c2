# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# HELP: dist                make the release: distcheck, what is in it, what it installs and uninstalls

# claim TEXT COMMAND...: a check; what it prints is shown when it fails.
claim()
{
	local text=$1 start status

	shift
	start=$(now_ms)
	announce "$text"
	# Not as a condition: there every failure but the last would be forgotten.
	set +e
	(
		set -e
		"$@"
	) >"$LOGS/dist-claim.log" 2>&1
	status=$?
	set -e
	if ((status == 0)); then
		echo "${green}ok${plain} $(seconds_since "$start")"
		passed=$((passed + 1))
	else
		echo "${red}not ok${plain} $(seconds_since "$start")"
		tail -n 30 "$LOGS/dist-claim.log" | sed 's/^/    /'
		failed=$((failed + 1))
	fi
}

# nothing COMMAND...: fails when it prints anything, and shows that.
nothing()
{
	local found

	found=$("$@") || true
	echo "$found"
	[[ -z $found ]]
}

# Builds, tests, installs and uninstalls the release with the sources read-only, elsewhere.
distcheck()
{
	make -C "$tree" --no-print-directory -j"$JOBS" distcheck
}

# Everything that git tracks but what is for this repository only.
holds_what_git_tracks()
{
	(cd "$TOP" && git ls-files | grep -v '^\.' | while IFS= read -r file; do
		[[ ! -e $file ]] || echo "$file"
	done) | LC_ALL=C sort >"$release.tracked"
	tar -tf "$release" | sed 's|^[^/]*/||' | LC_ALL=C sort >"$release.held"
	nothing comm -23 "$release.tracked" "$release.held"
}

# A person who unpacks the release types these three.
builds_where_it_lies()
{
	rm -rf "$unpacked"
	mkdir "$unpacked"
	tar -xf "$release" -C "$unpacked" --strip-components=1
	cd "$unpacked"
	find . -type f | LC_ALL=C sort >"$unpacked.before"
	./configure --quiet
	make --no-print-directory -j"$JOBS"
	make --no-print-directory distclean
	find . -type f | LC_ALL=C sort >"$unpacked.after"
	diff "$unpacked.before" "$unpacked.after"
}

installs_to_the_right_places()
{
	local lib

	lib=usr/lib/$(gcc -print-multiarch)
	rm -rf "$root"
	make -C "$tree" --no-print-directory install DESTDIR="$root"
	diff <(sed "/^#/d; s|LIB|$lib|" "$TOP/tools/dev/layout.txt" | LC_ALL=C sort) \
		<(find "$root" ! -type d -printf '%M %P\n' | LC_ALL=C sort)
}

# Nothing of the directory it was built in is left.
installs_what_resolves()
{
	local file

	for file in "$root"/usr/bin/* "$root"/usr/sbin/* "$root"/usr/libexec/userpool/*; do
		ldd "$file"
	done >"$root.libraries"
	nothing grep 'not found' "$root.libraries"
	grep '^ExecStart=/usr/sbin/userpoold' "$root/usr/lib/systemd/system/userpoold.service"
	nothing grep -rl "$TOP" "$root/usr/lib/systemd" "$root/usr/share"
}

uninstalls_everything()
{
	make -C "$tree" --no-print-directory uninstall DESTDIR="$root"
	nothing find "$root" ! -type d
}

dev_dist()
{
	local passed=0 failed=0 tree=$BUILD/dist unpacked=$BUILD/dist-unpacked root=$BUILD/dist-root release

	use deps
	dev_deps
	use build
	mkdir -p "$LOGS"
	ensure_configured dist
	release=$tree/userpool-$(sed -n 's/^VERSION = //p' "$tree/Makefile").tar.xz
	claim "make distcheck" distcheck
	claim "the release holds what git tracks" holds_what_git_tracks
	claim "the release builds where it lies, and distclean leaves it as it was" builds_where_it_lies
	claim "make install puts everything where it belongs" installs_to_the_right_places
	claim "what is installed finds its libraries and paths" installs_what_resolves
	claim "make uninstall leaves nothing" uninstalls_everything
	echo
	echo "$passed passed, $failed failed"
	((failed == 0))
}
