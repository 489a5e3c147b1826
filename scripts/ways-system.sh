#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Try the ways out that take a whole system in a Debian with systemd: by a program
# that is in the cgroup of its application and no more, and by a confined one. The
# tables go, side by side, into Documentation/threat-model.rst.
#
# usage: ways-system.sh [SERIES]
#        ways-system.sh --table [SERIES]
#			only the table of what "make check-system" did last
set -euo pipefail
scripts=$(dirname "$(realpath "$0")")
. "$scripts/common.sh"
cd "$scripts/.."
measure=1
if [ "${1:-}" = --table ]; then
	measure=''
	shift
fi
series=${1:-6.12}
out=build/ways-system.out

# That a way is not shut is a result.
[ -z "$measure" ] || "$scripts/vm-test.sh" -d tests/system -s "$series" ways || [ $? = 1 ]
mkdir -p "$out"
tables=()
for how in group confined; do
	table=build/vm-test/$series/test_ways_$how/files/table
	[ -s "$table" ] || die "$how left no table"
	tables+=("$table")
done
{
	echo "# $(date -u -r "${tables[0]}" +%F)" \
		"$(cat "$("$scripts/kernel.sh" "$series")/release")"
	cat "${tables[0]}"
} >"$out/first"
awk -v by=ways-system -v fences="in its cgroup, confined" \
	-f tests/ways-out/table.awk "$out/first" "${tables[@]:1}" >"$out/table.rst"
awk -v table="$out/table.rst" '
	/^\.\. begin of what the system wrote/ {
		print
		while ((getline line <table) > 0)
			print line
		skip = 1
	}
	/^\.\. end of what the system wrote/ { skip = 0 }
	!skip' Documentation/threat-model.rst >"$out/threat-model.rst"
cp "$out/threat-model.rst" Documentation/threat-model.rst
say "written: Documentation/threat-model.rst"
