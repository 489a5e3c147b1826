#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Write each command that the documentation shows to be typed, a line each:

    FILE <tab> SECTION <tab> LINE <tab> PROMPT <tab> COMMAND

usage: doc-commands.py OUTPUT
       doc-commands.py --check

FILE is the name without the folder, PROMPT is "-" where there is none. Those that
tests/docs.table takes out are left out.

Commands stand in literal blocks. Where lines of a block have a prompt, "$" or "#", only
these are commands, and the rest is what they print. Any other block is taken for commands
unless it plainly is data, or the table calls it text: so no new command can be missed, but
a new figure has to be named. A cell of a table that holds nothing but one of our programs,
or one that reads our records, is a command as well.

With --check nothing is written. Each section with commands has to be typed by a test, in a
line

    typed FILE SECTION [STATUS...]

of a script below tests, see tests/kernel/typed.sh; and whatever such a line or the table
names has to be there.
"""

import glob
import os
import re
import shlex
import sys

TABLE = "tests/docs.table"
SOURCES = ["README.md", "Documentation/*.rst", "Documentation/man/*.rst",
           "debian/*.README.Debian", "userspace/policies/*.yaml"]
PROGRAMS = r"(?:dronefenced?|journalctl|dmesg|make)\b(?!-)"
# A record, JSON, YAML, a listing, a sentence or a message.
DATA = re.compile(r'[A-Za-z_@-]+=|[{"<*|.0-9(-]|[\w./-]+:|[A-Z]|#')


def heading(lines, i):
    """The title that is underlined in the next line, if that is what line i is."""
    title, below = lines[i].rstrip(), "".join(lines[i + 1:i + 2]).rstrip()
    if title and title[0] != " " and re.fullmatch(r"([=~-])\1{2,}", below) \
       and len(below) >= len(title):
        return title
    return None


def literal_rst(lines):
    """Literal blocks of reStructuredText, as (section, number of a line, lines)."""
    section, i = "", 0
    while i < len(lines):
        section = heading(lines, i) or section
        line = lines[i].rstrip()
        i += 1
        if not line.endswith("::") or re.match(r"\s*\.\. ", line):
            continue
        # The text of a list's item begins behind its mark.
        indent = re.match(r"\s*(?:(?:[*-]|\d+\.)\s+)?", line).end()
        begin, block = i, []
        while i < len(lines) and (not lines[i].strip() or
                                  re.match(r"\s*", lines[i]).end() > indent):
            block.append(lines[i].rstrip())
            i += 1
        yield section, begin, block


def cells_rst(lines):
    """Cells of tables that hold nothing but a command."""
    section = ""
    for i, line in enumerate(lines):
        section = heading(lines, i) or section
        cell = re.fullmatch(rf"\s+(?:\* )?- ``({PROGRAMS}.*)``", line.rstrip())
        if cell:
            yield section, i, [cell[1]]


def indented(lines, mark):
    """Blocks that are indented by four, in Markdown and plain text."""
    section, block, begin, fenced = "", [], 0, False
    for i, line in enumerate(lines):
        fenced ^= line.startswith("```")
        if mark and line.startswith(mark):
            section = line.lstrip(mark + " ").rstrip()
        elif not mark:
            section = heading(lines, i) or section
        if line.startswith("    ") and not fenced:
            if not block:
                begin = i
            block.append(line.rstrip())
        elif block and not line.strip() and i + 1 < len(lines) and \
                lines[i + 1].startswith("    "):
            block.append("")
        elif block:
            yield section, begin, block
            block = []


def commented(lines):
    """The same in the comment that a policy begins with, which has no sections."""
    head = [line[2:] if line.startswith("# ") else "" for line in lines
            if line.startswith("#")]
    for _, begin, block in indented(head, None):
        yield "", begin, block


def blocks(name):
    with open(name, encoding="utf-8") as file:
        lines = file.read().split("\n")
    if name.endswith(".rst"):
        yield from literal_rst(lines)
        yield from cells_rst(lines)
    elif name.endswith(".yaml"):
        yield from commented(lines)
    else:
        yield from indented(lines, "#" if name.endswith(".md") else None)


def commands(begin, block):
    """(number of the line, prompt, command) of a block that may have other lines."""
    prompts = any(re.match(r"\s*[$#] ", line) for line in block)
    text, first = "", 0
    for i, line in enumerate(block):
        line = line.strip()
        if not line or (prompts and not text and not re.match(r"[$#] ", line)):
            continue
        first = first if text else begin + i + 1
        text += line
        if text.endswith("\\"):
            text = text[:-1].rstrip() + " "
            continue
        yield (first, text[0], text[2:]) if prompts else (first, "-", text)
        text = ""


def shown():
    """Every command, and every block that might be one: (file, section, commands)."""
    for name in sorted(n for s in SOURCES for n in glob.glob(s)):
        for section, begin, block in blocks(name):
            block = list(commands(begin, block))
            if block and not (block[0][1] == "-" and DATA.match(block[0][2])):
                yield name, section, block


def exceptions():
    """Lines of the table: (file, section, command or first line of a text, who, why)."""
    with open(TABLE, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            words = shlex.split(line, comments=True)
            if words and len(words) != 5:
                sys.exit(f"{TABLE}:{number}: expected FILE SECTION COMMAND WHO WHY")
            if words:
                yield tuple(words)


def typed():
    """(file, section) of each line that types one."""
    for name in glob.glob("tests/*/test_*.sh"):
        with open(name, encoding="utf-8") as file:
            for line in file:
                if line.lstrip().startswith("typed "):
                    yield tuple(shlex.split(line, comments=True)[1:3])


def exists(who):
    """Whether the target or file is there that the table names."""
    if who.startswith("make:"):
        with open("Makefile", encoding="utf-8") as file:
            return re.search(rf"^{re.escape(who[5:])}:", file.read(), re.M)
    return who in ("text", "nobody") or os.path.isfile(who)


def check(table, used, left):
    wrong = [f"{TABLE}: {' '.join(e[:3])}: there is no such line" for e in table
             if e not in used]
    wrong += [f"{TABLE}: {e[3]}: there is no such file or target" for e in table
              if not exists(e[3])]
    sections = set(typed())
    wrong += [f"{name}:{line}: no test types this: {command}"
              for name, section, line, _, command in left
              if (os.path.basename(name), section) not in sections]
    there = {(os.path.basename(entry[0]), entry[1]) for entry in left}
    wrong += [f"a test types {name}, {section!r}, which has no commands"
              for name, section in sorted(sections) if (name, section) not in there]
    return wrong


def sort_out(table):
    """Exceptions of the table that were used, and the commands that are left."""
    used, left = set(), []
    for name, section, block in shown():
        mine = [e for e in table if e[:2] == (os.path.basename(name), section)]
        texts = [e for e in mine if e[3] == "text" and e[2] == block[0][2]]
        used.update(texts)
        for line, prompt, command in [] if texts else block:
            matching = [e for e in mine if e[2] in ("*", command)]
            used.update(matching)
            if not matching:
                left.append((name, section, line, prompt, command))
    return used, left


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: doc-commands.py OUTPUT | --check")
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    table = list(exceptions())
    used, left = sort_out(table)
    if sys.argv[1] == "--check":
        sys.exit("\n".join(check(table, used, left)) or 0)
    with open(sys.argv[1], "w", encoding="utf-8") as output:
        for name, *rest in left:
            print(os.path.basename(name), *rest, sep="\t", file=output)


main()
