# SPDX-License-Identifier: GPL-2.0-or-later
# The tables of run.sh for several fences, side by side, as reStructuredText.
#
# usage: awk [-v by=TARGET -v fences="A, B"] -f table.awk TABLE...; without
#	 options of DRONEFENCE NFT NONE. The first begins with a line "# DATE KERNEL"

BEGIN {
	FS = "\t"
	if (!by) {
		by = "ways-out"
		fences = "dronefence, nft, no fence"
	}
}

/^#/ {
	split($0, words, " ")
	date = words[2]
	kernel = words[3]
	next
}

FNR == 1 || (FNR == 2 && NR == 2) { fence++ }

{
	key = $1 " " $7
	if (!(key in seen)) {
		seen[key] = 1
		keys[++count] = key
		number[key] = $1
		name[key] = $7 ($2 == "N" ? " (open by design)" : "")
	}
	text = $4
	if (text == "leaked")
		text = $2 == "A" ? "arrives" : "leaks, " $5
	if (text == "not tried")
		text = "not tried (" $8 ")"
	found[key, fence, $3] = text
}

# One word where both families agree.
function cell(key, fence,   four, six) {
	four = found[key, fence, "IPv4"]
	six = found[key, fence, "IPv6"]
	if (four == six || six == "")
		return four
	if (four == "")
		return six
	return "IPv4 " four "; IPv6 " six
}

END {
	printf "\nMeasured on %s with Linux %s (x86-64, Debian), by ``make %s``.\n\n",
		date, kernel, by
	print ".. csv-table::"
	print "   :header: No., Way, " fences
	columns = fence
	printf "   :widths: 5 41"
	for (fence = 1; fence <= columns; fence++)
		printf " 18"
	print "\n"
	for (i = 1; i <= count; i++) {
		key = keys[i]
		printf "   %s, \"%s\"", number[key], name[key]
		for (fence = 1; fence <= columns; fence++)
			printf ", \"%s\"", cell(key, fence)
		print ""
	}
	print ""
}
