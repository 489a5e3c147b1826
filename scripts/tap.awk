# SPDX-License-Identifier: GPL-2.0-only
# Judge what one test program printed (TAP or KTAP) and write it again as a
# subtest of a larger stream. What speaks against the program beyond its own
# results (no plan, too few results, a number twice, a crash) becomes a failed
# result of its own, so that it is seen and counted.
#
#   -v number=N -v name=TEXT   of the line that sums it up
#   -v counts=FILE             gets "PASSED FAILED SKIPPED", where a result that
#                              has subtests counts as these
#   -v quiet=1                 the text itself has been shown already, without
#                              its plan
#   -v rewritten=1             the text is this script's output: plans of
#                              subtests have been judged
#
# The caller adds two kinds of lines to the text: "#exit STATUS" (always, a
# program without it is taken for crashed) and "#problem TEXT".

function depth(line) {
	match(line, /^ */)
	return RLENGTH
}

function show(line) {
	if (!quiet)
		print "    " line
}

function problem(text) {
	problems[++n_problems] = text
	failed++
}

# The plan and the number of results at a depth that has come to its end.
function close_level(d, what) {
	if (!(d in plan) && !(d in seen))
		return
	if (!(d == 0 || rewritten)) {
		if (!(d in plan))
			problem(what " without a plan")
		else if (plan[d] != seen[d] + 0)
			problem(what " with " seen[d] + 0 " of " plan[d] " planned results")
	} else if (d == 0) {
		# A program that died owes its results, that is no second problem.
		if (!(d in plan))
			problem("no plan")
		else if (plan[d] != seen[d] + 0 && !n_problems)
			problem(seen[d] + 0 " of " plan[d] " planned results")
	}
	delete plan[d]
	delete seen[d]
}

function result(line, d,   good, skip, n, i) {
	good = line !~ /^ *not ok/
	skip = good && toupper(line) ~ /# *(SKIP|XFAIL)/
	for (i in seen)
		if (i + 0 > d)
			close_level(i + 0, "subtests of \"" line "\"")
	match(line, /ok [0-9]+/)
	n = substr(line, RSTART + 3, RLENGTH - 3) + 0
	if (n != ++seen[d])
		problem("result " n " where " seen[d] " was due")
	if (last_depth > d) {
		# Its subtests have been counted; it may fail for itself.
		if (!good && failed == mark[d] + 0)
			failed++
	} else if (skip) {
		skipped++
	} else if (good) {
		passed++
	} else {
		failed++
	}
	last_depth = d
	mark[d] = failed
}

{ sub(/\r$/, "") }

/^#exit / {
	status = $2
	next
}

/^#problem / {
	problem(substr($0, 10))
	next
}

/^ *1\.\.[0-9]+/ {
	d = depth($0)
	# Several groups one after the other, each with its plan.
	if (d in plan)
		close_level(d, "group")
	split($1, parts, /\.\./)
	plan[d] = parts[2]
	any_plan = 1
	if (parts[2] == 0) {
		if (toupper($0) !~ /# *SKIP/) {
			problem("a plan of no results, without a reason")
			show("# " $0)
		} else {
			skipped++
			sub(/1\.\.0[^#]*/, (d ? "" : "ok " ++shown " - all of it "))
			show(d ? "# " $0 : $0)
		}
	}
	# The plan of the whole program is written at the end.
	if (d > 0)
		show($0)
	next
}

/^ *(not )?ok [0-9]+/ {
	result($0, depth($0))
	if (depth($0) == 0)
		sub(/ok [0-9]+/, "ok " ++shown)
	show($0)
	next
}

/^Bail out!/ {
	problem($0)
	next
}

/^(K?TAP) version/ { next }

{ show($0) }

END {
	for (i in seen)
		if (i + 0 > 0)
			close_level(i + 0, "subtests")
	if (0 in plan || 0 in seen)
		close_level(0, "")
	else if (!any_plan)
		problem("no plan and no result")
	if (status == "")
		problem("it did not come to its end")
	else if (status != 0 && !failed && !(status == 4 && skipped))
		problem("exit status " status " although no result failed")
	for (i = 1; i <= n_problems; i++)
		print "    not ok " ++shown " - " problems[i]
	print "    1.." shown + 0
	printf "%sok %d - %s # %d passed, %d failed, %d skipped\n", \
		failed ? "not " : "", number, name, passed, failed, skipped
	if (counts)
		print passed + 0, failed + 0, skipped + 0 >counts
}
