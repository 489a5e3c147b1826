#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Hold userspace/policies/policy.schema.json against the loader.

usage: check-schema.py KEPT DRONEFENCE

KEPT is a folder with the policies that unit tests loaded and had refused, see
scripts/check-schema.sh, and DRONEFENCE the program. Says what differs, and ends
with 1 then.
"""
import glob
import json
import re
import subprocess
import sys
import tempfile

import jsonschema
import yaml

SCHEMA = "userspace/policies/policy.schema.json"

# The tables of keys in userspace/lib/policy*.c, and where the schema has them.
TABLES = {
    "policy_keys": [],
    "geo_keys": ["definitions", "geo"],
    "source_keys": ["definitions", "source", "anyOf", 1],
    "quorum_keys": ["definitions", "geo", "properties", "quorum"],
    "set_keys": ["definitions", "set"],
    "profile_keys": ["definitions", "profile"],
    "rule_keys": ["definitions", "rule"],
    "part_keys": ["definitions", "destination", "anyOf", 1],
    "application_keys": ["definitions", "application"],
    "selector_keys": ["definitions", "selector"],
    "confine_keys": ["definitions", "application", "properties", "confine"],
}

# A file of sets is a policy with fewer keys.
SUBSETS = {"include_keys": "policy_keys"}

# The tables of words in userspace/lib, and where the schema has them.
WORDS = {
    "verdict_names": ["definitions", "profile", "properties", "default", "enum"],
    "log_names": ["definitions", "log", "enum"],
    "mode_names": ["definitions", "application", "properties", "mode", "enum"],
    "quorum_names": ["definitions", "quorum", "enum"],
    "strays_names": ["definitions", "application", "properties", "strays", "enum"],
    "protocols": ["definitions", "protocol", "anyOf", 0, "enum"],
    "restrictions": ["definitions", "restriction", "enum"],
}

# Limits of the kernel's interface, and where the schema has them.
LIMITS = {
    "SETS": ["properties", "sets", "maxProperties"],
    "PROFILES": ["properties", "profiles", "maxProperties"],
    "APPLICATIONS": ["properties", "applications", "maxProperties"],
    "PROFILE_RULES": ["definitions", "profile", "properties", "rules", "maxItems"],
    "RULE_SETS": ["definitions", "rule", "properties", "allow", "anyOf", 1, "maxItems"],
    "RULE_PORTS": ["definitions", "rule", "properties", "ports", "anyOf", 1, "maxItems"],
}

# Neither the loader nor the schema takes one of these in place of a part of GOOD.
GOOD = """version: 1
name: good
include: []
geo: { country: [{ source: libloc, max-age: 60d }, tor-geoipdb], operator: libloc }
bulk: 10MiB
unlock: 30min
sets:
  s: { countries: [CN, unknown], asns: [AS4134, 37963], networks: ["::1", 10.0.0.0/8] }
profiles:
  p:
    rules:
      - { allow: [local, s], log: new }
      - { deny: { operated-by: s }, protocol: [tcp, 17], ports: [443, 8000-8100] }
    default: deny
    pilot: true
applications:
  a: { match: { executable: /opt/a, copies: true }, profile: p, mode: audit }
  b: { match: [{ in-interface: wlan1, mac: "02:00:5e:10:00:01" }], profile: p }
  c: { profile: p, strays: report, confine: { lift: [display, gpu] } }
