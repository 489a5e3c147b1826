#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Run a command in a throw-away virtual machine: Debian's kernel of a series,
# a BusyBox root in memory, the module, the tools, no network card, no disk.
#
# usage: vm.sh [options] SERIES -- COMMAND [ARGUMENT...]
#        vm.sh [options] --shell SERIES
#
#   --file SRC:DST   copy a file or folder of the host to DST
#   --bin PROGRAM    copy a program with its shared libraries to /usr/bin
#   --module NAME    make a kernel module available, with what it needs;
#                    NAME? if the kernel has it. The kernel loads it when
#                    asked for it, as does modprobe
#   --ko FILE        the same for a module that is not part of the kernel
#   --bare           leave out dronefence itself
#   --env NAME=VALUE set a variable for the command
#   --cmdline WORDS  add to the kernel's command line
#   --out DIR        keep there: stdout, stderr, dmesg, console, and as files/
#                    what the command left in /out
#   --port NAME:SOCKET   a virtio port of this name, whose other end is that Unix
#                    socket of the host
#   --forgive REGEX  a trace in the kernel's log that begins like this is no
#                    complaint, unless the module is in it
#   --timeout S      seconds until the machine is ended (600)
#   --memory M       its memory in MiB (1024)
#   --system         in place of the BusyBox root a Debian with systemd, see
#                    system-image.sh, with dronefence installed; the command is
#                    a service of it
#   --packages DIR   as --system, on the Debian release that has this kernel, with
#                    the packages in DIR installed in place of what was built here,
#                    see package-image.sh. The machine may start again: what it
#                    wrote stays, and the command is run anew
#   --next SERIES    with --packages: when the machine starts again, it does so with the
#                    kernel of this series
#   --parallel       emulated CPUs run at the same time, for a test of what
#                    happens at once; otherwise they take turns, which takes
#                    hardly longer while another machine runs, and spares the
#                    crutch of vm-int3
#   --count          one emulated CPU, whose clock goes on by 1 ns with each
#                    instruction: times are numbers of instructions
#
# SERIES may be a kernel of our own, see build-kernel.sh; one that says in its
# configuration to be slower by a factor gets as much more time, and the
# command finds the factor as DRONEFENCE_SLOW. One that is User Mode Linux needs
# no machine: it runs as a program of this one, on one CPU.
#
# The command's standard output and error come out as they are written. The
# status is that of the command, or 125 if the machine died, timed out, or its
# kernel complained, however well the command went. COMMAND finds bash
# as sh, iproute2, ping and some more programs of the host, for the rest BusyBox.
set -euo pipefail
scripts=$(dirname "$(realpath "$0")")
. "$scripts/common.sh"
. "$scripts/vm-image.sh"

failed=125
# What vm-init.sh tells who sits at the console.
started='^dronefence: .* loads the module'
programs=(bash ip ss tc ping date grep sed)
# BusyBox's versions of those that run other programs prefer BusyBox's, too.
programs+=(chroot env find ionice nice nohup nsenter setpriv setsid taskset
	timeout unshare xargs)
modules=(veth dummy)
files=() kos=() env=() ports=()
bare='' shell='' out='' cmdline='' forgive='' timeout=600 memory=1024 vm='' int3=''
next=''
cpus=2 count='' parallel='' system='' packages='' uml=''

# What must not stand in a kernel log after any test.
complaints='WARNING:|BUG:|BUG |Oops|Kernel panic|general protection|segfault at'
complaints+='|Call Trace|UBSAN|KASAN|KCSAN|KFENCE|kmemleak: [0-9]+ new|Objects remaining'
complaints+='|rcu:.*(stall|detected|starved)|soft lockup|blocked for more than'
complaints+='|possible .*(lock|deadlock)|suspicious RCU|inconsistent lock state'
complaints+='|unregister_netdevice: waiting|scheduling while atomic'
complaints+='|sleeping function|Out of memory|page allocation failure'

