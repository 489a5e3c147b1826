#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The manual pages name what the programs take, and nothing else: every command and
# option of the command line, every option of the daemon, every key of a policy, every
# kind of record. Prints what is missing on either side.
#
# usage: check-man.sh    after user space was built
#
# What stands between two backquotes is a literal of reStructuredText:
# shellcheck disable=SC2016
set -euo pipefail
cd "$(dirname "$0")/.."
man=Documentation/man
table=$(userspace/build/dronefence --commands)

# Options of a page that stand below a heading; "Options" for those of all commands.
page_options() { # FILE HEADING
	awk -v heading="$2" '
		/^=+$/ { inside = before == heading }
		inside && /^-/ { sub(/^-[a-z], /, ""); print $1 }
		{ before = $0 }' "$1" | sort
}

# Terms of definition lists, as ``term``, below headings; all of them without headings.
page_terms() { # FILE [HEADING...]
	local file=$1
	shift
	awk -v headings="|$(IFS='|' && echo "$*")|" '
		/^=+$/ { inside = headings == "||" || index(headings, "|" before "|") }
		inside && /^``/ { print }
		{ before = $0 }' "$file"
}

words() { grep -o '``[^`]*``' | tr -d '`' | sort -u; }

compare() { # WHAT PROGRAM PAGE: two lists
	local missing
	missing=$(comm -23 <(echo "$2") <(echo "$3") | tr '\n' ' ')
	[ -z "$missing" ] || echo "$1: not in the page: $missing"
	missing=$(comm -13 <(echo "$2") <(echo "$3") | tr '\n' ' ')
	[ -z "$missing" ] || echo "$1: only in the page: $missing"
	[ -n "$2" ] || echo "$1: nothing was found"
}

compare "commands of dronefence" \
	"$(awk -F '\t' '$1 == "command" { print $2 }' <<<"$table" | sort)" \
	"$(page_terms $man/dronefence.8.rst Commands | sed 's/^``\([^`]*\)``.*/\1/' | sort)"
for command in any $(awk -F '\t' '$1 == "option" && $2 != "any" { print $2 }' <<<"$table" | uniq); do
	heading="Options of $command"
	[ "$command" != any ] || heading=Options
	compare "$heading of dronefence" \
		"$(awk -F '\t' -v c="$command" '$1 == "option" && $2 == c { print $3 }' <<<"$table" | sort)" \
		"$(page_options $man/dronefence.8.rst "$heading")"
done
compare "options of dronefenced" \
	"$(sed -n 's/^\t{ "\([a-z-]*\)", [a-z]*_argument, .*/--\1/p' userspace/daemon/options.c | sort)" \
	"$(page_options $man/dronefenced.8.rst Options)"
# A key of the loader and the function that reads it. What the page has beside keys
# are values, which stand in the text and not in front of it.
keys=$(sed -nE 's/^\t\{ "([a-z-]+)", (true|false), [a-zA-Z_]+ \},$/\1/p' userspace/lib/policy*.c | sort -u)
compare "keys of a policy" "$keys" \
	"$({ page_terms $man/dronefence-policy.5.rst Policy "Geo data" Sets Profiles Applications | words
		# Keys that are told of in a sentence.
		grep -oE '``(deny|allow|drop|source|optional|lift|copies)[:`]' $man/dronefence-policy.5.rst |
			tr -d '`:'; } | sort -u)"
compare "kinds of records" \
	"$(sed -n 's/^\t\[DF_KIND_[A-Z_]*\] = "\([a-z-]*\)",$/\1/p' userspace/daemon/record.c | sort -u)" \
	"$(page_terms $man/dronefence-events.7.rst Kinds | words)"
