#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Make build/newcomer for test_newcomer: the packages of its machine, and what stands for
# QGroundControl. That is made like an AppImage: a program in front of a file system, which
# it mounts at a place that nobody knows before, to start a program there.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/common.sh

out=build/newcomer
image=$out/AppDir
start=4096

apt_install squashfs-tools
headers=$(apt-cache depends linux-headers-amd64 | sed -n 's/.*Depends: //p')
rm -rf "$out"
mkdir -p "$image/usr/bin" "$image/usr/share"
apt_fetch "$out" linux-headers-amd64 "$headers" "${headers/-amd64/-common}" linux-kbuild-6.1 \
	linux-compiler-gcc-12-x86 squashfuse libsquashfuse0 libfuse3-3 liblzo2-2 fuse3 adduser
cp build/deb/*.deb "$out/"

cp /bin/bash "$image/usr/bin/QGroundControl"
cat >"$image/usr/share/fly" <<'END'
peer mavlink 192.168.42.1 25
for server in 47.91.161.230 223.5.5.5; do
	exec 3<>/dev/tcp/$server/80 && printf 'GET / HTTP/1.1\r\n\r\n' >&3
done
true
END
cat >"$out/program" <<END
#!/bin/sh
mount=\$(mktemp -d /tmp/.mount_QGrounXXXXXX)
squashfuse -o offset=$start "\$0" "\$mount" || exit
"\$mount/usr/bin/QGroundControl" "\$mount/usr/share/fly"
status=\$?
fusermount3 -u "\$mount"
exit \$status
END
truncate -s $start "$out/program"
mksquashfs "$image" "$out/squashfs" -quiet -no-progress >/dev/null
cat "$out/program" "$out/squashfs" >"$out/QGroundControl.AppImage"
chmod 755 "$out/QGroundControl.AppImage"
rm -r "$image" "$out/program" "$out/squashfs"
