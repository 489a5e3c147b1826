// SPDX-License-Identifier: GPL-2.0-or-later
/* Files that are no text, no YAML, or more of YAML than a policy may use. */
#include "bad_cases.h"

#define V "version: 1\n"

static const struct bad_case cases[] = {
	{ "empty",
	  TEXT(""),
	  "policy.yaml: error: the file has no content\n" },
	{ "only comments",
	  TEXT("# nothing\n\n# here\n"),
	  "policy.yaml: error: the file has no content\n" },
	{ "only a marker",
	  TEXT("---\n"),
	  "policy.yaml: error: the file has no content\n" },
	{ "a text",
	  TEXT("hello\n"),
	  "policy.yaml:1:1: error: the policy: expected a mapping (key: value), found a single value\n"
	  "  hello\n"
	  "  ^~~~~\n" },
	{ "a list",
	  TEXT("- version: 1\n"),
	  "policy.yaml:1:1: error: the policy: expected a mapping (key: value), found a list\n"
	  "  - version: 1\n"
	  "  ^\n" },
	{ "utf-16",
	  BYTES("\xff\xfev\0e\0r\0"),
	  "policy.yaml:1:1: error: the file is UTF-16, save it as UTF-8\n" },
	{ "nul byte",
	  BYTES(V "na\0me: x\n"),
	  "policy.yaml:2:3: error: control character 0x00 in the file\n" },
	{ "executable",
	  BYTES("\x7f" "ELF\x02\x01\x01\0\0\0\0"),
	  "policy.yaml:1:1: error: control character 0x7f in the file\n" },
	{ "not utf-8",
	  TEXT(V "# caf\xe9\nname: x\n"),
	  "policy.yaml:2:6: error: not UTF-8 text: byte 0xe9\n"
	  "  # caf?\n"
	  "       ^\n" },
	{ "overlong utf-8",
	  TEXT(V "name: a\xc0\xaf\n"),
	  "policy.yaml:2:8: error: not UTF-8 text: byte 0xc0\n"
	  "  name: a?\?\n"
	  "         ^\n" },
	{ "surrogate",
	  TEXT(V "name: a\xed\xa0\x80\n"),
	  "policy.yaml:2:8: error: not UTF-8 text: byte 0xed\n"
	  "  name: a?\??\n"
	  "         ^\n" },
	{ "cut off utf-8",
	  TEXT(V "name: caf\xc3"),
	  "policy.yaml:2:10: error: not UTF-8 text: byte 0xc3\n"
	  "  name: caf?\n"
	  "           ^\n" },
	{ "escape sequence",
	  TEXT(V "name: \x1b[31mred\n"),
	  "policy.yaml:2:7: error: control character 0x1b in the file\n"
	  "  name: ?[31mred\n"
	  "        ^\n" },
	{ "lone carriage return",
	  TEXT("version: 1\rname: x\n"),
	  "policy.yaml:1:11: error: control character 0x0d in the file\n"
	  "  version: 1?name: x\n"
	  "            ^\n" },
	{ "direction override",
	  TEXT(V "name: a # \xe2\x80\xae}\n"),
	  "policy.yaml:2:11: error: character U+202E is not allowed in a policy\n"
	  "  name: a # ?}\n"
	  "            ^\n" },
	{ "next line",
	  TEXT(V "name: a\xc2\x85" "profiles: {}\n"),
	  "policy.yaml:2:8: error: character U+0085 is not allowed in a policy\n"
	  "  name: a?profiles: {}\n"
	  "         ^\n" },
	{ "byte order mark inside",
	  TEXT(V "name: \xef\xbb\xbfx\n"),
	  "policy.yaml:2:7: error: character U+FEFF is not allowed in a policy\n"
	  "  name: ?x\n"
	  "        ^\n" },
	{ "two documents",
	  TEXT(V "---\n" V),
	  "policy.yaml:2:1: error: a second document starts here; a policy is one document\n"
	  "  ---\n"
	  "  ^~~\n" },
	{ "text behind the end",
	  TEXT(V "...\nname: x\n"),
	  "policy.yaml:3:1: error: the policy has ended before this line; check the indentation\n"
	  "  name: x\n"
	  "  ^\n" },
	{ "yaml directive",
	  TEXT("%YAML 1.1\n---\n" V),
	  "policy.yaml:1:1: error: directives (%) are not supported\n"
	  "  %YAML 1.1\n"
	  "  ^\n" },
	{ "tag directive",
	  TEXT("%TAG ! tag:example.org:\n---\n" V),
	  "policy.yaml:1:1: error: directives (%) are not supported\n"
	  "  %TAG ! tag:example.org:\n"
	  "  ^\n" },
	{ "anchor on a mapping",
	  TEXT(V "sets:\n  a: &a { countries: [CN] }\n"),
	  "policy.yaml:3:6: error: anchors (&name) are not supported; quote text that starts with '&'\n"
	  "    a: &a { countries: [CN] }\n"
	  "       ^~~~\n" },
	{ "anchor on a text",
	  TEXT(V "name: &n x\n"),
	  "policy.yaml:2:7: error: anchors (&name) are not supported; quote text that starts with '&'\n"
	  "  name: &n x\n"
	  "        ^~~~\n" },
	{ "alias",
	  TEXT(V "sets:\n  b: *a\n"),
	  "policy.yaml:3:6: error: aliases (*name) are not supported; quote text that starts with '*'\n"
	  "    b: *a\n"
	  "       ^~\n" },
	{ "alias as key",
	  TEXT(V "*a : b\n"),
	  "policy.yaml:2:1: error: aliases (*name) are not supported; quote text that starts with '*'\n"
	  "  *a : b\n"
	  "  ^~\n" },
	{ "alias without name",
	  TEXT(V "applications:\n  a: { match: { cgroup: * } }\n"),
	  "policy.yaml:3:25: error: text that starts with '*' or '&' needs quotes\n"
	  "    a: { match: { cgroup: * } }\n"
	  "                          ^\n" },
	{ "core tag",
	  TEXT(V "name: !!str 1\n"),
	  "policy.yaml:2:7: error: tags (!name) are not supported; quote text that starts with '!'\n"
	  "  name: !!str 1\n"
	  "        ^~~~~~~\n" },
	{ "tag of its own",
	  TEXT(V "sets: !set\n  a: {}\n"),
	  "policy.yaml:2:7: error: tags (!name) are not supported; quote text that starts with '!'\n"
	  "  sets: !set\n"
	  "        ^\n" },
	{ "tag without handle",
	  TEXT(V "name: !a!b x\n"),
	  "policy.yaml:2:7: error: tags (!name) are not supported; quote text that starts with '!'\n"
	  "  name: !a!b x\n"
	  "        ^\n" },
	{ "merge key",
	  TEXT(V "sets:\n  a: { <<: x, countries: [CN] }\n"),
	  "policy.yaml:3:8: error: merge keys (<<) are not supported; write the values out\n"
	  "    a: { <<: x, countries: [CN] }\n"
	  "         ^~\n" },
	{ "duplicate key",
	  TEXT(V "name: a\nname: b\n"),
	  "policy.yaml:3:1: error: key 'name' occurs again, it is already in line 2\n"
	  "  name: b\n"
	  "  ^~~~\n" },
	{ "duplicate set",
	  TEXT(V "sets:\n"
	       "  a: { countries: CN }\n"
	       "  b: {}\n"
	       "  a: { countries: HK }\n"),
	  "policy.yaml:5:3: error: key 'a' occurs again, it is already in line 3\n"
	  "    a: { countries: HK }\n"
	  "    ^\n" },
	{ "duplicate in quotes",
	  TEXT(V "\"version\": 1\n"),
	  "policy.yaml:2:1: error: key 'version' occurs again, it is already in line 1\n"
	  "  \"version\": 1\n"
	  "  ^~~~~~~~~\n" },
	{ "three of one key",
	  TEXT(V "name: a\nname: b\nname: c\n"),
	  "policy.yaml:3:1: error: key 'name' occurs again, it is already in line 2\n"
	  "  name: b\n"
	  "  ^~~~\n"
	  "policy.yaml:4:1: error: key 'name' occurs again, it is already in line 2\n"
	  "  name: c\n"
	  "  ^~~~\n" },
	{ "literal block",
	  TEXT(V "name: |\n  x\n"),
	  "policy.yaml:2:7: error: text in several lines (| or >) is not supported\n"
	  "  name: |\n"
	  "        ^\n" },
	{ "folded block",
	  TEXT(V "name: >-\n  x\n  y\n"),
	  "policy.yaml:2:7: error: text in several lines (| or >) is not supported\n"
	  "  name: >-\n"
	  "        ^\n" },
	{ "no value",
	  TEXT(V "sets:\n"),
	  "policy.yaml:2:6: error: a value is missing here\n"
	  "  sets:\n"
	  "       ^\n" },
	{ "no value in a list",
	  TEXT(V "include:\n  - a.yaml\n  -\n"),
	  "policy.yaml:3:5: error: cannot read a.yaml: No such file or directory\n"
	  "    - a.yaml\n"
	  "      ^~~~~~\n"
	  "policy.yaml:4:4: error: a value is missing here\n"
	  "    -\n"
	  "     ^\n" },
	{ "no value in braces",
	  TEXT(V "geo: { country: }\n"),
	  "policy.yaml:2:17: error: a value is missing here\n"
	  "  geo: { country: }\n"
	  "                  ^\n" },
	{ "empty text",
	  TEXT(V "name: \"\"\n"),
	  "policy.yaml:2:7: error: the text is empty\n"
	  "  name: \"\"\n"
	  "        ^~\n" },
	{ "line end in text",
	  TEXT(V "name: \"a\\nb\"\n"),
	  "policy.yaml:2:7: error: the text has a line end, tab or control character in it\n"
	  "  name: \"a\\nb\"\n"
	  "        ^~~~~~\n" },
	{ "nul in text",
	  TEXT(V "name: \"a\\0b\"\n"),
	  "policy.yaml:2:7: error: the text has a line end, tab or control character in it\n"
	  "  name: \"a\\0b\"\n"
	  "        ^~~~~~\n" },
	{ "tab in text",
	  TEXT(V "name: a\tb\n"),
	  "policy.yaml:2:7: error: the text has a line end, tab or control character in it\n"
	  "  name: a\tb\n"
	  "        ^~~\n" },
	{ "direction override by escape",
	  TEXT(V "name: \"a\\u202eb\"\n"),
	  "policy.yaml:2:7: error: the text has a line end, tab or control character in it\n"
	  "  name: \"a\\u202eb\"\n"
	  "        ^~~~~~~~~~\n" },
	{ "list as key",
	  TEXT(V "[a, b]: c\n"),
	  "policy.yaml:2:1: error: a key is a single word, not a list or mapping\n"
	  "  [a, b]: c\n"
	  "  ^\n" },
	{ "mapping as key",
	  TEXT(V "? { a: b }\n: c\n"),
	  "policy.yaml:2:3: error: a key is a single word, not a list or mapping\n"
	  "  ? { a: b }\n"
	  "    ^\n" },
	{ "no key",
	  TEXT(V ": x\n"),
	  "policy.yaml:2:1: error: expected a key; check the indentation\n"
	  "  : x\n"
	  "  ^\n" },
	{ "address with colon first",
	  TEXT(V "sets:\n  a: { networks: [::1] }\n"),
	  "policy.yaml:3:19: error: expected a value; text that starts with ':', ',' or '?' needs quotes\n"
	  "    a: { networks: [::1] }\n"
	  "                    ^\n" },
	{ "address with colon last",
	  TEXT(V "sets:\n  a: { networks: [fe80::, 10.0.0.1] }\n"),
	  "policy.yaml:3:24: error: inside [ ] and { } text that contains ':' needs quotes\n"
	  "    a: { networks: [fe80::, 10.0.0.1] }\n"
	  "                         ^\n" },
	{ "nested too deep",
	  TEXT(V "name: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n"),
	  "policy.yaml:2:38: error: nested deeper than 32 levels\n"
	  "  name: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n"
	  "                                       ^\n" },
	{ "tab as indentation",
	  TEXT(V "sets:\n\ta: {}\n"),
	  "policy.yaml:3:1: error: a tab cannot indent; use blanks\n"
	  "  \ta: {}\n"
	  "  ^\n" },
	{ "tab behind blanks",
	  TEXT(V "sets:\n  a:\n  \tcountries: [CN]\n"),
	  "policy.yaml:4:3: error: a tab cannot indent; use blanks\n"
	  "    \tcountries: [CN]\n"
	  "    ^\n" },
	{ "open list",
	  TEXT(V "include: [a.yaml,\n  b.yaml\nname: x\n"),
	  "policy.yaml:2:10: error: the list that opens here is not closed: expected ',' or ']'\n"
	  "  include: [a.yaml,\n"
	  "           ^\n" },
	{ "open list at the end",
	  TEXT(V "include: [a.yaml, b.yaml"),
	  "policy.yaml:2:10: error: the list that opens here is not closed: expected ',' or ']'\n"
	  "  include: [a.yaml, b.yaml\n"
	  "           ^\n" },
	{ "open mapping",
	  TEXT(V "geo: { country: libloc\nname: x\n"),
	  "policy.yaml:2:6: error: the mapping that opens here is not closed: expected ',' or '}'\n"
	  "  geo: { country: libloc\n"
	  "       ^\n" },
	{ "open quotes",
	  TEXT(V "name: \"x\nsets: {}\n"),
	  "policy.yaml:2:7: error: the quotes that open here are never closed\n"
	  "  name: \"x\n"
	  "        ^\n" },
	{ "open single quotes",
	  TEXT(V "name: \'x\n"),
	  "policy.yaml:2:7: error: the quotes that open here are never closed\n"
	  "  name: 'x\n"
	  "        ^\n" },
	{ "marker in quotes",
	  TEXT(V "name: \'x\n---\n"),
	  "policy.yaml:2:7: error: the quotes that open here are not closed before '---' or '...'\n"
	  "  name: 'x\n"
	  "        ^\n" },
	{ "unknown escape",
	  TEXT(V "applications:\n  a: { match: { cgroup: \"/a\\d2\" } }\n"),
	  "policy.yaml:3:28: error: unknown escape; use single quotes, where a backslash stands for itself\n"
	  "    a: { match: { cgroup: \"/a\\d2\" } }\n"
	  "                             ^\n" },
	{ "text starts with @",
	  TEXT(V "name: @x\n"),
	  "policy.yaml:2:7: error: text that starts with '@' needs quotes\n"
	  "  name: @x\n"
	  "        ^\n" },
	{ "text starts with backtick",
	  TEXT(V "name: `x`\n"),
	  "policy.yaml:2:7: error: text that starts with '`' needs quotes\n"
	  "  name: `x`\n"
	  "        ^\n" },
	{ "text starts with percent",
	  TEXT(V "name: %x\n"),
	  "policy.yaml:2:7: error: text that starts with '%' needs quotes\n"
	  "  name: %x\n"
	  "        ^\n" },
	{ "colon in text",
	  TEXT(V "name: a: b\n"),
	  "policy.yaml:2:8: error: unexpected ':'; check the indentation, or quote text that contains ': '\n"
	  "  name: a: b\n"
	  "         ^\n" },
	{ "value and mapping",
	  TEXT(V "name: x\n  sets: {}\n"),
	  "policy.yaml:3:7: error: unexpected ':'; check the indentation, or quote text that contains ': '\n"
	  "    sets: {}\n"
	  "        ^\n" },
	{ "wrong indentation",
	  TEXT(V "sets:\n    a: {}\n  b: {}\n"),
	  "policy.yaml:4:3: error: expected a key; check the indentation\n"
	  "    b: {}\n"
	  "    ^\n" },
	{ "list entry too far left",
	  TEXT(V "include:\n    - a.yaml\n  - b.yaml\n"),
	  "policy.yaml:4:3: error: expected a key; check the indentation\n"
	  "    - b.yaml\n"
	  "    ^\n" },
	{ "list entry beside its key",
	  TEXT(V "include: - a.yaml\n"),
	  "policy.yaml:2:10: error: a list entry cannot start here; put '- ' on a line of its own\n"
	  "  include: - a.yaml\n"
	  "           ^\n" },
	{ "key after a list",
	  TEXT(V "include:\n  - a.yaml\n  name: x\n"),
	  "policy.yaml:4:3: error: expected a list entry ('- '); check the indentation\n"
	  "    name: x\n"
	  "    ^\n" },
	{ "no colon",
	  TEXT(V "name x\nsets: {}\n"),
	  "policy.yaml:2:1: error: expected ':' behind the key\n"
	  "  name x\n"
	  "  ^\n" },
	{ "bad unicode escape",
	  TEXT(V "name: \"\\ud800\"\n"),
	  "policy.yaml:2:10: error: YAML syntax: found invalid Unicode character escape code, while parsing a quoted scalar\n"
	  "  name: \"\\ud800\"\n"
	  "           ^\n" },
	{ "error behind wide letters",
	  TEXT(V "name: \"\u6f22\u5b57\" x\n"),
	  "policy.yaml:2:16: error: expected a key; check the indentation\n"
	  "  name: \"漢字\" x\n"
	  "               ^\n" },
	{ "no key in braces",
	  TEXT(V "geo: { : x }\n"),
	  "policy.yaml:2:8: error: expected a value; text that starts with ':', ',' or '?' needs quotes\n"
	  "  geo: { : x }\n"
	  "         ^\n" },
	{ "no key behind a question mark",
	  TEXT(V "sets:\n  ? # nothing\n  : a\n"),
	  "policy.yaml:3:4: error: the key in front of ':' is missing\n"
	  "    ? # nothing\n"
	  "     ^\n" },
	{ "empty list entry in brackets",
	  TEXT(V "include: [a.yaml,, b.yaml]\n"),
	  "policy.yaml:2:18: error: expected a value; text that starts with ':', ',' or '?' needs quotes\n"
	  "  include: [a.yaml,, b.yaml]\n"
	  "                   ^\n" },
};

int main(void)
{
	return RUN_BAD_CASES(cases);
}
