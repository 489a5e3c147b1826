# SPDX-License-Identifier: GPL-2.0-or-later
# The tables of run.sh for several fences, side by side, as reStructuredText.
#
# usage: awk -f table.awk DRONEFENCE NFT NONE; the first begins with a line
#	 "# DATE KERNEL"

BEGIN { FS = "\t" }

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
		text = "leaks, " $5
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
	printf "\nMeasured on %s with Linux %s (x86-64, Debian), by ``make ways-out``.\n\n",
		date, kernel
	print ".. csv-table::"
	print "   :header: No., Way, dronefence, nft, no fence"
	print "   :widths: 5 41 18 18 18\n"
	for (i = 1; i <= count; i++) {
		key = keys[i]
		printf "   %s, \"%s\"", number[key], name[key]
		for (fence = 1; fence <= 3; fence++)
			printf ", \"%s\"", cell(key, fence)
		print ""
	}
	print ""
}
