dnl SPDX-License-Identifier: MIT
dnl UP_WARNINGS: every warning that this compiler knows and that we keep clean.

AC_DEFUN([UP_WARNINGS], [
	AX_APPEND_COMPILE_FLAGS([-std=gnu11 -Wall -Wextra -Wformat=2 -Wformat-signedness -Wconversion dnl
		-Wsign-conversion -Wshadow -Wundef -Wvla -Wcast-qual -Wcast-align=strict dnl
		-Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes -Wredundant-decls dnl
		-Wnull-dereference -Wlogical-op -Wduplicated-cond -Wduplicated-branches dnl
		-Wimplicit-fallthrough -Wswitch-enum -Wenum-conversion -Wdate-time], dnl
		[WARN_CFLAGS], [-Werror])
	AS_IF([test "x$enable_werror" = xyes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
	AC_SUBST([WARN_CFLAGS])
])
