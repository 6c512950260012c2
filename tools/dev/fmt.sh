# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# HELP: fmt                 format the C files that git tracks or would

dev_fmt()
{
	use deps
	dev_deps
	cd "$TOP" || return
	git ls-files -c -o --exclude-standard -z '*.c' '*.h' ':!tests/lint' |
		xargs -0 -r clang-format-14 -i
}
