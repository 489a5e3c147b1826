# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The root file system of the virtual machine, for vm.sh: an initramfs of two
# archives, one kept from run to run and one made for this run. Sourced; the
# variables that it reads are those of vm.sh.
# shellcheck disable=SC2154

# Everything in the machine lives below /usr, and every program in /usr/bin.
inside() {
	sed -E -e 's|^/?|/|' -e 's|^/(usr/)?s?bin/|/usr/bin/|' \
		-e 's|^/lib(64)?/|/usr/lib\1/|' <<<"$1"
}

libraries() {
	# A script or a static program has none.
	ldd "$1" 2>/dev/null | grep -o '/[^ ]*' || true
}

# put ROOT PROGRAM: copy a program and what the loader will look for.
put() {
	local lib
	install -D -m 0755 "$2" "$1/usr/bin/${2##*/}"
	for lib in $(libraries "$2"); do
		install -D -m 0755 "$lib" "$1$(inside "$lib")"
	done
}

archive() {
	(cd "$1" && find . -print0 | sort -z |
		cpio --null -o -H newc -R 0:0 --reproducible --quiet)
}

kernel_modules() { # NAME[?]... : their files in the order of loading
	local name list
	for name in "$@"; do
		list=$(modprobe -C /dev/null -d "$kernel/modules" -S "$release" \
			--show-depends "${name%\?}" 2>/dev/null) || {
			[ "${name: -1}" = "?" ] && continue
			die "the $series kernel has no module $name"
		}
		echo "$list"
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++'
}

skeleton() {
	local root=$1 d applet
	mkdir -p "$root"/{dev,etc,out,proc,root,run,sys,tmp,var,vm} \
		"$root"/usr/{bin,lib,lib64}
	ln -s bin "$root/usr/sbin"
	for d in bin sbin lib lib64; do ln -s "usr/$d" "$root/$d"; done
	ln -s /run "$root/var/run"
	printf '%s\n' root:x:0:0::/root:/bin/bash \
		nobody:x:65534:65534::/:/bin/sh >"$root/etc/passwd"
	printf '%s\n' root:x:0: nogroup:x:65534: >"$root/etc/group"
	printf '%s\n' '127.0.0.1 localhost' '::1 localhost' >"$root/etc/hosts"
	install -D -m 0755 "$(command -v busybox)" "$root/usr/bin/busybox"
	for applet in $(busybox --list | grep -vxE 'busybox|sh'); do
		ln -s busybox "$root/usr/bin/$applet"
	done
	# Not BusyBox: its shell would prefer its own ip to the real one.
	ln -s bash "$root/usr/bin/sh"
	install -m 0755 "$scripts/vm-init.sh" "$root/init"
}

# A Debian finds all of it where it was installed. The lists of modules and the
# modules go with it, see vm-init.sh.
make_system_part() { # ROOT
	local root=$1 f
	touch "$1/vm/system"
	install -D -m 0755 "$scripts/vm-init.sh" "$root/vm/new/vm/init"
	mkdir -p "$root/vm/new/usr/bin"
	for f in "${test_programs[@]}"; do install -m 0755 "$f" "$root/vm/new/usr/bin/"; done
	[ -n "$bare" ] || make -s -C "$top/userspace" install PREFIX=/usr \
		"DESTDIR=$root/vm/new" >&2
	copy_files "$root/vm/new"
	mv "$root/vm/command" "$root/vm/new/vm/"
}

# The part that is the same for many runs: kernel modules and programs of the
# host. Kept by its content.
base_key() {
	local p
	{
		echo "$kernel" "${base_modules[@]}" "${base_programs[@]}"
		for p in "${base_programs[@]}"; do
			echo "$p"
			libraries "$p"
		done | sort -u | xargs sha256sum
		cat "$scripts/vm-image.sh" "$scripts/vm-init.sh"
	} | sha256sum | cut -c 1-32
}

