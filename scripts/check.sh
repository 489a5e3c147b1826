#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Everything that must hold: lint, unit tests, kernel tests in virtual machines
# of every supported series, the instructions that a packet takes, and kernel
# tests on kernels that check themselves. Installs and fetches what that takes,
# goes on when a stage fails, writes one TAP stream, and ends with the counts
# alone on a line. With DRONEFENCE_LONG=1 the long variants of the tests, on more
# such kernels and on one that is newer than the supported series, and a stage for what
# takes a whole Debian.
#
# The stages are functions that are called by name:
# shellcheck disable=SC2317
set -uo pipefail
scripts=$(dirname "$(realpath "$0")")
. "$scripts/common.sh"
cd "$scripts/.." || exit 1

# Warnings are errors here.
export WERROR=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

stages=(lint unit kernel bench debug races)
# The fast one has one processor and does not preempt: races take another, and so
# do programs that start without memory.
debug=(-s uml)
races=(-s kasan race nomem)
if [ -n "${DRONEFENCE_LONG:-}" ]; then
	stages=(lint unit kernels bench debug races system)
	debug+=(-s kasan)
	races=(-s kcsan race swap flow)
fi
stage_lint() { "$scripts/lint.sh"; }
stage_unit() { "$scripts/build-userspace.sh" all test; }
stage_kernel() { "$scripts/vm-test.sh"; }
stage_kernels() { "$scripts/check-kernels.sh"; }
stage_debug() { "$scripts/vm-test.sh" "${debug[@]}"; }
stage_system() { "$scripts/vm-test.sh" -d tests/system; }
stage_races() { "$scripts/vm-test.sh" "${races[@]}"; }
stage_bench() {
	local verdict=ok
	echo "1..1"
	"$scripts/bench.sh" --check >"$work/instructions" || verdict='not ok'
	sed 's/^/# /' "$work/instructions"
	echo "$verdict 1 - instructions for each packet"
}

echo "TAP version 13"
echo "1..${#stages[@]}"
for i in "${!stages[@]}"; do
	stage $((i + 1)) ${#stages[@]} "${stages[i]}" "stage_${stages[i]}"
done
status=0
total=$(sum_counts "$work"/*.counts) || status=1
echo "${total#\# }"
exit $status
