#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A Debian whose only geo data is that of our package: it is found, a policy is made with
# it, and status says which data it is and how old.
#
# once: of user space
# host: scripts/build-geodata-deb.sh build/geo/usr/share/libloc-location/location.db
# vm: --system --memory 1536 --timeout 900 --file build/geodata:/packages
# shellcheck disable=SC1091
. /tests/lib.sh

package=dronefence-geodata
database=/usr/share/$package/location.db

plan 13

modprobe dronefence
dronefence geo info >/dev/null 2>&1
is $? 7 "without the package there is no geo data"
dpkg -i /packages/*.deb >/dev/null
is $? 0 "the package is installed"
ok "$(grep -q CC-BY-SA-4.0 /usr/share/doc/$package/copyright && echo 1)" "with the licence of the data"

out=$(dronefence geo info 2>/dev/null)
is $? 0 "then there is"
contains "$out" "path      $database" "of the package"
version=$(dpkg-query -W -f '${Version}' $package)
contains "$out" "date      $(date -d "$version" +%Y-%m-%d)T" "of the day that is its version"

setup_geo
write_policy /root/policy.yaml
sed -i 's|"tor-geoipdb:/tmp/geo"|libloc|' /root/policy.yaml
dronefence apply /root/policy.yaml >/dev/null 2>&1
is $? 0 "a policy is made with it"
out=$(dronefence status)
is $? 0 "and enforced"
contains "$out" "geo data      libloc of $(date -d "$version" +%Y-%m-%d)T" "status says of when it is"
days=$((($(date +%s) - $(date -d "$version" +%s)) / 86400))
ok "$(grep -qE "\(($days|$((days - 1))) days old\), $database$" <<<"$out" && echo 1)" \
	"how old, and which file"
dronefence explain app 223.5.5.5 >/dev/null
is $? 10 "an address in CN is denied"

dpkg -r $package >/dev/null
dronefence geo info >/dev/null 2>&1
is $? 7 "with the package the data is gone"
dronefence status >/dev/null
is $? 0 "and the policy stays in force"
