#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the benchmark loads: the same geo data in the words of each candidate.

usage: data.py FOLDER-WITH-geoip-AND-geoip6 OUTPUT PLACE
       data.py --small OUTPUT PLACE     a small world without real data

OUTPUT will be found in PLACE.
"""

import ipaddress
import os
import random
import shutil
import struct
import sys

DENIED = ("CN", "HK", "TW")
RANGES = (1000, 10000, 100000, 1000000)
APPLICATIONS = (1, 10, 100, 1000)
RULES = (1, 4, 16, 64)
END = {4: 2**32 - 1, 6: 2**128 - 1}


def read(path, family):
    """Ranges (first, last, country) of a file of tor-geoipdb."""
    number = int if family == 4 else \
        lambda text: int(ipaddress.IPv6Address(text))
    ranges = []
    with open(path, encoding="ascii") as lines:
        for line in lines:
            if not line.startswith("#"):
                first, last, country = line.strip().split(",")
                ranges.append((number(first), number(last), country))
    return sorted(ranges)


def record(first, last, zone, family):
    """A range as the module reads it."""
    size = family == 4 and 4 or 16
    return first.to_bytes(size, "big") + last.to_bytes(size, "big") + \
        struct.pack(">HH", zone, 0)


def write_records(out, ranges, family):
    """The whole address space, gaps included, zones by country."""
    zones = {}
    at = 0
    with open(f"{out}/records{family}", "wb") as file:
        for first, last, country in ranges:
            if at < first:
                file.write(record(at, first - 1, 0, family))
            zone = zones.setdefault(country, len(zones) + 1)
            file.write(record(first, last, zone, family))
            at = last + 1
        if at <= END[family]:
            file.write(record(at, END[family], 0, family))


def text(first, last):
    """A range of IPv4 as nft writes it."""
    first = ipaddress.IPv4Address(first)
    last = ipaddress.IPv4Address(last)
    return str(first) if first == last else f"{first}-{last}"


def write_nft(out, ranges):
    """The rules that nftables is measured with."""
    denied = ",\n".join(text(a, b) for a, b, c in ranges if c in DENIED)
    every = ",\n".join(f"{text(a, b)} : {int.from_bytes(c.encode(), 'big')}"
                       for a, b, c in ranges)
    geo = "set geo { type ipv4_addr; flags interval; elements = {\n" + \
        denied + "\n} }\n"
    hook = "type filter hook output priority filter; policy accept;"
    ours = 'socket cgroupv2 level 1 "dronefence.slice"'
    tables = {
        "nft-cgroup": f"table inet peer {{ chain out {{ {hook}\n"
                      f"{ours} counter drop\n}}\n}}\n",
        "nft-set": f"table ip peer {{\n{geo}chain out {{ {hook}\n"
                   f"{ours} ip daddr @geo counter drop\n}}\n}}\n",
        "nft-ct-set": f"table ip peer {{\n{geo}"
                      "chain fence { ct state established accept\n"
                      "ip daddr @geo counter drop\n}\n"
                      f"chain out {{ {hook}\n{ours} jump fence\n}}\n}}\n",
        "nft-map": "table ip zones { flags dormant;\n"
                   "map zones { type ipv4_addr : mark; flags interval; "
                   f"elements = {{\n{every}\n}} }}\n"
                   f"chain out {{ {hook}\n"
                   "meta mark set ip daddr map @zones\n}\n}\n",
    }
    for name, table in tables.items():
        with open(f"{out}/{name}.nft", "w", encoding="ascii") as file:
            file.write(table)


def write_ipset(out, ranges):
    """ipset knows networks, not ranges."""
    with open(f"{out}/ipset", "w", encoding="ascii") as file:
        file.write("create geo hash:net maxelem 1000000\n")
        for first, last, country in ranges:
            if country in DENIED:
                for net in ipaddress.summarize_address_range(
                        ipaddress.IPv4Address(first),
                        ipaddress.IPv4Address(last)):
                    file.write(f"add geo {net}\n")


def write_xt_geoip(out, ranges4, ranges6):
    """Pairs of addresses, a file for each country."""
    os.makedirs(f"{out}/xt_geoip", exist_ok=True)
    for country in DENIED:
        for family, ranges in ((4, ranges4), (6, ranges6)):
            size = 4 if family == 4 else 16
            name = f"{out}/xt_geoip/{country}.iv{family}"
            with open(name, "wb") as file:
                for first, last, code in ranges:
                    if code == country:
                        file.write(first.to_bytes(size, "big") +
                                   last.to_bytes(size, "big"))


def write_targets(out, ranges6):
    """Where destinations of IPv6 are."""
    with open(f"{out}/targets6", "wb") as file:
        for first, last, _ in ranges6:
            file.write(first.to_bytes(16, "big") + last.to_bytes(16, "big"))


def write_synthetic(out, count, count6=1):
    """A geo database of COUNT ranges of IPv4 in three countries."""
    folder = f"{out}/geo-{count}"
    os.makedirs(folder, exist_ok=True)
    generator = random.Random(count)
    countries = ("US", "DE", "FR")
    starts = sorted(generator.sample(range(1 << 24, 224 << 24), count))
    starts.append(224 << 24)
    with open(f"{folder}/geoip", "w", encoding="ascii") as file:
        file.write("# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n")
        for i in range(count):
            file.write(f"{starts[i]},{starts[i + 1] - 1},"
                       f"{countries[i % 3]}\n")
    ranges6 = [(net << 96, (net + 1 << 96) - 1, countries[net % 3])
               for net in sorted(generator.sample(
                   range(0x20010000, 0x30000000), count6))]
    with open(f"{folder}/geoip6", "w", encoding="ascii") as file:
        file.write("# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n")
        for first, last, country in ranges6:
            file.write(f"{ipaddress.IPv6Address(first)},"
                       f"{ipaddress.IPv6Address(last)},{country}\n")
    return ranges6


def write_policy(out, name, geo, applications=1, rules=1, log="none"):
    """Deny three countries. Rules in front of that match no packet."""
    lines = ["version: 1", f"name: {name}",
             f'geo: {{ country: "tor-geoipdb:{geo}", max-age: none }}',
             "profiles:", "  p:", "    rules:"]
    lines += [f"      - {{ deny: 203.0.113.{i}, log: none }}"
              for i in range(1, rules)]
    lines += [f"      - {{ deny: {{ located-in: [{', '.join(DENIED)}] }}, "
              "log: none }", "    default: allow", f"    log: {log}",
              "applications:"]
    lines += [f"  app{i}: {{ match: {{ cgroup: /dronefence.slice/app{i} }}, "
              "profile: p }" for i in range(applications)]
    with open(f"{out}/{name}.yaml", "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")


def small(out, place):
    """10,000 ranges of each family, a policy, and the same that logs."""
    os.makedirs(out, exist_ok=True)
    write_targets(out, write_synthetic(out, 10000, 10000))
    geo = f"{place}/geo-10000"
    write_policy(out, "small", geo)
    write_policy(out, "small-logged", geo, log="new")


def main():
    """Write everything."""
    if sys.argv[1] == "--small":
        small(*sys.argv[2:])
        return
    geo, out, place = sys.argv[1:]
    os.makedirs(f"{out}/geo", exist_ok=True)
    for name in ("geoip", "geoip6"):
        shutil.copy(f"{geo}/{name}", f"{out}/geo/{name}")
    geo = f"{place}/geo"
    ranges4 = read(f"{out}/geo/geoip", 4)
    ranges6 = read(f"{out}/geo/geoip6", 6)
    write_records(out, ranges4, 4)
    write_records(out, ranges6, 6)
    write_nft(out, ranges4)
    write_ipset(out, ranges4)
    write_xt_geoip(out, ranges4, ranges6)
    write_targets(out, ranges6)
    write_policy(out, "real", geo)
    write_policy(out, "logged", geo, log="new")
    for count in APPLICATIONS:
        write_policy(out, f"applications-{count}", geo, applications=count)
    for count in RULES:
        write_policy(out, f"rules-{count}", geo, rules=count)
    for count in RANGES:
        write_synthetic(out, count)
        write_policy(out, f"ranges-{count}", f"{place}/geo-{count}")
    with open(f"{out}/facts", "w", encoding="ascii") as file:
        denied = sum(country in DENIED for _, _, country in ranges4)
        file.write(f"ranges4\t{len(ranges4)}\nranges6\t{len(ranges6)}\n"
                   f"denied4\t{denied}\n")


main()
