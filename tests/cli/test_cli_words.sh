#!/bin/bash
# SPDX-License-Identifier: MIT
# Help, completion and manual pages against the tables they describe.
set -u
PATH="$TOP_BUILDDIR/cli:$PATH"
failures=0

fail()
{
	echo "FAIL: $*" >&2
	failures=$((failures + 1))
}

words=$(userpool --list-commands) || fail "userpool --list-commands"

# complete WORD...: what is offered for the last word.
complete_words()
{
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	_userpool
	echo "${COMPREPLY[*]-}"
}

# shellcheck source=cli/completion/userpool.bash
. "$TOP_SRCDIR/cli/completion/userpool.bash" || fail "the completion cannot be sourced"

completes_every_noun_verb_and_option()
{
	local noun verb options option offered

	while read -r noun verb options; do
		offered=" $(complete_words userpool '') "
		[[ $offered == *" $noun "* ]] || fail "completion lacks $noun"
		if [[ $verb != - ]]; then
			offered=" $(complete_words userpool "$noun" '') "
			[[ $offered == *" $verb "* ]] || fail "completion lacks $noun $verb"
			offered=" $(complete_words userpool "$noun" "$verb" --) "
		else
			offered=" $(complete_words userpool "$noun" --) "
		fi
		for option in $options; do
			[[ $offered == *" ${option%=} "* ]] || fail "completion lacks $noun $verb $option"
		done
	done <<<"$words"
	[[ $(complete_words userpool --runtime-dir /tmp us) == user ]] || fail "an option before the noun"
	[[ $(complete_words userpool mfa require OP) == OPTIONAL ]] || fail "the words of mfa require"
	[[ -z $(complete_words userpool group create --role '') ]] || fail "a value was made up"
}

helps_with_every_command()
{
	local noun verb options option help
	local -a command

	while read -r noun verb options; do
		command=("$noun")
		[[ $verb == - ]] || command+=("$verb")
		help=$(userpool "${command[@]}" --help) || fail "$noun $verb --help"
		for option in $options; do
			[[ $help == *"--"* && $help == *"${option%=}"* ]] || fail "help of $noun $verb lacks $option"
		done
		userpool --help | grep -q -e "^  $noun ${verb/#-/}" || fail "--help lacks $noun $verb"
	done <<<"$words"
}

manual="$TOP_SRCDIR/docs/man"

documents_every_command_and_option()
{
	local noun verb options option
	local page="$manual/userpool.1"

	while read -r noun verb options; do
		grep -q -E "^\.It Cm $noun( |$)" "$page" || fail "userpool.1 lacks $noun"
		if [[ $verb != - ]]; then
			grep -q -E "^\.It Cm $noun $verb( |$)" "$page" || fail "userpool.1 lacks $noun $verb"
		fi
		for option in $options; do
			option=${option%=}
			grep -q -F -e "Fl -${option#--}" "$page" || fail "userpool.1 lacks $option"
		done
	done <<<"$words"
}

# Keys by section: TEXT(section, key, ...) and POLICY_CHOICE(key, ...).
documents_every_key_of_the_configuration()
{
	local keys="$TOP_SRCDIR/daemon/base/config_keys.def" page="$manual/userpool.conf.5"
	local key count=0

	while read -r key; do
		grep -q -E "^\.It Ic $key( |$)" "$page" || fail "userpool.conf.5 lacks $key"
		count=$((count + 1))
	done < <(sed -n -e 's/^\(TEXT\|NUMBER\|CHOICE\|LIST\)([a-z_]*, \([a-z_]*\),.*/\2/p' \
		-e 's/^POLICY_[A-Z]*(\([a-z_]*\),.*/\1/p' "$keys")
	((count > 15)) || fail "only $count keys found in config_keys.def"
	while read -r key; do
		grep -q -E "^[A-Z_]+\(([a-z_]+, )?$key," "$keys" || fail "userpool.conf.5 has $key, which is none"
	done < <(sed -n 's/^\.It Ic \([a-z_]*\).*/\1/p' "$page")
}

writes_manual_pages_that_mandoc_takes()
{
	local page

	command -v mandoc >/dev/null || return 0
	for page in "$manual"/*.[1-8]; do
		mandoc -Tlint -Wwarning "$page" || fail "mandoc complains about $page"
	done
}

completes_every_noun_verb_and_option
helps_with_every_command
documents_every_command_and_option
documents_every_key_of_the_configuration
writes_manual_pages_that_mandoc_takes
((failures == 0))
