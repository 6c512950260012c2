#!/bin/bash
# SPDX-License-Identifier: MIT
# CHECK: every source file names its licence

# shellcheck source=tools/lint/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

mapfile -t sources < <(files '*.c' '*.h' '*.def' '*.map' '*.sh' '*.bash' '*.awk' '*.exp' '*.pl' 'tools/*.txt' \
	'*.am' '*.ac' '*.m4' '*.[1-8]' '*.conf' '*.in' '*.service' '*.socket' dev '.ci/run' \
	'tools/demo/*' | grep -v -e '/corpus_' -e '/golden/')
for source in "${sources[@]}"; do
	head -n 3 "$source" | grep -q 'SPDX-License-Identifier: MIT$\|SPDX-License-Identifier: MIT \*/$' ||
		echo "$source:1: has no line \"SPDX-License-Identifier: MIT\"; let it begin with one"
done
