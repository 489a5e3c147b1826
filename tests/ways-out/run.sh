#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Try every way out that ways.sh lists, first by a program that a fence holds,
# then by one that it knows nothing of, and count at the other side what arrives
# of each. Prints KTAP; --out gets the same as a table, one line for each way
# and family: number, class, family, verdict, bytes of the program behind the
# fence, bytes of the other, name, reason.
#
# A way is "held" only if nothing arrived of the program behind the fence, while
# all was well with the same attempt of the other. One that cannot be tried on
# this machine is skipped, with the reason.
#
# It makes network namespaces and changes the machine's routes, so it wants a
# throw-away machine, and root.
#
# A fence can have a list of its own in place of ways.sh, and of ways of class B+,
# which it shuts if it says that it is a companion of the module. If not, they
# must leak, or else trying them would show nothing.
#
# usage: run.sh [--out FILE] FENCE [NUMBER...]
#
#   FENCE    none, nft, dronefence, or another FILE like fence-none.sh, which
#            tells what a fence must bring along
# shellcheck disable=SC1090,SC1091,SC2034,SC2154
ways=$(dirname "$(realpath "$0")")
. "${WAYS_LIB:-/tests/lib.sh}"
. "$ways/setup.sh"

out=/dev/null
if [ "${1:-}" = --out ]; then
	out=$2
	shift 2
fi
fence=${1:?which fence? See the top of run.sh}
shift
wanted=" $* "
[ -e "$fence" ] || fence=$ways/fence-$fence.sh

number=0		# of the attempt, for its mark
lines=()		# what was tried

# environment KIND: what an attempt finds, see attempt.h.
environment() {
	WAY_MARK="<w$number$1>"
	WAY_PORT=$port WAY_SIZE=$size WAY_DEVICE=$device WAY_MAC=$world_mac
	WAY_SOCKET=$work/socket.$number$1
	if [ "$family" = 6 ]; then
		WAY_TO=$denied6 WAY_FROM=$own6
	else
		WAY_TO=$denied4 WAY_FROM=$own4
	fi
	export WAY_MARK WAY_PORT WAY_SIZE WAY_DEVICE WAY_MAC WAY_SOCKET WAY_TO \
		WAY_FROM
}

# bytes KIND: into $n.
bytes() {
	n=0
	[ ! -e "$heard/$number$1" ] || read -r n <"$heard/$number$1"
	n=${n:-0}
}

run_helper() {
	if [ "$(type -t "$1")" = function ]; then
		"$@"
	else
		outside limited "$patience" 0 "$@"
	fi
}

# run_one KIND RUN...: one attempt, where RUN starts programs. What helps it from
# outside runs outside.
run_one() {
	local kind=$1 pid='' uid=1000 status
	shift
	environment "$kind"
	if [ -n "$helper" ]; then
		# shellcheck disable=SC2086
		run_helper $helper >>"$work/log" 2>&1 &
		pid=$!
	fi
	[ "$user" != root ] || uid=0
	$around "$@" limited 15 $uid "${command[@]}" >"$work/reason" 2>>"$work/log"
	status=$?
	[ -z "$after" ] || $after >>"$work/log" 2>&1
	[ -z "$pid" ] || { wait "$pid"; } 2>/dev/null
	return $status
}

# What an attempt sent before arrives before this one's does.
control_arrives() {
	local i n
	for ((i = 0; i < 200; i++)); do
		bytes c
		[ "$n" = 0 ] || return 0
		read -r -t 0.02 <&"$never"
	done
	return 1
}

try() {
	local number=$number status
	run_one f "${inside:-fence_run}"
	status=$?
	# A companion is there to refuse; but it must have come to that.
	if [ -n "$companion" ]; then
		[ $status = 0 ] || [ $status = 4 ] || why="it did not start ($status)"
	elif [ $status = 4 ]; then
		read -r why <"$work/reason"
		why=${why:-it did not start}
		return
	fi
	run_one c outside
	control_arrives || why="the control did not arrive"
}

# way NUMBER CLASS FAMILIES USER NAME COMMAND...; what is in $helper runs
# outside meanwhile.
way() {
	local id=$1 class=$2 families=$3 user=$4 name=$5 family why
	shift 5
	local command=("$@")
	if [ "$wanted" = "  " ] || [[ $wanted == *" $id "* ]]; then
		for family in 4 6; do
			[[ $families == *$family* ]] || continue
			printf -v number '%04d' $((10#$number + 1))
			why=''
			try
			lines+=("$number|$id|$class|$family|$name|$why")
			note "tried $id $name, IPv$family" >&2
		done
	fi
	helper='' inside='' around='' after=''
}

# verdict LINE: one result, after everything that could come has come.
verdict() {
	local number id class family name why f c n verdict
	IFS='|' read -r number id class family name why <<<"$1"
	bytes f
	f=$n
	bytes c
	c=$n
	if [ "$f" -gt 0 ]; then
		verdict=leaked
	elif [ -n "$why" ] || [ "$c" = 0 ]; then
		verdict='not tried'
	else
		verdict=held
	fi
	printf '%s\t%s\tIPv%s\t%s\t%s\t%s\t%s\t%s\n' "$id" "$class" "$family" \
		"$verdict" "$f" "$c" "$name" "${why:--}" >>"$out"
	tell "$id $name, IPv$family"
}

# A way of class N is no promise, one of class A is none.
tell() {
	case $verdict,$class$companion,$why in
	leaked,A*) ok 1 "$1: arrives, as it should" ;;
	held,A*) ok 0 "$1: held, which it should not be" ;;
	leaked,B+,*) ok 1 "$1: leaked, as it does without a companion ($f bytes)" ;;
	held,B+,*) ok 0 "$1: held without a companion, so that this shows nothing" ;;
	*,"it did not start ("*) ok 0 "$1: $why" ;;
	leaked,N*) ok 1 "$1: leaked, documented ($f bytes)" ;;
	leaked,*) ok 0 "$1: leaked $f bytes" ;;
	held,*) ok 1 "$1: held (control $c bytes)" ;;
	*,"the control did not arrive") ok 0 "$1: $why" ;;
	*) ok 1 "$1 # SKIP $why" ;;
	esac
}

. "$fence"
build_world
fence_setup || exit 1
. "$ways/$list"
# What is sent again by a timer.
sleep 3
: >"$out"
plan ${#lines[@]}
for line in "${lines[@]}"; do verdict "$line"; done
sed 's/^/# /' "$work/log" >&2
fence_teardown
leave_world
