#!/bin/bash
# SPDX-License-Identifier: MIT
# CHECK: modules export their entry points and need libc and libpam; all is hardened
# Looks at build/gcc.  NSS-28: what every process on the machine loads; OPS-05: hardening.

# shellcheck source=tools/lint/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# exports_as FILE MAP NAMES: exactly what the map names, and the map only names that match.
exports_as()
{
	local file=$1 map=$2 names=$3 symbol listed exported

	listed=$(sed -n 's/^[ \t]*\([a-z_]*\);$/\1/p' "$map" | LC_ALL=C sort)
	exported=$(nm -D --defined-only "$file" | awk '{ print $3 }' | LC_ALL=C sort)
	while read -r symbol; do
		[[ -z $symbol ]] || echo "$file:1: exports $symbol, which $map does not name; hide it"
	done < <(comm -13 <(echo "$listed") <(echo "$exported"))
	while read -r symbol; do
		[[ -z $symbol ]] || echo "$map:1: names $symbol, which $file does not have; remove it"
	done < <(comm -23 <(echo "$listed") <(echo "$exported"))
	while read -r symbol; do
		[[ $symbol =~ ^($names)$ ]] || echo "$map:1: $symbol is no entry point; keep it out of the map"
	done <<<"$listed"
}

# needs_only FILE LIBRARY...
needs_only()
{
	local file=$1 library

	shift
	while read -r library; do
		[[ " $* ld-linux-x86-64.so.2 ld-linux-aarch64.so.1 " == *" $library "* ]] ||
			echo "$file:1: needs $library, which then loads into every process; do without it"
	done < <(readelf -dW "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
}

is_hardened()
{
	local file=$1 dynamic segments

	dynamic=$(readelf -dW "$file")
	segments=$(readelf -lW "$file")
	[[ $dynamic == *BIND_NOW* ]] || echo "$file:1: is not linked with -z now"
	[[ $segments == *GNU_RELRO* ]] || echo "$file:1: is not linked with -z relro"
	! grep -q 'GNU_STACK.*E' <<<"$segments" || echo "$file:1: has an executable stack"
	! grep -q 'LOAD.* RWE ' <<<"$segments" || echo "$file:1: has a segment to write and execute"
	[[ $dynamic != *TEXTREL* ]] || echo "$file:1: has relocations in its text; compile with -fPIC"
	[[ $dynamic != *RPATH* && $dynamic != *RUNPATH* ]] || echo "$file:1: has a run path"
	[[ $(nm -D --undefined-only "$file") == *__stack_chk_fail* ]] ||
		echo "$file:1: is not compiled with -fstack-protector"
}

# The NSS module has no call left that it would concern.
is_fortified()
{
	[[ $(nm -D --undefined-only "$1") == *[a-z]_chk@* ]] ||
		echo "$1:1: is not compiled with _FORTIFY_SOURCE"
}

is_built()
{
	[[ -f $1 ]] || echo "$1:1: is not built; run ./dev build gcc"
	[[ -f $1 ]]
}

pam=build/gcc/pam/.libs/pam_userpool.so
nss=build/gcc/nss/.libs/libnss_userpool.so.2
if is_built "$pam"; then
	exports_as "$pam" pam/exports.map \
		'pam_sm_(authenticate|setcred|acct_mgmt|open_session|close_session|chauthtok)'
	(($(grep -c 'pam_sm_.*;' pam/exports.map) == 6)) ||
		echo "pam/exports.map:1: does not name the six entry points of a PAM module"
	needs_only "$pam" libc.so.6 libpam.so.0
	is_hardened "$pam"
	is_fortified "$pam"
fi
if is_built "$nss"; then
	exports_as "$nss" nss/exports.map '_nss_userpool_[a-z_]+'
	needs_only "$nss" libc.so.6
	is_hardened "$nss"
fi
for program in build/gcc/daemon/userpoold build/gcc/daemon/userpool-pool \
	build/gcc/daemon/userpool-snapshot build/gcc/cli/userpool; do
	if is_built "$program"; then
		is_hardened "$program"
		is_fortified "$program"
		[[ $(readelf -dW "$program") == *PIE* ]] || echo "$program:1: is not position independent"
	fi
done
if is_built build/gcc/daemon/userpoold; then
	[[ $(readelf -dW build/gcc/daemon/userpoold) != *libcrypto* ]] ||
		echo "build/gcc/daemon/userpoold:1: needs libcrypto, a third of its memory; docs/decisions/two-crypto-libraries.md"
fi
