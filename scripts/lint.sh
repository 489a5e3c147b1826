#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Every check of style and every static check, as TAP, one result each. A
# single remark is a failure: nothing else keeps the number at zero.
#
# usage: lint.sh [NAME...]    only the checks whose name contains this
#
# The checks are functions that are called by name:
# shellcheck disable=SC2317
set -uo pipefail
scripts=$(dirname "$(realpath "$0")")
. "$scripts/common.sh"
cd "$scripts/.." || exit 1

say "installing and fetching what the checks need"
(
	set -e
	apt_install codespell fish make perl python3 python3-docutils \
		python3-jsonschema python3-yaml shellcheck sparse yamllint zsh
	"$scripts/kernel-tools.sh" >/dev/null
	"$scripts/world-map.sh" --check 2>/dev/null || true
	# What a check fetches or installs itself would count as its remark.
	for series in $DF_SERIES; do
		kernel=$("$scripts/kernel.sh" "$series")
		# shellcheck disable=SC2046
		apt_install $(cat "$kernel/build-depends")
	done
) || die "the tools are not there"
tools=$("$scripts/kernel-tools.sh")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/include"

# Generated files are what the generator makes of them.
generated='kmod/netlink_gen\.[ch]|kmod/include/uapi/linux/dronefence\.h'
generated+='|userspace/cli/world_map\.c'

# files GLOB...: sources of ours by name.
files() {
	local glob args=()
	for glob in "$@"; do args+=(-o -name "$glob"); done
	find . \( -name .git -o -name 'build*' -type d \) -prune -o -type f \
		\( "${args[@]:1}" \) -print | sed 's|^\./||' | sort
}

c_files() { # FOLDER...
	files '*.c' '*.h' | grep -E "^($(IFS='|'; echo "$*"))/" | grep -vxE "$generated"
}

