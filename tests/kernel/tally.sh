# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Holding records against the kernel's count of events.

# tally LAST <LINES: of the events 1 to LAST, how many are "recorded", "repeated",
# "lost" as a loss says, and "missing" from both; how many lines are "torn". Where
# a loss covers what was recorded, it counts as recorded.
tally() {
	awk -v last="$1" '
	function number(key,    at) {
		at = index($0, "\"" key "\":")
		return at ? substr($0, at + length(key) + 3) + 0 : 0
	}
	!/^[{].*[}]$/ { torn++; next }
	/"type":"loss"/ {
		if (number("count"))
			for (i = number("first"); i <= number("last"); i++)
				gone[i] = 1
		next
	}
	/"seq":/ {
		seq = number("seq")
		if (seq > last)
			next
		if (seq in seen)
			repeated++
		else if (seq < highest)
			disordered++
		seen[seq] = 1
		if (seq > highest)
			highest = seq
	}
	END {
		for (i = 1; i <= last; i++) {
			if (i in seen)
				recorded++
			else if (i in gone)
				lost++
			else
				missing++
		}
		printf "recorded=%d repeated=%d lost=%d missing=%d torn=%d disordered=%d\n",
			recorded, repeated, lost, missing, torn, disordered
	}'
}

# part NAME of what tally printed
part() {
	sed -n "s/.*\<$1=\([0-9]*\).*/\1/p"
}