"""
BAD = [
    ("version: 1", "version: 2"),
    ("version: 1", ""),
    ("name: good", "name: Good"),
    ("name: good", "nmae: good"),
    ("include: []", "include: [[a]]"),
    ("max-age: 60d", "max-age: 60"),
    ("max-age: 60d", "max-age: 0d"),
    ("max-age: 60d", "age: 60d"),
    ("source: libloc", "source: geoip"),
    ("source: libloc, ", ""),
    ("operator: libloc", "operator: tor-geoipdb"),
    ("operator: libloc", "operator: []"),
    ("operator: libloc", "quorum: { deny: most }"),
    ("operator: libloc", "quorum: { log: any }"),
    ("operator: libloc", "operator: mmdb"),
    ("bulk: 10MiB", "bulk: 10MB"),
    ("bulk: 10MiB", "bulk: 10"),
    ("unlock: 30min", "unlock: 30"),
    ("unlock: 30min", "unlock: always"),
    ("pilot: true", "pilot: yes"),
    ("CN, unknown", "cn"),
    ("CN, unknown", "UK"),
    ("AS4134", "ASX"),
    ("37963", "0"),
    ("10.0.0.0/8", "ten"),
    ("countries:", "country:"),
    ("  s: {", "  S: {"),
    ("allow: [local, s]", "allow: []"),
    ("allow: [local, s]", "alow: [local, s]"),
    ("allow: [local, s]", "allow: local, deny: s"),
    ("allow: [local, s], ", ""),
    ("allow: [local, s]", "allow: { located-in: s, operated-by: s }"),
    ("allow: [local, s]", "allow: {}"),
    ("allow: [local, s]", "allow: Local"),
    ("allow: [local, s]", "allow: AS0"),
    ("operated-by: s", "operated-by: []"),
    ("operated-by", "operator"),
    ("protocol: [tcp, 17]", "protocol: [tpc]"),
    ("protocol: [tcp, 17]", "protocol: 256"),
    ("protocol: [tcp, 17], ", ""),
    ("443, 8000-8100", "0"),
    ("443, 8000-8100", "65536"),
    ("443, 8000-8100", "8000-"),
    ("443, 8000-8100", "http"),
    ("log: new", "log: some"),
    ("rules:\n", "rules: {}\n    rule:\n"),
    ("default: deny", "default: reject"),
    ("    default: deny\n", ""),
    ("executable: /opt/a", "executable: opt/a"),
    ("executable: /opt/a", "cgroup: /opt/a"),
    ("executable: /opt/a", "pid: 812"),
    ("copies: true", "copies: yes"),
    ("copies: true", "user: nobody"),
    ("copies: true", "in-interface: wlan1"),
    ("in-interface: wlan1, mac", "in-interface: a-name-of-17-chars, mac"),
    ('"02:00:5e:10:00:01"', '"02:00:5e:10:00"'),
    ("mac:", "MAC:"),
    ("[{ in-interface: wlan1, mac: \"02:00:5e:10:00:01\" }]", "[]"),
    ("mode: audit", "mode: watch"),
    ("profile: p, strays", "strays"),
    ("strays: report", "strays: ignore"),
    ("lift: [display, gpu]", "lift: [screen]"),
    ("lift: [display, gpu]", ""),
]


class Loader(yaml.SafeLoader):
    """YAML as editors read it, by the core schema of 1.2: NO is a text."""


Loader.yaml_implicit_resolvers = {}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), "tf")
Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("^(0|-?[1-9][0-9]*)$"),
                             "-0123456789")
Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^(null|~|)$"), "n~\0")

problems = []


def problem(*words):
    problems.append(" ".join(str(word) for word in words))


def at(schema, path):
    for step in path:
        schema = schema[step]
    return schema


def differ(what, loader, schema):
    if set(loader) != set(schema):
        problem(f"{what}: only the loader has {sorted(set(loader) - set(schema))},",
                f"only the schema has {sorted(set(schema) - set(loader))}")


def read(pattern):
    text = ""
    for name in sorted(glob.glob(pattern)):
        with open(name, encoding="utf-8") as file:
            text += file.read()
    return text


def check_keys(schema):
    source = read("userspace/lib/policy*.c")
    tables = {}
    for name, body in re.findall(r"struct df_key (\w+)\[\] = \{(.*?)\n\};", source, re.S):
        tables[name] = dict(re.findall(r'\{ "([a-z-]+)", (true|false), ', body))
    differ("tables of keys", tables, list(TABLES) + list(SUBSETS))
    for name, path in TABLES.items():
        part = at(schema, path)
        differ(name, tables[name], part["properties"])
        if part["additionalProperties"] is not False:
            problem(f"{name}: the schema takes other keys")
        wanted = {key for key, required in tables[name].items() if required == "true"}
        # It is looked for by the loader itself.
        differ(f"{name}, required", wanted | ({"version"} if not path else set()),
               part.get("required", []))
    for name, whole in SUBSETS.items():
        if not set(tables[name]) <= set(tables[whole]):
            problem(f"{name} has more keys than {whole}")


def check_words(schema):
    source = read("userspace/lib/names.c") + read("userspace/lib/confine.c")
    for name, path in WORDS.items():
        body = re.search(rf"\b{name}\[\] = \{{(.*?)\n\}};", source, re.S).group(1)
        words = re.findall(r'^\t(?:\[\w+\] = |\{ (?:\d+, )?)"([a-z0-9-]+)"', body, re.M)
        differ(name, words, at(schema, path))


def check_limits(schema):
    header = read("kmod/include/uapi/linux/dronefence.h") + read("kmod/limits.h")
    for name, path in LIMITS.items():
        found = re.search(rf"DRONEFENCE_MAX_{name}\s*=?\s*(\d+)", header)
        if not found or int(found.group(1)) != at(schema, path):
            problem(f"the limit {name} is not {at(schema, path)}")


def faults(validator, text):
    """What the schema says of a policy; a text is no tree at all."""
    try:
        tree = yaml.load(text, Loader)
        return [error.message for error in validator.iter_errors(tree)]
    except (yaml.YAMLError, TypeError, ValueError) as error:
        return [str(error)]


def check_files(validator, names, what, least):
    if len(names) < least:
        problem(f"only {len(names)} {what}")
    for name in names:
        with open(name, encoding="utf-8") as file:
            text = file.read()
        found = faults(validator, text)
        if found:
            problem(f"{what}: {name}: {found[0][:200]}\n{text[:2000]}")


def loads(program, text):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(text)
        file.flush()
        # Without geo data, which is read behind the policy.
        status = subprocess.run([program, "--geo-root", "/nonexistent", "check", file.name],
                                capture_output=True, check=False).returncode
    return status != 5


def check_bad(validator, program):
    if not loads(program, GOOD) or faults(validator, GOOD):
        problem("the good policy is refused:", faults(validator, GOOD))
    for old, new in BAD:
        text = GOOD.replace(old, new, 1)
        if text == GOOD:
            problem(f"nothing to replace: {old}")
        if loads(program, text):
            problem(f"the loader takes {new!r} for {old!r}")
        if not faults(validator, text):
            problem(f"the schema takes {new!r} for {old!r}")


def check_refused(validator, names):
    """A schema cannot find all that the loader does, but most."""
    found = 0
    for name in names:
        with open(name, encoding="utf-8", errors="surrogateescape") as file:
            found += bool(faults(validator, file.read()))
    if found < len(names) / 2:
        problem(f"the schema finds {found} of {len(names)} refused policies")


def main():
    kept, program = sys.argv[1:]
    with open(SCHEMA, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    check_keys(schema)
    check_words(schema)
    check_limits(schema)
    check_files(validator, glob.glob("userspace/policies/*.yaml"), "policies that are shipped", 11)
    check_files(validator, glob.glob("userspace/policies/sets/*.yaml"), "sets", 7)
    check_files(validator, glob.glob(f"{kept}/loaded-*"), "policies that a unit test loads", 100)
    check_refused(validator, glob.glob(f"{kept}/refused-*"))
    check_bad(validator, program)
    print("\n".join(problems), end="\n" if problems else "")
    sys.exit(bool(problems))


main()
