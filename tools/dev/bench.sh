# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# HELP: bench login|nss [--quick]  measure sign-ins, or lookups, beside their peers; see docs/benchmarks.md

# A second factor of Debian's to compare with, unpacked and not installed; without it that
# comparison is left out.
fetch_login_peers()
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

# The peers of the lookups, with what this machine lacks of their libraries; unpacked as well.
fetch_nss_peers()
{
	local directory=$BUILD/bench/nss-peers package

	[[ ! -e $directory/usr ]] || return 0
	mkdir -p "$directory/debs/partial"
	cd "$directory" || return
	quietly bench-peers.log apt-get -y --download-only --no-install-recommends \
		-o "Dir::Cache::archives=$directory/debs" install libnss-db libnss-extrausers \
		sssd-common sssd-proxy libnss-sss nslcd libnss-ldapd slapd nscd || return 0
	for package in debs/*.deb; do
		dpkg-deb -x "$package" .
	done
	# The directories of a merged /usr are links on the machine.
	for package in lib sbin bin; do
		if [[ -d $package && ! -L $package ]]; then
			cp -a "$package" usr/
			rm -rf "$package"
		fi
	done
}

# make_bench_root PEERS PROGRAM...: the staged install with the benchmark beside it.
make_bench_root()
{
	local root=$BUILD/bench/root peers=$BUILD/bench/$1

	shift
	rm -rf "$root"
	mkdir -p "$root/bench"
	cp -a "$BUILD/gcc/stage/." "$root/"
	if [[ -d $peers/usr ]]; then
		find "$peers" -mindepth 1 -maxdepth 1 ! -name debs ! -name '*.deb' -exec cp -a {} "$root/" \;
	fi
	cp "$@" "$TOP/tests/bench/"*.sh "$root/bench/"
}

bench_login()
{
	local tests=$BUILD/gcc/tests/bench

	quietly bench-build.log make -C "$BUILD/gcc" --no-print-directory tests/bench/bench_login
	(fetch_login_peers)
	make_bench_root peers "$tests/bench_login"
}

bench_nss()
{
	local tests=$BUILD/gcc/tests/bench

	quietly bench-build.log make -C "$BUILD/gcc" --no-print-directory tests/bench/bench_nss \
		tests/bench/bench_snapshot tests/bench/libnss_toy.la
	(fetch_nss_peers)
	make_bench_root nss-peers "$tests/bench_nss" "$tests/bench_snapshot" \
		"$tests/.libs/libnss_toy.so.2"
}

dev_bench()
{
	local start

	[[ (${1-} == login || ${1-} == nss) && $# -le 2 && ${2---quick} == --quick ]] ||
		die "bench: what to measure is \"login\" or \"nss\", perhaps with --quick"
	must_be_root bench
	use build
	dev_build gcc
	start=$(now_ms)
	announce "build the benchmark"
	stage gcc
	"bench_$1"
	mkdir -p "$BUILD/bench/disk"
	seconds_since "$start"
	echo
	SANDBOX_DISK=$BUILD/bench/disk bash "$TOP/tests/system/sandbox.sh" "$BUILD/bench/root" \
		bash "/bench/$1.sh" "${@:2}"
}
