#!/bin/bash
# SPDX-License-Identifier: MIT
# CHECK: codespell finds nothing
# Words that it does not know and we do are in tools/lint/words.txt.

# shellcheck source=tools/lint/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

files '*' | grep -v '/corpus_' | xargs -r codespell -q 3 -I "$LINT/words.txt" |
	sed 's/: \([^:]*\)$/: \1 (or add the word to tools\/lint\/words.txt)/' || true
