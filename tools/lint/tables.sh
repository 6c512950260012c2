#!/bin/bash
# SPDX-License-Identifier: MIT
# CHECK: docs/events.md and docs/operations.md are what their tables make

# shellcheck source=tools/lint/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# is_made_from PAGE TABLE: the first line that differs, if any does.
is_made_from()
{
	local page=$1 table=$2 made line

	made=$(awk -f "$LINT/../docs/$(basename "$page" .md).awk" "$table" 2>&1) || true
	line=$(cmp <(echo "$made") "$page" 2>&1 | sed 's/.*line \([0-9]*\).*/\1/') || true
	[[ -z $line ]] || echo "$page:$line: is not what $table makes; run ./dev docs"
}

is_made_from docs/events.md daemon/base/events.def
is_made_from docs/operations.md daemon/pool/operations.def