check_shellcheck() {
	files '*.sh' | xargs shellcheck -x -P SCRIPTDIR &&
		shellcheck -x .ci/run debian/*.postinst debian/*.prerm debian/*.postrm \
			debian/tests/policies
}

# It leaves a cache in the folder where it runs, and reads names in CamelCase
# from the kernel's own headers: there are none.
run_checkpatch() { # ignored types
	sed "s|^|$PWD/|" | (
		cd "$work" &&
			xargs "$tools/scripts/checkpatch.pl" --no-tree --root="$work" \
				--strict --terse --show-types --quiet --no-summary \
				${1:+--ignore "$1"} -f
	) | sed "s|^$PWD/||"
}

check_checkpatch_kernel() {
	c_files kmod scripts | run_checkpatch ''
}

# Advice that only holds inside the kernel, because what it recommends does not
# exist outside: u32, ARRAY_SIZE, strscpy, kstrto, __printf, time_after.
# CamelCase is the spelling of other libraries, and names of tests need not
# differ from the words of a message.
# Messages stay in one piece, however long, so that they can be searched for.
# A 128-bit number needs one typedef. Spelling is left to codespell, which knows
# our exceptions.
userspace_ignores=PREFER_KERNEL_TYPES,ARRAY_SIZE,STRCPY,STRNCPY,NAKED_SSCANF
userspace_ignores+=,PREFER_DEFINED_ATTRIBUTE_MACRO,JIFFIES_COMPARISON
userspace_ignores+=,CAMELCASE,EMBEDDED_FUNCTION_NAME,TYPO_SPELLING
userspace_ignores+=,LONG_LINE_STRING,NEW_TYPEDEFS,MACRO_ARG_REUSE

check_checkpatch_userspace() {
	c_files userspace | run_checkpatch "$userspace_ignores"
}

# Tests share memory with children and signal handlers (volatile), build tables
# by macros that are no expressions, with a case on each line however long, and
# hold policies that start on a line of their own. The types of the kernel's
# test harness look like multiplications, and its EXPECT_ is a loop that needs
# braces.
test_ignores=VOLATILE,COMPLEX_MACRO,OPEN_ENDED_LINE,LONG_LINE,BRACES
test_ignores+=,STRING_FRAGMENTS,SPLIT_STRING,STATIC_CONST_CHAR_ARRAY

check_checkpatch_tests() {
	local file line rest
	# 123: there were remarks. What is left of them here decides.
	{ c_files tests | run_checkpatch "$userspace_ignores,$test_ignores" ||
		[ $? = 123 ]; } |
		while IFS=: read -r file line rest; do
			[[ $rest == *SPACING* ]] && sed -n "${line}p" "$file" |
				grep -q 'FIXTURE_' && continue
			echo "$file:$line:$rest"
		done
}

# The compiler at W=1, sparse with endianness, modpost.
check_sparse() { # SERIES
	rm -rf "build/lint-$1"
	BUILD=build/lint-$1 WERROR=1 "$scripts/build-module.sh" "$1" C=2 \
		CF=-D__CHECK_ENDIAN__ 2>&1 >/dev/null | grep -vE '^  [A-Z]+ '
	[ "${PIPESTATUS[0]}" = 0 ]
}

check_kernel_doc() {
	c_files kmod userspace/lib | grep -v '^userspace/.*\.c$' |
		xargs "$tools/scripts/kernel-doc" -none -Wall -Werror
}

check_netlink() {
	"$scripts/netlink-gen.sh" --check
}

check_world_map() {
	"$scripts/world-map.sh" --check
}

check_layers() {
	"$scripts/check-layers.sh"
}

# Names of variables, and words misspelled on purpose where a policy is wrong.
check_codespell() {
	codespell --quiet-level 2 --skip './.git,./build,./userspace/build*' \
		--ignore-words-list fo,dout,alow,aplications,defualt,feild,nmae,nwe .
}

check_manners() {
	local found=0 numbered='issue|bug|ticket|fixes|closes'
	# Paths of one person's machine.
	grep -rnIE --exclude-dir=.git --exclude-dir='build*' \
		'/(home|work)/[a-z]|/tmp/ref[/]' . && found=1
	# Numbers that say nothing to who has only the tree.
	grep -rnIiE --exclude-dir=.git --exclude-dir='build*' \
		"\\b($numbered)[ -]?#?[0-9]" . && found=1
	# A file without a licence.
	files '*.[ch]' '*.sh' '*.py' '*.awk' Makefile Kbuild '*.mk' '*.yaml' '*.rst' |
		xargs grep -L -m 1 'SPDX-License-Identifier' | sed 's/$/: no SPDX line/' |
		grep . && found=1
	return "$found"
}

check_yaml() {
	files '*.yaml' '*.yml' | xargs -r python3 -c '
import sys, yaml
bad = 0
for name in sys.argv[1:]:
    try:
        list(yaml.safe_load_all(open(name)))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        print(name, error)
        bad = 1
sys.exit(bad)'
	yamllint --strict -d '{extends: default, rules: {line-length: {max: 100}}}' \
		scripts/ansible
}

check_schema() {
	"$scripts/check-schema.sh" 2>/dev/null
}

check_rst() {
	local f bad=0
	for f in $(files '*.rst'); do
		python3 -m docutils --report=2 --halt=2 "$f" >/dev/null || bad=1
	done
	return "$bad"
}

check_version() {
	"$scripts/set-version.sh" --check
}

# A kernel without an option that the module needs is refused by the option's name. The
# folder has no sources, so nothing is built where it is not.
check_needed_options() {
	local kernel option said
	kernel=$("$scripts/kernel.sh" "${DF_SERIES##* }")
	mkdir "$work/needed"
	cp Kbuild "$work/needed/"
	for option in 64BIT CGROUPS SOCK_CGROUP_DATA INET NETFILTER NETFILTER_EGRESS \
		NF_REJECT_IPV4 NF_REJECT_IPV6 CRYPTO_LIB_SHA256; do
		said=$(make -C "$kernel/build" M="$work/needed" "CONFIG_$option=" modules 2>&1)
		[[ $said == *"needs a kernel with CONFIG_$option."* ]] ||
			echo "a kernel without CONFIG_$option is not refused"
	done
}

checks=(shellcheck checkpatch_kernel checkpatch_userspace checkpatch_tests
	netlink world_map layers kernel_doc codespell manners version needed_options yaml
	schema rst)
for series in $DF_SERIES; do checks+=("sparse $series"); done

# What the journal's catalog explains are the kinds and ids that the daemon writes.
check_catalog() {
	diff <(sed -n 's/.*\[DF_KIND_\([A-Z_]*\)\] = "\([0-9a-f]*\)".*/\1 \2/p' \
		userspace/daemon/sink_journal.c | tr 'A-Z_' 'a-z-' | sort) \
		<(awk '/^# [a-z-]*$/ { kind = $2 } /^-- / { print kind, $2 }' \
			userspace/systemd/dronefence.catalog | sort)
}

check_man() {
	"$scripts/build-userspace.sh" all man 2>&1 >/dev/null | grep -v '^dronefence: '
	"$scripts/check-man.sh"
}

# Each command of the documentation is typed by a test.
check_doc_commands() {
	"$scripts/doc-commands.py" --check
}

check_completions() {
	"$scripts/build-userspace.sh" 2>&1 >/dev/null | grep -v '^dronefence: '
	"$scripts/check-completions.sh"
}

check_geodata() {
	"$scripts/check-geodata.sh"
}

checks+=(catalog man doc_commands completions geodata)

wanted=()
for check in "${checks[@]}"; do
	for name in "${@:-}"; do
		[[ $check != *"$name"* ]] || { wanted+=("$check") && break; }
	done
done
[ ${#wanted[@]} -gt 0 ] || die "no check of that name: ${checks[*]}"

echo "TAP version 13"
echo "1..${#wanted[@]}"
number=0 failed=0 skipped=0
for check in "${wanted[@]}"; do
	number=$((number + 1))
	status=0
	# shellcheck disable=SC2086
	output=$(check_$check 2>&1) || status=$?
	if [ "$status" = 0 ] && [ -z "$output" ]; then
		echo "ok $number - $check"
	elif [ "$status" = 4 ] && [[ $output == SKIP* ]]; then
		skipped=$((skipped + 1))
		echo "ok $number - $check # $output"
	else
		failed=$((failed + 1))
		echo "not ok $number - $check"
		head -n 200 <<<"$output" | sed 's/^/# /'
	fi
done
echo "# $((number - failed - skipped)) passed, $failed failed, $skipped skipped"
exit "$((failed > 0))"
