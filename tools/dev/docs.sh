# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# HELP: docs                write docs/events.md and docs/operations.md from their tables

dev_docs()
{
	cd "$TOP" || return
	awk -f tools/docs/events.awk daemon/base/events.def >docs/events.md
	awk -f tools/docs/operations.awk daemon/pool/operations.def >docs/operations.md
}
