#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Run the kernel tests: build for each series, run every tests/kernel/test_* in
# a virtual machine of its own, and write one TAP stream. What each left behind
# (output, the kernel's log, the console) stays in build/vm-test/.
#
# usage: vm-test.sh [-v] [-d FOLDER] [-s SERIES]... [NAME...]
#
#   -d        where the tests are, in place of tests/kernel
#   -v        show also what the tests write to standard error
#   -s        a kernel series, or one of our own kernels (see build-kernel.sh);
#             all supported series otherwise
#   NAME      only tests whose name contains this
#
# A test is a program of tests/kernel/Makefile or a script. It says what it
# needs in a line of its source that holds "vm:" and options of vm.sh, for
# example
#       * vm: --module sctp --timeout 600
# with paths relative to the top of the tree, and packages of which it takes
# programs in a line that holds "apt:". What has to be made of the sources for it is
# done by commands in lines that hold "host:". One with a line that holds "once:" is of
# user space, and runs on the newest of several series only, and on a kernel of our own
# only by its name; but for the long variants. One with a line that holds "only:" runs on
# the series that is named there. It finds dronefence and its module in
# place, the folder tests/kernel as /tests, and DRONEFENCE_LONG=1 in its environment when
# the long variants are wanted.
set -euo pipefail
scripts=$(dirname "$(realpath "$0")")
. "$scripts/common.sh"
cd "$scripts/.."

verbose='' series=() folder=tests/kernel
while getopts d:s:v option; do
	case $option in
	d) folder=$OPTARG ;;
	v) verbose=1 ;;
	s) series+=("$OPTARG") ;;
	*) die "usage: vm-test.sh [-v] [-d FOLDER] [-s SERIES]... [NAME...]" ;;
	esac
done
shift $((OPTIND - 1))
# shellcheck disable=SC2206
[ ${#series[@]} -gt 0 ] || series=($DF_SERIES)
named=$*
[ $# -gt 0 ] || set -- ''

results=build/vm-test
# Machines at a time.
jobs=${DRONEFENCE_VMS:-2}

find_tests() { # NAME... : sources
	local f name
	for f in "$folder"/test_*.c "$folder"/test_*.sh; do
		[ -e "$f" ] || continue
		for name in "$@"; do
			[[ ${f##*/} == *"$name"* ]] && echo "$f" && break
		done
	done
}

build() { # series...
	local s packages command
	packages=$(sed -n 's/.*\<apt: \(.*[^ */]\).*/\1/p' "${tests[@]}")
	# shellcheck disable=SC2086
	[ -z "$packages" ] || apt_install $packages
	say "building user space and the tests"
	"$scripts/build-userspace.sh" >&2
	make -s -j"$(nproc)" -C tests/kernel >&2
	for s in "$@"; do
		say "building the module for $s"
		"$scripts/build-module.sh" "$s" >/dev/null
	done
	while read -r -a command; do
		"${command[@]}" >/dev/null
	done < <(sed -n 's/^[ #*]*\<host: //p' "${tests[@]}" | sort -u)
}

# run SERIES SOURCE DIR: one test in one machine; its text for tap.awk in
# DIR/tap.
run() {
	local source=$2 dir=$3 name vm options=() status=0 begin=$SECONDS
	name=$(basename "${source%.*}")
	read -r -a options < <(sed -n 's/.*\<vm: \(--.*[^ */]\).*/\1/p' "$source" | tr '\n' ' ') || true
	# Freed and neighbouring memory that is written to is found, at no cost
	# that could be measured.
	options+=(--cmdline slub_debug=FZP)
	options+=(--file tests/kernel:/tests --env "DRONEFENCE_LONG=${DRONEFENCE_LONG:-}")
	case $source in
	*.c)
		options+=(--bin "build/tests/$name")
		set -- "$1" -- "$name"
		;;
	*)
		options+=(--file "$source:/tests/${source##*/}")
		set -- "$1" -- "/tests/${source##*/}"
		;;
	esac
	trap 'kill "$vm"' TERM
	"$scripts/vm.sh" --out "$dir" "${options[@]}" "$@" >"$dir/tap" 2>"$dir/log" &
	vm=$!
	wait "$vm" || status=$?
	if [ "$status" = 125 ]; then
		echo "#problem $(sed -n 's/^dronefence: //p' "$dir/log" | sed -n 1p)"
		status=1
	fi >>"$dir/tap"
	echo "#exit $status" >>"$dir/tap"
	echo $((SECONDS - begin)) >"$dir/seconds"
}

report() { # INDEX
	local dir=${dirs[$1]} label
	label="${dir#"$results"/}"
	done_count=$((done_count + 1))
	echo "# Subtest: $label"
	awk -v number="$done_count" -v name="$label ($(cat "$dir/seconds") s)" \
		-v counts="$dir/counts" -f "$scripts/tap.awk" "$dir/tap"
	if [ -n "$verbose" ] || ! grep -q ' 0 [0-9]*$' "$dir/counts"; then
		sed -e 's/^/# /' "$dir/log"
		echo "# more in $dir"
	fi
}

reap() {
	local pid i
	wait -n -p pid || true
	i=${running[$pid]}
	unset "running[$pid]"
	report "$i"
}

trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mapfile -t tests < <(find_tests "$@")
[ ${#tests[@]} -gt 0 ] || die "no test of that name in $folder"
build "${series[@]}"

# Those of user space say nothing new of another kernel.
takes_part() { # SERIES TEST
	local only
	only=$(sed -n 's/^# only: //p' "$2")
	[ "${only:-$1}" = "$1" ] || return 1
	[ -z "${DRONEFENCE_LONG:-}" ] && grep -q '^# once:' "$2" || return 0
	[ "$1" = "${series[-1]}" ] && { [ -n "$named" ] || [ ! -e "$scripts/kernel-config/$1" ]; }
}

# SERIES TEST lines.
list() {
	local s t
	for s in "${series[@]}"; do
		for t in "${tests[@]}"; do
			! takes_part "$s" "$t" || echo "$s $t"
		done
	done
}

mapfile -t runs < <(list)
echo "TAP version 13"
echo "1..${#runs[@]}"
declare -A running=()
dirs=() done_count=0
for pair in "${runs[@]}"; do
	read -r s t <<<"$pair"
	while [ ${#running[@]} -ge "$jobs" ]; do reap; done
	dir=$results/$s/$(basename "${t%.*}")
	rm -rf "$dir"
	mkdir -p "$dir"
	dirs+=("$dir")
	say "running ${dir#"$results"/}"
	run "$s" "$t" "$dir" &
	running[$!]=$((${#dirs[@]} - 1))
done
while [ ${#running[@]} -gt 0 ]; do reap; done
sum_counts "${dirs[@]/%//counts}"
