dnl SPDX-License-Identifier: MIT
dnl UP_BUILD_MODES: the switches that make a build for checking rather than for installing.

AC_DEFUN([UP_BUILD_MODES], [
	AC_ARG_ENABLE([sanitizers],
		[AS_HELP_STRING([--enable-sanitizers@<:@=LIST@:>@], [build with sanitizers [address,undefined]])],
		[], [enable_sanitizers=no])
	AS_IF([test "x$enable_sanitizers" = xyes], [enable_sanitizers=address,undefined])
	AS_IF([test "x$enable_sanitizers" != xno], [
		MODE_FLAGS="-fsanitize=$enable_sanitizers -fno-sanitize-recover=all -fno-omit-frame-pointer -g"
		AC_DEFINE([UP_SANITIZED], [1], [Built with sanitizers.])
	])

	AC_ARG_ENABLE([fuzzing],
		[AS_HELP_STRING([--enable-fuzzing], [build the fuzz targets with libFuzzer (clang)])],
		[], [enable_fuzzing=no])
	AS_IF([test "x$enable_fuzzing" = xyes], [
		MODE_FLAGS="$MODE_FLAGS -fsanitize=fuzzer-no-link"
		AS_IF([test -z "$LIB_FUZZING_ENGINE"], [LIB_FUZZING_ENGINE="-fsanitize=fuzzer"])
	])
	AC_SUBST([LIB_FUZZING_ENGINE])
	AM_CONDITIONAL([FUZZING], [test "x$enable_fuzzing" = xyes])

	AS_IF([test -n "$MODE_FLAGS"], [
		AX_CHECK_LINK_FLAG([$MODE_FLAGS], [],
			[AC_MSG_ERROR([$CC does not take $MODE_FLAGS; try CC=clang])], [-Werror])
	])

	AC_ARG_ENABLE([werror],
		[AS_HELP_STRING([--enable-werror], [make warnings errors])],
		[], [enable_werror=no])

	AX_CODE_COVERAGE
	AX_VALGRIND_DFLT([drd], [off])
	AX_VALGRIND_DFLT([helgrind], [off])
	AX_VALGRIND_DFLT([sgcheck], [off])
	AX_VALGRIND_CHECK

	AC_SUBST([MODE_FLAGS])
	AM_CONDITIONAL([PLAIN_BUILD], [test -z "$MODE_FLAGS" -a "x$enable_code_coverage" != xyes])
])
