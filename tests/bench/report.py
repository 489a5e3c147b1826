#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the benchmark measured, as table, JSON and picture.

usage: report.py write FOLDER RST       all of it; the table also into RST
       report.py show FOLDER            the table of what there is
       report.py baseline FOLDER FILE   keep the numbers of instructions
       report.py check FOLDER FILE      compare them; status 1 if one grew
"""

import json
import os
import re
import statistics
import sys

import plot

PARTS = ("paths", "load", "growth", "apply", "daemon", "count", "network")

NAMES = {
    "none": "no hook",
    "empty": "empty hook",
    "dronefence": "dronefence",
    "nft-cgroup": "nft socket cgroupv2",
    "nft-set": "nft cgroup + set CN HK TW",
    "nft-ct-set": "nft cgroup + ct + set CN HK TW",
    "nft-map": "nft interval map, all ranges",
    "xt-cgroup": "iptables xt_cgroup",
    "xt-geoip": "iptables xt_geoip CN HK TW",
    "ipset": "iptables ipset hash:net CN HK TW",
    "dronefence-module": "dronefence, module without policy",
    "dronefence-again": "dronefence, compiled before",
}

CASES = {
    "bystander4": "program that is not registered, IPv4",
    "bystander6": "program that is not registered, IPv6",
    "known4": "registered, known flow, IPv4",
    "known6": "registered, known flow, IPv6",
    "new4": "registered, new destination in each packet, IPv4",
    "new6": "registered, new destination in each packet, IPv6",
    "lookup4": "zone map alone, IPv4",
    "lookup6": "zone map alone, IPv6",
    "send4": "not registered, whole way out by kernel_sendmsg()",
}

# How much more the largest of a curve may cost to be called flat.
FLAT = 1.3
# How much more instructions a packet may take than the baseline.
GROWTH = 1.1


def read_samples(folder):
    """Values by (table, case, candidate), in the order of the files."""
    values, missing = {}, {}
    for part in PARTS:
        path = f"{folder}/{part}/samples"
        if not os.path.exists(path):
            continue
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                table, *rest = line.rstrip("\n").split("\t")
                if table == "missing":
                    missing[tuple(rest[:3])] = rest[3]
                else:
                    key = (table, rest[0], rest[1])
                    values.setdefault(key, []).append(float(rest[2]))
    return values, missing


class Results:
    """Medians by name."""

    def __init__(self, folder):
        self.values, self.missing = read_samples(folder)

    def median(self, *key):
        """None if it was not measured."""
        values = self.values.get(key)
        return statistics.median(values) if values else None

    def spread(self, *key):
        """Lowest and highest."""
        return min(self.values[key]), max(self.values[key])

    def ratio(self, one, other):
        """Of two medians; None if one of them is missing."""
        one, other = self.median(*one), self.median(*other)
        return one / other if one is not None and other else None

    def candidates(self, table, case):
        """Those that were measured, in that order."""
        return [key[2] for key in self.values if key[:2] == (table, case)]

    def curve(self, table, case):
        """Pairs of x and median."""
        return sorted((float(key[1]), self.median(*key))
                      for key in self.values
                      if key[0] == table and key[2] == case)


def number(value):
    """With as many digits as mean something."""
    if value is None:
        return "not measured"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def flat(results, table, case):
    """The highest of a curve by its lowest."""
    points = [y for _, y in results.curve(table, case)]
    return max(points) / min(points) if len(points) > 1 else None


def policy_memory(results):
    """KiB: what is missing then or what the module says, if that is more."""
    said = results.median("load", "said", "dronefence")
    seen = results.median("load", "KiB", "dronefence")
    return None if said is None else max(said / 1024, seen or 0)


def goals(results):
    """Rows (goal, measured, limit); met where measured <= limit."""
    def ns(case, candidate="dronefence"):
        return ("ns", case, candidate)

    def ratio(*pair):
        return results.ratio(*pair)

    empty = ns("bystander4", "empty")
    memory = policy_memory(results)
    map_memory = results.median("load", "KiB", "nft-map")
    rows = [
        ("not registered, to an empty hook",
         ratio(ns("bystander4"), empty), 1.3),
        ("not registered, to the nft cgroup rule",
         ratio(ns("bystander4"), ns("bystander4", "nft-cgroup")), 1 / 3),
        ("known flow, to nft cgroup + ct + set",
         ratio(ns("known4"), ns("known4", "nft-ct-set")), 1 / 3),
        ("new destinations, to the nft map of all ranges",
         ratio(ns("new4"), ns("new4", "nft-map")), 1 / 8),
        ("new destinations, to xt_geoip with three countries",
         ratio(ns("new4"), ns("new4", "xt-geoip")), 1 / 5),
        ("zone map IPv4, to an empty hook",
         ratio(ns("lookup4"), empty), 15 / 17),
        ("zone map IPv6, to an empty hook",
         ratio(ns("lookup6"), empty), 40 / 17),
        ("time to apply IPv4 and IPv6, to nft -f of IPv4",
         ratio(("apply", "seconds", "dronefence"),
               ("apply", "seconds", "nft-map")), 1 / 10),
        ("kernel memory of the policy, MiB",
         memory / 1024 if memory else None, 8),
        ("kernel memory of the policy, to the nft map of IPv4",
         memory / map_memory if memory and map_memory else None, 1 / 10),
        ("not registered, whole way out, to no module",
         ratio(ns("send4"), ns("send4", "none")), 1.05),
        ("not registered, whole way out, to the nft cgroup rule",
         ratio(ns("send4"), ns("send4", "nft-cgroup")), 1),
    ]
    for who in ("bystander", "registered"):
        rows.append((f"time for bytes of TCP, {who}, to no module",
                     ratio(("network", "bits", "absent"),
                           ("network", "bits", who)), 1 / 0.97))
    events = results.median("network", "events", "logged")
    rows.append(("connections without an event, of each 100",
                 None if events is None else max(0, 100 - 100 * events), 0))
    rows.append(("time for connections, an event each, to no module",
                 ratio(("network", "connections", "absent"),
                       ("network", "connections", "logged")), 1 / 0.9))
    for table, case, label in (
            ("ranges", "new", "1 k to 1 M ranges, new destinations"),
            ("ranges", "known", "1 k to 1 M ranges, known flow"),
            ("applications", "known", "1 to 1,000 applications, known flow"),
            ("applications", "bystander", "1 to 1,000 applications, others"),
            ("flows", "known", "1 to 60,000 flows")):
        rows.append((f"growth: {label}", flat(results, table, case), FLAT))
    rows.append(("others after 200,000 destinations of an application, "
                 "to before",
                 ratio(("crowd", "200000", "bystander"),
                       ("crowd", "0", "bystander")), 1.05))
    rows.append(("records lost at 1,000 new flows a second",
                 results.median("daemon", "lost", "1000"), 0))
    memory = results.median("daemon", "KiB", "1000")
    rows.append(("memory of the daemon then, MiB",
                 memory / 1024 if memory else None, 64))
    rows.append(("flows in the table then, to its limit",
                 results.median("crowd", "200000", "share"), 1))
    return rows


def verdict(measured, limit):
    """In a word."""
    if measured is None:
        return "not measured"
    return "met" if measured <= limit else "missed"


def case_tables(results):
    """One table for each case: candidate, median, range, ratio."""
    text = []
    for case, label in CASES.items():
        candidates = results.candidates("ns", case)
        if not candidates:
            continue
        ours = results.median("ns", case, "dronefence")
        text += [f"{label}", f"  {'':36}{'ns':>9}  {'from .. to':>17}"
                 f"{'to dronefence':>15}"]
        for name in candidates:
            key = ("ns", case, name)
            low, high = results.spread(*key)
            median = results.median(*key)
            ratio = f"{median / ours:.2f} x" if ours else ""
            text.append(f"  {NAMES[name]:36}{number(median):>9}  "
                        f"{number(low):>7} .. {number(high):>6}{ratio:>15}")
        text.append("")
    return text


def load_table(results):
    """Time and memory to load the data."""
    text = []
    names = results.candidates("apply", "seconds")
    if names:
        text.append(f"loading the world{'':21}  seconds         from .. to")
    for name in names:
        seconds = results.median("apply", "seconds", name)
        low, high = results.spread("apply", "seconds", name)
        text.append(f"  {NAMES[name]:36}{seconds:>9.3f}  "
                    f"{low:>7.3f} .. {high:>6.3f}")
    names = results.candidates("load", "KiB")
    if names:
        text += ["", f"keeping it{'':40}KiB of kernel memory"]
    for name in names:
        kib = results.median("load", "KiB", name)
        # The kernel may also find some memory at such a time.
        said = f"{kib:,.0f}" if kib > 0 else "none seen"
        text.append(f"  {NAMES[name]:36}{said:>32}")
    said = results.median("load", "said", "dronefence")
    if said is not None:
        text.append(f"  {'dronefence, by its own account':36}"
                    f"{said / 1024:>32,.0f}")
    return text + [""]


def curve_tables(results):
    """ns by how many there are."""
    text = []
    for table in ("ranges", "applications", "rules", "flows", "cgroups"):
        cases = []
        for key in results.values:
            if key[0] == table and key[2] not in cases:
                cases.append(key[2])
        for case in cases:
            points = results.curve(table, case)
            text.append(f"{table}, {case}: " + "  ".join(
                f"{x:,.0f}: {number(y)}" for x, y in points) + " ns")
    return text + [""] if text else []


def network_table(results):
    """TCP as ratios."""
    text = []
    for case, label in (("bits", "bytes a second"),
                        ("connections", "connections a second")):
        absent = results.median("network", case, "absent")
        if not absent:
            continue
        text.append(f"TCP between two namespaces, {label}, to no module")
        for name in results.candidates("network", case):
            ratio = results.median("network", case, name) / absent
            text.append(f"  {name:36}{ratio:>9.3f}")
        text.append("")
    events = results.median("network", "events", "logged")
    if events is not None:
        text += [f"events for each connection, lost ones not counted: "
                 f"{events:.2f}", ""]
    return text


def daemon_table(results):
    """What records cost, by new flows a second."""
    rates = results.candidates("daemon", "flows")
    if not rates:
        return []

    def of(name, rate):
        return results.median("daemon", name, rate)

    text = [f"{'the daemon with its store, by new flows a second':44}"
            f"{'opened':>9}{'events':>10}{'lost':>9}{'CPU us/event':>14}"
            f"{'MiB':>7}"]
    for rate in rates:
        events = of("events", rate)
        text.append(f"  {int(rate):<42,}{of('flows', rate):>9,.0f}"
                    f"{events:>10,.0f}{of('lost', rate):>9,.0f}"
                    f"{1000 * of('cpu-ms', rate) / max(events, 1):>14,.0f}"
                    f"{of('KiB', rate) / 1024:>7.1f}")
    return text + [""]


def count_table(results):
    """Instructions."""
    keys = [key for key in results.values if key[0] == "instructions"]
    if not keys:
        return []
    text = ["instructions for each packet"]
    text += [f"  {key[1]:36}{results.median(*key):>9.0f}" for key in keys]
    return text + [""]


def goal_table(results):
    """Goals and what became of them."""
    text = [f"{'goal':58}{'at most':>9}{'measured':>10}"]
    for label, measured, limit in goals(results):
        value = "-" if measured is None else f"{measured:.3f}"
        text.append(f"  {label:56}{limit:>9.3f}{value:>10}  "
                    f"{verdict(measured, limit)}")
    return text + [""]


def missing_table(results):
    """What there is no number for, and why."""
    return [f"not measured: {NAMES.get(key[2], key[2])} ({key[0]} {key[1]}): "
            f"{why}" for key, why in results.missing.items()]


def machine(folder):
    """Where and when."""
    with open(f"{folder}/begin", encoding="ascii") as file:
        date, load = file.read().split()[:2]
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        models = re.findall(r"^model name\s*:\s*(.*)$", info.read(), re.M)
    return {
        "processor": models[0] if models else "unknown",
        "cores": os.cpu_count(),
        "load": float(load),
        "date": date,
    }


def write_rst(path, text):
    """Between the two marks of the document."""
    with open(path, encoding="utf-8") as file:
        document = file.read()
    begin = ".. begin of what the benchmark wrote\n"
    end = ".. end of what the benchmark wrote\n"
    head, rest = document.split(begin)
    tail = rest.split(end)[1]
    block = "".join(f"    {line}".rstrip() + "\n" for line in text)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{head}{begin}\n::\n\n{block.rstrip()}\n\n{end}{tail}")


def tables(results, where):
    """All of them."""
    text = [f"{where['processor']}, {where['cores']} cores, {where['date']}; "
            f"load of the machine when it began: {where['load']:.1f}", ""]
    for table in (goal_table, case_tables, load_table, curve_tables,
                  network_table, daemon_table, count_table, missing_table):
        text += table(results)
    return text


def show(folder):
    """On the terminal only."""
    print("\n".join(tables(Results(folder), machine(folder))))


def write(folder, rst):
    """Table, JSON, picture."""
    results = Results(folder)
    where = machine(folder)
    text = tables(results, where)
    print("\n".join(text))
    with open(f"{folder}/table.txt", "w", encoding="utf-8") as file:
        file.write("\n".join(text) + "\n")
    with open(f"{folder}/results.json", "w", encoding="utf-8") as file:
        json.dump({
            "machine": where,
            "goals": [{"goal": label, "at-most": limit, "measured": measured,
                       "verdict": verdict(measured, limit)}
                      for label, measured, limit in goals(results)],
            "samples": [{"table": key[0], "case": key[1], "candidate": key[2],
                         "median": results.median(*key), "values": values}
                        for key, values in results.values.items()],
            "missing": [{"case": key, "reason": why}
                        for key, why in results.missing.items()],
        }, file, indent=1)
    plot.write(f"{folder}/bench.svg", results, NAMES, CASES)
    write_rst(rst, text)


def counts(folder):
    """Instructions by case, without those of the harness itself."""
    results = Results(folder)
    counted = {key[1]: results.median(*key) for key in results.values
               if key[0] == "instructions"}
    return {case: value - counted[f"none{case[-1]}"]
            for case, value in counted.items() if not case.startswith("none")}


def baseline(folder, path):
    """Keep them."""
    with open(path, "w", encoding="ascii") as file:
        file.write("# SPDX-License-Identifier: GPL-2.0-only\n"
                   "# Instructions for each packet, made by scripts/bench.sh "
                   "--baseline.\n")
        for case, value in counts(folder).items():
            file.write(f"{case} {value:.0f}\n")


def check(folder, path):
    """Compare them. What is not ours only says whether they compare."""
    measured = counts(folder)
    failed = 0
    with open(path, encoding="ascii") as file:
        rows = [line.split() for line in file if not line.startswith("#")]
    print(f"{'instructions':16}{'baseline':>10}{'now':>10}{'ratio':>8}")
    for case, value in rows:
        now = measured.get(case)
        if now is None:
            print(f"{case:16}{value:>10}  not measured")
            failed += 1
            continue
        ratio = now / float(value)
        word = "" if ratio <= GROWTH else "  grew"
        failed += ratio > GROWTH
        print(f"{case:16}{value:>10}{now:>10.0f}{ratio:>8.3f}{word}")
    if failed:
        print(f"{failed} of {len(rows)} take more than {GROWTH:.2f} x the "
              "baseline, or were not measured")
    sys.exit(bool(failed))


{"write": write, "show": show, "baseline": baseline,
 "check": check}[sys.argv[1]](
    *sys.argv[2:])
