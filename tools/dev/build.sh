# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# HELP: build [NAME...]     build below build/: gcc (the default), clang, asan, tsan, fuzz

# Where Debian's glibc and libpam look, so that a staged install can be put under a root.
layout()
{
	local triplet

	triplet=$(gcc -print-multiarch)
	printf '%s\n' --prefix=/usr --libdir="/usr/lib/$triplet" --libexecdir=/usr/libexec \
		--sysconfdir=/etc --localstatedir=/var --runstatedir=/run
}

# configure_arguments NAME
configure_arguments()
{
	case $1 in
	gcc) echo CC=gcc --enable-werror ;;
	dist) echo CC=gcc ;;
	coverage) echo CC=gcc --enable-code-coverage "'CFLAGS=-O0 -g'" ;;
	valgrind) echo CC=gcc --disable-hardening "'CFLAGS=-O1 -g'" ;;
	# valgrind 3.19 cannot read clang's own choice of debugging information.
	clang) echo CC=clang --enable-werror "'CFLAGS=-O2 -g -gdwarf-4'" ;;
	asan) echo CC=clang --enable-werror --enable-sanitizers "'CFLAGS=-O1 -g'" ;;
	tsan) echo CC=clang --enable-werror --enable-sanitizers=thread "'CFLAGS=-O1 -g'" ;;
	fuzz) echo CC=clang --enable-sanitizers --enable-fuzzing "'CFLAGS=-O1 -g'" ;;
	*) die "build: no such build: $1" ;;
	esac
}

make_configure()
{
	local newer

	cd "$TOP" || return
	if [[ -e configure ]]; then
		newer=$(find configure.ac m4 -newer configure -name '*.[am][c4]' -print -quit)
		[[ -n $newer ]] || return 0
	fi
	quietly autoreconf.log autoreconf -fi || die "autoreconf failed"
}

# ensure_configured NAME
ensure_configured()
{
	local name=$1 directory=$BUILD/$1
	local -a arguments options

	make_configure
	eval "arguments=($(configure_arguments "$name"))"
	mapfile -t options < <(layout)
	# Another set of arguments is another build.
	if [[ -e $directory/Makefile && $(cat "$directory/arguments" 2>/dev/null) == "${arguments[*]}" ]]; then
		return
	fi
	rm -rf "$directory"
	mkdir -p "$directory"
	cd "$directory" || return
	quietly "configure-$name.log" "$TOP/configure" --quiet "${options[@]}" "${arguments[@]}" ||
		die "configure failed for the build $name"
	echo "${arguments[*]}" >arguments
}

# Fuzz targets, as names of programs below a build directory.
fuzz_targets()
{
	(cd "$TOP" && git ls-files -c -o --exclude-standard 'tests/*/fuzz_*.c' | sed 's/\.c$//')
}

# build_one NAME: what the build is for, and nothing more.
build_one()
{
	local -a targets=(all)

	ensure_configured "$1"
	if [[ $1 == fuzz ]]; then
		mapfile -t targets < <(fuzz_targets)
		((${#targets[@]} > 0)) || return 0
	fi
	quietly "build-$1.log" make -C "$BUILD/$1" --no-print-directory -j"$JOBS" "${targets[@]}"
}

# stage NAME: a root directory with what `make install` installs; renewed when something was built.
stage()
{
	local directory=$BUILD/$1 stage=$BUILD/$1/stage

	if [[ -d $stage ]] &&
		[[ -z $(find "$directory" -path "$stage" -prune -o -newer "$stage" -type f \
			\( -name '*.so*' -o -perm -100 -o -name Makefile \) -print -quit) ]] &&
		[[ -z $(find "$TOP/data" "$TOP/docs" "$TOP/cli/completion" -newer "$stage" -type f -print -quit) ]]; then
		return
	fi
	rm -rf "$stage"
	quietly "stage-$1.log" make -C "$directory" --no-print-directory install DESTDIR="$stage" || return
	touch "$stage"
}

dev_build()
{
	local name start

	use deps
	dev_deps
	for name in "${@:-gcc}"; do
		start=$(now_ms)
		announce "build $name"
		build_one "$name" || return
		seconds_since "$start"
		echo
	done
}
