# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# HELP: demo                sign in by a real ssh and sudo, with password and code, in a private sandbox

# in_scene SCRIPT [ARGUMENT...]: on the machine that tests/system/scene.sh makes.
in_scene()
{
	must_be_root "$1"
	use build
	dev_build gcc
	stage gcc || die "$1: make install failed"
	bash "$TOP/tests/system/sandbox.sh" "$BUILD/gcc/stage" bash "/tests/$1.sh" "${@:2}"
}

dev_demo()
{
	in_scene demo </dev/null
}