make_base() {
	local root=$work/$release/base tree=lib/modules/$release new=$base.$$ f
	[ ! -e "$base" ] || return 0
	skeleton "$root"
	for f in "${base_programs[@]}"; do
		rm -f "$root/usr/bin/${f##*/}"
		put "$root" "$f"
	done
	mkdir -p "$root/$tree"
	for f in "${base_modules[@]}"; do
		install -D -m 0644 "$f" "$root/$tree/${f#*"$tree"/}"
	done
	cp "$kernel/modules/$tree"/modules.{builtin,builtin.modinfo,order} "$root/$tree/"
	depmod -b "$root" "$release"
	rm -f "$root/$tree"/*.bin
	for f in "${boot_files[@]}"; do
		echo "${f#"$kernel/modules"}"
	done >"$root/vm/boot-modules"

	mkdir -p "$new"
	archive "$root" >"$new/cpio"
	cp "$root/$tree"/modules.{dep,alias} "$new/"
	# Somebody else may have made the same one meanwhile.
	mv -T "$new" "$base" 2>/dev/null || rm -rf "$new"
	find "${base%/*}" -mindepth 1 -maxdepth 1 -mtime +14 -exec rm -rf {} +
}

quote() {
	local word
	for word in "$@"; do printf "'%s' " "${word//\'/\'\\\'\'}"; done
	echo
}

# The modules that do not belong to the kernel, in the lists that modprobe and
# the kernel's own loading read.
add_kos() {
	local root=$1 tree=$1/usr/lib/modules/$release ko name needs
	mkdir -p "$tree/extra"
	cp "$base"/modules.{dep,alias} "$tree/"
	for ko in "${kos[@]}"; do
		name=$(basename "$ko" .ko)
		cp "$ko" "$tree/extra/"
		needs=$(modinfo -F depends "$ko")
		{
			echo -n "extra/$name.ko:"
			# shellcheck disable=SC2086
			kernel_modules ${needs//,/ } | tac |
				sed "s|.*/$release/| |" | tr -d '\n'
			echo
		} >>"$tree/modules.dep"
		modinfo -F alias "$ko" | sed "s|.*|alias & $name|" >>"$tree/modules.alias"
	done
}

copy_files() { # ROOT
	local f src dst
	for f in "${files[@]}"; do
		src=${f%:*} dst=$1$(inside "${f##*:}")
		mkdir -p "$(dirname "$dst")"
		if [ -d "$src" ]; then
			mkdir -p "$dst"
			cp -rL "$src/." "$dst/"
		else
			cp -L "$src" "$dst"
		fi
	done
}

make_test_part() { # ROOT COMMAND...
	local root=$1 f
	shift
	mkdir -p "$root"/{vm,usr/bin,usr/lib,usr/lib64}
	add_kos "$root"
	{
		for f in "${env[@]}"; do echo "export $(quote "$f")"; done
		echo "exec $(quote "$@")"
	} >"$root/vm/command"
	if [ -n "$system" ]; then
		make_system_part "$root"
	else
		for f in "${test_programs[@]}"; do put "$root" "$f"; done
		copy_files "$root"
	fi
	[ -n "$shell$count" ] || echo "$((timeout - 20))" >"$root/vm/deadline"
	[ -z "$int3" ] || cp "$int3" "$root/vm/int3.ko"
	[ -z "$shell" ] || touch "$root/vm/shell"
}

# make_initrd COMMAND...: into $work/$release/initrd.
make_initrd() {
	local p path boot=()
	base_programs=() test_programs=()
	for p in "${programs[@]}"; do
		path=$(command -v "$p") || die "this machine has no program $p"
		# What somebody is working on changes too often to be kept.
		case $path in
		/usr/* | /bin/* | /sbin/*) base_programs+=("$path") ;;
		*) test_programs+=("$path") ;;
		esac
	done
	for p in "${kos[@]}"; do
		path=$(modinfo -F depends "$p") || die "$p is no kernel module"
		# shellcheck disable=SC2206
		modules+=(${path//,/ })
	done
	[ -n "$uml" ] || boot=(virtio_pci virtio_console)
	[ -z "$system" ] || boot+=(virtio_blk squashfs overlay)
	[ -z "$packages" ] || boot+=(ext4)
	p=$(kernel_modules "${boot[@]}")
	boot_files=()
	[ -z "$p" ] || mapfile -t boot_files <<<"$p"
	p=$(kernel_modules "${boot[@]}" "${modules[@]}")
	base_modules=()
	[ -z "$p" ] || mapfile -t base_modules <<<"$p"
	base=$DF_CACHE/initramfs/$(base_key)
	make_base
	touch "$base"
	make_test_part "$work/$release/test" "$@"
	{
		cat "$base/cpio"
		archive "$work/$release/test"
	} >"$work/$release/initrd"
}
