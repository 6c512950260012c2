#!/bin/bash
# SPDX-License-Identifier: MIT
# CHECK: shellcheck and bash -n find nothing

# shellcheck source=tools/lint/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

mapfile -t scripts < <(files '*.sh' '*.bash' dev '.ci/run' | grep -v '^tests/lint/planted')
for script in "${scripts[@]}"; do
	bash -n "$script" 2>&1 | sed 's/: line \([0-9]*\):/:\1:/' || true
done
# Found by one that includes the others: what ./dev sources is used and assigned elsewhere.
shellcheck -x -P SCRIPTDIR -f gcc -e SC2034,SC2153,SC2154 "${scripts[@]}" || true
