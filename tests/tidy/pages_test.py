#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""The pages keep to the tree: links lead somewhere, named files exist, and code that is shown is code
that is built.

A block of code below a comment `<!-- examples/hello/main.cpp -->` must stand in that file, line by
line; a line `// ...` in it leaves some out. A test that is named, `Suite.Test` or `file_test.test_name`,
is there, and each threat names one. In what is shown of a console `kith` has the commands, flags and
headings of tables that it has."""

import functools
import os
import re
import sys

LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.M | re.S)
SHOWN = re.compile(r"^<!-- (\S+) -->\n```\w*\n(.*?)^```$", re.M | re.S)
HEADING = re.compile(r"^#+ +(.+)$", re.M)
NAMED = re.compile(r"`((?:bench|core|docs|examples|scripts|services|tests|tools|cmake)/[\w./-]*\w)`")

TEST_NAMED = re.compile(r"`([A-Z]\w+)\.([A-Z]\w+)`|`(\w+_test)\.(test_\w+)`")
TEST_MADE = re.compile(r"^\s*(?:TYPED_)?TEST(?:_[FP])?\((\w+), (\w+)\)", re.M)
CASE_MADE = re.compile(r"^    def (test_\w+)\(self", re.M)


CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)
CALLED = re.compile(r"^\$ .*?\bkith ([a-z-]+)([^|\n]*)", re.M)
HEADINGS = re.compile(r"^[A-Z][A-Z0-9/%.]*(?:  +[A-Z][A-Z0-9/%. ]*[A-Z0-9%]|  +\.\.\.){3,}$", re.M)
COMMAND_MADE = re.compile(r'add_subcommand\(\s*"([a-z-]+)"')
TEXT_MADE = re.compile(r'"([^"\\\n]+)"')


def pages_of(root):
    for name in sorted(os.listdir(root)):
        if name.endswith(".md"):
            yield name
    for directory, _, names in sorted(os.walk(os.path.join(root, "docs"))):
        for name in sorted(names):
            if name.endswith(".md"):
                yield os.path.relpath(os.path.join(directory, name), root)


def text_of(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def anchors_of(text):
    """As GitHub makes them."""
    for heading in HEADING.findall(FENCE.sub("", text)):
        yield re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def bad_links(root, path, text):
    for target in LINK.findall(FENCE.sub("", text)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        there = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
        if not os.path.exists(os.path.join(root, there)):
            yield f"the link to {target} leads nowhere"
        elif anchor and anchor not in anchors_of(text_of(root, there)):
            yield f"{there} has no heading #{anchor}"


def bad_names(root, _, text):
    for name in NAMED.findall(FENCE.sub("", text)):
        if not os.path.exists(os.path.join(root, name)):
            yield f"`{name}` does not exist"


@functools.cache
def tests_of(root):
    made = set()
    for directory, _, names in os.walk(os.path.join(root, "tests")):
        for name in names:
            stem, kind = os.path.splitext(name)
            path = os.path.join(directory, name)
            if kind == ".cpp":
                made.update(TEST_MADE.findall(text_of(root, path)))
            elif kind == ".py" and stem.endswith("_test"):
                made.update((stem, case) for case in CASE_MADE.findall(text_of(root, path)))
    return made


def bad_tests(root, _, text):
    for suite, test, file, case in TEST_NAMED.findall(FENCE.sub("", text)):
        if (suite or file, test or case) not in tests_of(root):
            yield f"there is no test {suite or file}.{test or case}"


def bad_threats(_, __, text):
    """Rows of the table under "Threats" whose last cell names neither a test nor where tests are."""
    _, _, after = text.partition("\n## Threats\n")
    rows = re.findall(r"^\|.*\|$", re.split(r"^## ", after, flags=re.M)[0], re.M)
    for row in rows[2:]:
        cells = row.strip("|").split("|")
        if not TEST_NAMED.search(cells[-1]) and not NAMED.search(cells[-1].replace("/`", "`")):
            yield f"no test is named for the threat: {cells[0].strip()}"


def bad_code(root, _, text):
    for source, block in SHOWN.findall(text):
        if not os.path.exists(os.path.join(root, source)):
            yield f"it shows {source}, which does not exist"
            continue
        rest = text_of(root, source)
        for part in re.split(r"^ *// \.\.\.\n", block, flags=re.M):
            before, found, rest = rest.partition(part)
            if not found or (before and not before.endswith("\n")):
                yield f"it shows what is not in {source}:\n{part}"
                break


@functools.cache
def tool_of(root):
    """The commands, flags and texts of `kith`."""
    commands, flags, texts = set(), {"--help", "--version", "-h"}, set()
    for directory, _, names in os.walk(os.path.join(root, "tools", "kith")):
        for name in names:
            if name.endswith(".cpp"):
                text = text_of(root, os.path.join(directory, name))
                commands.update(COMMAND_MADE.findall(text))
                texts.update(one.lstrip(">") for one in TEXT_MADE.findall(text))
    flags.update(part for text in texts for part in text.split(",") if re.fullmatch("--?[a-z-]+", part))
    return commands, flags, texts


def bad_console(root, _, text):
    commands, flags, texts = tool_of(root)
    for shown in CONSOLE.findall(text):
        for command, rest in CALLED.findall(shown):
            if command not in commands:
                yield f"kith has no command {command}"
            for flag in re.findall(r"(?<= )--?[a-z][a-z-]*", re.sub("'[^']*'", "", rest)):
                if flag not in flags:
                    yield f"no command of kith has {flag}"
        for line in HEADINGS.findall(shown):
            for heading in re.split(r"  +|(?<=\.\.\.) ", line):
                if heading not in texts and heading != "...":
                    yield f"no table of kith has a column {heading}"


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "..")
    count = 0
    for path in pages_of(root):
        text = text_of(root, path)
        for check in (bad_links, bad_names, bad_tests, bad_threats, bad_code,
                      bad_console):
            for what in check(root, path, text):
                print(f"{path}: {what}")
                count += 1
    print(f"{count} findings" if count else "the pages are true to the tree")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
