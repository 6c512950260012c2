# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# HELP: system [CASE...]    run the system tests in private namespaces; --build asan: with sanitizers

# Programs with sanitizers, modules without: they are loaded into sshd, sudo and the like.
stage_mixed()
{
	local modules=$BUILD/gcc/stage mixed=$BUILD/asan/stage-mixed file

	rm -rf "$mixed"
	cp -a "$BUILD/asan/stage" "$mixed"
	(cd "$modules" && find . -name 'pam_userpool.so' -o -name 'libnss_userpool.so*') |
		while read -r file; do
			cp -a "$modules/$file" "$mixed/$file"
		done
}

dev_system()
{
	local build=gcc stage

	while (($# > 0)); do
		case $1 in
		--build)
			build=${2-}
			shift 2
			;;
		--build=*)
			build=${1#*=}
			shift
			;;
		-*) die "system: no such option: $1" ;;
		*) break ;;
		esac
	done
	must_be_root system
	use build
	case $build in
	gcc | clang)
		dev_build "$build"
		stage "$build"
		stage=$BUILD/$build/stage
		;;
	asan)
		dev_build gcc asan
		stage gcc
		stage asan
		stage_mixed
		stage=$BUILD/asan/stage-mixed
		;;
	*) die "system: builds are gcc, clang and asan, not $build" ;;
	esac
	# Cases wait more than they compute: for the delays after failures.
	bash "$TOP/tests/system/run.sh" -j $((2 * JOBS)) -l "$LOGS/system-$build" "$stage" "$@"
}
