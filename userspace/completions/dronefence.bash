
# The policy in force is asked, which takes rights; without them there are no names.
_dronefence_words() { # @KIND or words: what can stand there, a line each
	local kind
	local IFS='|'
	for kind in $1; do
		case $kind in
		@app) dronefence show 2>/dev/null | sed -n 's/^application \([^:]*\):.*/\1/p' ;;
		@number) dronefence history 2>/dev/null | sed -n 's/^[ *] \([0-9][0-9]*\) .*/\1/p' ;;
		@limit) compgen -S = -W "$_dronefence_limits" ;;
		@pid) compgen -W "$(cd /proc && printf '%s ' [0-9]*)" | tr ' ' '\n' ;;
		@user) compgen -u ;;
		@interface) ls /sys/class/net ;;
		@command) compgen -c -- "$cur" ;;
		@file) compgen -f -- "$cur" ;;
		@dir) compgen -d -- "$cur" ;;
		@none) ;;
		*) printf '%s\n' "$kind" ;;
		esac
	done
}

_dronefence_reply() { # @KIND or words
	local line
	COMPREPLY=()
	while IFS= read -r line; do
		[[ $line != "$cur"* ]] || COMPREPLY+=("$line")
	done < <(_dronefence_words "$1")
	case $1 in
	*@file* | *@dir*) compopt -o filenames ;;
	*@limit*) compopt -o nospace ;;
	esac 2>/dev/null
}

_dronefence() {
	local cur=${COMP_WORDS[COMP_CWORD]} command='' place=0 word value='' i
	local -a places
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [ -n "$value" ]; then
			value=''
		elif [[ $word == --* && -n ${_dronefence_takes[$word]:-} ]]; then
			value=$word
		elif [[ $word == -?* && $word != -- ]]; then
			:
		elif [ -z "$command" ]; then
			command=$word
		else
			place=$((place + 1))
		fi
	done
	if [ -n "$value" ]; then
		_dronefence_reply "${_dronefence_takes[$value]}"
	elif [[ $cur == -* ]]; then
		_dronefence_reply "${_dronefence_options[${command:-any}]:-${_dronefence_options[any]}}"
	elif [ -z "$command" ]; then
		_dronefence_reply "$(IFS='|' && echo "${!_dronefence_help[*]}")"
	else
		read -ra places <<<"${_dronefence_args[$command]:-}"
		_dronefence_reply "${places[place]:-@none}"
	fi
}
complete -F _dronefence dronefence
