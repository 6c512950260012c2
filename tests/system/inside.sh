#!/bin/bash
# SPDX-License-Identifier: MIT
# inside.sh CASE: runs one case in a sandbox of its own; see run.sh.
set -uo pipefail

# shellcheck source=tests/system/host.sh
. /tests/host.sh
# shellcheck source=tests/system/check.sh
. /tests/check.sh

# A report of a sanitizer is a file; of the confined daemon, a part of its log.
export ASAN_OPTIONS=log_path=$WORK/report UBSAN_OPTIONS=print_stacktrace=1
chmod 1777 "$WORK"
touch "$WORK/sshd.log" "$WORK/daemon.log" "$WORK/secrets"
perl /tests/syslog.pl "$WORK/syslog.log" &
host_prepare
host_debug
# shellcheck disable=SC1090
. "/tests/case_$1.sh"
# shellcheck disable=SC2119
daemon_stop
check_logs
for file in daemon sshd syslog; do
	sed "s/^/$file | /" "$WORK/$file.log"
done
echo "end of case"
