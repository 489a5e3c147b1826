#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The completions of the shells: bash and fish really complete, zsh takes its file.
# Prints what is wrong. What is in force is made up: a program of the name answers.
#
# usage: check-completions.sh    after user space was built
set -euo pipefail
cd "$(dirname "$0")/.."
files=$PWD/userspace/build/completions
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/dronefence" <<'END'
#!/bin/sh
case $1 in
show)
	echo "application qgroundcontrol: profile field, enforce"
	echo "    1 allow local 0 packets"
	echo "application mavproxy: profile field, audit"
	;;
history)
	echo "* 12 2026-11-28T12:00:00Z  apply by uid 0  field"
	echo "     digest 6f0c31d2a9be, geo data 1b22e0c77a35 of none, from /x"
	echo "  3 2026-11-20T08:12:31Z  rollback by uid 0  field"
	;;
esac
END
chmod +x "$work/dronefence"
touch "$work/policy one.yaml" "$work/policy.yaml"
cd "$work"
export PATH=$work:$PATH HOME=$work XDG_CONFIG_HOME=$work XDG_DATA_HOME=$work

cat >complete.bash <<'END'
. "$1"
shift
complete -p dronefence >/dev/null
COMP_WORDS=(dronefence "$@")
COMP_CWORD=$#
COMPREPLY=()
_dronefence
printf '%s\n' "${COMPREPLY[@]}" | sort -u
END

# expect WORDS EXPECTED: what both shells offer behind these words, the last one begun.
expect() {
	local got words
	read -ra words <<<"$1 x"
	words=("${words[@]:0:${#words[@]}-1}")
	[[ $1 != *' ' && -n $1 ]] || words+=('')
	got=$(bash complete.bash "$files/bash" "${words[@]}" | paste -sd ' ')
	[ "$got" = "$2" ] || echo "bash: dronefence $1: $got, expected $2"
	got=$(fish -c "source $files/fish; complete -C 'dronefence $1'" |
		cut -f 1 | sort -u | paste -sd ' ')
	[ "$got" = "$2" ] || echo "fish: dronefence $1: $got, expected $2"
}

zsh -n "$files/zsh"
fish -n "$files/fish"
expect 'ap' 'apply apps'
expect '--json his' 'history'
expect 'explain ' 'mavproxy qgroundcontrol'
expect 'adopt 1 q' 'qgroundcontrol'
expect 'flows --application m' 'mavproxy'
expect 'flows --verdict d' 'deny drop'
expect 'rollback ' '12 3'
expect 'limits idle-t' 'idle-tcp-closing= idle-tcp-established= idle-tcp-opening='
expect 'unit --lift gp' 'gpu'
expect 'check pol' 'policy one.yaml policy.yaml'
expect 'geo ' 'import info lookup'
expect 'geo --sh' '--sha256 --shrunk'
expect 'local-data-mode ' 'declare off on status verify'
expect 'local-data-mode declare mavproxy o' 'off on'
expect 'apply --conf' '--confined --confirm'
expect 'log --ver' '--verdict --verify'
expect 'learn --c' '--control'
expect 'show ' ''