# Hardware acceleration counts when it is one: nested or emulated KVM may open
# and yet be far slower than no KVM at all. The probe is a boot sector that
# counts to 2^26 and then leaves through the debug port with a status.
kvm_works() {
	local stamp status=0
	stamp=$DF_CACHE/kvm-$(cat /proc/sys/kernel/random/boot_id)
	if [ ! -e "$stamp" ]; then
		rm -f "$DF_CACHE"/kvm-*
		{
			printf '\x66\xb9\x00\x00\x00\x04\x66\x49\x75\xfc\xb0\x10\xe6\xf4\xf4'
			head -c 495 /dev/zero
			printf '\x55\xaa'
		} >"$work/boot"
		timeout -k 1 3 qemu-system-x86_64 -accel kvm -nodefaults -display none \
			-m 32 -device isa-debug-exit,iobase=0xf4,iosize=4 \
			-drive "file=$work/boot,format=raw" >/dev/null 2>&1 || status=$?
		[ "$status" = 33 ] && echo yes >"$stamp" || echo no >"$stamp"
	fi
	[ "$(cat "$stamp")" = yes ]
}

# CPUs emulated at the same time need a crutch, see vm-int3/vm_int3.c.
int3_module() {
	local src=$scripts/vm-int3 key
	key=$({ echo "$kernel"; cat "$src"/*; } | sha256sum | cut -c 1-16)
	int3=$DF_CACHE/vm-int3/$key.ko
	[ -e "$int3" ] || with_lock vm-int3 build_int3 "$src"
}

build_int3() {
	[ ! -e "$int3" ] || return 0
	cp -r "$1" "$work/int3"
	"$scripts/module-make.sh" "$kernel" "$work/int3" -s modules >&2
	strip --strip-debug "$work/int3/vm_int3.ko"
	mkdir -p "${int3%/*}"
	mv "$work/int3/vm_int3.ko" "$int3"
}

# User Mode Linux: its results go into a folder of this machine.
user_mode() {
	machine=("$kernel/linux" "mem=${memory}M" "initrd=$work/$release/initrd" con=null
		"con0=null,fd:1" panic=-1 log_buf_len=8M "DF_OUT=$out")
	# shellcheck disable=SC2206
	machine+=($cmdline)
}

emulator() {
	local panic=-1 accel=(-accel "tcg,thread=single" -cpu max)
	[ -z "$parallel" ] || accel=(-accel "tcg,thread=multi" -cpu max)
	! kvm_works || accel=(-accel kvm -cpu host)
	[ -z "$system" ] || cmdline+=" systemd.show_status=0 systemd.firstboot=0 mitigations=off"
	# One that died shall not start again, but wait for the end of its time.
	[ -z "$packages" ] || panic=0
	# An instruction that repeats itself counts as often as it does so, so
	# there should be none that goes byte by byte.
	[ -z "$count" ] || accel=(-accel "tcg,thread=single"
		-cpu "max,-erms,-fsrm" -icount "shift=0,sleep=off")
	machine=(qemu-system-x86_64 "${accel[@]}" -smp "$cpus" -m "$memory" -nodefaults
		-nic none -display none -kernel "$kernel/vmlinuz"
		-initrd "$work/$release/initrd" -append "console=ttyS0 no_timer_check panic=$panic oops=panic \
log_buf_len=8M rcupdate.rcu_cpu_stall_timeout=60 softlockup_panic=1 \
hung_task_panic=1$cmdline")
	[ -z "$system" ] || machine+=(-device "virtio-blk-pci,drive=system"
		-drive "file=$system,if=none,id=system,format=raw,readonly=on")
	if [ -n "$packages" ]; then keep_disk; else machine+=(-no-reboot); fi
}

# What a machine writes that starts again.
keep_disk() {
	if [ ! -e "$work/disk" ]; then
		truncate -s 2G "$work/disk"
		mkfs.ext4 -q "$work/disk"
	fi
	machine+=(-device "virtio-blk-pci,drive=disk"
		-drive "file=$work/disk,if=none,id=disk,format=raw,cache=unsafe")
}

# Show what a file gets behind so many bytes, for as long as the machine runs.
follow() { # BYTES FILE
	tail -q -c "+$(($1 + 1))" -s 0.1 -f --pid="$vm" "$2"
}

power_on() { # MACHINE...
	local tails=() shown_out shown_err
	shown_out=$(stat -c %s "$out/stdout") shown_err=$(stat -c %s "$out/stderr")
	timeout -k 5 $((begin + timeout - SECONDS)) "$@" >>"$log" 2>&1 </dev/null &
	vm=$!
	follow "$shown_out" "$out/stdout" &
	tails+=("$!")
	follow "$shown_err" "$out/stderr" >&2 &
	tails+=("$!")
	wait "$vm" || true
	vm=''
	wait "${tails[@]}"
}

run() {
	local p log=$work/qemu.log channels=(-device virtio-serial-pci
		-chardev "file,id=console,path=$out/console,append=on" -serial chardev:console)
	for p in console stdout stderr kmsg files.tar status; do : >"$out/$p"; done
	for p in stdout stderr kmsg files.tar status; do
		channels+=(-chardev "file,id=$p,path=$out/$p,append=on"
			-device "virtserialport,chardev=$p,name=$p")
	done
	for p in "${ports[@]}"; do
		channels+=(-chardev "socket,id=${p%%:*},path=${p#*:},server=on,wait=off"
			-device "virtserialport,chardev=${p%%:*},name=${p%%:*}")
	done
	[ -z "$uml" ] || { channels=() log=$out/console; }
	power_on "${machine[@]}" "${channels[@]}"
	# It was to start again, and the command has not ended.
	[ -z "$next" ] || grep -q '^exit=' "$out/status" ||
		power_on "${machine_next[@]}" "${channels[@]}"
}

# What the kernel itself said, as dmesg would show it; not what a program wrote
# into its log.
kernel_log() {
	awk -F '[,;]' '/^[0-9]+,/ && $1 < 8 {
		printf "[%5d.%06d] %s\n", $3 / 1000000, $3 % 1000000,
			substr($0, index($0, ";") + 1)
	}' "$out/kmsg"
}

# The log but for traces that are to be forgiven.
judged_log() {
	awk -v forgive="$forgive" '
	forgive != "" && $0 ~ forgive { trace = 1; held = "" }
	!trace { print; next }
	{ held = held $0 "\n" }
	/<\/TASK>/ {
		trace = 0
		if (held ~ /\[dronefence\]/)
			printf "%s", held
	}
	END { if (trace) printf "%s", held }' "$out/dmesg"
}

show() { # TITLE: a few lines
	say "$1"
	sed 's/^/  | /' >&2
}

# A dead machine: the console tells why, from the first complaint on, or from
# where it tells what it waits for.
autopsy() {
	local from
	tr -d '\r' <"$out/console" >"$work/console"
	mv "$work/console" "$out/console"
	from=$(grep -En -m 1 "$complaints|sysrq: Show" "$out/console" | cut -d : -f 1) || true
	if [ -n "$from" ]; then
		tail -n "+$from" "$out/console" | head -n 100 | show "its console, where it began:"
	else
		tail -n 10 "$out/console" | show "the end of its console:"
		tail -n 10 "$out/dmesg" | show "the end of its kernel log:"
	fi
	[ ! -s "$work/qemu.log" ] || show "QEMU said:" <"$work/qemu.log"
}

# Until the crutch for QEMU's emulation is loaded the kernel can trip over a
# breakpoint. Nothing of ours ran by then, so there is nothing to judge.
fell_over_in_boot() {
	[ -n "$int3" ] && [ ! -s "$out/status" ] && ! grep -q "$started" "$out/console" &&
		grep -q 'Oops: int3' "$out/console"
}

# The exit status of this script. That of QEMU says nothing: a panic ends it
# well.
judge() {
	local end=0 complaint exit='' tainted='' blind
	kernel_log >"$out/dmesg"
	[ ! -s "$out/files.tar" ] || {
		mkdir -p "$out/files"
		tar -xf "$out/files.tar" -C "$out/files"
	}
	exit=$(sed -n 's/^exit=//p' "$out/status")
	tainted=$(sed -n 's/^tainted=//p' "$out/status")

	if [ "$SECONDS" -ge "$((begin + timeout))" ]; then
		say "the $series machine was ended after $timeout s"
		end=$failed
	elif [ -z "$exit" ] || [ -z "$tainted" ]; then
		say "the $series machine died before the command ended"
		end=$failed
	fi
	if [ "$end" != 0 ]; then
		autopsy
		return "$end"
	fi
	if ! grep -q 'vm-init: end of log' "$out/kmsg"; then
		say "the kernel's log is not complete"
		end=$failed
	fi
	complaint=$(judged_log | grep -E -A 20 -m 1 "$complaints") || true
	if [ -n "$complaint" ]; then
		show "the $series kernel complained:" <<<"$complaint"
		end=$failed
	fi
	# 4096: a module from outside the tree, 8192: without a signature,
	# 262144: KUnit ran.
	if [ "$((tainted & ~(4096 | 8192 | 262144)))" != 0 ]; then
		say "the $series kernel is tainted: $tainted"
		end=$failed
	fi
	blind=$(sed -n 's/^blind=//p' "$out/status")
	if [ -n "$blind" ]; then
		say "the $series kernel stopped to watch:$blind"
		end=$failed
	fi
	[ "$end" = 0 ] || return "$end"
	return "$exit"
}

cleanup() {
	[ -z "$vm" ] || kill "$vm" 2>/dev/null || true
	rm -rf "$work"
}

parse_option() { # --option value
	case $1 in
	--file) files+=("$2") ;;
	--bin) programs+=("$2") ;;
	--module) modules+=("$2") ;;
	--ko) kos+=("$2") ;;
	--env) env+=("$2") ;;
	--cmdline) cmdline+=" $2" ;;
	--out) out=$2 ;;
	--port) ports+=("$2") ;;
	--forgive) forgive=$2 ;;
	--packages) packages=$2 system=1 bare=1 ;;
	--next) next=$2 ;;
	--timeout) timeout=$2 ;;
	--memory) memory=$2 ;;
	*) die "no option $1, see the top of vm.sh" ;;
	esac
}

while [[ ${1:-} == --?* ]]; do
	case $1 in
	--bare) bare=1 ;;
	--shell) shell=1 ;;
	--parallel) parallel=1 ;;
	--count) count=1 cpus=1 ;;
	--system) system=1 ;;
	*)
		[ $# -ge 2 ] || die "$1 needs a value, see the top of vm.sh"
		parse_option "$1" "$2"
		shift
		;;
	esac
	shift
done
series=${1:-}
[ -n "$series" ] || die "which series? See the top of vm.sh"
shift
[ "${1:-}" != -- ] || shift
[ -n "$shell" ] || [ $# -gt 0 ] || die "no command, see the top of vm.sh"

apt_install busybox-static cpio iproute2 iputils-ping kmod
kernel=$("$scripts/kernel.sh" "$series")
[ -z "$system" ] || [ -n "$packages" ] || system=$("$scripts/system-image.sh")
release=$(cat "$kernel/release")
# With this key tests can be somebody whom the kernel trusts.
[ ! -e "$kernel/trusted.pem" ] || files+=("$kernel/trusted.pem:/trusted.pem")
if [ -e "$kernel/linux" ]; then
	uml=1
	[ -z "$shell$count$system" ] ||
		die "no --shell, --count and --system with User Mode Linux"
else
	apt_install qemu-system-x86
fi
top=$(dirname "$scripts")
if [ -z "$bare" ]; then
	kos+=("$top/build/$series"/dronefence*.ko)
	[ -e "${kos[-1]}" ] || die "no ${kos[-1]}; make it with build-module.sh $series"
	programs+=("$top"/userspace/build/dronefence{,d})
fi

slow=$(sed -n 's/^# slow: //p' "$scripts/kernel-config/$series" 2>/dev/null) || true
timeout=$((timeout * ${slow:-1}))
env+=("DRONEFENCE_SLOW=${slow:-1}")

work=$(mktemp -d)
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
[ -n "$out" ] || out=$work/out
mkdir -p "$out"
out=$(realpath "$out")
if [ -n "$packages" ]; then
	apt_install e2fsprogs squashfs-tools
	system=$work/system
	"$scripts/package-image.sh" "$series" "$packages" "$system"
fi

[ -z "$uml$count" ] || parallel=''
if [ -n "$parallel" ] && ! kvm_works; then int3_module; fi
make_initrd "$@"
if [ -n "$uml" ]; then user_mode; else emulator; fi
if [ -n "$next" ]; then
	[ -n "$packages" ] || die "--next takes --packages"
	first=("${machine[@]}" -no-reboot)
	kernel=$("$scripts/kernel.sh" "$next")
	release=$(cat "$kernel/release")
	make_initrd "$@"
	emulator
	machine_next=("${machine[@]}") machine=("${first[@]}")
fi
run_shell() {
	"${machine[@]}" -serial chardev:console -mon chardev=console \
		-chardev "stdio,id=console,mux=on,signal=off,logfile=$out/console"
}

for attempt in 1 2 3 4 5; do
	begin=$SECONDS
	if [ -n "$shell" ]; then run_shell; else run; fi
	fell_over_in_boot || break
	say "QEMU's emulation failed during boot, attempt $attempt; again"
done
[ -n "$shell" ] || judge
