
# The policy in force is asked, which takes rights; without them there are no names.
_dronefence_kind() { # @KIND or a word
	case $1 in
	@app) compadd -- ${(f)"$(dronefence show 2>/dev/null | sed -n 's/^application \([^:]*\):.*/\1/p')"} ;;
	@number) compadd -- ${(f)"$(dronefence history 2>/dev/null | sed -n 's/^[ *] \([0-9][0-9]*\) .*/\1/p')"} ;;
	@limit) compadd -S '=' -- ${(s:|:)_dronefence_limits} ;;
	@pid) _pids ;;
	@user) _users ;;
	@interface) _net_interfaces ;;
	@command) _command_names -e ;;
	@file) _files ;;
	@dir) _files -/ ;;
	@none) ;;
	*) compadd -- $1 ;;
	esac
}

_dronefence_kinds() { # kinds with | between
	local kind
	for kind in ${(s:|:)1}; do _dronefence_kind $kind; done
}

_dronefence() {
	local command='' value='' word i place=1
	local -a places names
	for ((i = 2; i < CURRENT; i++)); do
		word=$words[i]
		if [[ -n $value ]]; then
			value=''
		elif [[ $word == --* && -n ${_dronefence_takes[$word]} ]]; then
			value=$word
		elif [[ $word == -?* && $word != -- ]]; then
			:
		elif [[ -z $command ]]; then
			command=$word
		else
			((place++))
		fi
	done
	if [[ -n $value ]]; then
		_dronefence_kinds ${_dronefence_takes[$value]}
	elif [[ $words[CURRENT] == -* ]]; then
		_dronefence_kinds ${_dronefence_options[${command:-any}]:-$_dronefence_options[any]}
	elif [[ -z $command ]]; then
		for word in ${(k)_dronefence_help}; do names+=("$word:$_dronefence_help[$word]"); done
		_describe command names
	else
		places=(${=_dronefence_args[$command]})
		[[ -z $places[place] ]] || _dronefence_kinds $places[place]
	fi
}
_dronefence "$@"
