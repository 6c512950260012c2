# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# HELP: bench login [--quick]  measure sign-in time, rate and memory beside pam_unix; see docs/benchmarks.md

# A second factor of Debian's to compare with, unpacked and not installed; without it that
# comparison is left out.
fetch_peers()
{
	local directory=$BUILD/bench/peers

	[[ ! -e $directory/usr ]] || return 0
	mkdir -p "$directory"
	cd "$directory" || return
	quietly bench-peers.log apt-get download libpam-oath liboath0 || return 0
	for package in *.deb; do
		dpkg-deb -x "$package" .
	done
	# Where Debian 12 has libraries and modules.
	if [[ -d lib ]]; then
		cp -a lib usr/
		rm -rf lib
	fi
}

# The staged install with the benchmark beside it.
make_bench_root()
{
	local root=$BUILD/bench/root

	rm -rf "$root"
	mkdir -p "$root/bench"
	cp -a "$BUILD/gcc/stage/." "$root/"
	[[ ! -d $BUILD/bench/peers/usr ]] || cp -a "$BUILD/bench/peers/usr" "$root/"
	cp "$BUILD/gcc/tests/bench/bench_login" "$TOP/tests/bench/"*.sh "$root/bench/"
}

dev_bench()
{
	local start

	[[ ${1-} == login && $# -le 2 && ${2---quick} == --quick ]] ||
		die "bench: what to measure is \"login\", perhaps with --quick"
	must_be_root bench
	use build
	dev_build gcc
	start=$(now_ms)
	announce "build bench_login"
	quietly bench-build.log make -C "$BUILD/gcc" --no-print-directory tests/bench/bench_login
	stage gcc
	(fetch_peers)
	make_bench_root
	mkdir -p "$BUILD/bench/disk"
	seconds_since "$start"
	echo
	SANDBOX_DISK=$BUILD/bench/disk bash "$TOP/tests/system/sandbox.sh" "$BUILD/bench/root" \
		bash /bench/login.sh "${@:2}"
}
