#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# One source, several kernels: for each supported series and for the newest kernel of
# Debian's unstable the module is built anew, where a warning is an error, and each kernel
# test is run on it. TAP like the others, and at the end a table: what passed where.
#
# usage: check-kernels.sh [-s SERIES]... [NAME...]
#
#   -s        a series in place of all, see kernel.sh
#   NAME      only tests whose name contains this
set -uo pipefail
scripts=$(dirname "$(realpath "$0")")
. "$scripts/common.sh"
cd "$scripts/.." || exit 1

series=()
while getopts s: option; do
	case $option in
	s) series+=("$OPTARG") ;;
	*) die "usage: check-kernels.sh [-s SERIES]... [NAME...]" ;;
	esac
done
shift $((OPTIND - 1))
# shellcheck disable=SC2206
[ ${#series[@]} -gt 0 ] || series=($DF_SERIES "$DF_NEWEST")

# Warnings are errors here.
export WERROR=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# A compiler says nothing again of what it need not compile.
# shellcheck disable=SC2317
build() { # SERIES
	local result=ok
	echo "1..1"
	rm -rf "build/$1"
	"$scripts/build-module.sh" "$1" >"$work/log" 2>&1 || result='not ok'
	[ "$result" = ok ] || sed 's/^/# /' "$work/log"
	echo "$result 1 - builds with W=1, without a warning"
	[ "$result" = ok ]
}

release() { cat "$("$scripts/kernel.sh" "$1")/release"; }

# What vm-test.sh wrote of each program, and whether the module was built.
table() {
	local s
	for s in "${series[@]}"; do
		echo "kernel $s $(release "$s" 2>/dev/null)"
		sed -n 's/^\(not \)\?ok 1 - .*/builds with W=1|'"$s"'|\1/p' "$work/$s-build"
		sed -n "s/^\(not \)\?ok [0-9]* - $s\/\([^ ]*\) .*# \(.*\)/\2|$s|\1|\3/p" \
			"$work/$s-tests"
	done | awk -F '|' '
	function cell(bad, counts,   n, part) {
		if (counts == "")
			return bad ? "NO" : "yes"
		n = split(counts, part, /[, ]+/)
		return (bad ? "NOT OK: " part[3] " of " part[1] + part[3] + part[5] : part[1]) \
			(part[5] ? ", " part[5] " skipped" : "")
	}
	/^kernel / {
		split($0, part, " ")
		column[++columns] = part[2]
		release[part[2]] = part[3]
		next
	}
	{
		if (!($1 in known)) {
			known[$1] = 1
			row[++rows] = $1
		}
		result[$1, $2] = cell($3, $4)
	}
	function line(name, list, i,   c, text) {
		text = sprintf("# %-20s", name)
		for (c = 1; c <= columns; c++)
			text = text sprintf("  %-22s", list[i, column[c]] == "" ? "-" : list[i, column[c]])
		sub(/ +$/, "", text)
		print text
	}
	END {
		for (c = 1; c <= columns; c++) {
			result["series", column[c]] = column[c]
			result["kernel", column[c]] = release[column[c]]
		}
		line("", result, "series")
		line("kernel", result, "kernel")
		for (r = 1; r <= rows; r++)
			line(row[r], result, row[r])
	}'
}

echo "TAP version 13"
echo "1..$((2 * ${#series[@]}))"
number=0
for s in "${series[@]}"; do
	stage $((number + 1)) $((2 * ${#series[@]})) "$s-build" build "$s"
	stage $((number + 2)) $((2 * ${#series[@]})) "$s-tests" \
		"$scripts/vm-test.sh" -s "$s" "$@"
	number=$((number + 2))
done
status=0
total=$(sum_counts "$work"/*.counts) || status=1
echo "# passed results of each program:"
table
echo "$total"
exit $status
