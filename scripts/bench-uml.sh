#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Run a script of tests/bench in User Mode Linux. It finds the files of this
# machine, read only, as its root, and its own writable folder as /run/out;
# what it writes to standard output and error is in that folder as well. Places
# are named by variables, see tests/bench/lib.sh and uml-init.sh.
#
# usage: bench-uml.sh OUT SCRIPT [NAME=VALUE...]   variables for the script
set -euo pipefail
scripts=$(dirname "$(realpath "$0")")
. "$scripts/common.sh"

[ $# -ge 2 ] || die "usage: bench-uml.sh OUT SCRIPT [NAME=VALUE...]"
out=$(realpath "$1") script=$2
shift 2
apt_install busybox-static iproute2 kmod
kernel=$("$scripts/kernel.sh" bench)
bench=$(dirname "$scripts")/tests/bench

mkdir -p "$out"
rm -f "$out/status"
{
	for variable in "DFB_SCRIPT=$script" "DFB_KERNEL=$kernel" "$@"; do
		printf 'export %q\n' "$variable"
	done
} >"$out/environment"
# The memory of the machine is a file: fastest where files are in memory.
start() {
	: >"$out/stderr"
	timeout -k 5 "${DRONEFENCE_BENCH_TIMEOUT:-1800}" "$kernel/linux" mem=3G \
		rootfstype=hostfs rootflags=/ ro quiet con=null con0=null,fd:2 \
		"init=$bench/uml-init.sh" "DFB_HOST=$out" \
		>"$out/console" 2>&1 </dev/null &
	uml=$!
}

# On a machine under load it has been seen to stand still before the script had
# said its first word.
lives() {
	local i
	for ((i = 0; i < 120; i++)); do
		[ ! -s "$out/stderr" ] && kill -0 "$uml" 2>/dev/null || return 0
		sleep 1
	done
	kill "$uml"
	wait "$uml" || true
	return 1
}

for attempt in 1 2 3; do
	start
	! lives || break
	say "the benchmark's kernel stands still, attempt $attempt"
done
# Progress of the script, while it runs.
tail -q -n +1 -s 0.3 -f --pid="$uml" "$out/stderr" >&2 || true
wait "$uml" || true
if [ ! -s "$out/status" ]; then
	tail -n 20 "$out/console" >&2
	die "the benchmark's kernel died in $script, see $out"
fi
if grep -E 'WARNING:|BUG:|Oops|Call Trace' "$out/dmesg" >&2; then
	die "the benchmark's kernel complained in $script, see $out/dmesg"
fi
exit "$(cat "$out/status")"
