#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A Debian 12 whose kernel is exchanged: it runs 6.1, with a policy in force, and gets the
# packages of 6.12, image and headers, by dpkg and without a network. DKMS builds the
# module for the new kernel, the machine starts again with that one, and the fence stands.
#
# only: 6.1
# host: scripts/build-deb.sh
# host: scripts/kernel.sh --packages 6.12 build/kernel-next
# vm: --packages build/deb --next 6.12 --memory 3072 --timeout 7200
# vm: --module nf_reject_ipv4 --module nf_reject_ipv6
# vm: --file build/deb:/packages/first --file build/kernel-next:/packages/kernel
# vm: --file tests/system/packages.sh:/tests/packages.sh
# shellcheck source=packages.sh
. /tests/packages.sh

kernel=/packages/kernel
first='' target=''

is_denied() { # WHEN
	tries_on 3
	is "$? $(passed)" "0 0" "$1: an application cannot reach an address in CN"
	ok "$(echo x >$china && echo 1)" "$1: another program can"
}

# What makes an initramfs is of no use to a machine that is given one.
no_initramfs() {
	mkdir -p /root/none/DEBIAN
	cat >/root/none/DEBIAN/control <<-END
	Package: no-initramfs
	Version: 1
	Architecture: all
	Maintainer: nobody <nobody@dronefence.invalid>
	Provides: linux-initramfs-tool
	Description: stands for what makes an initramfs
	END
	dpkg-deb --build /root/none /root/none.deb >/dev/null
	dpkg -i /root/none.deb >/dev/null
}

# The others want it configured before they are unpacked.
linux_base() {
	mkdir /root/base
	mv $kernel/linux-base_*.deb /root/base/
	dpkg -i /root/base/*.deb >/dev/null
}

before() {
	configure
	systemctl start dronefence-policy dronefenced
	wait_for enforcing
	is $? 0 "on $first a policy is enforced"
	setup_world
	start_application
	is_denied "on $first"
}

# The image's hook and that of the headers have DKMS build the module.
install_kernel() {
	local ko
	no_initramfs
	linux_base
	note "packages: $(du -ch $kernel/*.deb | sed -n 's/\ttotal//p')"
	timed "the packages of $target are installed" dpkg -i $kernel/*.deb
	contains "$(dkms status)" ", $target, x86_64: installed" "DKMS has built the module for $target"
	contains "$(dkms status)" ", $first, x86_64: installed" "that for $first is still there"
	ko=$(modinfo -k "$target" -n dronefence)
	contains "$ko" "/lib/modules/$target/updates/dkms/" "the module of $target is that of DKMS"
	contains "$(modinfo -k "$target" -F vermagic dronefence)" "$target " "and is made for it"
	note "module: $(stat -c %s "$ko") bytes"
	is "$(uname -r) $(loaded)" "$first $(fields first)" "$first goes on with its own module"
	is_denied "meanwhile"
}

after() {
	is "$(uname -r)" "$target" "the machine has started with the new kernel"
	wait_for runs
	is $? 0 "on $target the policy is enforced"
	note "$(cut -d ' ' -f 1 /proc/uptime) s after the start"
	is "$(loaded) $(active)" "$(fields first) active" "by the module and the daemon of the packages"
	is "$(cat /sys/module/dronefence/srcversion)" \
		"$(modinfo -F srcversion "$(modinfo -n dronefence)")" "which is the one that DKMS built"
	contains "$(modinfo -n dronefence)" "/lib/modules/$target/updates/dkms/" "for this kernel"
	setup_world
	start_application
	is_denied "on $target"
}

target=$(dpkg-deb -f $kernel/linux-image-*.deb Package)
target=${target#linux-image-}
if [ ! -e $stage ]; then
	plan 20
	first=$(uname -r)
	before
	install_kernel
	start_again "first=$first"
fi
go_on
after
