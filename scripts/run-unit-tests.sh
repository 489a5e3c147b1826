#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Run unit test programs (cmocka) one after the other and write one TAP stream.
#
# usage: run-unit-tests.sh PROGRAM...
set -euo pipefail
scripts=$(dirname "$(realpath "$0")")
. "$scripts/common.sh"

[ $# -gt 0 ] || die "usage: run-unit-tests.sh PROGRAM..."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ -z "${DRONEFENCE_GEO_ROOT:-}" ]; then
	DRONEFENCE_GEO_ROOT=$("$scripts/geo-data.sh")
fi
export DRONEFENCE_GEO_ROOT CMOCKA_MESSAGE_OUTPUT=TAP
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1

run() { # PROGRAM: its output, its errors as comments, how it ended
	local status=0
	timeout -k 5 600 "$1" 2>"$work/errors" </dev/null || status=$?
	head -n 100 "$work/errors" | sed 's/^/# /'
	[ "$status" != 124 ] || echo "#problem it took more than 600 s"
	[ "$status" -le 128 ] || echo "#problem signal $((status - 128))"
	echo "#exit $status"
}

echo "TAP version 13"
echo "1..$#"
number=0
for program in "$@"; do
	number=$((number + 1))
	echo "# Subtest: ${program##*/}"
	run "$program" >"$work/output"
	awk -v number=$number -v name="${program##*/}" -v counts="$work/$number.counts" \
		-f "$scripts/tap.awk" "$work/output"
done
sum_counts "$work"/*.counts
