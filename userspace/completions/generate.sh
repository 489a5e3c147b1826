#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Write the completion of a shell from the table that "dronefence --commands" prints.
#
# usage: generate.sh bash|zsh|fish <TABLE >FILE
set -euo pipefail
here=$(dirname "$(realpath "$0")")

# What a word or the value of an option is, by its name in the table: a list of words
# with | between, or @KIND.
kind_of() { # NAME
	case $1 in
	FILE | --policy | --textfile | --store | --html | --output | --sign | --control)
		echo @file ;;
	--geo-root | --cache-dir | --history-dir) echo @dir ;;
	APP | --application) echo @app ;;
	PID) echo @pid ;;
	NUMBER) echo @number ;;
	NAME=VALUE) echo "@limit" ;;
	COMMAND) echo @command ;;
	ARG) echo @file ;;
	--) echo -- ;;
	--as) echo @user ;;
	--out) echo @interface ;;
	--verdict) echo "${values[verdict]}" ;;
	--lift) echo "${values[lift]}" ;;
	--* | [A-Z]*) echo @none ;;
	*) echo "$1" ;;
	esac
}

# "declare APP on|off | verify APP": what each place takes, the first one first.
places_of() { # ARGS
	local -a places=() words
	local alternative word i kind
	while read -r alternative; do
		# Options have a table of their own; what stands in capitals behind one is its.
		alternative=$(sed -E 's/--[a-z]+( [A-Z]+)? ?//g' <<<"$alternative")
		read -ra words <<<"$(tr -d '[]' <<<"$alternative")"
		for i in "${!words[@]}"; do
			word=${words[i]}
			kind=$(kind_of "${word%...}")
			[[ "|${places[i]:-}|" == *"|$kind|"* ]] ||
				places[i]=${places[i]:+${places[i]}|}$kind
		done
	done < <(sed -e 's/ *\[--[^]]*\]//g' -e 's/ *\[OPTION...\]//g' -e 's/ | /\n/g' <<<"$1")
	echo "${places[*]}"
}

quoted() { printf "'%s'" "${1//\'/\'\\\'\'}"; }

declare -A values=() options=() takes=() args=() help=()
commands=()
while IFS=$'\t' read -r what name rest more; do
	case $what in
	value) values[$name]=${values[$name]:+${values[$name]}|}$rest ;;
	command)
		commands+=("$name")
		args[$name]=$rest
		help[$name]=$more
		;;
	# A tab is no blank: an empty field would be lost to read.
	option)
		options[$name]=${options[$name]:+${options[$name]}|}$rest
		[ "$more" = 0 ] || takes[$rest]=''
		;;
	esac
done < <(sed 's/\t\t/\t-\t/g')
[ ${#commands[@]} -gt 0 ] || { echo "generate.sh: the table is empty" >&2; exit 1; }
for name in "${!takes[@]}"; do takes[$name]=$(kind_of "$name"); done
for name in "${commands[@]}"; do
	[ "${args[$name]}" != - ] || args[$name]=''
	args[$name]=$(places_of "${args[$name]}")
done

# An associative array in the syntax that bash and zsh share.
print_array() { # DECLARATION NAME
	local -n array=$2
	local key
	printf '%s _dronefence_%s=(\n' "$1" "$2"
	for key in $(printf '%s\n' "${!array[@]}" | sort); do
		printf '\t[%s]=%s\n' "$key" "$(quoted "${array[$key]}")"
	done
	printf ')\n'
}

print_tables() { # DECLARATION
	print_array "$1" options
	print_array "$1" takes
	print_array "$1" args
	print_array "$1" help
	printf "_dronefence_limits='%s'\n" "${values[limit]}"
}

print_fish_kind() { # @KIND or words: what "complete" gets for it
	case $1 in
	@file) printf -- '-F' ;;
	@dir) printf -- "-f -a '(__fish_complete_directories)'" ;;
	@app) printf -- "-f -a '(__dronefence_applications)'" ;;
	@pid) printf -- "-f -a '(__fish_complete_pids)'" ;;
	@number) printf -- "-f -a '(__dronefence_numbers)'" ;;
	@limit) printf -- "-f -a '%s'" "${values[limit]//|/= }=" ;;
	@command) printf -- "-f -a '(__fish_complete_command)'" ;;
	@user) printf -- "-f -a '(__fish_complete_users)'" ;;
	@interface) printf -- "-f -a '(__fish_print_interfaces)'" ;;
	@none) printf -- '-f' ;;
	*) printf -- "-f -a '%s'" "${1//|/ }" ;;
	esac
}

print_fish_options() { # COMMAND CONDITION
	local option
	for option in $(tr '|' ' ' <<<"${options[$1]:-}"); do
		printf "complete -c dronefence -n %s -l %s" "$(quoted "$2")" "${option#--}"
		[ -z "${takes[$option]:-}" ] || printf ' -r %s' "$(print_fish_kind "${takes[$option]}")"
		printf '\n'
	done
}

print_fish() {
	local name place kind seen own=''
	for name in "${commands[@]}"; do
		[ -z "${options[$name]:-}" ] || own+=" $name"
	done
	print_fish_options any "not __fish_seen_subcommand_from$own"
	for name in "${commands[@]}"; do
		printf "complete -c dronefence -n __dronefence_first -f -a %s -d %s\n" \
			"$name" "$(quoted "${help[$name]}")"
		print_fish_options "$name" "__fish_seen_subcommand_from $name"
		seen=0
		for place in ${args[$name]}; do
			for kind in $(tr '|' '\n' <<<"$place" | grep '^@') "$(tr '|' '\n' <<<"$place" |
				grep -v '^@' | paste -sd '|')"; do
				[ -z "$kind" ] || printf "complete -c dronefence -n %s %s\n" \
					"'__dronefence_at $name $seen'" "$(print_fish_kind "$kind")"
			done
			seen=$((seen + 1))
		done
	done
}

case ${1:-} in
bash)
	cat "$here/head"
	print_tables 'declare -gA'
	cat "$here/dronefence.bash"
	;;
zsh)
	echo '#compdef dronefence'
	cat "$here/head"
	print_tables 'typeset -gA'
	cat "$here/dronefence.zsh"
	;;
fish)
	cat "$here/head" "$here/dronefence.fish"
	print_fish
	;;
*)
	echo "usage: generate.sh bash|zsh|fish <TABLE" >&2
	exit 2
	;;
esac
