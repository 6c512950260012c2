# SPDX-License-Identifier: MIT
# Modules with every fault, and a program that nothing hardens.
set -e
built=build/gcc
mkdir -p $built/pam/.libs $built/nss/.libs $built/daemon $built/cli
plain='-fno-stack-protector -U_FORTIFY_SOURCE -w'
# shellcheck disable=SC2086
gcc $plain -shared -fPIC -Wl,-z,norelro -Wl,-z,lazy -Wl,-z,execstack -Wl,-rpath,/opt \
	-o $built/pam/.libs/pam_userpool.so module.c -Wl,--no-as-needed -lm
# shellcheck disable=SC2086
gcc $plain -shared -fPIC -Wl,-z,relro,-z,now -o $built/nss/.libs/libnss_userpool.so.2 nss.c
# shellcheck disable=SC2086
gcc $plain -no-pie -Wl,-z,relro,-z,now -o $built/daemon/userpoold main.c
rm ./*.c
