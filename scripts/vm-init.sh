#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Process 1 of the virtual machine of vm.sh.
#
# Every result leaves through a virtio port of its own, or of User Mode Linux as
# a file of the host: the command's standard output and error, the kernel's log
# while it is written, the files that the command left in /out, and at last the
# exit status. The console carries nothing that anybody evaluates, except when
# the kernel died.
#
# Where there is a Debian to boot, that becomes process 1, and this goes on as a
# service of it.

export PATH=/usr/bin:/usr/sbin HOME=/root TERM="${TERM:-linux}"
cd /root || exit 1

stricter() {
	# From here on a warning kills the machine, and that fails the run.
	echo 1 >/proc/sys/kernel/panic_on_oops
	echo 1 >/proc/sys/kernel/panic_on_warn
}

load_boot_modules() {
	while read -r m; do
		insmod "$m" || echo "vm-init: cannot load $m"
	done </vm/boot-modules
}

# What is written goes to memory, or to a second disk if there is one.
boot_system() {
	stricter
	load_boot_modules
	mkdir /run/disk /run/memory /run/root
	until [ -e /dev/vda ]; do sleep 0.1; done
	mount -t squashfs /dev/vda /run/disk
	mount -t ext4 /dev/vdb /run/memory 2>/dev/null ||
		mount -t tmpfs -o mode=755 tmpfs /run/memory
	mkdir -p /run/memory/upper /run/memory/work
	mount -t overlay -o lowerdir=/run/disk,upperdir=/run/memory/upper,workdir=/run/memory/work \
		overlay /run/root
	cp -r /vm/new/. /run/root/
	mkdir -p /run/root/usr/lib/modules
	cp -r /usr/lib/modules/. /run/root/usr/lib/modules/
	chroot /run/root depmod
	for d in proc sys dev; do mount --move /$d /run/root/$d; done
	exec switch_root /run/root /sbin/init
}

boot_busybox() {
	mkdir -p /dev/pts /dev/shm
	mount -t devpts devpts /dev/pts
	mount -t tmpfs -o mode=1777 tmpfs /dev/shm
	mount -t tmpfs -o mode=1777 tmpfs /tmp
	mount -t tmpfs -o mode=755 tmpfs /run
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	mount -t debugfs debugfs /sys/kernel/debug
	mount -t tracefs tracefs /sys/kernel/tracing
	ip link set lo up
	hostname dronefence-vm
	stricter
	load_boot_modules
}

if [ $$ = 1 ]; then
	mount -t proc proc /proc
	[ ! -e /vm/int3.ko ] || insmod /vm/int3.ko
	mount -t sysfs sysfs /sys
	mount -t devtmpfs devtmpfs /dev 2>/dev/null
	if [ -e /vm/system ]; then boot_system; else boot_busybox; fi
else
	# Debian's own reads too much at a time to pass a log on.
	awk() { busybox awk "$@"; }
fi

if [ -e /vm/shell ]; then
	echo "dronefence: $(uname -r); modprobe dronefence loads the module," \
		"exit ends the machine"
	setsid cttyhack bash -l
	poweroff -f
fi

# The ports come up one after the other, some time after the driver is loaded.
mkdir /run/vm
[ -z "$DF_OUT" ] || mount -t hostfs -o "$DF_OUT" none /run/vm
until [ -e /run/vm/stdout ] && [ -e /run/vm/stderr ] && [ -e /run/vm/kmsg ] &&
	[ -e /run/vm/files.tar ] && [ -e /run/vm/status ]; do
	for p in /sys/class/virtio-ports/*; do
		ln -sf "/dev/${p##*/}" "/run/vm/$(cat "$p/name" 2>/dev/null)"
	done
done

mkfifo /run/kmsg.fifo /run/stdout.fifo /run/stderr.fifo
# The kernel's log is copied until the mark below, so that nothing before the
# mark can be missing.
mark="vm-init: end of log"
cat /dev/kmsg >/run/kmsg.fifo &
reader=$!
awk -v mark="$mark" '{ print; fflush() } index($0, mark) { exit }' \
	</run/kmsg.fifo >/run/vm/kmsg &
kmsg=$!
cat /run/stdout.fifo >/run/vm/stdout &
out=$!
cat /run/stderr.fifo >/run/vm/stderr &
err=$!
echo started >/run/vm/status
# The console need only tell how it ended, from here on.
dmesg -n 5

# Who watches for data races begins when told to, not before.
kcsan=/sys/kernel/debug/kcsan
[ ! -e $kcsan ] || echo on >$kcsan

# When the machine is about to be ended, tell what everybody waits for: where
# blocked tasks and the processors are, and what sleeps in the kernel.
if [ -e /vm/deadline ]; then
	{
		sleep "$(cat /vm/deadline)"
		echo w >/proc/sysrq-trigger
		echo l >/proc/sysrq-trigger
		for p in /proc/[0-9]*; do
			command=$(tr '\0' ' ' <"$p/cmdline") && [ -n "$command" ] &&
				echo "${p#/proc/} $command" && head -n 4 "$p/stack"
		done >/run/stderr.fifo 2>/dev/null
	} &
fi

setsid sh /vm/command </dev/null >/run/stdout.fifo 2>/run/stderr.fifo
status=$?

# What the command left running holds its output open. Of a Debian only that is
# ended.
for p in /proc/[0-9]*; do
	pid=${p#/proc/}
	case " 1 $$ $reader $kmsg $out $err " in
	*" $pid "*) continue ;;
	esac
	if [ $$ != 1 ]; then
		case "$(readlink "$p/fd/1") $(readlink "$p/fd/2")" in
		*/run/std*.fifo*) ;;
		*) continue ;;
		esac
	fi
	# A kernel thread has no command line.
	[ -z "$(tr -d '\0' <"$p/cmdline" 2>/dev/null)" ] || kill -9 "$pid" 2>/dev/null
done
wait "$out" "$err"

# Memory that nothing points to any more, where the kernel can find that out.
# It tells in its log, and that fails the run.
blind=''
kmemleak=/sys/kernel/debug/kmemleak
if [ -e $kmemleak ]; then
	echo 1 >/sys/module/kmemleak/parameters/verbose
	# Two scans must agree, and what is younger than 5 s does not count.
	sleep 6
	for _ in 1 2; do echo scan >$kmemleak || blind=' memory'; done 2>/dev/null
fi

tar -cf /run/vm/files.tar -C /out .
# After a first complaint, or when its tables are full, lockdep ends for good.
! grep -q 'debug_locks: *0' /proc/lockdep_stats 2>/dev/null || blind="$blind locks"
tainted=$(cat /proc/sys/kernel/tainted)
echo "$mark" >/dev/kmsg
wait "$kmsg"
printf 'exit=%s\ntainted=%s\nblind=%s\n' "$status" "$tainted" "$blind" >/run/vm/status
poweroff -ff
