#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Check the direction of includes: every source belongs to a layer, and may
# include headers only of the layers that its own may know. A source that is in
# no layer is an error too: put it into the table.
set -euo pipefail
cd "$(dirname "$0")/.."

# The layer of a file.
layer() {
	case ${1%.[ch]} in
	kmod/include/uapi/*) echo uapi ;;
	kmod/compat-include/*) echo compat ;;
	kmod/core | kmod/embedded | kmod/eval | kmod/ifname | kmod/pattern | \
		kmod/permit | kmod/zonemap)
		echo core ;;
	kmod/flow | kmod/forwarded | kmod/identity | kmod/policy | kmod/event | kmod/event_text | kmod/stats | \
		kmod/anchor | kmod/condemn | kmod/users | kmod/pins)
		echo objects ;;
	kmod/digest | kmod/egress | kmod/hook | kmod/hook_forward | kmod/judge | kmod/packet | kmod/place | kmod/reject)
		echo data ;;
	kmod/netlink | kmod/netlink_* | kmod/parts | kmod/seal | kmod/signers) echo control ;;
	kmod/tests/*) echo kunit ;;
	kmod/transaction) echo switch ;;
	kmod/main) echo main ;;
	# What stands for the kernel's headers where the core is compiled on the host.
	userspace/lib/core_host) echo core ;;
	userspace/lib/*) echo lib ;;
	userspace/cli/*) echo cli ;;
	userspace/daemon/*) echo daemon ;;
	esac
}

# The layers that a layer may include.
may_include() {
	case $1 in
	uapi | compat) ;;
	# Compiled on the host as well, with nothing of ours but itself.
	core) echo core uapi ;;
	objects) echo objects core uapi ;;
	# Packets know nothing of who configures them.
	data) echo data objects core uapi ;;
	control) echo control switch objects core uapi ;;
	# The first application turns the hooks on, the last one off.
	switch) echo switch control data objects core uapi ;;
	kunit) echo kunit data objects core uapi ;;
	main) echo main switch control data objects core uapi ;;
	lib) echo lib core uapi ;;
	cli) echo cli lib core uapi ;;
	daemon) echo daemon lib core uapi ;;
	esac
}

# The file that FILE means by an include, in the order of the compiler's
# search; empty if it is none of ours.
resolve() { # FILE HEADER
	local dir path="kmod kmod/include"
	[[ $1 != userspace/* ]] || path="userspace/lib kmod kmod/include kmod/include/uapi"
	[[ $1 != kmod/core.h ]] || path+=" userspace/lib"
	for dir in "$(dirname "$1")" $path; do
		if [ -e "$dir/$2" ]; then
			echo "$dir/$2"
			return
		fi
	done
}

errors=0
complain() {
	echo "$*"
	errors=$((errors + 1))
}

while read -r file; do
	from=$(layer "$file")
	if [ -z "$from" ]; then
		complain "$file: belongs to no layer, see scripts/check-layers.sh"
		continue
	fi
	while read -r kind header; do
		target=$(resolve "$file" "$header")
		if [ -z "$target" ]; then
			[ "$kind" = '<' ] || complain "$file: \"$header\" is nowhere"
			continue
		fi
		to=$(layer "$target")
		[[ " $(may_include "$from") " == *" $to "* ]] ||
			complain "$file ($from) must not include $header (${to:-no layer})"
	done < <(sed -n 's/^[ \t]*#[ \t]*include[ \t]*\([<"]\)\([^>"]*\).*/\1 \2/p' "$file")
done < <(find kmod userspace -name 'build*' -prune -o -name '*.[ch]' -print | sort)
exit "$((errors > 0))"
