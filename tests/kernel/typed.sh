# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Type the commands of the documentation in the words that stand there. Which there are
# scripts/doc-commands.py has told, in /tests/doc-commands.

# What stands for something else, and for what.
declare -A stands_for=()
# Who types what stands behind "$", in a section that also has commands behind "#";
# root if there is nobody.
typist=''
# What happens in front of each command.
meanwhile=true
# How long is waited for a command that goes on until somebody ends it.
until_ctrl_c=5

filled() { # COMMAND
	local text=$1 name
	for name in "${!stands_for[@]}"; do text=${text//"$name"/"${stands_for[$name]}"}; done
	echo "$text"
}

# As somebody who has logged in.
by_typist() { su -l "$typist" -c "$1"; }

# type_line PROMPT COMMAND STATUS: got is how it ended, took how long that took
type_line() {
	local begin=$SECONDS
	got=0
	case $3$1 in
	^C*) timeout -s INT "$until_ctrl_c" bash -c "$2" >/tmp/said 2>&1 || got=$? ;;
	*\$) if [ -n "$typist" ]; then by_typist "$2"; else eval "$2"; fi >/tmp/said 2>&1 || got=$? ;;
	*) eval "$2" >/tmp/said 2>&1 || got=$? ;;
	esac </dev/null
	took=$((SECONDS - begin))
	# It was still there when it was told to end.
	[ "$3 $got" != "^C 124" ] || got='^C'
}

# typed FILE SECTION [STATUS...]: each command of the section ends with the status in its
# place, or with 0 behind the last of them; ^C if it goes on until it is told to end.
typed() {
	local what="$1, $2" line prompt command want list
	list=$(mktemp)
	awk -F '\t' -v file="$1" -v section="$2" '$1 == file && $2 == section {
		print $3, $4, $5 }' /tests/doc-commands >"$list"
	shift 2
	ok "$([ -s "$list" ] && echo 1)" "$what"
	while read -r line prompt command <&3; do
		want=${1:-0}
		shift $(($# > 0))
		command=$(filled "$command")
		"$meanwhile"
		type_line "$prompt" "$command" "$want"
		is "$got" "$want" "line $line: $command"
		note "$took s"
		[ "$got" = "$want" ] || sed 's/^/# | /' /tmp/said
	done 3<"$list"
	is $# 0 "$what: no more statuses than commands"
	rm "$list"
}
