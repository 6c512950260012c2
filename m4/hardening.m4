dnl SPDX-License-Identifier: MIT
dnl UP_HARDENING: what the OpenSSF guide asks for and this toolchain really takes.

AC_DEFUN([UP_HARDENING], [
	AC_ARG_ENABLE([hardening],
		[AS_HELP_STRING([--disable-hardening], [leave hardening flags to the packager])],
		[], [enable_hardening=yes])
	dnl FORTIFY and -z defs exclude the sanitizers.
	AS_IF([test -n "$MODE_FLAGS" -o "x$enable_code_coverage" = xyes], [enable_hardening=no])
	AS_IF([test "x$enable_hardening" = xyes], [
		AX_APPEND_COMPILE_FLAGS([-fstack-protector-strong -fstack-clash-protection dnl
			-fcf-protection=full -ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr dnl
			-fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing dnl
			-fno-plt], [HARDEN_CFLAGS], [-Werror])
		HARDEN_CPPFLAGS="-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3"
		AX_APPEND_LINK_FLAGS([-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code -Wl,--as-needed -Wl,--no-copy-dt-needed-entries],
			[HARDEN_LDFLAGS], [-Werror])
		HARDEN_PIE_CFLAGS=-fPIE
		HARDEN_PIE_LDFLAGS=-pie
		MODULE_LDFLAGS="-Wl,-z,defs"
	])
	AC_SUBST([HARDEN_CFLAGS])
	AC_SUBST([HARDEN_CPPFLAGS])
	AC_SUBST([HARDEN_LDFLAGS])
	AC_SUBST([HARDEN_PIE_CFLAGS])
	AC_SUBST([HARDEN_PIE_LDFLAGS])
	AC_SUBST([MODULE_LDFLAGS])
])
