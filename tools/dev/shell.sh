# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# HELP: shell [COMMAND...]  the machine of the demo, kept open to try by hand

dev_shell()
{
	use demo
	in_scene shell "$@"
}
