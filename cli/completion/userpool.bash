# SPDX-License-Identifier: MIT
# bash completion for userpool(1).  The words come from the command's own table, so they
# cannot fall behind it.

_userpool()
{
	local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
	local i noun='' verb='' words=''
	local -a given=() row

	COMPREPLY=()
	case $previous in
	--runtime-dir | --state-dir | --root)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
		;;
	--input)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--mfa)
		mapfile -t COMPREPLY < <(compgen -W 'OFF OPTIONAL ON' -- "$cur")
		return
		;;
	--*)
		# Any other option that takes a value: nothing to offer.
		if userpool --list-commands 2>/dev/null | grep -qF -e " $previous=" ; then
			return
		fi
		;;
	esac
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--runtime-dir) ((i++)) ;;
		-*) ;;
		*) given+=("${COMP_WORDS[i]}") ;;
		esac
	done
	noun=${given[0]-} verb=${given[1]-}
	while read -r -a row; do
		if [[ -z $noun ]]; then
			words+=" ${row[0]} "
		elif [[ ${row[0]} == "$noun" && ${row[1]} == - ]]; then
			words=" ${row[*]:2}"
		elif [[ ${row[0]} == "$noun" && -z $verb ]]; then
			words+=" ${row[1]}"
		elif [[ ${row[0]} == "$noun" && ${row[1]} == "$verb" ]]; then
			words=" ${row[*]:2}"
		fi
	done < <(userpool --list-commands 2>/dev/null)
	if [[ $noun == mfa && $verb == require || $noun == pool && $verb == set-mfa ]]; then
		words+=' OFF OPTIONAL ON'
	fi
	mapfile -t COMPREPLY < <(compgen -W "${words//=/}" -- "$cur" | sort -u)
}

complete -F _userpool userpool
